"""Walks a graph."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import TypeVar

Node = TypeVar("Node", bound=Hashable)


def reach(start: set[Node], edges: Mapping[Node, set[Node]]) -> set[Node]:
    """Return `start` and everything that its edges lead to."""
    seen, pending = set(start), list(start)
    while pending:
        for other in edges.get(pending.pop(), ()):
            if other not in seen:
                seen.add(other)
                pending.append(other)
    return seen
