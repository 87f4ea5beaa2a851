"""How large a value may be that a statement makes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from math import inf, prod

from sqlglot import exp

from relay.adapters.outbound.postgres.guard.nodes import (
    ArrayLiteral,
    ArrayQuery,
    BitLiteral,
    Call,
    Operation,
    Quantified,
    Row,
    SpecialCall,
    TypeCast,
    TypedLiteral,
    Word,
)
from relay.adapters.outbound.postgres.guard.sources import Source
from relay.adapters.outbound.postgres.guard.work_tables import (
    ADDING,
    ARRAY_BUILDERS,
    BUILDERS,
    LARGE_CHARS,
    MAX_PADDING,
    MULTIRANGES,
    PLAIN_LENGTHS,
    PREFIX,
    SMALL_CHARS,
)
from relay.domain.json_value import JsonValue


class Sizes:
    """Judges the values of one walk, when all its sources are known."""

    def __init__(self, *, parameters: Sequence[JsonValue], sources: Mapping[str, Sequence[Source]]) -> None:
        self._parameters = parameters
        self._sources = sources

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
        node = None if node is None else unwrapped(node)
        if node is None or isinstance(node, exp.Literal | BitLiteral | exp.Null | exp.Boolean | Word):
            return node is None or chars(node) <= SMALL_CHARS
        if isinstance(node, exp.Parameter):
            value = self._value(node)
            return not isinstance(value, str | list | tuple | dict) or len(str(value)) <= SMALL_CHARS
        if isinstance(node, exp.Column):
            return self._is_of_a_table(node)
        if isinstance(node, Operation):
            return all(map(self.is_small, (node.args.get("this"), node.args.get("expression"))))
        if isinstance(node, Call) and (called_name(node) in BUILDERS - ADDING or is_aggregate(called_name(node))):
            return False
        return isinstance(node, ArrayLiteral | Row | SpecialCall | Call) and all(map(self.is_small, node.expressions))

    def written_chars(self, node: exp.Expr) -> float:
        """Return how many characters a small value has beside a table's data; infinite for one that may be large."""
        if not self.is_small(node):
            return inf
        literals = sum(len(str(one.this)) for one in node.find_all(exp.Literal))
        return literals + sum(len(str(self._value(one) or "")) for one in node.find_all(exp.Parameter))

    def _is_of_a_table(self, node: exp.Expr) -> bool:
        qualifier = node.args.get("table")
        names: Iterable[str] = self._sources if qualifier is None else (qualifier.name,)
        found = [source for name in names for source in self._sources.get(name, ())]
        return bool(found) and all(source.table is not None for source in found)

    def _value(self, node: exp.Expr) -> JsonValue:
        number = int(node.this.this)
        return self._parameters[number - 1] if number <= len(self._parameters) else None


def joined(node: exp.Expr) -> Iterator[exp.Expr]:
    """Yield what `||`, or a call, puts side by side; nothing for a part of a longer one."""
    if not isinstance(node, Operation):
        yield from map(unwrapped, arguments_of(node))
        return
    is_part = isinstance(node.parent, Operation) and symbol(node.parent) == "||"
    pending: list[exp.Expr] = [] if is_part else [node]
    while pending:
        one = pending.pop()
        if isinstance(one, Operation) and symbol(one) == "||":
            pending += [unwrapped(one.this), unwrapped(one.expression)]
        else:
            yield one


def is_recursive(node: exp.Expr) -> bool:
    """Whether a node stands in a query of WITH RECURSIVE."""
    place: exp.Expr | None = node
    while place is not None:
        if isinstance(place, exp.CTE) and place.parent is not None and place.parent.args.get("recursive"):
            return True
        place = place.parent
    return False


def is_array_query(node: exp.Expr) -> bool:
    """Whether a sub-query yields one array that it makes."""
    select = node.this if isinstance(node, exp.Subquery) else None
    if not isinstance(select, exp.Select) or len(select.expressions) != 1:
        return False
    (output,) = select.expressions
    output = unwrapped(output.this if isinstance(output, exp.Alias) else output)
    return isinstance(output, ArrayQuery) or (isinstance(output, Call) and called_name(output) in ARRAY_BUILDERS)


def is_aggregate(name: str) -> bool:
    """Whether a function makes one value of many."""
    return name.endswith(("_agg", "_agg_strict", "_agg_unique", "_agg_unique_strict", "xmlagg"))


def is_slow_to_read(type_name: str) -> bool:
    """Whether a type is slow to read from text."""
    return type_name == "tsquery" or type_name in MULTIRANGES


def unwrapped(node: exp.Expr) -> exp.Expr:
    """Look through parentheses and casts."""
    while isinstance(node, exp.Paren | Quantified | TypeCast | TypedLiteral):
        node = node.this
    return node


def is_constant(node: exp.Expr) -> bool:
    """Whether a value is written in the statement."""
    return isinstance(unwrapped(node), exp.Literal | exp.Null | exp.Boolean | BitLiteral)


def is_large(value: JsonValue) -> bool:
    """Whether a parameter counts as a large value that the statement makes."""
    return isinstance(value, str | list | tuple | dict) and len(str(value)) > LARGE_CHARS


def chars(node: exp.Expr) -> int:
    """Return the length of a literal's text."""
    return len(str(unwrapped(node).this or ""))


def symbol(node: exp.Expr) -> str:
    """Return an operator's symbol, without OPERATOR()."""
    operator = str(node.args.get("operator", ""))
    match = PREFIX.fullmatch(operator)
    return operator if match is None else match.group(1)


def called_name(node: exp.Expr) -> str:
    """Return the name of what is called, without its schema."""
    return str(node.args["name"] if isinstance(node, SpecialCall) else node.args["parts"][-1].name)


def arguments_of(node: exp.Expr) -> list[exp.Expr]:
    """Return the arguments, without the words between them."""
    return [item for item in node.expressions if not isinstance(item, Word)]


def looks_like_path(node: exp.Expr | None) -> bool:
    """Whether a literal may be a JSON path."""
    return isinstance(node, exp.Literal) and str(node.this).lstrip().startswith(("$", "strict", "lax", "@", "("))
