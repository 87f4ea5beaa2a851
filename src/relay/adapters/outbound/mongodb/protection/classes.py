"""What samples said of the fields of collections: in memory only, and forgotten after a while."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from relay.domain.protection import ColumnClass

LIFETIME_S = 600.0
"""Documents change their shape without telling anybody."""
EMPTY_LIFETIME_S = 60.0
"""A collection of which nothing could be learnt is looked at again sooner."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Learnt:
    classes: Mapping[str, ColumnClass]
    until_s: float


class LearntClasses:
    """Classes by collection and path; a collection that is not here has to be sampled."""

    def __init__(self, *, now_s: Callable[[], float] = time.monotonic) -> None:
        self._now_s = now_s
        self._learnt: dict[str, _Learnt] = {}

    def of(self, collection: str) -> Mapping[str, ColumnClass] | None:
        """Return the classes by path; None: never sampled, or too long ago."""
        learnt = self._learnt.get(collection)
        if learnt is None or learnt.until_s <= self._now_s():
            return None
        return learnt.classes

    def learn(self, collection: str, classes: Mapping[str, ColumnClass]) -> None:
        """Keep a collection's classes."""
        lifetime_s = LIFETIME_S if classes else EMPTY_LIFETIME_S
        kept = MappingProxyType(dict(classes))
        self._learnt[collection] = _Learnt(classes=kept, until_s=self._now_s() + lifetime_s)

    def forget(self, collection: str) -> None:
        """Let a collection count as one that was never sampled."""
        self._learnt.pop(collection, None)
