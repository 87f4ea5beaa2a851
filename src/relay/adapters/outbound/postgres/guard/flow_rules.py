"""Which comparisons, orders and row counts protected values may decide.

Of an identifier nothing but equality with whole values that the caller must already know, or that tables hold. Of free
text what an investigation is made of, as long as no single statement can spell a value out.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from sqlglot import exp

from relay.adapters.outbound.postgres.guard.cursor import offset_of
from relay.adapters.outbound.postgres.guard.flow_arguments import Arguments
from relay.adapters.outbound.postgres.guard.flow_functions import MAX_TESTS, TEXT_TYPES
from relay.adapters.outbound.postgres.guard.flow_patterns import MIN_NEEDLE, needle
from relay.adapters.outbound.postgres.guard.flows import (
    BUILT,
    CONSTANT,
    CONSTANTS,
    CUTS,
    STORED,
    WHOLES,
    Flow,
    Holds,
    Listed,
    Shape,
    Values,
    flows,
    identifiers,
    is_made_up,
    listed,
    texts,
    vouches,
    without_flows,
)
from relay.adapters.outbound.postgres.guard.nodes import ArrayLiteral, Quantified, TypeCast
from relay.adapters.outbound.postgres.guard.references import without_parentheses
from relay.adapters.outbound.postgres.guard.refusal import RefusedStatement, shown
from relay.domain.errors import Reason

WHOLE_HINT = "compare the whole value for equality: = $1, or IN (…); count, GROUP BY and IS NULL take it too"
LIST_HINT = "compare it with constants or with columns of tables"
TEXT_HINT = "compare with constants, or with columns of tables: ILIKE '%timeout%', left(column, 40) = $1"
NEEDLE_HINT = f"compare a longer piece (left(column, 40), split_part), or with {MIN_NEEDLE} characters or more"
ORDER_HINT = "order by another column, or leave what the statement makes up out of it"
GROUP_HINT = "group by the whole column, alone or beside others, without constants or other columns in its place"
SORT_HINT = "use GROUP BY with the column itself, and join its groups: JOIN (SELECT email, max(id) … GROUP BY email)"
ROWS_HINT = "take rows from arrays and documents with unnest or jsonb_array_elements, or from constants"
COMPUTE_HINT = "use the whole column, or count and compare it for equality"
WINDOW_HINT = (
    "join by a window (left(column, 40)), a word (split_part(column, ' ', 2)), or a number: (payload->>'id')::int"
)
BUILT_HINT = "put the column between % alone: LIKE '%' || column || '%'; or compare with = or a constant"
KEY_HINT = "put it among the values of the document: json_build_object('email', email)"
PIECE_HINT = "group by the column, left(column, 40), or regexp_replace(column, '\\d+', '#', 'g')"
_NUMBER = re.compile(r"[+-]?[\d_.]+(?:[eE][+-]?\d+)?|[+-]?0[xXoObB][\da-fA-F_]+")
_HIDDEN = CUTS | {Shape.OPAQUE, Shape.SEAMED}


def refused(flow: Flow, doing: str, node: exp.Expr, hint: str) -> RefusedStatement:
    """Make a refusal over a column."""
    holds = "whose values are personal data" if flow.holds is Holds.IDENTIFIER else "which may hold personal data"
    return RefusedStatement(
        f"{doing} {shown(flow.column.table)}.{shown(flow.column.column)}",
        place_of(node),
        hint=hint,
        reason=Reason.COLUMN_NOT_ALLOWED,
        because=holds,
    )


def place_of(node: exp.Expr) -> int:
    """Return where a node, or the first of its parts that knows its place, stands."""
    if "start" in node.meta:
        return offset_of(node)
    found = next((one for one in node.walk() if "start" in one.meta), node)
    return offset_of(found)


def first(found: Iterable[Flow]) -> Flow | None:
    """Return one of the columns, always the same."""
    return min(found, key=lambda flow: (flow.column.table, flow.column.column), default=None)


class FlowRules:
    """Looks at each comparison of one statement; counts those that test free text."""

    def __init__(self, arguments: Arguments) -> None:
        self._arguments = arguments
        self._tests: set[int] = set()
        self._count = 0

    def equal(
        self, values: Values, node: exp.Expr, operands: Sequence[exp.Expr] = (), sides: Sequence[Values] = ()
    ) -> None:
        """Check what is compared for equality. `sides`: the values of each of the operands."""
        self._only_whole(values, node)
        self._own_pieces(node, sides)
        hidden = first(flow for flow in texts(values) if flow.shape in _HIDDEN)
        if hidden is None:
            return
        if is_made_up(values):
            raise refused(hidden, "made-up values compared with", node, TEXT_HINT)
        if hidden.shape is Shape.OPAQUE or any(flow.shape is Shape.OPAQUE for flow in texts(values)):
            self._opaque(hidden, values, node, operands, sides)
        elif any(map(_is_narrow, texts(values))):
            if STORED in values:
                raise refused(hidden, "columns compared with a part of", node, WINDOW_HINT)
            self.tests(node, max(1, listed(values)))
        elif listed(values):
            self.tests(node, listed(values))

    def ordered(self, values: Values, node: exp.Expr, sides: Sequence[Values] = ()) -> None:
        """Check what is compared by order."""
        self._own_pieces(node, sides)
        self._no_identifier(values, node, "ordering by")
        found = first(texts(values))
        if found is None:
            return
        if is_made_up(values):
            raise refused(found, "made-up values compared with", node, TEXT_HINT)
        opaque = first(flow for flow in texts(values) if flow.shape is Shape.OPAQUE or _is_beside(flow, values))
        if opaque is not None or BUILT in values:
            raise refused(opaque or found, "comparing a part of", node, NEEDLE_HINT)
        self.tests(node, max(1, listed(values)))

    def sorted(self, values: Values, node: exp.Expr) -> None:
        """Check what rows are sorted by."""
        self._no_identifier(values, node, "ordering by")
        found = first(texts(values))
        if found is not None:
            self._among_few(found, values, node)
        opaque = first(flow for flow in texts(values) if flow.shape is Shape.OPAQUE or _is_beside(flow, values))
        if opaque is not None:
            raise refused(opaque, "ordering by a part of", node, "order by the column, or by left(column, 40)")
        if any(map(_is_narrow, texts(values))):
            self.tests(node)

    def extreme(self, values: Values, node: exp.Expr) -> None:
        """Check what the least or the greatest is taken of: which of several it is would tell their order."""
        found = first(flows(values))
        if found is None:
            return
        self._among_few(found, values, node)
        ours = identifiers(values)
        if ours and set(values) - set(ours) - vouches(values) - CONSTANTS:
            raise refused(ours[0], "other values ordered among those of", node, ORDER_HINT)

    def matched(self, values: Values, node: exp.Expr, pattern: exp.Expr | None, sides: Sequence[Values] = ()) -> None:
        """Check what is searched, with what it is searched for."""
        self._own_pieces(node, sides)
        self._no_identifier(values, node, "a pattern over")
        found = first(texts(values))
        if found is None:
            return
        if is_made_up(values) or BUILT in values:
            raise refused(found, "made-up values searched in", node, BUILT_HINT if BUILT in values else TEXT_HINT)
        opaque = first(flow for flow in texts(values) if flow.shape is Shape.OPAQUE)
        if opaque is not None and pattern is not None and needle(self._arguments.text_of(pattern) or "") < MIN_NEEDLE:
            raise refused(opaque, "a pattern over a part of", node, NEEDLE_HINT)
        if pattern is not None and _is_positional(self._arguments.text_of(pattern), node):
            raise refused(found, "single characters of", node, "give the pattern 3 characters or more beside _")
        self.tests(node, max(1, listed(values), _members(pattern)))

    def grouped(self, values: Values, node: exp.Expr) -> None:
        """Check what rows are grouped by, or made distinct by: the server may do that by sorting."""
        found = identifiers(values)
        if found and set(values) - set(found) - vouches(values):
            raise refused(found[0], "other values grouped with those of", node, GROUP_HINT)
        part = first(flow for flow in found if flow.shape not in WHOLES)
        if part is not None:
            raise refused(part, "grouping by a part of", node, GROUP_HINT)
        hidden = first(flow for flow in texts(values) if flow.shape in _HIDDEN)
        if hidden is not None and is_made_up(values):
            raise refused(hidden, "made-up values compared with", node, TEXT_HINT)
        opaque = first(flow for flow in texts(values) if flow.shape is Shape.OPAQUE)
        if opaque is not None:
            raise refused(opaque, "grouping by a part of", node, PIECE_HINT)

    def sorted_silently(self, values: Values, node: exp.Expr) -> None:
        """Check what sorts the rows of other aggregates beside it."""
        found = first(identifiers(values))
        if found is not None:
            raise refused(found, "rows sorted by", node, SORT_HINT)

    def nullness(self, values: Values, node: exp.Expr) -> None:
        """Check what is asked to be null or not."""
        part = first(flow for flow in identifiers(values) if flow.shape not in WHOLES)
        if part is not None:
            raise refused(part, "a test of a part of", node, WHOLE_HINT)
        if any(flow.shape in _HIDDEN for flow in texts(values)):
            self.matched(values, node, None)

    def condition(self, values: Values, node: exp.Expr) -> None:
        """Check a condition that no comparison has checked."""
        self._no_identifier(values, node, "a test of")
        hidden = first(flow for flow in texts(values) if flow.shape is Shape.OPAQUE)
        if hidden is not None:
            raise refused(hidden, "a test of a part of", node, TEXT_HINT)

    def bound(self, values: Values, node: exp.Expr) -> None:
        """Check what decides how many rows there are."""
        found = first(flows(values))
        if found is not None:
            raise refused(found, "a number of rows made of", node, ROWS_HINT)

    def keys(self, values: Values, node: exp.Expr) -> None:
        """Check what a document's keys are made of: the server sorts them."""
        found = first(identifiers(values))
        if found is not None:
            raise refused(found, "keys made of", node, KEY_HINT)

    def parts(self, values: Values, node: exp.Expr, *, is_split: bool = True) -> None:
        """Check what is taken apart into rows. `is_split`: their number may depend on single characters."""
        part = first(flow for flow in identifiers(values) if flow.shape not in WHOLES)
        if part is not None:
            raise refused(part, "rows made of", node, ROWS_HINT)
        opaque = first(flow for flow in texts(values) if flow.shape is Shape.OPAQUE)
        if opaque is not None and (is_split or is_made_up(values)):
            raise refused(opaque, "rows made of", node, ROWS_HINT)

    def tests(self, node: exp.Expr, count: int = 1) -> None:
        """Count tests of free text."""
        if id(node) in self._tests:
            return
        self._tests.add(id(node))
        self._count += count
        if self._count > MAX_TESTS:
            raise RefusedStatement(
                f"more than {MAX_TESTS} tests of columns that may hold personal data",
                place_of(node),
                hint="ask in several statements, or group by left(column, 40)",
                reason=Reason.COLUMN_NOT_ALLOWED,
            )

    def _among_few(self, found: Flow, values: Values, node: exp.Expr) -> None:
        """Check that what is ordered among other values is not ordered among many."""
        if is_made_up(values) or (listed(values) and found.holds is Holds.IDENTIFIER):
            raise refused(found, "made-up values ordered among those of", node, ORDER_HINT)
        if listed(values):
            self.tests(node, listed(values))

    def _only_whole(self, values: Values, node: exp.Expr) -> None:
        found = identifiers(values)
        part = first(flow for flow in found if flow.shape not in WHOLES)
        if part is not None:
            raise refused(part, "comparing a part of", node, WHOLE_HINT)
        if found and is_made_up(values):
            raise refused(found[0], "made-up values compared with", node, LIST_HINT)

    def _no_identifier(self, values: Values, node: exp.Expr, doing: str) -> None:
        found = first(identifiers(values))
        if found is not None:
            raise refused(found, doing, node, WHOLE_HINT)

    def _own_pieces(self, node: exp.Expr, sides: Sequence[Values]) -> None:
        """Check that a value is not compared with its own pieces around another column."""
        if sum(bool(texts(one)) for one in sides) < 2:  # noqa: PLR2004 - both sides
            return
        pieced = first(flow for one in sides if STORED in one for flow in texts(one) if flow.shape not in WHOLES)
        if pieced is not None:
            raise refused(pieced, "columns put together with parts of", node, TEXT_HINT)

    def _opaque(
        self, found: Flow, values: Values, node: exp.Expr, operands: Sequence[exp.Expr], sides: Sequence[Values]
    ) -> None:
        """Check what a hidden piece of free text is compared with: nothing short enough to run through."""
        self.tests(node)
        others = [one for one, side in zip(operands, sides, strict=False) if not flows(side)]
        is_one = len(sides) - len(others) == 1 and bool(others)
        is_fixed = without_flows(values) - vouches(values) <= CONSTANTS
        if not is_one or not is_fixed or not all(map(self._is_long, others)):
            raise refused(found, "comparing a part of", node, NEEDLE_HINT)

    def _is_long(self, node: exp.Expr) -> bool:
        """Whether an operand is a text of some length, or a list of such."""
        node = without_parentheses(node)
        if isinstance(node, Quantified):
            node = without_parentheses(node.this)
            return isinstance(node, ArrayLiteral) and all(map(self._is_long, node.expressions))
        while isinstance(node, TypeCast) and node.args["to"].args["name"] in TEXT_TYPES and not _has_length(node):
            node = without_parentheses(node.this)
        text = (self._arguments.text_of(node) or "").strip()
        return len(text) >= MIN_NEEDLE and _NUMBER.fullmatch(text) is None


def _has_length(cast: exp.Expr) -> bool:
    return "(" in cast.args["to"].args["words"]


def _is_beside(flow: Flow, values: Values) -> bool:
    """Whether a piece stands among what tables hold: its order among that would tell it."""
    return STORED in values and _is_narrow(flow)


def _is_narrow(flow: Flow) -> bool:
    """Whether a piece may be of any width: no window from one end, and no word."""
    return flow.shape in CUTS and flow.size is None and flow.shape is not Shape.WORDS


def _is_positional(pattern: str | None, node: exp.Expr) -> bool:
    """Whether a LIKE pattern looks at single places."""
    if pattern is None or "LIKE" not in str(node.args.get("operator", "LIKE")) or "_" not in pattern:
        return False
    return sum(char not in "%_\\" for char in pattern) < MIN_NEEDLE


def _members(pattern: exp.Expr | None) -> int:
    """Return how many patterns a list in the statement holds."""
    if pattern is None:
        return 1
    return max(
        (len(one.expressions) for one in pattern.find_all(exp.Expression) if one.key == "arrayliteral"), default=1
    )


def constants_as_listed(values: Values) -> Values:
    """Return a row of a set operation: a constant there is one of a list."""
    return values - {CONSTANT} | {Listed(1)} if CONSTANT in values else values
