"""Column rules, followed to wherever a column's data shows: children, parents, generated columns, views, functions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from relay.adapters.outbound.postgres.guard.catalogue import CatalogueSnapshot
from relay.adapters.outbound.postgres.guard.protected_expressions import is_hashable
from relay.adapters.outbound.postgres.rules_dependencies import Column, Dependencies
from relay.adapters.outbound.postgres.rules_spreading import Spreading
from relay.adapters.outbound.postgres.rules_views import ViewTracer
from relay.domain.policy import ColumnRule
from relay.domain.protection import ColumnAction


class RuleFollower:
    """Follows the rules of one resource; `masks`: the fixed mask of each detector that a rule may name."""

    def __init__(self, rules: Sequence[ColumnRule], masks: Mapping[str, str]) -> None:
        self._rules = tuple(rules)
        self._masks = masks
        self._tracer = ViewTracer()

    @property
    def has_rules(self) -> bool:
        """Whether there is anything to follow."""
        return bool(self._rules)

    def missing(self, snapshot: CatalogueSnapshot) -> tuple[ColumnRule, ...]:
        """Return the rules whose table or column does not exist."""
        return tuple(rule for rule in self._rules if not any(True for _ in _columns_of(rule, snapshot)))

    def unhashable(self, snapshot: CatalogueSnapshot) -> tuple[ColumnRule, ...]:
        """Return the rules that would hash a column whose type can't be: they give nulls."""
        return tuple(
            rule
            for rule in self._rules
            if rule.action is ColumnAction.HASH
            and not all(is_hashable(snapshot.types[key][column]) for key, column in _columns_of(rule, snapshot))
        )

    def follow(self, snapshot: CatalogueSnapshot, dependencies: Dependencies) -> CatalogueSnapshot:
        """Return the snapshot with the rules of every relation, and the functions that may read what they protect."""
        following = Spreading(snapshot, dependencies, self._tracer)
        for rule in self._rules:
            mask = None if rule.kind is None else self._masks.get(rule.kind)
            for key, column in _columns_of(rule, snapshot):
                following.own[key].meet(column, rule.action, mask)
        following.run()
        return replace(
            snapshot,
            table_rules=following.found(),
            protected_functions=following.functions.by_name(),
            unreadable_columns=dependencies.unreadable,
            missing_rules=self.missing(snapshot),
            unhashable_rules=self.unhashable(snapshot),
        )


def _columns_of(rule: ColumnRule, snapshot: CatalogueSnapshot) -> Iterator[Column]:
    """Yield the columns that a rule names; without a schema those of every table of the name.

    `pass` opens none outside the resource's schemas.
    """
    for key, columns in snapshot.tables.items():
        in_reach = rule.action is not ColumnAction.PASS or key[0] in snapshot.search_path
        is_named = rule.table == f"{key[0]}.{key[1]}" or (rule.table == key[1] and in_reach)
        if is_named and rule.column in columns:
            yield key, rule.column
