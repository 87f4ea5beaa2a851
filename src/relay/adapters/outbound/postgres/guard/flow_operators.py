"""Follows protected values through operators."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from sqlglot import exp

from relay.adapters.outbound.postgres.guard import flow_functions as table
from relay.adapters.outbound.postgres.guard.flow_functions import ARITHMETIC, Effect
from relay.adapters.outbound.postgres.guard.flow_joins import Piece, joined
from relay.adapters.outbound.postgres.guard.flow_rules import COMPUTE_HINT, first, refused
from relay.adapters.outbound.postgres.guard.flows import (
    CONSTANT,
    Values,
    computed,
    flows,
    hide,
    identifiers,
    is_constant,
    tested,
    without_flows,
)
from relay.adapters.outbound.postgres.guard.lineage_scopes import Scope
from relay.adapters.outbound.postgres.guard.nodes import Operation, Quantified, Row
from relay.adapters.outbound.postgres.guard.references import without_parentheses
from relay.adapters.outbound.postgres.guard.relations import NOTHING
from relay.adapters.outbound.postgres.guard.spelling import bare_operator

if TYPE_CHECKING:
    from relay.adapters.outbound.postgres.guard.flow_values import ValueTracer


class OperatorFlows:
    """Works for one tracer."""

    def __init__(self, tracer: ValueTracer) -> None:
        self._tracer = tracer

    def with_left(self, node: exp.Expr, left: Values, scope: Scope) -> Values:
        """Follow an operator whose left side is known."""
        operator = bare_operator(node.args["operator"])
        if operator == "COLLATE":
            return left
        right_node = node.args.get("expression")
        right = self._tracer.value(right_node, scope)
        escape = self._tracer.value(node.args.get("escape"), scope)
        return self._operated(operator, node, left, right | escape)

    def _operated(self, operator: str, node: exp.Expr, left: Values, right: Values) -> Values:
        right_node = node.args.get("expression")
        both = left | right
        nodes = tuple(one for one in (node.args.get("this"), right_node) if one is not None)
        if operator in table.EQUAL:
            self._equal(node, left, right)
        elif operator in table.ORDERED:
            self._tracer.rules.ordered(both, node, (left, right))
        elif operator in table.MATCHED:
            self._tracer.rules.matched(self._searchable(both, nodes), node, right_node, (left, right))
        elif operator in table.CONTAINED:
            self._contained(both, node, nodes, (left, right))
        elif operator in table.LOGICAL:
            for one in nodes:
                self._tracer.rules.condition(self._tracer.seen.get(id(one), both), one)
        elif operator in table.NULLNESS:
            self._tracer.rules.nullness(left, node)
        elif operator.startswith(("IS JSON", "IS NOT JSON", "IS DOCUMENT", "IS NOT DOCUMENT")) or operator.endswith(
            "NORMALIZED"
        ):
            self._tracer.rules.matched(both, node, None)
        else:
            return self._arithmetic(operator, node, left, right)
        return tested((left, right))

    def _arithmetic(self, operator: str, node: exp.Expr, left: Values, right: Values) -> Values:
        if operator in table.ACCESS:
            keys = self._tracer.apply(Effect(identifier=hide, text=hide), right, node)
            return left | (keys - {CONSTANT}) if not is_constant(left) else computed((left, keys))
        if operator == "-" and self._is_document(node.args.get("this"), left):
            return left
        return self._tracer.apply(ARITHMETIC, computed((left, right)), node)

    def _is_document(self, node: exp.Expr | None, values: Values) -> bool:
        found = flows(values)
        return (
            isinstance(node, exp.Column)
            and bool(found)
            and all(self._tracer.columns.holds_document(one.column) for one in found)
        )

    def _contained(self, both: Values, node: exp.Expr, nodes: Sequence[exp.Expr], sides: Sequence[Values]) -> None:
        number = first(flow for flow in identifiers(both) if self._tracer.columns.holds_number(flow.column))
        if number is not None:
            raise refused(number, "a range over", node, COMPUTE_HINT)
        self._tracer.rules.equal(both, node, nodes, sides)

    def _searchable(self, values: Values, nodes: Sequence[exp.Expr]) -> Values:
        """Look through to_tsvector: what it indexes is what is searched."""
        indexed = self._tracer.calls.indexed
        inner: Values = frozenset().union(*(indexed.get(id(without_parentheses(one)), NOTHING) for one in nodes))
        return values if not inner else without_flows(values) | inner

    def _equal(self, node: exp.Expr, left: Values, right: Values) -> None:
        left_node, right_node = node.args.get("this"), node.args.get("expression")
        if left_node is None or right_node is None:
            return
        self._equal_sides(node, left_node, left, right_node, right)

    def _equal_sides(
        self, node: exp.Expr, left_node: exp.Expr, left: Values, right_node: exp.Expr, right: Values
    ) -> None:
        inner = right_node.this if isinstance(right_node, Quantified) else right_node
        ours, theirs = self._tracer.elements(left_node), self._tracer.elements(inner)
        if ours is not None and theirs is not None and len(ours) == len(theirs):
            pairs = zip(_parts(left_node, ours), _parts(inner, theirs), ours, theirs, strict=True)
            for our, their, one, other in pairs:
                self._tracer.rules.equal(one | other, node, (our, their), (one, other))
            return
        self._tracer.rules.equal(left | right, node, (left_node, right_node), (left, right))

    def between(self, node: exp.Expr, scope: Scope) -> Values:
        """Follow BETWEEN."""
        parts = [node.this, node.args["low"], node.args["high"]]
        values = self._tracer.values(parts, scope)
        self._tracer.rules.ordered(frozenset().union(*values), node, values)
        return tested(values)

    def membership(self, node: exp.Expr, scope: Scope) -> Values:
        """Follow IN."""
        left, listing = self._tracer.value(node.this, scope), node.expression
        members = listing.expressions if isinstance(listing, Row) else [listing]
        right: list[Values] = []
        for member in members:
            right.append(self._tracer.value(member, scope))
            self._equal_sides(node, node.this, left, member, right[-1])
        return tested((left, *right))

    def joined_text(self, node: exp.Expr, scope: Scope) -> Values:
        """Follow a chain of concatenations."""
        operands: list[exp.Expr] = []
        while isinstance(node, Operation) and is_concatenation(node):
            operands.append(node.args["expression"])
            node = node.this
        operands.append(node)
        spelt, text_of = self._tracer.columns.spelt, self._tracer.arguments.text_of
        pieces = [Piece(spelt(self._tracer.value(one, scope)), text_of(one)) for one in reversed(operands)]
        return joined(pieces)

    def prefix(self, node: exp.Expr, scope: Scope) -> Values:
        """Look at an operator or word without a left side."""
        operand = node.args.get("expression")
        values = self._tracer.value(operand, scope)
        operator = bare_operator(node.args["operator"])
        if operator == "NOT" and operand is not None:
            self._tracer.rules.condition(values, operand)
            return tested((values,))
        if operator in ("-", "+") and not flows(values):
            return values
        return self._tracer.apply(ARITHMETIC, computed((values,)), node)


def _parts(node: exp.Expr, values: Sequence[Values]) -> list[exp.Expr]:
    """Return the expressions of a row; the query itself for each of its columns."""
    node = without_parentheses(node)
    return list(node.expressions) if isinstance(node, Row) else [node] * len(values)


def is_concatenation(node: exp.Expr) -> bool:
    """Whether a node puts two texts together."""
    return (
        isinstance(node, Operation)
        and bare_operator(node.args["operator"]) == "||"
        and node.args.get("this") is not None
        and node.args.get("expression") is not None
    )
