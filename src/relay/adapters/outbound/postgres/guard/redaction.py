"""The statement for the audit trail: its words, without any value."""

from __future__ import annotations

from collections.abc import Iterable

from relay.adapters.outbound.postgres.guard.refusal import MAX_NAME_CHARS, RefusedStatement
from relay.adapters.outbound.postgres.guard.tokens import Kind, Token, tokenize

MAX_TEXT_CHARS = 100_000
ENOUGH_CHARS = 16_384
"""More than the audit trail keeps of a statement."""

_LITERALS = frozenset((Kind.STRING, Kind.NUMBER, Kind.BITS))


def redact(text: str) -> str:
    """Return the text's tokens with each literal replaced by `?`, comments dropped; its length if it has no tokens."""
    try:
        return redact_tokens(tokenize(text[:MAX_TEXT_CHARS]), text)
    except (RefusedStatement, ValueError):
        return f"[unreadable statement, {len(text)} characters]"


def redact_tokens(tokens: Iterable[Token], text: str) -> str:
    """Return the same for a text's tokens."""
    parts: list[str] = []
    length = end = 0
    for token in tokens:
        if token.kind is Kind.END or length > ENOUGH_CHARS:
            break
        if parts and token.start > end:
            parts.append(" ")
        parts.append(_shown(token, text))
        length += len(parts[-1]) + 1
        end = token.end
    return "".join(parts)


def _shown(token: Token, text: str) -> str:
    if token.kind in _LITERALS:
        return "?"
    if token.kind is Kind.NAME:
        return '"' + token.value.replace('"', '""') + '"'
    return text[token.start : token.end][:MAX_NAME_CHARS]
