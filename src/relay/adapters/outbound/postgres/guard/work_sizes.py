"""How large a value may be that a statement makes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import inf, prod
from types import MappingProxyType

from sqlglot import exp

from relay.adapters.outbound.postgres.guard.nodes import (
    ArrayLiteral,
    ArrayQuery,
    Between,
    BitLiteral,
    Call,
    Membership,
    Operation,
    Quantified,
    Row,
    SpecialCall,
    Subscript,
    TypeName,
    ValueFunction,
    VariadicArgument,
    Word,
)
from relay.adapters.outbound.postgres.guard.sources import Source
from relay.adapters.outbound.postgres.guard.work_nodes import (
    arguments_of,
    called_name,
    chars,
    is_aggregate,
    is_constant,
    symbol,
    unwrapped,
)
from relay.adapters.outbound.postgres.guard.work_outputs import OwnColumns, only_output
from relay.adapters.outbound.postgres.guard.work_tables import (
    ADDING,
    BUILDERS,
    ELEMENTS,
    GROWING,
    MAX_DERIVATIONS,
    MAX_PADDING,
    MAX_PIECES,
    PLAIN_LENGTHS,
    SCALARS,
    SMALL_CHARS,
    SPLITTING,
)
from relay.domain.json_value import JsonValue


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """How many values of a table, and how many written characters beside them, a value is at most made of."""

    pieces: float = 0
    chars: float = 0


LARGE = Size(pieces=inf, chars=inf)
ONE = Size(pieces=1)


class Sizes:
    """Judges the values of one walk, when all its sources are known."""

    def __init__(
        self, *, parameters: Sequence[JsonValue], sources: Mapping[str, Sequence[Source]], root: exp.Expr
    ) -> None:
        self._parameters = parameters
        self._sources = sources
        self._root = root
        self._own: OwnColumns | None = None
        self._functions: Size | None = None
        self._known: dict[str, Size] = {}
        self._open: list[str] = []
        self._cycles: set[str] = set()

    def is_short_length(self, node: exp.Expr) -> bool:
        """Whether a value asks for no more than MAX_PADDING."""
        bare = unwrapped(node)
        if isinstance(bare, exp.Literal):
            return not bare.args.get("is_string") and float(bare.this) <= MAX_PADDING
        if isinstance(bare, exp.Parameter):
            value = self._value(bare)
            return isinstance(value, int) and value <= MAX_PADDING
        if isinstance(bare, Operation):
            sides = (bare.args.get("this"), bare.expression)
            return symbol(bare) in ("+", "-") and all(one is None or self.is_short_length(one) for one in sides)
        if isinstance(bare, Call):
            return called_name(bare) in ("length", "char_length") and self.is_small(bare)
        return isinstance(bare, exp.Column) and self._is_of_a_table(bare)

    def are_short_lengths(self, node: exp.Expr) -> bool:
        """Whether an array of lengths asks for no more than MAX_PADDING values in all."""
        bare = unwrapped(node)
        if isinstance(bare, exp.Literal):
            lengths = PLAIN_LENGTHS.fullmatch(str(bare.this))
            return lengths is not None and prod(map(int, lengths[1].split(","))) <= MAX_PADDING
        if isinstance(bare, exp.Parameter):
            value = self._value(bare)
            given = value if isinstance(value, list | tuple) else [None]
            return all(isinstance(one, int) for one in given) and prod(map(int, map(str, given))) <= MAX_PADDING
        if not isinstance(bare, ArrayLiteral) or not all(map(self.is_short_length, bare.expressions)):
            return False
        numbers = (unwrapped(one) for one in bare.expressions)
        return prod(map(self._factor, numbers)) <= MAX_PADDING

    def _factor(self, node: exp.Expr) -> float:
        if isinstance(node, exp.Literal):
            return float(node.this)
        return float(str(self._value(node))) if isinstance(node, exp.Parameter) else 1

    def is_small(self, node: exp.Expr | None) -> bool:
        """Whether a value is small, or as large as a table's data makes it."""
        return self.of(node).pieces <= MAX_PIECES

    def written_chars(self, node: exp.Expr) -> float:
        """Return how many characters a small value has beside a table's data; infinite for one that may be large."""
        return self.of(node).chars if self.is_small(node) else inf

    def of(self, node: exp.Expr | None) -> Size:
        """Return a value's size."""
        if node is None:
            return Size()
        node = unwrapped(node)
        rule = _RULES.get(type(node))
        return LARGE if rule is None else rule(self, node)

    def texts(self, node: exp.Expr) -> list[str] | None:
        """Return the texts that a value may be; None if they are not written in the statement."""
        node = unwrapped(node)
        if isinstance(node, exp.Parameter):
            return [str(self._value(node) or "")]
        if isinstance(node, exp.Case):
            branches = [self.texts(one) for one in _branches(node)]
            return None if None in branches else [text for one in branches for text in one or ()]
        return [str(node.this or "")] if is_constant(node) else None

    def total(self, nodes: Iterable[exp.Expr | None]) -> Size:
        """Return the size of all together."""
        sizes = [self.of(node) for node in nodes]
        return Size(pieces=sum(one.pieces for one in sizes), chars=sum(one.chars for one in sizes))

    def constant(self, node: exp.Expr) -> Size:
        """Return the size of what the statement writes."""
        return Size(chars=chars(node)) if chars(node) <= SMALL_CHARS else LARGE

    def parameter(self, node: exp.Expr) -> Size:
        """Return the size of a parameter."""
        value = self._value(node)
        length = len(str(value or ""))
        return LARGE if isinstance(value, str | list | tuple | dict) and length > SMALL_CHARS else Size(chars=length)

    def operation(self, node: exp.Expr) -> Size:
        """Return the size of all operands together; a chain of operators is no nesting."""
        operands: list[exp.Expr | None] = []
        while isinstance(node, Operation):
            operands.append(node.args.get("expression"))
            left = node.args.get("this")
            if left is None:
                return self.total(operands)
            node = unwrapped(left)
        return self.total([*operands, node])

    def parts(self, node: exp.Expr) -> Size:
        """Return the size of all that a list or a special call holds."""
        return self.total(node.expressions)

    def inside(self, node: exp.Expr) -> Size:
        """Return the size of what stands in it."""
        return self.of(node.this)

    def case(self, node: exp.Expr) -> Size:
        """Return the size of the largest branch."""
        return _largest(map(self.of, _branches(node)))

    def query(self, node: exp.Expr) -> Size:
        """Return the size of a sub-query's one value."""
        return _largest(map(self.of, only_output(node)))

    def element(self, node: exp.Expr) -> Size:
        """Return the size of an array's element."""
        return self.of(node.this) if node.args.get("slice") else self.elements(node.this)

    def elements(self, node: exp.Expr) -> Size:
        """Return the size of the largest element of an array, or of what returns its elements."""
        node = unwrapped(node)
        if isinstance(node, ArrayLiteral):
            return _largest(map(self.of, node.expressions))
        if isinstance(node, ArrayQuery):
            return self.query(node.this)
        makes_elements = isinstance(node, Call) and called_name(node) in ELEMENTS
        return self.total(node.expressions) if makes_elements else self.of(node)

    def call(self, node: exp.Expr) -> Size:
        """Return the size of what a function returns."""
        name, operands = called_name(node), arguments_of(node)
        if name in SCALARS:
            return ONE
        if name in GROWING and len(operands) > 1:
            return self._grown(name, operands)
        if name == "unnest" and len(operands) == 1:
            return self.elements(operands[0])
        return LARGE if name in BUILDERS - ADDING - SPLITTING or is_aggregate(name) else self.parts(node)

    def column(self, node: exp.Expr) -> Size:
        """Return the size of a column."""
        if self._is_of_a_table(node):
            return ONE
        name = node.this.name
        is_row = node.args.get("table") is None and any(
            source.table is None and not source.is_function for source in self._sources.get(name, ())
        )
        return LARGE if is_row or isinstance(node.this, exp.Star) else self._defined(name)

    def _grown(self, name: str, operands: Sequence[exp.Expr]) -> Size:
        """Return the size of a text that a function with written arguments makes longer."""
        if name == "format":
            texts, values = self.texts(operands[0]), operands[1:]
        else:
            texts, values = self._all_texts(operands[1:]), operands[:1]
        grown = None if texts is None else GROWING[name](texts)
        if grown is None:
            return LARGE
        before = _largest(self.elements(one) if _splits(one) else self.of(one) for one in values)
        return Size(pieces=before.pieces * grown[0], chars=before.chars * grown[0] + grown[1])

    def _all_texts(self, nodes: Sequence[exp.Expr]) -> list[str] | None:
        """Return one text for each; None if one is not known, or may be several."""
        found = [self.texts(node) or [] for node in nodes]
        return [one[0] for one in found] if all(len(one) == 1 for one in found) else None

    def _defined(self, name: str) -> Size:
        """Return the size of the largest value that a name may mean, a table's column among them."""
        own = self._own = self._own or OwnColumns(self._root)
        if self._functions is None:
            self._measure_functions(own)
        if name in self._known:
            return self._known[name]
        if name in self._open or len(self._open) > MAX_DERIVATIONS:
            self._cycles.add(name)
            return ONE if name == self._open[-1] and not own.recurses else LARGE
        self._open.append(name)
        sizes = [self.of(one) for one in own.named(name) if not _copies(one, name)]
        self._open.pop()
        size = _made_of_itself(sizes) if name in self._cycles else _largest(sizes)
        self._known[name] = _largest([ONE, self._functions or ONE, size])
        return self._known[name]

    def _measure_functions(self, own: OwnColumns) -> None:
        """Take functions in FROM for a chain, each called with what the others return; in a recursion it has no end."""
        self._functions = LARGE if own.recurses and own.of_functions else ONE
        self._functions = _made_of_itself([self.elements(one) for one in own.of_functions])
        self._known.clear()

    def _is_of_a_table(self, node: exp.Expr) -> bool:
        qualifier = node.args.get("table")
        names: Iterable[str] = self._sources if qualifier is None else (qualifier.name,)
        found = [source for name in names for source in self._sources.get(name, ())]
        return bool(found) and all(source.table is not None for source in found)

    def _value(self, node: exp.Expr) -> JsonValue:
        number = int(node.this.this)
        return self._parameters[number - 1] if number <= len(self._parameters) else None


def _largest(sizes: Iterable[Size]) -> Size:
    known = list(sizes)
    return Size(
        pieces=max((one.pieces for one in known), default=0), chars=max((one.chars for one in known), default=0)
    )


def _made_of_itself(sizes: Iterable[Size]) -> Size:
    """Return how large a value gets that each expression makes of what another has made, each once."""
    known = list(sizes)
    pieces = prod(max(1.0, one.pieces) for one in known)
    return Size(pieces=pieces, chars=pieces * sum(one.chars for one in known))


def _copies(node: exp.Expr, name: str) -> bool:
    bare = unwrapped(node)
    return isinstance(bare, exp.Column) and not isinstance(bare.this, exp.Star) and bare.this.name == name


def _branches(case: exp.Expr) -> list[exp.Expr]:
    results = [*(one.args["true"] for one in case.args["ifs"]), case.args.get("default")]
    return [one for one in results if one is not None]


def _splits(node: exp.Expr) -> bool:
    bare = unwrapped(node)
    return isinstance(bare, Call) and called_name(bare) in SPLITTING


_RULES: Mapping[type[exp.Expr], Callable[[Sizes, exp.Expr], Size]] = MappingProxyType(
    {
        **dict.fromkeys((exp.Literal, BitLiteral, exp.Null, exp.Boolean, Word), Sizes.constant),
        **dict.fromkeys((Between, Membership, exp.Exists, ValueFunction), lambda *_: ONE),
        **dict.fromkeys((exp.Identifier, TypeName), lambda *_: Size()),
        **dict.fromkeys((ArrayLiteral, Row, SpecialCall), Sizes.parts),
        **dict.fromkeys((Quantified, VariadicArgument), Sizes.inside),
        exp.Parameter: Sizes.parameter,
        exp.Column: Sizes.column,
        Operation: Sizes.operation,
        exp.Case: Sizes.case,
        exp.Subquery: Sizes.query,
        Subscript: Sizes.element,
        Call: Sizes.call,
    }
)
