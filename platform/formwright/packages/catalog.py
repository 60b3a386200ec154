"""The template centre: the packages that come with the product."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from formwright import assets
from formwright.errors import Missing
from formwright.packages.folder import Package, read_folder
from formwright.schema.document import read_app
from formwright.schema.model import App
from formwright.schema.reading import is_id
from formwright.texts import both


@dataclass(frozen=True, slots=True)
class Offer:
    """One package that can be installed with one click."""

    app: App
    readme: str
    has_sample_data: bool


def catalog() -> list[Offer]:
    """Every package that comes with the product, by id."""
    return [_offer(read_folder(folder)) for folder in sorted(_folders())]


def packaged(package_id: str) -> Package:
    """One of them. Raises Missing."""
    folder = assets.APP_TEMPLATES / package_id
    if not is_id(package_id) or not (folder / "app.yaml").is_file():
        raise Missing(message=both(f"没有应用包“{package_id}”", f'There is no package "{package_id}"'), at="/package")
    return read_folder(folder)


def _folders() -> list[Path]:
    return [path.parent for path in assets.APP_TEMPLATES.glob("*/app.yaml")]


def _offer(package: Package) -> Offer:
    app, _ = read_app(package.document)
    return Offer(app, package.readme, bool(package.data))
