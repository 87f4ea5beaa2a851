"""The statement for the audit trail: its words, without any value.

A quoted identifier may be a value (`WHERE name = "João Silva"`, as MySQL has it): it is shown only where the database
is known to have something of that name.
"""

from __future__ import annotations

from collections.abc import Container, Iterable

from relay.adapters.outbound.postgres.guard.refusal import MAX_NAME_CHARS, RefusedStatement
from relay.adapters.outbound.postgres.guard.safe_functions import SAFE_FUNCTIONS
from relay.adapters.outbound.postgres.guard.system_views import SYSTEM_VIEWS
from relay.adapters.outbound.postgres.guard.tokens import Kind, Token, tokenize
from relay.adapters.outbound.postgres.guard.type_rules import BUILT_IN_TYPES

MAX_TEXT_CHARS = 100_000
ENOUGH_CHARS = 16_384
"""More than the audit trail keeps of a statement."""

BUILT_IN_NAMES = SAFE_FUNCTIONS | BUILT_IN_TYPES | frozenset(name for view in SYSTEM_VIEWS for name in view)
NOTHING_KNOWN: frozenset[str] = frozenset()
_LITERALS = frozenset((Kind.STRING, Kind.NUMBER, Kind.BITS))


def redact(text: str, known: Container[str] = NOTHING_KNOWN) -> str:
    """Return the text's tokens with literals and quoted names that are not `known` as `?`, comments dropped.

    A text that has no tokens becomes its length.
    """
    try:
        return redact_tokens(tokenize(text[:MAX_TEXT_CHARS]), text, known)
    except (RefusedStatement, ValueError):
        return f"[unreadable statement, {len(text)} characters]"


def redact_tokens(tokens: Iterable[Token], text: str, known: Container[str] = NOTHING_KNOWN) -> str:
    """Return the same for a text's tokens."""
    parts: list[str] = []
    length = end = 0
    for token in tokens:
        if token.kind is Kind.END or length > ENOUGH_CHARS:
            break
        if parts and token.start > end:
            parts.append(" ")
        parts.append(_shown(token, text, known))
        length += len(parts[-1]) + 1
        end = token.end
    return "".join(parts)


def _shown(token: Token, text: str, known: Container[str]) -> str:
    if token.kind in _LITERALS:
        return "?"
    if token.kind is Kind.NAME:
        is_known = token.value in known or token.value in BUILT_IN_NAMES
        return '"' + token.value.replace('"', '""') + '"' if is_known else '"?"'
    return text[token.start : token.end][:MAX_NAME_CHARS]
