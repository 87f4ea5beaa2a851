"""Takes an identifier's order away from rows that the server sorts in order to part them."""

from __future__ import annotations

from collections.abc import Iterable

from sqlglot import exp

from relay.adapters.outbound.postgres.guard.nodes import Call, TypeCast, TypeName


def scatter(lists: Iterable[tuple[exp.Expr, str]]) -> None:
    """Put a hash before each key of such lists (a node, and the argument of it): they part the same rows."""
    for node, argument in lists:
        node.set(argument, [part for key in node.args[argument] for part in (_hash(key), key)])


def _hash(key: exp.Expr) -> exp.Expr:
    text = TypeCast(this=exp.Paren(this=key.copy()), to=TypeName(words=("text",), name="text"), short=True)
    parts = [exp.Identifier(this=name, quoted=False) for name in ("pg_catalog", "hashtextextended")]
    return Call(parts=parts, expressions=[text, exp.Literal(this="0", is_string=False)])
