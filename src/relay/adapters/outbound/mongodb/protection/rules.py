"""The operator's rules, by collection and path."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from relay.adapters.outbound.mongodb.protection.paths import is_at_or_above, without_positions
from relay.domain.policy import ColumnRule
from relay.domain.protection import ColumnAction

_BY_STRICTNESS = (
    ColumnAction.DENY,
    ColumnAction.DROP,
    ColumnAction.MASK,
    ColumnAction.HASH,
    ColumnAction.PARTIAL,
    ColumnAction.PASS,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class PathRule:
    """What becomes of the values at a path and under it; `kind`: the detector whose mask they take."""

    path: str
    action: ColumnAction
    kind: str | None = None


def strictest(rules: Iterable[PathRule]) -> PathRule | None:
    """Return the rule that wins where several meet."""
    return min(rules, key=lambda rule: _BY_STRICTNESS.index(rule.action), default=None)


def by_collection(rules: Sequence[ColumnRule]) -> Mapping[str, tuple[PathRule, ...]]:
    """Return the rules of each collection."""
    found: dict[str, tuple[PathRule, ...]] = {}
    for rule in rules:
        one = PathRule(path=without_positions(rule.column), action=rule.action, kind=rule.kind)
        found[rule.table] = (*found.get(rule.table, ()), one)
    return MappingProxyType(found)


def covering(rules: Iterable[PathRule], path: str) -> PathRule | None:
    """Return the rule that a path is under, the strictest if several hold it."""
    plain = without_positions(path)
    return strictest(rule for rule in rules if is_at_or_above(rule.path, plain))


def inside(rules: Iterable[PathRule], path: str) -> tuple[PathRule, ...]:
    """Return the rules of paths that lie within a path."""
    plain = without_positions(path)
    return tuple(rule for rule in rules if rule.path != plain and is_at_or_above(plain, rule.path))
