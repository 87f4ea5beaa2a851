"""The part of lineage that follows the FROM clause and the names in expressions."""

from __future__ import annotations

from collections.abc import Iterator

from sqlglot import exp

from relay.adapters.outbound.postgres.guard.catalogue import Catalogue
from relay.adapters.outbound.postgres.guard.cursor import offset_of
from relay.adapters.outbound.postgres.guard.lineage_scopes import Scope, Source
from relay.adapters.outbound.postgres.guard.naming import column_name
from relay.adapters.outbound.postgres.guard.nodes import FieldSelection, FunctionSource, JoinedTables, TableStatement
from relay.adapters.outbound.postgres.guard.relations import (
    NOTHING,
    BaseColumn,
    Budget,
    Origins,
    OutputColumn,
    Relation,
    side_by_side,
    union,
)

QUERIES = (exp.Select, exp.SetOperation, exp.Subquery, exp.Values, TableStatement)


class SourceTracer:
    """Knows what FROM brings into sight; `query`, for the queries in it, is the subclass's."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self._tables: dict[tuple[str | None, str], Relation] = {}
        self.budget = Budget()
        self.read: list[tuple[int, Origins, bool]] = []

    def query(self, node: exp.Expr, scope: Scope) -> Relation:
        """Return the columns of a query."""
        raise NotImplementedError

    def from_clause(self, select: exp.Expr, scope: Scope) -> tuple[list[Source], list[Relation]]:
        """Return the entries of FROM, and the parts of what `*` means over all of them."""
        clause = select.args.get("from_")
        if clause is None:
            return [], []
        sources: list[Source] = []
        return sources, self._joined(clause.this, select.args.get("joins") or [], scope, sources)

    def whole(self, parts: list[Relation]) -> Relation:
        """Return the parts of a FROM clause in one."""
        self.budget.spend(sum(len(part.columns) for part in parts))
        return side_by_side(parts)

    def _joined(self, first: exp.Expr, joins: list[exp.Expr], scope: Scope, sources: list[Source]) -> list[Relation]:
        done: list[Relation] = []
        parts = self._entry(first, scope, sources)
        for join in joins:
            right = self._entry(join.this, scope, sources)
            if not join.args.get("kind"):  # a comma
                done, parts = done + parts, right
                continue
            for nested in join.args.get("nested") or []:
                right = self._join(right, self._entry(nested.this, scope, sources), nested, scope, sources)
            parts = self._join(parts, right, join, scope, sources)
        return done + parts

    def _join(
        self, left: list[Relation], right: list[Relation], join: exp.Expr, scope: Scope, sources: list[Source]
    ) -> list[Relation]:
        self.budget.spend(len(sources) // 16)  # a copy, no look at each
        self.condition(join.args.get("on"), scope.inside(sources))
        is_natural, using = "NATURAL" in join.args["kind"], join.args.get("using") or []
        if not is_natural and not using:
            left.extend(right)
            return left
        one, other = self.whole(left), self.whole(right)
        self.budget.spend(2 * (len(one.columns) + len(other.columns)))
        if is_natural:
            names = [column.name for column in one.columns if other.has(column.name)]
            both = one.natural_with(other)
        else:
            names = [name.name for name in using]
            both = one.merged_with(other, names)
        merged = Relation(
            columns=tuple(
                OutputColumn(name, (one.named(name) or NOTHING) | (other.named(name) or NOTHING)) for name in names
            )
        )
        self.reads(join, merged.everything(), by_name=True)
        self.matched(join, both if is_natural and both.hidden is not None else merged)
        if (alias := join.args.get("using_alias")) is not None:
            sources.append(Source(name=alias.name, relation=merged))
        return [both]

    def _entry(self, node: exp.Expr, scope: Scope, sources: list[Source]) -> list[Relation]:
        self.budget.spend(len(sources) // 16)  # a copy, no look at each
        if isinstance(node, JoinedTables):
            inner: list[Source] = []
            parts = self._joined(node.this, node.args["joins"], scope, inner)
            if (alias := node.args.get("alias")) is None:
                sources.extend(inner)
                return parts
            source = Source(name=alias.this.name, relation=self.whole(parts).renamed(alias_columns(alias)))
        elif isinstance(node, exp.Table):
            source = self.table(node, scope)
            self.bound(node.args.get("sample"), scope.inside(sources))
        elif isinstance(node, exp.Subquery):
            alias = node.args.get("alias")
            # LATERAL sees what stands before it; another sub-query that names it fails on the server
            relation = self.query(node, scope.inside(sources))
            name = None if alias is None else alias.this.name
            source = Source(name=name, relation=relation.renamed(alias_columns(alias)))
        else:
            source = self.function(node, scope.inside(sources))
        sources.append(source)
        return [source.relation]

    def table(self, node: exp.Expr, scope: Scope) -> Source:
        alias, schema, name = node.args.get("alias"), node.args.get("db"), node.this.name
        shown = name if alias is None else alias.this.name
        if schema is None and name in scope.ctes:
            return Source(name=shown, relation=scope.ctes[name].renamed(alias_columns(alias)))
        written = None if schema is None else schema.name
        resolved = self._catalogue.resolved(written, name)
        base = BaseColumn(written if resolved is None else resolved.schema, name, "*")
        relation = self._columns(base, written).renamed(alias_columns(alias))
        table = (written, name) if alias is None else None
        return Source(name=shown, relation=relation, table=table, base=base)

    def _columns(self, base: BaseColumn, written: str | None) -> Relation:
        key = (written, base.table)
        if key not in self._tables:
            columns = self._catalogue.columns(*key)
            self.budget.spend(len(columns or ()))
            self._tables[key] = Relation(
                columns=tuple(
                    OutputColumn(one, self.origins_of(BaseColumn(base.schema, base.table, one)))
                    for one in columns or ()
                ),
                hidden=frozenset((base,)) if columns is None else None,
            )
        return self._tables[key]

    def origins_of(self, column: BaseColumn) -> Origins:
        """Return what stands for a table's column."""
        return frozenset((column,))

    def condition(self, node: exp.Expr | None, scope: Scope) -> None:
        """Look at a join's condition."""
        self.value(node, scope)

    def bound(self, node: exp.Expr | None, scope: Scope) -> None:
        """Look at what decides how many rows there are."""
        self.value(node, scope)

    def matched(self, join: exp.Expr, merged: Relation) -> None:
        """Look at the columns that USING or NATURAL compares."""

    def function(self, node: exp.Expr, scope: Scope) -> Source:
        """Return the entry of FROM that a function makes."""
        alias = node.args.get("alias")
        origins = union([self.value(one, scope) for one in _children(node) if one is not alias])
        name = None if alias is None or alias.args.get("this") is None else alias.this.name
        if name is None and isinstance(node, FunctionSource):
            name = column_name(node.expressions[0])
        columns = tuple(OutputColumn(one, origins) for one in alias_columns(alias))
        return Source(name=name, relation=Relation(columns=columns, hidden=origins))

    def value(self, node: exp.Expr | list[exp.Expr] | None, scope: Scope) -> Origins:
        """Return what an expression is computed from; the queries in it are walked, and their outputs count."""
        pending = list(node) if isinstance(node, list) else [] if node is None else [node]
        found: list[Origins] = []
        while pending:
            part = pending.pop()
            if isinstance(part, exp.Column):
                found.append(self._column(part, scope))
            elif isinstance(part, FieldSelection):
                self._names_field(part, scope)
                pending.extend(_children(part))
            elif isinstance(part, exp.Exists):
                self.query(part.this, scope)  # whether there is a row, and nothing of it
            elif isinstance(part, QUERIES):
                found.append(self.query(part, scope).everything())
            else:
                pending.extend(_children(part))
        self.budget.spend(sum(map(len, found)))
        return union(found)

    def _column(self, node: exp.Expr, scope: Scope) -> Origins:
        self.budget.spend(sum(map(len, scope.levels)))
        origins = scope.column(node)
        self.reads(node, origins, by_name=scope.names_column(node))
        return origins

    def _names_field(self, node: exp.Expr, scope: Scope) -> None:
        """Take `(row).name` for a reading of that column by name, where `row` is all that an entry of FROM has."""
        row = node.this
        while isinstance(row, exp.Paren):
            row = row.this
        if isinstance(row, exp.Column) and isinstance(node.expression, exp.Identifier):
            name = row.args["table"].name if isinstance(row.this, exp.Star) else row.this.name
            named = (source for level in scope.levels for source in level if source.name == name)
            if not scope.names_column(row) and (source := next(named, None)) is not None:
                self.reads(row, source.column(node.expression.name) or NOTHING, by_name=True)

    def reads(self, node: exp.Expr, origins: Origins, *, by_name: bool = False) -> None:
        if origins:
            self.budget.spend(1)
            self.read.append((offset_of(node), origins, by_name))


def alias_columns(alias: exp.Expr | None) -> list[str]:
    """Return the column names of an alias, typed ones (`AS t(a int)`) included."""
    columns = [] if alias is None else alias.args.get("columns") or []
    return [one.this.name if not isinstance(one, exp.Identifier) else one.name for one in columns]


def _children(node: exp.Expr) -> Iterator[exp.Expr]:
    return node.iter_expressions()
