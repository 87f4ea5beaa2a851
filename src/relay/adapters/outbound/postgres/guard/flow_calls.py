"""Follows protected values through calls of functions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from sqlglot import exp

from relay.adapters.outbound.postgres.guard import flow_functions as table
from relay.adapters.outbound.postgres.guard.flow_arguments import (
    BY_ARGUMENTS,
    Arguments,
    cast_effect,
    path_effect,
    special_arguments,
)
from relay.adapters.outbound.postgres.guard.flow_columns import LABELS
from relay.adapters.outbound.postgres.guard.flow_functions import HIDDEN, KEPT, UNKNOWN, Effect
from relay.adapters.outbound.postgres.guard.flow_joins import Piece, formatted, joined, repeated
from relay.adapters.outbound.postgres.guard.flow_patterns import MIN_NEEDLE, is_blank, tells_no_place
from relay.adapters.outbound.postgres.guard.flow_rules import COMPUTE_HINT, first, refused
from relay.adapters.outbound.postgres.guard.flows import (
    BUILT,
    CONSTANT,
    CONSTANTS,
    CUTS,
    MADE_UP,
    STORED,
    WHOLES,
    Flow,
    Holds,
    Listed,
    Shape,
    Values,
    changed,
    chosen,
    computed,
    flows,
    hide,
    identifiers,
    is_constant,
    is_made_up,
    passed,
    tested,
    texts,
    vouches,
    without_flows,
)
from relay.adapters.outbound.postgres.guard.lineage_scopes import Scope
from relay.adapters.outbound.postgres.guard.nodes import (
    ArrayLiteral,
    Call,
    NamedArgument,
    SpecialCall,
    TypeName,
    VariadicArgument,
)
from relay.adapters.outbound.postgres.guard.references import function_name, without_parentheses
from relay.adapters.outbound.postgres.guard.relations import NOTHING

if TYPE_CHECKING:
    from relay.adapters.outbound.postgres.guard.flow_values import ValueTracer

_WINDOW_POSITIONS = frozenset(("lag", "lead", "nth_value"))
_JSON_FORMS = frozenset(("json_value", "json_query", "json_table"))
_SPLITTERS = frozenset(("regexp_split_to_table", "string_to_table", "regexp_split_to_array", "string_to_array"))
_CARRYING = (KEPT, table.RESPELT, table.EXTREME)


class CallFlows:
    """Works for one tracer. `indexed`: what a to_tsvector call indexes, by the node's identity."""

    def __init__(self, tracer: ValueTracer) -> None:
        self._tracer = tracer
        self._rules = tracer.rules
        self.indexed: dict[int, Values] = {}

    def call(self, node: exp.Expr, scope: Scope) -> Values:
        """Follow a call with ordinary arguments."""
        name = function_name(node) or ""
        arguments = [_plain(one) for one in node.args.get("expressions") or []]
        given = [self._tracer.value(one, scope) for one in arguments]
        self._suffixes(node, scope)
        within = node.args.get("within")
        if within is not None:
            given = [frozenset().union(*(self._tracer.value(one.this, scope) for one in within.expressions)), *given]
            arguments = [*(one.this for one in within.expressions[:1]), *arguments]
        if node.args.get("quantifier") == "DISTINCT":
            for values in given:
                self._distinct(values, node)
        is_variadic = any(isinstance(one, VariadicArgument) for one in node.args.get("expressions") or [])
        values = self._applied(name, node, arguments, given, is_variadic=is_variadic)
        return self._made_up(values, name, node)

    def special(self, node: exp.Expr, scope: Scope) -> Values:
        """Follow a call with a syntax of its own."""
        name = node.args["name"]
        arguments, words = special_arguments(node)
        if name == "extract":
            arguments, words = arguments[-1:], words[-1:]
        types = [one for one in node.expressions if isinstance(one, TypeName)]
        arguments, words = (
            [one for one in arguments if not isinstance(one, TypeName)],
            [word for one, word in zip(arguments, words, strict=True) if not isinstance(one, TypeName)],
        )
        given = [self._tracer.value(one, scope) for one in arguments]
        self._suffixes(node, scope)
        arguments, given = _in_order(name, arguments, given, words)
        values = self._applied(name, node, arguments, given)
        if types and flows(values):
            values = self._typed(node, types, values)
        return self._made_up(values, name, node)

    def attribute(self, name: str, values: Values, node: exp.Expr) -> Values:
        """Follow `(value).name`, which calls a function of that name."""
        return self._applied(name, node, [node], [values])

    def _distinct(self, values: Values, node: exp.Expr) -> None:
        """Check what an aggregate makes distinct: its rows are sorted, and so may be those of others beside it."""
        select = node.find_ancestor(exp.Select)
        targets = () if select is None else select.expressions
        shows_order = any(
            _shows_order(one) for target in targets for one in target.find_all(Call, SpecialCall) if one is not node
        )
        if shows_order:
            self._rules.sorted_silently(values, node)
        self._rules.grouped(values, node)

    def _suffixes(self, node: exp.Expr, scope: Scope) -> None:
        self._tracer.value(node.args.get("order"), scope)
        self._tracer.value(node.args.get("within"), scope)
        self._tracer.condition(node.args.get("filter"), scope)
        over = node.args.get("over")
        if over is not None and not isinstance(over, exp.Identifier):
            self._tracer.value(over, scope)

    def _made_up(self, values: Values, name: str, node: exp.Expr) -> Values:
        """Say whether a call may give another value in each row."""
        changes = name in table.MADE_UP_EACH_TIME or (node.args.get("over") is not None and is_constant(values))
        if name in table.AGGREGATES and not flows(values) and STORED not in values:
            changes = True
        return (values - {CONSTANT}) | MADE_UP if changes else values

    def _applied(
        self,
        name: str,
        node: exp.Expr,
        arguments: Sequence[exp.Expr],
        given: Sequence[Values],
        *,
        is_variadic: bool = False,
    ) -> Values:
        everything: Values = frozenset().union(*given)
        if name in table.LABELS:
            return frozenset((Flow(LABELS, Holds.FREE_TEXT),)) | vouches(everything)
        keys = given[:1] if name in table.KEYED_BY_FIRST else given[::2] if name in table.KEYED_BY_TURNS else ()
        for values in keys:
            self._rules.keys(values, node)
        if name in table.ROWS_OF_NUMBERS:
            self._rules.bound(everything, node)
            return vouches(everything) | MADE_UP
        if name in table.ROWS_OF_PARTS or name in table.ROWS_OF_PIECES:
            self._rules.parts(everything, node)
        if not flows(everything):
            return self._without_flows(name, arguments, given)
        if name in table.NOTHING_TOLD | table.NULL_TESTS | table.CONDITIONS:
            if name in table.NULL_TESTS:
                self._rules.nullness(everything, node)
            elif name in table.CONDITIONS:
                self._rules.condition(everything, node)
            return tested(given)
        if name in table.TESTS or (name in table.RANKS and self._is_whole(arguments, given)):
            return self._tested(node, arguments, everything)
        return self._carried(name, node, arguments, given, is_variadic=is_variadic)

    def _without_flows(self, name: str, arguments: Sequence[exp.Expr], given: Sequence[Values]) -> Values:
        everything: Values = frozenset().union(*given)
        if name in table.LISTS and is_constant(everything) and arguments:
            return frozenset((Listed(self._listed(arguments[0])),))
        if name == "coalesce" and not is_constant(everything):
            return chosen(given)
        if name == "coalesce" or table.FUNCTIONS.get(name) in _CARRYING:
            return everything or CONSTANTS
        text_of = self._tracer.arguments.text_of
        if name == "format" and given:
            return formatted(text_of(arguments[0]), given[1:])
        if name == "concat" or (name == "trim" and STORED in everything):
            return joined([Piece(one, text_of(node)) for one, node in zip(given, arguments, strict=True)])
        return computed(given)

    def _listed(self, node: exp.Expr) -> int:
        """Return how many constants a list in the statement holds; many where that can't be seen."""
        node = without_parentheses(node)
        node = without_parentheses(node.this) if not isinstance(node, ArrayLiteral) and node.args.get("to") else node
        if isinstance(node, ArrayLiteral):
            return len(node.expressions)
        value = self._tracer.arguments._parameter(node)  # noqa: SLF001 - the same parameters
        return len(value) if isinstance(value, list) else table.MAX_TESTS + 1

    def _is_whole(self, arguments: Sequence[exp.Expr], given: Sequence[Values]) -> bool:
        """Whether whole columns are ranked by a constant query."""
        indexed = [self.indexed.get(id(without_parentheses(one))) for one in arguments]
        rest = [values for values, inner in zip(given, indexed, strict=True) if inner is None]
        is_whole = all(flow.shape in WHOLES for inner in indexed for flow in flows(inner or NOTHING))
        return is_whole and all(is_constant(one) or all(isinstance(atom, Listed) for atom in one) for one in rest)

    def _tested(self, node: exp.Expr, arguments: Sequence[exp.Expr], everything: Values) -> Values:
        inner: Values = frozenset().union(
            *(self.indexed.get(id(without_parentheses(one)), NOTHING) for one in arguments)
        )
        if inner:
            everything = without_flows(everything) | inner
        pattern = arguments[1] if len(arguments) > 1 else None
        self._rules.matched(everything, node, pattern, self._tracer.values_of(arguments))
        return tested((everything,))

    def _carried(
        self,
        name: str,
        node: exp.Expr,
        arguments: Sequence[exp.Expr],
        given: Sequence[Values],
        *,
        is_variadic: bool,
    ) -> Values:
        everything: Values = frozenset().union(*given)
        if name in table.EQUALITIES:
            self._rules.equal(everything, node, arguments, given)
            return self._compared(name, given)
        if name in table.ORDERS:
            self._rules.extreme(everything, node) if name in ("min", "max") else self._rules.ordered(
                everything, node, given
            )
        if name in table.SEARCHES:
            done = self._searched(name, node, arguments, everything)
            if done is not None:
                return done
        text = self._put_together(name, arguments, given, is_variadic=is_variadic)
        if text is not None:
            return text
        return self._by_table(name, node, arguments, given)

    def _compared(self, name: str, given: Sequence[Values]) -> Values:
        if name in ("array_position", "array_positions"):
            return tested(given)
        kept = given[0] if name == "nullif" else frozenset().union(*given)
        return kept | vouches(frozenset().union(*given))

    def _searched(self, name: str, node: exp.Expr, arguments: Sequence[exp.Expr], everything: Values) -> Values | None:
        """Count a search; return its result where that is only a place or a number."""
        if not self._is_search(name, arguments):
            return None
        effect = self._effect(name, arguments)
        lost = first(identifiers(everything)) if effect.identifier is None or name in ("strpos", "position") else None
        if lost is not None:
            raise refused(lost, "a search in", node, COMPUTE_HINT)
        found = first(texts(everything))
        if found is None or effect is KEPT:
            return None
        if is_made_up(everything) or BUILT in everything:
            raise refused(found, "made-up values searched in", node, "search for a constant")
        self._rules.tests(node, self._filters(arguments) if name == "json_table" else 1)
        is_readable = all(flow.shape not in CUTS | {Shape.OPAQUE} for flow in texts(everything))
        return tested((everything,)) if is_readable and self._tells_no_place(name, arguments) else None

    def _is_search(self, name: str, arguments: Sequence[exp.Expr]) -> bool:
        """Whether a function that cuts does so at a text that may be missing."""
        given = Arguments(arguments, self._tracer.parameters)
        if name in ("substring", "substr"):
            return given.text(1) is not None and len(given) == 2  # noqa: PLR2004 - a pattern alone
        return name != "split_part" or not is_blank(given.text(1) or "")

    def _filters(self, arguments: Sequence[exp.Expr]) -> int:
        """Return how many paths of a JSON_TABLE ask something."""
        texts_of = [self._tracer.arguments.text_of(one) for one in arguments[1:]]
        return sum(text is not None and path_effect(text) is not KEPT for text in texts_of)

    def _tells_no_place(self, name: str, arguments: Sequence[exp.Expr]) -> bool:
        pattern = Arguments(arguments, self._tracer.parameters).text(1)
        if pattern is None:
            return False
        if name in ("strpos", "position"):
            return len(pattern) >= MIN_NEEDLE
        return name in ("regexp_count", "regexp_instr") and tells_no_place(pattern)

    def _put_together(
        self, name: str, arguments: Sequence[exp.Expr], given: Sequence[Values], *, is_variadic: bool
    ) -> Values | None:
        """Follow what makes one text of several."""
        if is_variadic and name in ("concat", "concat_ws", "format"):
            return changed(computed(given), hide)
        texts_of = [self._tracer.arguments.text_of(one) for one in arguments]
        given = [self._tracer.columns.spelt(values) for values in given]
        pieces = [Piece(values, text) for values, text in zip(given, texts_of, strict=True)]
        if name == "concat":
            return joined(pieces)
        if name == "concat_ws":
            return joined([one for piece in pieces[1:] for one in (piece, pieces[0])][:-1])
        if name == "format":
            return formatted(texts_of[0], given[1:]) | changed(frozenset(flows(given[0])), hide)
        if name == "string_agg" or (name == "array_to_string" and len(given) > 1):
            return repeated(given[0], texts_of[1] if len(texts_of) > 1 else None) | changed(
                frozenset(flows(frozenset().union(*given[1:]))), hide
            )
        return None

    def _effect(self, name: str, arguments: Sequence[exp.Expr]) -> Effect:
        look = BY_ARGUMENTS.get(name)
        if look is not None:
            return look(Arguments(arguments, self._tracer.parameters))
        if name in _JSON_FORMS:
            return self._paths(name, arguments)
        return table.FUNCTIONS.get(name, UNKNOWN)

    def _paths(self, name: str, arguments: Sequence[exp.Expr]) -> Effect:
        """Return the effect of JSON_VALUE and its like: that of the path that keeps least."""
        texts_of = [self._tracer.arguments.text_of(one) for one in arguments[1:]]
        if not texts_of or (texts_of[0] is None and name != "json_table"):
            return UNKNOWN
        effects = [path_effect(text) for text in texts_of if text is not None and text.lstrip()[:1] in "$sl"]
        return next((one for one in effects if one is not KEPT), KEPT)

    def _by_table(self, name: str, node: exp.Expr, arguments: Sequence[exp.Expr], given: Sequence[Values]) -> Values:
        effect = self._effect(name, arguments)
        carries_all = name not in BY_ARGUMENTS and effect in _CARRYING
        if name == "to_tsvector":
            self.indexed[id(node)] = given[-1]
        if name == "xpath" and len(given) > 1:
            given = [given[1], given[0]]
        if carries_all and name not in _WINDOW_POSITIONS:
            both = chosen(given) if name == "coalesce" else passed(given)
            return self._tracer.apply(effect, both, node)
        if name in _SPLITTERS and effect is not UNKNOWN and effect is not HIDDEN:
            self._rules.tests(node)
        result = self._tracer.apply(effect, given[0], node)
        others: Values = frozenset().union(*given[1:])
        lost = first(identifiers(others))
        if lost is not None and (name in BY_ARGUMENTS or name in _WINDOW_POSITIONS):
            raise refused(lost, "an argument made of", node, COMPUTE_HINT)
        rest = self._tracer.apply(HIDDEN if effect is not UNKNOWN else UNKNOWN, others, node)
        everything = without_flows(computed([without_flows(result), without_flows(rest)]))
        keeps_source = effect in _CARRYING and not flows(rest)
        marks = without_flows(result) if keeps_source else everything
        found = frozenset(flows(result)) | frozenset(flows(rest))
        if effect.text is table.MEASURED.text and not found:
            return tested(given)
        return (marks - {CONSTANT} if found else marks) | found

    def _typed(self, node: exp.Expr, types: Sequence[exp.Expr], values: Values) -> Values:
        """Follow RETURNING, and the types of a table form's columns."""
        result: Values = NOTHING
        for to in types:
            effect = KEPT if (found := cast_effect(to)) is table.RESPELT else found
            if effect.identifier is None and not any(flow.holds is Holds.IDENTIFIER for flow in flows(values)):
                effect = Effect(identifier=hide, text=effect.text)
            result |= self._tracer.apply(effect, values, node)
        return result


def _plain(node: exp.Expr) -> exp.Expr:
    while isinstance(node, VariadicArgument | NamedArgument):
        node = node.expression if isinstance(node, NamedArgument) else node.this
    return node


def _in_order(
    name: str, arguments: list[exp.Expr], given: list[Values], words: list[str]
) -> tuple[list[exp.Expr], list[Values]]:
    """Bring a call's operands into the order of the function behind it."""
    order = list(range(len(arguments)))
    if name == "position" or (name == "trim" and "FROM" in words and words.index("FROM") > 0):
        order.reverse()
    elif name == "substring" and words[1:] == ["FOR"]:
        one = exp.Literal(this="1", is_string=False)
        return [arguments[0], one, arguments[1]], [given[0], CONSTANTS, given[1]]
    elif name == "substring" and words[1:] == ["FOR", "FROM"]:
        order = [0, 2, 1]
    elif name in ("xmlexists", "xmltable"):
        order = [1, 0, *order[2:]] if len(order) > 1 else order
    return [arguments[index] for index in order], [given[index] for index in order]


def _shows_order(node: exp.Expr) -> bool:
    """Whether a call is of an aggregate that keeps the order in which its rows come."""
    if isinstance(node, SpecialCall):
        return node.args["name"] in table.IN_ORDER
    return function_name(node) in table.IN_ORDER and not node.args.get("order")


def is_aggregate(node: exp.Expr) -> bool:
    """Whether a call may be of an aggregate, or of a window function."""
    if isinstance(node, SpecialCall):
        return node.args["name"] in table.AGGREGATES or node.args["name"] == "grouping"
    if not isinstance(node, Call):
        return False
    name = function_name(node)
    keys = ("star", "quantifier", "order", "within", "filter")
    return name is None or name in table.AGGREGATES or any(node.args.get(key) for key in keys)
