"""Lineage: which columns of which tables each name of a statement means, and what each output was computed from.

Where it can't tell, the answer is the larger one: everything that is in reach.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from sqlglot import exp

from relay.adapters.outbound.postgres.guard.catalogue import Catalogue
from relay.adapters.outbound.postgres.guard.lineage_from import SourceTracer, alias_columns
from relay.adapters.outbound.postgres.guard.lineage_scopes import Scope, Source
from relay.adapters.outbound.postgres.guard.naming import UNNAMED, column_name
from relay.adapters.outbound.postgres.guard.nodes import (
    FieldSelection,
    TableStatement,
)
from relay.adapters.outbound.postgres.guard.relations import (
    NOTHING,
    BaseColumn,
    Origins,
    OutputColumn,
    RecursiveColumn,
    Relation,
    union,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnReference:
    """A place of the statement that reads columns: those that its name may mean, or all that its star does.

    `by_name`: False for a star and a whole row.
    """

    offset: int
    origins: frozenset[BaseColumn]
    by_name: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Lineage:
    """`outputs` in order (None where a function decides what they are), and, as they stand in it, the places that
    read columns.

    Of places that read the very same, the first stands for all.
    """

    outputs: tuple[OutputColumn, ...] | None
    references: tuple[ColumnReference, ...]


def trace(tree: exp.Expr, catalogue: Catalogue) -> Lineage:
    """Return the lineage of a checked tree."""
    tracer = _Tracer(catalogue)
    relation = tracer.query(tree, Scope())
    outputs = None
    if relation.hidden is None:
        outputs = tuple(OutputColumn(one.name, frozenset(tracer.known(one.origins))) for one in relation.columns)
    return Lineage(outputs=outputs, references=tuple(_references(tracer)))


def _references(tracer: _Tracer) -> Iterator[ColumnReference]:
    """Yield each place, or the first place of what many read alike."""
    seen: set[tuple[int, bool]] = set()
    for offset, origins, by_name in sorted(tracer.read, key=lambda one: one[0]):
        if (id(origins), by_name) not in seen:
            seen.add((id(origins), by_name))
            tracer.budget.spend(len(origins))
            yield ColumnReference(offset=offset, origins=frozenset(tracer.known(origins)), by_name=by_name)


class _Tracer(SourceTracer):
    """One walk over one tree; as deep as the statement is nested, which the grammar bounds."""

    def __init__(self, catalogue: Catalogue) -> None:
        super().__init__(catalogue)
        self._recursive: dict[RecursiveColumn, Origins] = {}
        self._ctes_seen = 0

    def known(self, origins: Origins) -> Iterator[BaseColumn]:
        """Yield the columns of tables behind origins, those of recursive CTEs followed to their ends."""
        seen, pending = set(origins), list(origins)
        while pending:
            origin = pending.pop()
            if isinstance(origin, BaseColumn):
                yield origin
            elif isinstance(origin, RecursiveColumn):
                others = self._recursive.get(origin, NOTHING) - seen
                seen |= others
                pending += others

    def query(self, node: exp.Expr, scope: Scope) -> Relation:
        """Return the columns of a query."""
        if (with_ := node.args.get("with_")) is not None:
            scope = self._with(with_, scope)
        relation = _QUERY_RULES[type(node) if not isinstance(node, exp.SetOperation) else exp.SetOperation](
            self, node, scope
        )
        if not isinstance(node, exp.Select):
            self._modifiers(node, relation, scope)
        return relation

    def _modifiers(self, node: exp.Expr, relation: Relation, scope: Scope) -> None:
        outputs = scope.inside([Source(name=None, relation=relation)])
        for key in ("order", "limit", "offset", "fetch"):
            self.value(node.args.get(key), outputs)

    def _subquery(self, node: exp.Expr, scope: Scope) -> Relation:
        return self.query(node.this, scope)

    def _set_operation(self, node: exp.Expr, scope: Scope) -> Relation:
        operands = [node.expression]
        left = node.this
        while isinstance(left, exp.SetOperation) and left.args.get("with_") is None:
            operands.append(left.expression)
            left = left.this
        relation = self.query(left, scope)
        for operand in reversed(operands):
            other = self.query(operand, scope)
            self.budget.spend(len(relation.columns) + len(other.columns))
            relation = relation.stacked_with(other)
        return relation

    def _values(self, node: exp.Expr, scope: Scope) -> Relation:
        rows = [[self.value(value, scope) for value in row.expressions] for row in node.expressions]
        width = max(map(len, rows))
        columns = [union(row[index] for row in rows if index < len(row)) for index in range(width)]
        return Relation(
            columns=tuple(OutputColumn(f"column{number}", origins) for number, origins in enumerate(columns, 1))
        )

    def _table_statement(self, node: exp.Expr, scope: Scope) -> Relation:
        relation = self.table(node.this, scope).relation
        self.reads(node, relation.everything())
        return relation

    def _select(self, node: exp.Expr, scope: Scope) -> Relation:
        sources, parts = self.from_clause(node, scope)
        inner = scope.inside(sources)
        star = self.whole(parts) if any(isinstance(one, exp.Star) for one in node.expressions) else None
        outputs = self.whole([self._target(target, inner, star) for target in node.expressions])
        aliases = Source(name=None, relation=Relation(columns=outputs.columns))
        by_output = scope.inside([*sources, aliases])
        for key in ("where", "having", "windows"):
            self.value(node.args.get(key), inner)
        for key in ("distinct", "group", "order", "limit", "offset", "fetch"):
            self.value(node.args.get(key), by_output)
        return outputs

    def _target(self, target: exp.Expr, scope: Scope, star: Relation | None) -> Relation:
        if star is not None and isinstance(target, exp.Star):
            self.reads(target, star.everything())
            return star
        if isinstance(target, exp.Column) and isinstance(target.this, exp.Star):
            source = scope.source(target)
            if source is not None:
                self.reads(target, source.relation.everything())
                return source.relation
        origins = self.value(target, scope)
        if isinstance(target, FieldSelection) and isinstance(target.expression, exp.Star):
            return Relation(columns=(), hidden=origins)
        return Relation(columns=(OutputColumn(column_name(target) or UNNAMED, origins),))

    def _with(self, with_: exp.Expr, scope: Scope) -> Scope:
        is_recursive = bool(with_.args.get("recursive"))
        later: dict[str, RecursiveColumn] = {}
        if is_recursive:
            # a CTE may name one that stands behind it
            for cte in with_.expressions:
                name = cte.args["alias"].this.name
                later[name] = self._new_recursive()
                scope = scope.with_cte(name, Relation(columns=(), hidden=frozenset((later[name],))))
        for cte in with_.expressions:
            alias = cte.args["alias"]
            relation = self._recursive_cte(cte, scope) if is_recursive else self.query(cte.this, scope)
            relation = _with_search_columns(relation.renamed(alias_columns(alias)), cte)
            scope = scope.with_cte(alias.this.name, relation)
            if is_recursive:
                self._recursive[later[alias.this.name]] = relation.everything()
        return scope

    def _new_recursive(self) -> RecursiveColumn:
        self._ctes_seen += 1
        return RecursiveColumn(self._ctes_seen, "*")

    def _recursive_cte(self, cte: exp.Expr, scope: Scope) -> Relation:
        body = cte.this
        if not isinstance(body, exp.SetOperation) or body.args.get("with_") is not None:
            return self.query(body, scope)
        start = self.query(body.this, scope)
        rest = self._new_recursive()
        own = Relation(
            columns=tuple(
                OutputColumn(column.name, frozenset((RecursiveColumn(rest.cte, index),)))
                for index, column in enumerate(start.columns)
            ),
            hidden=None if start.hidden is None else frozenset((rest,)),
        )
        alias = cte.args["alias"]
        known = _with_search_columns(own.renamed(alias_columns(alias)), cte)
        step = self.query(body.expression, scope.with_cte(alias.this.name, known))
        both = start.stacked_with(step)
        self._recursive[rest] = both.everything()
        for index, column in enumerate(both.columns):
            self._recursive[RecursiveColumn(rest.cte, index)] = column.origins
        self._modifiers(body, own, scope)
        return own


def _with_search_columns(relation: Relation, cte: exp.Expr) -> Relation:
    """Add what SEARCH and CYCLE add: columns over others of the same CTE."""
    if cte.args.get("recursion") is None:
        return relation
    return Relation(columns=relation.columns, hidden=relation.everything())


_QUERY_RULES: Mapping[type[exp.Expr], Callable[[_Tracer, exp.Expr, Scope], Relation]] = MappingProxyType(
    {
        exp.Select: _Tracer._select,  # noqa: SLF001 - a table of this class's own methods
        exp.SetOperation: _Tracer._set_operation,  # noqa: SLF001
        exp.Subquery: _Tracer._subquery,  # noqa: SLF001
        exp.Values: _Tracer._values,  # noqa: SLF001
        TableStatement: _Tracer._table_statement,  # noqa: SLF001
    }
)
