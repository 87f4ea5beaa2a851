"""Questions to the nodes of a tree that the work rules ask."""

from __future__ import annotations

from collections.abc import Iterator

from sqlglot import exp

from relay.adapters.outbound.postgres.guard.nodes import (
    ArrayQuery,
    BitLiteral,
    Call,
    Operation,
    Quantified,
    SpecialCall,
    TypeCast,
    TypedLiteral,
    Word,
)
from relay.adapters.outbound.postgres.guard.spelling import bare_operator
from relay.adapters.outbound.postgres.guard.work_tables import ARRAY_BUILDERS, LARGE_CHARS, MULTIRANGES
from relay.domain.json_value import JsonValue


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
    return bare_operator(str(node.args.get("operator", "")))


def called_name(node: exp.Expr) -> str:
    """Return the name of what is called, without its schema."""
    return str(node.args["name"] if isinstance(node, SpecialCall) else node.args["parts"][-1].name)


def arguments_of(node: exp.Expr) -> list[exp.Expr]:
    """Return the arguments, without the words between them."""
    return [item for item in node.expressions if not isinstance(item, Word)]


def looks_like_path(node: exp.Expr | None) -> bool:
    """Whether a literal may be a JSON path."""
    return isinstance(node, exp.Literal) and str(node.this).lstrip().startswith(("$", "strict", "lax", "@", "("))
