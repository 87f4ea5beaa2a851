"""What a name means at one place of a statement: the sources of the queries around it, innermost first, and CTEs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from sqlglot import exp

from relay.adapters.outbound.postgres.guard.catalogue import SYSTEM_COLUMNS
from relay.adapters.outbound.postgres.guard.relations import BaseColumn, Origins, Relation, union


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """An entry of FROM. `table` is (schema as written, name) where the entry is a table under its own name.

    `base` is any column of the table behind it, for its system columns.
    """

    name: str | None
    relation: Relation
    table: tuple[str | None, str] | None = None
    base: BaseColumn | None = None

    def column(self, name: str) -> Origins | None:
        """Return the origins of a column; None if there is surely none of that name."""
        if self.base is not None and name in SYSTEM_COLUMNS:
            return frozenset((BaseColumn(self.base.schema, self.base.table, name),))
        return self.relation.named(name)

    def has(self, name: str) -> bool:
        """Whether it surely has a column of that name."""
        return self.relation.has(name)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """CTEs by name, and for each query around the place its sources, innermost first."""

    ctes: Mapping[str, Relation] = field(default_factory=lambda: MappingProxyType({}))
    levels: tuple[tuple[Source, ...], ...] = ()

    def inside(self, sources: Iterable[Source]) -> Scope:
        """Return the scope inside a query with these sources."""
        return Scope(ctes=self.ctes, levels=(tuple(sources), *self.levels))

    def with_cte(self, name: str, relation: Relation) -> Scope:
        """Return the scope in which a CTE is known."""
        return Scope(ctes={**self.ctes, name: relation}, levels=self.levels)

    def column(self, node: exp.Expr) -> Origins:
        """Return what a column's name may mean; everything in reach where that can't be told."""
        if node.args.get("table") is None:
            return self._unqualified(node.this.name)
        source = self.source(node)
        if source is None:
            return union(one.relation.everything() for level in self.levels for one in level)
        if isinstance(node.this, exp.Star):
            return source.relation.everything()
        found = source.column(node.this.name)
        # no such column: a function of the whole row
        return source.relation.everything() if found is None else found

    def names_column(self, node: exp.Expr) -> bool:
        """Whether a column's name is that of a column in sight; else it means a whole row."""
        if isinstance(node.this, exp.Star):
            return False
        if node.args.get("table") is None:
            return any(source.column(node.this.name) is not None for level in self.levels for source in level)
        source = self.source(node)
        return source is not None and source.column(node.this.name) is not None

    def source(self, node: exp.Expr) -> Source | None:
        """Return the source that stands before a column's name."""
        qualifier, schema = node.args["table"].name, node.args.get("db")
        for level in self.levels:
            for source in level:
                if source.name != qualifier:
                    continue
                if schema is None or (source.table is not None and source.table[0] in (None, schema.name)):
                    return source
        return None

    def _unqualified(self, name: str) -> Origins:
        found: list[Origins] = []
        for level in self.levels:
            found += [origins for source in level if (origins := source.column(name)) is not None]
            if any(source.has(name) for source in level):
                return union(found)
        # no column of that name in sight: a whole row, or nothing that the server knows
        rows = [one.relation.everything() for level in self.levels for one in level if one.name in (name, None)]
        return union([*found, *rows])
