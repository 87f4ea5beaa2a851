"""What checks that look at more than one key read of the plain tree."""

from __future__ import annotations

from collections.abc import Iterator

from relay.bootstrap.config.problems import KeyPath
from relay.bootstrap.config.tree import Tree

Finding = tuple[KeyPath, str]


def find(data: object, *path: str | int) -> object:
    """Return what is at a path, None if there is nothing."""
    for part in path:
        if isinstance(part, str):
            data = data.get(part) if isinstance(data, dict) else None
        else:
            data = data[part] if isinstance(data, tuple) and part < len(data) else None
    return data


def items(tree: Tree, *path: str | int) -> Iterator[tuple[int, object]]:
    """Yield what a list holds, with its places; nothing if there is no list."""
    found = find(tree.data, *path)
    yield from enumerate(found if isinstance(found, tuple) else ())


def resource_indexes(tree: Tree) -> range:
    """Return the places of the resources."""
    return range(sum(1 for _ in items(tree, "resources")))
