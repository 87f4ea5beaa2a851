"""Follows protected values through expressions."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType

from sqlglot import exp

from relay.adapters.outbound.postgres.guard import flow_functions as table
from relay.adapters.outbound.postgres.guard.catalogue import Catalogue
from relay.adapters.outbound.postgres.guard.flow_arguments import Arguments, cast_effect
from relay.adapters.outbound.postgres.guard.flow_calls import CallFlows
from relay.adapters.outbound.postgres.guard.flow_columns import ProtectedColumns
from relay.adapters.outbound.postgres.guard.flow_functions import Effect
from relay.adapters.outbound.postgres.guard.flow_operators import OperatorFlows, is_concatenation
from relay.adapters.outbound.postgres.guard.flow_rules import COMPUTE_HINT, FlowRules, first, refused
from relay.adapters.outbound.postgres.guard.flows import (
    CLEAN_COLUMN,
    CONSTANT,
    CONSTANTS,
    MADE_UP,
    Holds,
    Shape,
    Values,
    changed,
    chosen,
    computed,
    flows,
    hide,
    identifiers,
    is_constant,
    one_of,
    passed,
    vouches,
    without_flows,
)
from relay.adapters.outbound.postgres.guard.lineage_from import QUERIES, SourceTracer
from relay.adapters.outbound.postgres.guard.lineage_scopes import Scope
from relay.adapters.outbound.postgres.guard.nodes import (
    ArrayLiteral,
    ArrayQuery,
    Between,
    BitLiteral,
    Call,
    FieldSelection,
    Membership,
    Operation,
    Quantified,
    Row,
    SortItem,
    SpecialCall,
    Subscript,
    TypeCast,
    TypedLiteral,
    ValueFunction,
    WindowDefinition,
)
from relay.adapters.outbound.postgres.guard.references import without_parentheses
from relay.adapters.outbound.postgres.guard.relations import NOTHING, BaseColumn, Relation
from relay.adapters.outbound.postgres.guard.safe_functions import SAFE_FUNCTIONS
from relay.domain.json_value import JsonValue

_CHAINED = (Operation, TypeCast, Subscript, FieldSelection)


class ValueTracer(SourceTracer):
    """Gives each expression its values.

    `seen`: those of each column, call and query, by the node's identity. `parting`: lists of keys with identifiers.
    """

    def __init__(self, catalogue: Catalogue, columns: ProtectedColumns, parameters: Sequence[JsonValue]) -> None:
        super().__init__(catalogue)
        self.columns = columns
        self.arguments = Arguments((), parameters)
        self.parameters = parameters
        self.rules = FlowRules(self.arguments)
        self.calls = CallFlows(self)
        self.operators = OperatorFlows(self)
        self.seen: dict[int, Values] = {}
        self.relations: dict[int, Relation] = {}
        self.parting: dict[int, tuple[exp.Expr, str]] = {}
        self._elements: dict[int, list[Values]] = {}

    def origins_of(self, column: BaseColumn) -> Values:
        """See SourceTracer."""
        return self.columns.values(column)

    def reads(self, node: exp.Expr, origins: Values, *, by_name: bool = True) -> None:
        """Lineage has them already."""

    def values(self, nodes: Sequence[exp.Expr], scope: Scope) -> list[Values]:
        """Return the values of several expressions."""
        return [self.value(node, scope) for node in nodes]

    def values_of(self, nodes: Sequence[exp.Expr]) -> list[Values]:
        """Return the values of expressions that were looked at."""
        return [self.seen.get(id(node), NOTHING) for node in nodes]

    def condition(self, node: exp.Expr | None, scope: Scope) -> None:
        """Look at a condition."""
        if node is not None:
            self.rules.condition(self.value(node, scope), node)

    def bound(self, node: exp.Expr | None, scope: Scope) -> None:
        """Look at what decides how many rows there are."""
        if node is not None:
            self.rules.bound(self.value(node, scope), node)

    def value(self, node: exp.Expr | list[exp.Expr] | None, scope: Scope) -> Values:
        """Return what an expression is made of. Chains that grow to the left cost no stack."""
        if node is None:
            return NOTHING
        if isinstance(node, list):
            return frozenset().union(*self.values(node, scope))
        chain: list[exp.Expr] = []
        start: exp.Expr = node
        while isinstance(start, _CHAINED) and start.args.get("this") is not None and not is_concatenation(start):
            chain.append(start)
            start = start.this
        self.budget.spend(4 * (1 + len(chain)))  # each costs about as much as four columns
        values = self._whole(start, scope)
        while chain:
            link = chain.pop()
            values = _CHAIN_RULES[type(link)](self, link, values, scope)
            self.seen[id(link)] = values
        return values

    def _whole(self, node: exp.Expr, scope: Scope) -> Values:
        rule = _RULES.get(type(node))
        if rule is not None:
            values = rule(self, node, scope)
        elif isinstance(node, QUERIES):
            values = self._query(node, scope)
        else:
            values = changed(computed(self.values(list(node.iter_expressions()), scope)), hide)
        self.seen[id(node)] = values
        return values

    def apply(self, effect: Effect, values: Values, node: exp.Expr, doing: str = "computing from") -> Values:
        """Return what an effect leaves of a value; the marks stay."""
        lost = first(identifiers(values)) if effect.identifier is None else None
        if lost is not None:
            raise refused(lost, doing, node, COMPUTE_HINT)
        if effect not in (table.KEPT, table.EXTREME):
            values = self.columns.spelt(values)
        result: set[object] = set(without_flows(values))
        for flow in flows(values):
            change = effect.identifier if flow.holds is Holds.IDENTIFIER else effect.text
            if effect is table.DIGITS and not self.columns.holds_digits(flow.column):
                change = hide
            left = None if change is None else change(flow)
            if left is not None:
                result.add(left)
        return frozenset(result)  # type: ignore[arg-type]

    def parted(self, values: Values, key: exp.Expr, place: tuple[exp.Expr, str]) -> None:
        """Look at what the server sorts rows by in order to part them; keep the list of keys where that would tell."""
        self.rules.grouped(values, key)
        found = identifiers(values)
        if not found:
            return
        is_number = isinstance(key, exp.Literal)
        if is_number or not all(
            flow.shape is Shape.PLAIN and self.columns.is_spelt_once(flow.column) for flow in found
        ):
            self.rules.sorted_silently(values, key)
        self.parting[id(place[0])] = place

    def elements(self, node: exp.Expr) -> list[Values] | None:
        """Return the parts of a row, or the columns of a query; None for anything else."""
        node = without_parentheses(node)
        if isinstance(node, Row):
            return self._elements.get(id(node))
        if isinstance(node, exp.Subquery):
            relation = self.relations.get(id(node))
            return (
                None if relation is None or relation.hidden is not None else [one.origins for one in relation.columns]
            )
        return None

    # -- leaves

    def _column_values(self, node: exp.Expr, scope: Scope) -> Values:
        self.budget.spend(sum(map(len, scope.levels)))
        values = frozenset().union(*(self._normal(atom, node) for atom in scope.column(node)))
        if node.args.get("table") is not None and not isinstance(node.this, exp.Star):
            source = scope.source(node)
            if source is not None and source.column(node.this.name) is None:
                return self.calls.attribute(node.this.name, values, node)
        return values

    def _constant(self, _: exp.Expr, __: Scope) -> Values:
        return CONSTANTS

    def _inside(self, node: exp.Expr, scope: Scope) -> Values:
        return self.value(node.this, scope)

    def _alternatives(self, node: exp.Expr, scope: Scope) -> Values:
        members = self.values(node.expressions, scope)
        return CONSTANTS if all(map(is_constant, members)) else one_of(members)

    def _row(self, node: exp.Expr, scope: Scope) -> Values:
        parts = self._elements[id(node)] = self.values(node.expressions, scope)
        return passed(parts) if parts else CONSTANTS

    def _sort_item(self, node: exp.Expr, scope: Scope) -> Values:
        values = self.value(node.this, scope)
        self.rules.sorted(values, node)
        return values

    def _window(self, node: exp.Expr, scope: Scope) -> Values:
        for part in node.args.get("partition") or []:
            self.parted(self.value(part, scope), part, (node, "partition"))
        self.value(node.args.get("order"), scope)
        for bound in node.args.get("frame") or []:
            self.bound(bound, scope)
        return NOTHING

    def _query(self, node: exp.Expr, scope: Scope) -> Values:
        relation = self.relations[id(node)] = self.query(node, scope)
        return relation.everything()

    def _exists(self, node: exp.Expr, scope: Scope) -> Values:
        self.query(node.this, scope)
        return MADE_UP

    def _case(self, node: exp.Expr, scope: Scope) -> Values:
        operand = node.this
        subject = None if operand is None else self.value(operand, scope)
        branches = [branch.args["true"] for branch in node.args["ifs"]]
        asked: list[Values] = []
        for branch in node.args["ifs"]:
            if subject is None:
                self.condition(branch.this, scope)
                asked.append(self.seen.get(id(branch.this), MADE_UP))
            else:
                when = self.value(branch.this, scope)
                self.rules.equal(subject | when, branch.this, (operand, branch.this), (subject, when))
                asked.append(subject | when)
        if (default := node.args.get("default")) is not None:
            branches.append(default)
        results = self.values(branches, scope)
        marks = vouches(frozenset().union(*asked))
        if all(map(is_constant, asked)):
            return passed(results) | marks
        alone = len(results) == 1 and not flows(results[0])  # or else null
        return chosen([*results, CONSTANTS] if alone else results) | marks

    # -- chains

    def _cast(self, node: exp.Expr, values: Values, _: Scope) -> Values:
        return self.apply(cast_effect(node.args["to"]), values, node)

    def _subscript(self, node: exp.Expr, values: Values, scope: Scope) -> Values:
        indexes = [self.value(node.args.get(key), scope) for key in ("low", "high")]
        found = first(identifiers(frozenset().union(*indexes)))
        if found is not None:
            raise refused(found, "a subscript made of", node, COMPUTE_HINT)
        part = first(flow for flow in identifiers(values) if flow.shape in (Shape.OPAQUE, Shape.PIECES))
        if part is not None:
            raise refused(part, "a part of", node, COMPUTE_HINT)
        marks = without_flows(computed(indexes)) - {CONSTANT}
        return values | marks | changed(frozenset().union(*(frozenset(flows(one)) for one in indexes)), hide)

    def _field(self, node: exp.Expr, values: Values, scope: Scope) -> Values:
        if isinstance(node.expression, exp.Star):
            return values
        name = node.expression.name
        inner = without_parentheses(node.this)
        if isinstance(inner, exp.Column):
            column = self._field_of_row(inner, name, scope)
            if column is not None:
                return column
        return self.calls.attribute(name, values, node) if name in SAFE_FUNCTIONS else values

    def _field_of_row(self, row: exp.Expr, name: str, scope: Scope) -> Values | None:
        """Return a column of a whole row; None where that is not surely one."""
        if row.args.get("table") is not None or any(one.has(row.this.name) for level in scope.levels for one in level):
            return None
        source = next((one for level in scope.levels for one in level if one.name == row.this.name), None)
        if source is None or not source.has(name):
            return None
        return frozenset().union(*(self._normal(atom, row) for atom in source.column(name) or ()))

    def _normal(self, atom: object, node: exp.Expr) -> Values:
        """Bring a column that lineage gives as itself (of a system view, of the system) to atoms."""
        if not isinstance(atom, BaseColumn):
            return frozenset((atom,))  # type: ignore[arg-type]
        return self.columns.definition(atom, node.this.name) or CLEAN_COLUMN

    def _operation(self, node: exp.Expr, left: Values, scope: Scope) -> Values:
        return self.operators.with_left(node, left, scope)

    def _operation_without_left(self, node: exp.Expr, scope: Scope) -> Values:
        if is_concatenation(node):
            return self.operators.joined_text(node, scope)
        return self.operators.prefix(node, scope)

    def _between(self, node: exp.Expr, scope: Scope) -> Values:
        return self.operators.between(node, scope)

    def _membership(self, node: exp.Expr, scope: Scope) -> Values:
        return self.operators.membership(node, scope)

    def _call(self, node: exp.Expr, scope: Scope) -> Values:
        return self.calls.call(node, scope)

    def _special(self, node: exp.Expr, scope: Scope) -> Values:
        return self.calls.special(node, scope)


_Chain = Callable[[ValueTracer, exp.Expr, Values, Scope], Values]
_CHAIN_RULES: Mapping[type[exp.Expr], _Chain] = MappingProxyType(
    {
        Operation: ValueTracer._operation,  # noqa: SLF001 - a table of this class's own methods
        TypeCast: ValueTracer._cast,  # noqa: SLF001
        Subscript: ValueTracer._subscript,  # noqa: SLF001
        FieldSelection: ValueTracer._field,  # noqa: SLF001
    }
)
_RULES: Mapping[type[exp.Expr], Callable[[ValueTracer, exp.Expr, Scope], Values]] = MappingProxyType(
    {
        exp.Column: ValueTracer._column_values,  # noqa: SLF001
        **dict.fromkeys(
            (exp.Literal, exp.Parameter, exp.Null, exp.Boolean, BitLiteral, TypedLiteral, ValueFunction),
            ValueTracer._constant,  # noqa: SLF001
        ),
        **dict.fromkeys((exp.Paren, exp.Alias, Quantified, ArrayQuery), ValueTracer._inside),  # noqa: SLF001
        ArrayLiteral: ValueTracer._alternatives,  # noqa: SLF001
        Row: ValueTracer._row,  # noqa: SLF001
        exp.Order: lambda tracer, node, scope: frozenset().union(*tracer.values(node.expressions, scope)),
        SortItem: ValueTracer._sort_item,  # noqa: SLF001
        WindowDefinition: ValueTracer._window,  # noqa: SLF001
        exp.Exists: ValueTracer._exists,  # noqa: SLF001
        exp.Case: ValueTracer._case,  # noqa: SLF001
        Between: ValueTracer._between,  # noqa: SLF001
        Membership: ValueTracer._membership,  # noqa: SLF001
        Operation: ValueTracer._operation_without_left,  # noqa: SLF001
        Call: ValueTracer._call,  # noqa: SLF001
        SpecialCall: ValueTracer._special,  # noqa: SLF001
    }
)
