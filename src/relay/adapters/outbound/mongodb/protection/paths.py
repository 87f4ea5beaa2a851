"""Dotted paths of fields, as rules and samples spell them."""

from __future__ import annotations

from relay.adapters.outbound.mongodb.describe import shown_key

WHOLE_DOCUMENT = ""


def join(path: str, name: str) -> str:
    """Return the path one step further down."""
    return f"{path}.{name}" if path else name


def without_positions(path: str) -> str:
    """Return a path without the positions of array elements: `items.0.sku` is `items.sku`; `$` is a position too."""
    first, *others = path.split(".")
    return ".".join(
        [first, *(part for part in others if not (part.isdecimal() or part.startswith("$[") or part == "$"))]
    )


def class_path(path: str) -> str:
    """Return a path as samples are kept by: a key that is itself a value becomes `*`."""
    return ".".join(shown_key(part) for part in without_positions(path).split(".")) if path else path


def is_at_or_above(upper: str, path: str) -> bool:
    """Whether `upper` is the path itself, or holds it."""
    return upper in (WHOLE_DOCUMENT, path) or path.startswith(f"{upper}.")


def below(path: str, upper: str) -> str:
    """Return what is left of a path below `upper`, which holds it."""
    return path[len(upper) + 1 :] if upper else path
