// Bundles static/src into static/dist: content-hashed names, minified, with a manifest that the server reads.
//
//   js/*.js    every file directly in js/ is an entry point (ES modules; shared code goes into chunks, so that
//              what is behind a dynamic import() is loaded only when it is needed)
//   css/*.css  every file directly in css/ is an entry point; @import is inlined
//   img/**     copied as it is
//   icons.json every Lucide icon, name -> inner SVG markup, for the server to inline and the icon picker to offer
//
// manifest.json maps the plain name ("app.js", "app.css", "img/logo.svg", "icons.json") to the built one.
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { chmod, mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { basename, dirname, extname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const root = dirname(here);
const source = join(here, "src");
const dist = join(here, "dist");
const icons = join(root, "node_modules", "lucide-static", "icons");

async function entryPoints(folder, extension) {
  if (!existsSync(join(source, folder))) return [];
  const found = await readdir(join(source, folder), { withFileTypes: true });
  return found
    .filter((entry) => entry.isFile() && extname(entry.name) === extension)
    .map((entry) => join(source, folder, entry.name))
    .sort();
}

async function bundle(target, manifest) {
  const entries = [...(await entryPoints("js", ".js")), ...(await entryPoints("css", ".css"))];
  if (entries.length === 0) return;
  const result = await build({
    absWorkingDir: root,
    entryPoints: entries,
    outdir: target,
    entryNames: "[name]-[hash]",
    chunkNames: "chunk-[hash]",
    assetNames: "[name]-[hash]",
    bundle: true,
    splitting: true,
    format: "esm",
    minify: true,
    sourcemap: false,
    legalComments: "linked",
    metafile: true,
    charset: "utf8",
    target: ["es2022", "chrome111", "firefox113", "safari16.4"],
    loader: { ".svg": "file", ".woff2": "file", ".png": "file" },
    logLevel: "warning",
  });
  for (const [path, output] of Object.entries(result.metafile.outputs)) {
    if (!output.entryPoint || path.endsWith(".LEGAL.txt")) continue;
    manifest[basename(output.entryPoint)] = relative(target, resolve(root, path));
  }
}

async function copyHashed(target, name, content, manifest) {
  const digest = createHash("sha256").update(content).digest("hex").slice(0, 8).toUpperCase();
  const extension = extname(name);
  const built = `${name.slice(0, name.length - extension.length)}-${digest}${extension}`;
  await mkdir(dirname(join(target, built)), { recursive: true });
  await writeFile(join(target, built), content);
  manifest[name] = built;
}

async function images(target, manifest) {
  const folder = join(source, "img");
  if (!existsSync(folder)) return;
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath ?? entry.path, entry.name);
    await copyHashed(target, relative(source, path).replaceAll("\\", "/"), await readFile(path), manifest);
  }
}

async function iconCatalogue(target, manifest) {
  const catalogue = {};
  for (const file of (await readdir(icons)).filter((name) => name.endsWith(".svg")).sort()) {
    const svg = await readFile(join(icons, file), "utf8");
    const inner = svg.slice(svg.indexOf(">", svg.indexOf("<svg")) + 1, svg.lastIndexOf("</svg>"));
    catalogue[basename(file, ".svg")] = inner.replace(/\s*\n\s*/g, "").replaceAll(" />", "/>");
  }
  await copyHashed(target, "icons.json", JSON.stringify(catalogue), manifest);
}

// Built beside the old files and swapped in at the end: a server that runs meanwhile never sees half a build.
const fresh = await mkdtemp(join(here, ".dist-"));
await chmod(fresh, 0o755);
try {
  const manifest = {};
  await bundle(fresh, manifest);
  await images(fresh, manifest);
  await iconCatalogue(fresh, manifest);
  const sorted = Object.fromEntries(Object.entries(manifest).sort());
  await writeFile(join(fresh, "manifest.json"), JSON.stringify(sorted, null, 2) + "\n");
  await rm(dist, { recursive: true, force: true });
  await rename(fresh, dist);
} finally {
  await rm(fresh, { recursive: true, force: true });
}
