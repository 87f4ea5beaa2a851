"""A place in a list of tokens, and the questions that a grammar asks of it."""

from __future__ import annotations

from collections.abc import Sequence

from sqlglot import exp

from relay.adapters.outbound.postgres.guard.keywords import COLUMN_ONLY, FUNCTION_OR_TYPE, RESERVED
from relay.adapters.outbound.postgres.guard.refusal import RefusedStatement, shown
from relay.adapters.outbound.postgres.guard.tokens import Kind, Token

MAX_DEPTH = 60
"""Brackets, sub-queries, CASEs and prefix operators inside each other. Each costs up to ten Python frames."""

_NOT_A_COLUMN = RESERVED | FUNCTION_OR_TYPE
_NOT_A_TYPE = RESERVED | COLUMN_ONLY
_LITERAL_NAMES = {
    Kind.STRING: "a string",
    Kind.BITS: "a bit string",
    Kind.NUMBER: "a number",
    Kind.PARAMETER: "a parameter",
    Kind.END: "the end of the statement",
}


class Cursor:
    """Reads tokens left to right; `token` is the next one."""

    def __init__(self, tokens: Sequence[Token]) -> None:
        self._tokens = tokens
        self._index = 0
        self._depth = 0
        self.token = tokens[0]

    def advance(self) -> Token:
        """Take the next token."""
        taken = self.token
        if taken.kind is not Kind.END:
            self._index += 1
            self.token = self._tokens[self._index]
        return taken

    def ahead(self, count: int = 1) -> Token:
        """Look `count` tokens past the next one."""
        index = self._index + count
        return self._tokens[index] if index < len(self._tokens) else self._tokens[-1]

    def place(self) -> int:
        """Return the place to come back to with `back_to`."""
        return self._index

    def back_to(self, place: int) -> None:
        """Go back to a place."""
        self._index = place
        self.token = self._tokens[place]

    def enter(self) -> None:
        """Go one level deeper; refuse beyond MAX_DEPTH."""
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise RefusedStatement(
                "too deep a nesting", self.token.start, hint=f"at most {MAX_DEPTH} levels; WITH makes a query flat"
            )

    def leave(self) -> None:
        """Come back up one level."""
        self._depth -= 1

    def at_end(self) -> bool:
        """Whether no token is left."""
        return self.token.kind is Kind.END

    def at_word(self, *words: str) -> bool:
        """Whether the next token is one of these keywords."""
        return self.token.kind is Kind.WORD and self.token.value in words

    def at_words(self, *words: str) -> bool:
        """Whether the next tokens are these keywords, one after the other."""
        return all(
            (token := self.ahead(index)).kind is Kind.WORD and token.value == word for index, word in enumerate(words)
        )

    def at_mark(self, mark: str) -> bool:
        """Whether the next token is this mark."""
        return self.token.kind is Kind.MARK and self.token.value == mark

    def at_operator(self, symbol: str) -> bool:
        """Whether the next token is this operator."""
        return self.token.kind is Kind.OPERATOR and self.token.value == symbol

    def mark_follows(self, mark: str, count: int = 1) -> bool:
        """Whether the token `count` past the next one is this mark."""
        token = self.ahead(count)
        return token.kind is Kind.MARK and token.value == mark

    def accept_word(self, *words: str) -> str | None:
        """Take the next token if it is one of these keywords; return it in upper case."""
        return self.advance().value.upper() if self.at_word(*words) else None

    def accept_words(self, *words: str) -> bool:
        """Take these keywords if they come next, all of them."""
        if not self.at_words(*words):
            return False
        for _ in words:
            self.advance()
        return True

    def accept_mark(self, mark: str) -> bool:
        """Take the next token if it is this mark."""
        if self.at_mark(mark):
            self.advance()
            return True
        return False

    def expect_word(self, *words: str) -> str:
        """Take one of these keywords or refuse."""
        taken = self.accept_word(*words)
        if taken is None:
            raise self.unexpected(" or ".join(word.upper() for word in words))
        return taken

    def expect_mark(self, mark: str) -> None:
        """Take this mark or refuse."""
        if not self.accept_mark(mark):
            raise self.unexpected(mark)

    def label(self) -> exp.Identifier:
        """Take a name where any word may stand (after AS, after a dot)."""
        if self.token.kind in (Kind.WORD, Kind.NAME):
            return self._identifier()
        raise self.unexpected("a name")

    def column_id(self) -> exp.Identifier:
        """Take the name of a column, a table or an alias."""
        if not self.at_column_id():
            raise self.unexpected("a name")
        return self._identifier()

    def at_column_id(self) -> bool:
        """Whether the name of a column, table or alias comes next."""
        token = self.token
        return token.kind is Kind.NAME or (token.kind is Kind.WORD and token.value not in _NOT_A_COLUMN)

    def at_type_id(self) -> bool:
        """Whether the name of a function or a type without syntax of its own comes next."""
        token = self.token
        return token.kind is Kind.NAME or (token.kind is Kind.WORD and token.value not in _NOT_A_TYPE)

    def refuse(self, what: str, *, hint: str = "", token: Token | None = None) -> RefusedStatement:
        """Make a refusal at the next token (or the one given)."""
        return RefusedStatement(what, (token or self.token).start, hint=hint)

    def unexpected(self, expected: str) -> RefusedStatement:
        """Make the refusal of a token that doesn't fit."""
        return self.refuse(f"not understood: {describe(self.token)}", hint=f"expected {expected}")

    def _identifier(self) -> exp.Identifier:
        token = self.advance()
        return exp.Identifier(this=token.value, quoted=token.kind is Kind.NAME)


def describe(token: Token) -> str:
    """Name a token without showing a literal's text."""
    if token.kind is Kind.WORD:
        return shown(token.value)
    if token.kind is Kind.NAME:
        return f'"{shown(token.value)}"'
    return _LITERAL_NAMES.get(token.kind, token.value)


def at(node: exp.Expr, token: Token) -> None:
    """Remember where a node stands in the statement."""
    node.meta["start"] = token.start


def offset_of(node: exp.Expr) -> int:
    """Return where a node stands in the statement."""
    start = node.meta.get("start", 0)
    return start if isinstance(start, int) else 0
