"""Follows protected values through queries: scopes, CTEs, set operations, rows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from types import MappingProxyType

from sqlglot import exp

from relay.adapters.outbound.postgres.guard import flow_functions as table
from relay.adapters.outbound.postgres.guard.flow_arguments import cast_effect, columns_of_form
from relay.adapters.outbound.postgres.guard.flow_recursion import in_order, named_by
from relay.adapters.outbound.postgres.guard.flow_rules import constants_as_listed, place_of
from relay.adapters.outbound.postgres.guard.flow_values import ValueTracer
from relay.adapters.outbound.postgres.guard.flows import (
    CONSTANT,
    MADE_UP,
    Listed,
    Values,
    changed,
    flows,
    is_constant,
    listed,
    one_of,
)
from relay.adapters.outbound.postgres.guard.lineage_from import alias_columns
from relay.adapters.outbound.postgres.guard.lineage_scopes import Scope, Source
from relay.adapters.outbound.postgres.guard.naming import UNNAMED, column_name
from relay.adapters.outbound.postgres.guard.nodes import (
    ColumnDefinition,
    FieldSelection,
    FunctionSource,
    Grouping,
    Row,
    RowsFromItem,
    SpecialCall,
    TableStatement,
)
from relay.adapters.outbound.postgres.guard.references import function_name, without_parentheses
from relay.adapters.outbound.postgres.guard.refusal import RefusedStatement
from relay.adapters.outbound.postgres.guard.relations import NOTHING, OutputColumn, Relation
from relay.adapters.outbound.postgres.guard.safe_functions import SAFE_FUNCTIONS

_ROUNDS = 7
"""Looks at a recursive query; each starts with what the one before found."""


class FlowTracer(ValueTracer):
    """One walk over one tree."""

    scopes: dict[int, Scope]

    def query(self, node: exp.Expr, scope: Scope) -> Relation:
        """Return the columns of a query."""
        if (with_ := node.args.get("with_")) is not None:
            scope = self._with(with_, scope)
        key = exp.SetOperation if isinstance(node, exp.SetOperation) else type(node)
        relation = _QUERY_RULES[key](self, node, scope)
        if not isinstance(node, exp.Select):
            self._modifiers(node, relation, scope.inside([Source(name=None, relation=relation)]))
        # a row with a constant may be there or not
        return _as_listed(relation)

    def matched(self, join: exp.Expr, merged: Relation) -> None:
        """See SourceTracer."""
        for column in merged.columns:
            self.rules.equal(column.origins, join)
        if merged.hidden is not None:
            self.rules.equal(merged.hidden, join)

    def function(self, node: exp.Expr, scope: Scope) -> Source:
        """See SourceTracer."""
        alias = node.args.get("alias")
        calls = node.expressions if isinstance(node, FunctionSource) else [node]
        values: Values = frozenset().union(*(self._rows_of(one, scope) for one in calls))
        names = alias_columns(alias)
        has_number = bool(node.args.get("ordinality"))
        if has_number and len(names) == 2 and self._is_one_column(calls[0]):  # noqa: PLR2004 - the value, its number
            both = (OutputColumn(names[0], values), OutputColumn(names[1], MADE_UP))
            return Source(name=None if alias is None else alias.this.name, relation=Relation(columns=both))
        if len(calls) > 1 or has_number:
            values |= MADE_UP
        name = None if alias is None or alias.args.get("this") is None else alias.this.name
        if name is None and isinstance(node, FunctionSource):
            name = column_name(calls[0])
        described = self._described(calls, alias, values)
        if described and not has_number:
            return Source(name=name, relation=Relation(columns=described).renamed(names))
        columns = tuple(OutputColumn(one, values) for one in names)
        return Source(name=name, relation=Relation(columns=columns, hidden=values))

    def _described(self, calls: list[exp.Expr], alias: exp.Expr | None, values: Values) -> tuple[OutputColumn, ...]:
        """Return the columns of one call that lists them, or whose alias does with their types."""
        if len(calls) > 1:
            return ()
        name = function_name(calls[0]) if calls[0].args.get("parts") else None
        if name in SAFE_FUNCTIONS - table.SEVERAL_COLUMNS:
            shown = name if alias is None or alias.args.get("this") is None else alias.this.name
            return (OutputColumn(shown or "", values),)
        if isinstance(calls[0], SpecialCall):
            return tuple(OutputColumn(name, values) for name in columns_of_form(calls[0]))
        definitions = [] if alias is None else alias.args.get("columns") or []
        return tuple(
            OutputColumn(one.this.name, self.apply(cast_effect(one.args["to"]), values, one))
            for one in definitions
            if isinstance(one, ColumnDefinition)
        )

    def _is_one_column(self, call: exp.Expr) -> bool:
        """Whether a call gives rows of a single column, whatever its arguments."""
        name = function_name(call) if call.args.get("parts") else None
        if name != "unnest":
            return name in table.ROWS_OF_ONE_COLUMN
        arguments = call.args.get("expressions") or []
        found = flows(self.seen.get(id(arguments[0]), NOTHING)) if len(arguments) == 1 else []
        return (
            bool(found)
            and isinstance(arguments[0], exp.Column)
            and all(self.columns.holds_texts(one.column) for one in found)
        )

    def _rows_of(self, node: exp.Expr, scope: Scope) -> Values:
        call = node.this if isinstance(node, RowsFromItem) else node
        values = self.value(call, scope)
        name = call.args["name"] if isinstance(call, SpecialCall) else ""
        if call.args.get("parts"):
            name = function_name(call) or ""
        self.rules.parts(values, call, is_split=name in table.ROWS_OF_PIECES)
        if name in table.ROWS_OF_PARTS or name in table.ROWS_OF_PIECES:
            return values
        if not is_constant(values):
            return values
        return frozenset((Listed(1 if name in SAFE_FUNCTIONS else table.MAX_TESTS + 1),))

    def _modifiers(self, node: exp.Expr, relation: Relation, scope: Scope) -> None:
        if (order := node.args.get("order")) is not None:
            for item in order.expressions:
                self.rules.sorted(self._key(item.this, relation, scope), item)
        for key in ("limit", "offset", "fetch"):
            if (bound := node.args.get(key)) is not None:
                self.bound(bound, scope)

    def _key(self, node: exp.Expr, relation: Relation, scope: Scope) -> Values:
        """Return the values of a sort or group key: an output's by its number, else an expression's."""
        node = without_parentheses(node)
        if isinstance(node, exp.Literal) and not node.args.get("is_string") and str(node.this).isdecimal():
            index = int(node.this) - 1
            if relation.hidden is None and 0 <= index < len(relation.columns):
                return relation.columns[index].origins
            if relation.hidden is None:
                raise RefusedStatement(
                    f"position {index + 1} that no column has", place_of(node), hint="name the column, or its place"
                )
            return relation.everything()
        return self.value(node, scope)

    def _select(self, node: exp.Expr, scope: Scope) -> Relation:
        sources, parts = self.from_clause(node, scope)
        inner = scope.inside(sources)
        if (where := node.args.get("where")) is not None:
            self.condition(where.this, inner)
        star = self.whole(parts) if any(isinstance(one, exp.Star) for one in node.expressions) else None
        outputs = self.whole([self._target(target, inner, star) for target in node.expressions])
        by_output = scope.inside([*sources, Source(name=None, relation=Relation(columns=outputs.columns))])
        if (having := node.args.get("having")) is not None:
            self.condition(having.this, inner)
        for window in node.args.get("windows") or []:
            self.value(window.expression, inner)
        self._distinct(node, outputs, by_output)
        if (group := node.args.get("group")) is not None:
            has_sets = any(isinstance(one, Grouping) for one in group.expressions)
            self._group(group.expressions, outputs, by_output, is_sorted=has_sets)
        self._modifiers(node, outputs, by_output)
        return outputs

    def _distinct(self, node: exp.Expr, outputs: Relation, scope: Scope) -> None:
        distinct = node.args.get("distinct")
        if distinct is None:
            return
        on = distinct.args.get("on")
        if on is None:
            self._compared(outputs, node)
            return
        for key in on.expressions:
            self.parted(self._key(key, outputs, scope), key, (on, "expressions"))

    def _compared(self, relation: Relation, node: exp.Expr) -> None:
        for column in relation.columns:
            self.rules.grouped(column.origins, node)
        if relation.hidden is not None:
            self.rules.grouped(relation.hidden, node)

    def _group(self, keys: list[exp.Expr], outputs: Relation, scope: Scope, *, is_sorted: bool) -> None:
        for key in keys:
            bare = without_parentheses(key)
            if isinstance(bare, Grouping | Row):
                self._group(bare.expressions, outputs, scope, is_sorted=is_sorted or isinstance(bare, Grouping))
                continue
            values = self._key(bare, outputs, scope)
            self.rules.grouped(values, key)
            if is_sorted:
                self.rules.sorted_silently(values, key)

    def _target(self, target: exp.Expr, scope: Scope, star: Relation | None) -> Relation:
        if star is not None and isinstance(target, exp.Star):
            return star
        if isinstance(target, exp.Column) and isinstance(target.this, exp.Star):
            source = scope.source(target)
            if source is not None:
                return source.relation
        values = self.value(target, scope)
        if isinstance(target, FieldSelection) and isinstance(target.expression, exp.Star):
            return Relation(columns=(), hidden=values)
        return Relation(columns=(OutputColumn(column_name(target) or UNNAMED, values),))

    def _subquery(self, node: exp.Expr, scope: Scope) -> Relation:
        return self.query(node.this, scope)

    def _set_operation(self, node: exp.Expr, scope: Scope) -> Relation:
        chain: list[exp.Expr] = []
        left = node
        while isinstance(left, exp.SetOperation) and (left is node or left.args.get("with_") is None):
            chain.append(left)
            left = left.this
        relation = _as_listed(self.query(left, scope))
        for operation in reversed(chain):
            other = _as_listed(self.query(operation.expression, scope))
            self.budget.spend(len(relation.columns) + len(other.columns))
            relation = _stacked(relation, other)
            if not isinstance(operation, exp.Union) or operation.args.get("quantifier") != "ALL":
                self._compared(relation, operation)
        return relation

    def _values(self, node: exp.Expr, scope: Scope) -> Relation:
        rows = [self.values(row.expressions, scope) for row in node.expressions]
        width = max(map(len, rows))
        columns = []
        for index in range(width):
            cells = [row[index] for row in rows if index < len(row)]
            columns.append(one_of(cells))
        return Relation(
            columns=tuple(OutputColumn(f"column{number}", values) for number, values in enumerate(columns, 1))
        )

    def _table_statement(self, node: exp.Expr, scope: Scope) -> Relation:
        return self.table(node.this, scope).relation

    def _with(self, with_: exp.Expr, scope: Scope) -> Scope:
        if not with_.args.get("recursive"):
            for cte in with_.expressions:
                scope = scope.with_cte(cte.args["alias"].this.name, self._cte(cte, self.query(cte.this, scope)))
            return scope
        known: dict[str, Relation] = {}
        for cte in in_order(with_):
            name = cte.args["alias"].this.name
            known[name] = self._settled(cte, name, self._scope_with(scope, known))
        return self._scope_with(scope, known)

    def _settled(self, cte: exp.Expr, name: str, scope: Scope) -> Relation:
        """Return what a CTE gives; where it names itself, look at it until nothing more is found."""
        if name not in named_by(cte):
            return self._cte(cte, self.query(cte.this, scope))
        known = Relation(columns=(), hidden=NOTHING)
        for _ in range(_ROUNDS):
            before = _summary(known)
            known = _settled_once(self._cte(cte, self._recursive(cte, name, scope.with_cte(name, known))))
            if before == _summary(known):
                return known
        raise RefusedStatement("a recursion that can't be followed", place_of(cte), hint="leave RECURSIVE out")

    @staticmethod
    def _scope_with(scope: Scope, known: Mapping[str, Relation]) -> Scope:
        for name, relation in known.items():
            scope = scope.with_cte(name, relation)
        return scope

    def _recursive(self, cte: exp.Expr, name: str, scope: Scope) -> Relation:
        """Return what a CTE that may name itself gives, going by what it is known to give so far."""
        body = cte.this
        if not isinstance(body, exp.SetOperation) or body.args.get("with_") is not None:
            return self.query(body, scope.with_cte(name, _as_made_up(scope.ctes[name])))
        start = self._cte(cte, self.query(body.this, scope))
        so_far = scope.ctes[name]
        known = (
            start if so_far.hidden is not None or len(so_far.columns) != len(start.columns) else _stacked(start, so_far)
        )
        step = self.query(body.expression, scope.with_cte(name, _as_made_up(known)))
        both = _stacked(start, step)
        if body.args.get("quantifier") != "ALL":
            self._compared(both, body)
        self._modifiers(body, both, scope.inside([Source(name=None, relation=both)]))
        return both

    @staticmethod
    def _cte(cte: exp.Expr, relation: Relation) -> Relation:
        relation = relation.renamed(alias_columns(cte.args["alias"]))
        if cte.args.get("recursion") is None:
            return relation
        return Relation(columns=relation.columns, hidden=relation.everything() | MADE_UP)


def _stacked(one: Relation, other: Relation) -> Relation:
    """Return the columns of a set operation, with the constants of both counted."""
    stacked = one.stacked_with(other)
    if stacked.hidden is not None or other.hidden is not None:
        return stacked
    pairs = zip(stacked.columns, one.columns, other.columns, strict=True)
    return Relation(
        columns=tuple(OutputColumn(both.name, _counted(both.origins, a.origins, b.origins)) for both, a, b in pairs)
    )


def _counted(both: Values, one: Values, other: Values) -> Values:
    count = listed(one) + listed(other)
    rest = frozenset(atom for atom in both if not isinstance(atom, Listed))
    return rest | {Listed(count)} if count else rest


def _as_listed(relation: Relation) -> Relation:
    return Relation(
        columns=tuple(OutputColumn(one.name, constants_as_listed(one.origins)) for one in relation.columns),
        hidden=relation.hidden,
    )


def _summary(relation: Relation) -> tuple[object, ...]:
    return (*(column.origins for column in relation.columns), relation.hidden)


def _as_made_up(relation: Relation) -> Relation:
    """Return what a recursive query reads of itself: what began as a constant is another one in each round."""
    return _each_column(relation, _made_up)


def _settled_once(relation: Relation) -> Relation:
    return _each_column(relation, lambda values: changed(values, lambda flow: replace(flow, again=False)))


def _each_column(relation: Relation, change: Callable[[Values], Values]) -> Relation:
    return Relation(
        columns=tuple(OutputColumn(one.name, change(one.origins)) for one in relation.columns),
        hidden=None if relation.hidden is None else change(relation.hidden),
    )


def _made_up(values: Values) -> Values:
    values = changed(values, lambda flow: replace(flow, again=True))
    rest = frozenset(atom for atom in values if atom != CONSTANT and not isinstance(atom, Listed))
    return values if rest == values else rest | MADE_UP


_QUERY_RULES: Mapping[type[exp.Expr], Callable[[FlowTracer, exp.Expr, Scope], Relation]] = MappingProxyType(
    {
        exp.Select: FlowTracer._select,  # noqa: SLF001 - a table of this class's own methods
        exp.SetOperation: FlowTracer._set_operation,  # noqa: SLF001
        exp.Subquery: FlowTracer._subquery,  # noqa: SLF001
        exp.Values: FlowTracer._values,  # noqa: SLF001
        TableStatement: FlowTracer._table_statement,  # noqa: SLF001
    }
)
