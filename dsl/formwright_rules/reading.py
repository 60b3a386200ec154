"""Which fields a rule reads, as paths such as ("customer", "level")."""

from __future__ import annotations

from .tree import Attribute, Call, Expression, Lambda, Name, Node, Tree, children

Path = tuple[str, ...]


def reads(tree: Tree | Node) -> frozenset[Path]:
    """The paths that a checked tree reads; shared rules are looked through.

    A path goes as far as the rule goes: `lines.product.stock` is ("lines", "product", "stock"). Fields of another
    form begin with "form:" and its id: ("form:stages", "probability").
    """
    found: set[Path] = set()
    waiting: list[tuple[Node, dict[str, Path | None]]] = [(tree, {})]
    while waiting:
        node, bound = waiting.pop()
        if isinstance(node, Name | Attribute):
            path = _path(node, bound)
            if path is not None:
                found.add(path)
                continue
        if isinstance(node, Call):
            if node.expansion is not None:
                waiting.append((node.expansion, bound))
                continue
            source = _path(node.arguments[0], bound) if node.arguments else None
            for argument in node.arguments:
                if isinstance(argument, Lambda):
                    waiting.append((argument.body, {**bound, argument.parameter: source}))
                else:
                    waiting.append((argument, bound))
            continue
        waiting.extend((child, bound) for child in children(node))
    return frozenset(path for path in found if path)


def _path(node: Expression, bound: dict[str, Path | None]) -> Path | None:
    """The path a node walks; () for what is no field, None for what must be looked into."""
    if isinstance(node, Name):
        if node.scope == "local":
            return bound.get(node.id) or ()
        if node.scope == "form":
            return (f"form:{node.id}",)
        return () if node.scope == "context" else (node.id,)
    if isinstance(node, Attribute):
        base = _path(node.base, bound)
        if base is None:
            return None
        return (*base, node.id) if base else ()
    return None
