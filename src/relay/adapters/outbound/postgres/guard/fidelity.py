"""Proof, statement by statement, that what runs is what was asked: the same tokens in the same order."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from relay.adapters.outbound.postgres.guard.refusal import RefusedStatement
from relay.adapters.outbound.postgres.guard.tokens import Kind, Token, tokenize

_OPTIONAL_WORD = "as"
"""Regenerated aliases always have AS, and SQL has no sentence that it changes."""


def check_fidelity(original: Sequence[Token], regenerated: str) -> None:
    """Refuse if the regenerated statement has other tokens than the original (semicolon and AS aside)."""
    expected = _significant(original)
    found = _significant(tokenize(regenerated))
    for index, (one, other) in enumerate(zip(expected, found, strict=False)):
        if one[:2] != other[:2]:
            raise _changed(one, index)
    if len(expected) != len(found):
        raise _changed(expected[-1], len(expected))


def _significant(tokens: Iterable[Token]) -> list[Token]:
    return [
        token
        for token in tokens
        if not (token.kind is Kind.WORD and token.value == _OPTIONAL_WORD)
        and not (token.kind is Kind.MARK and token.value == ";")
        and token.kind is not Kind.END
    ]


def _changed(token: Token, index: int) -> RefusedStatement:
    return RefusedStatement(f"a form that can't be written back unchanged (token {index + 1})", token.start)
