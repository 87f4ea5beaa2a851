"""Bounds that keep the guard's own work small, checked before any of it is done."""

from __future__ import annotations

from itertools import islice

from relay.adapters.outbound.postgres.guard.refusal import RefusedStatement
from relay.adapters.outbound.postgres.guard.tokens import Token, tokenize

MAX_STATEMENT_CHARS = 100_000
MAX_TOKENS = 5_000


def read_tokens(text: str) -> list[Token]:
    """Return all tokens of a statement, refusing one that is too long, or that is no text a server could read."""
    if len(text) > MAX_STATEMENT_CHARS:
        raise RefusedStatement(
            f"a statement of {len(text)} characters",
            0,
            hint=f"at most {MAX_STATEMENT_CHARS}; send values as parameters",
        )
    for bad, name in (("\0", "a NUL character"), (_first_surrogate(text), "half of a surrogate pair")):
        if bad and bad in text:
            raise RefusedStatement(name, text.index(bad))
    tokens = list(islice(tokenize(text), MAX_TOKENS + 1))
    if len(tokens) > MAX_TOKENS:
        raise RefusedStatement(
            f"more than {MAX_TOKENS} tokens",
            tokens[-1].start,
            hint="send long lists as one array parameter: = ANY ($1)",
        )
    return tokens


def _first_surrogate(text: str) -> str:
    try:
        text.encode()
    except UnicodeEncodeError as error:
        return text[error.start]
    return ""
