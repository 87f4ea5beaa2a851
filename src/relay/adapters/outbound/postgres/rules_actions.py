"""How actions of column rules meet and how they pass on to what is made of a column."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType

from relay.domain.protection import ColumnAction

_STRICTNESS = (
    ColumnAction.PASS,
    ColumnAction.PARTIAL,
    ColumnAction.HASH,
    ColumnAction.MASK,
    ColumnAction.DROP,
    ColumnAction.DENY,
)
_COMPUTED: Mapping[ColumnAction, ColumnAction] = MappingProxyType(
    {
        ColumnAction.PARTIAL: ColumnAction.MASK,
        ColumnAction.HASH: ColumnAction.MASK,
        ColumnAction.MASK: ColumnAction.MASK,
        ColumnAction.DROP: ColumnAction.DROP,
        ColumnAction.DENY: ColumnAction.DENY,
    }
)


def strictest(actions: Iterable[ColumnAction]) -> ColumnAction:
    """Return the action that shows least; there is at least one."""
    return max(actions, key=_STRICTNESS.index)


def passed_on(actions: Iterable[ColumnAction | None]) -> ColumnAction | None:
    """Return the action of a column that holds values of these as they are; `pass` only if all have it."""
    found = list(actions)
    if found and all(one is ColumnAction.PASS for one in found):
        return ColumnAction.PASS
    ruled = [one for one in found if one is not None and one is not ColumnAction.PASS]
    return strictest(ruled) if ruled else None


def computed(actions: Iterable[ColumnAction | None]) -> ColumnAction | None:
    """Return the action of a column that is computed from these."""
    ruled = [_COMPUTED[one] for one in actions if one is not None and one in _COMPUTED]
    return strictest(ruled) if ruled else None
