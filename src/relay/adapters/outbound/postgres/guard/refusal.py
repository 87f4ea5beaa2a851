"""The guard's one way to say no, before a position in the text is known as line and column."""

from __future__ import annotations

from bisect import bisect_left

from relay.domain.errors import Position, Reason, RelayError

MAX_NAME_CHARS = 63
SELECT_HINT = "send one SELECT, VALUES or TABLE statement, with WITH if needed"


class RefusedStatement(Exception):  # noqa: N818 - a refusal is the guard's normal answer, not a failure
    """A refusal on its way to the guard's edge; `offset` counts code points of the statement.

    `what` names only identifiers, keywords and marks of the statement, never a literal's text; `because` follows the
    place.
    """

    def __init__(
        self, what: str, offset: int, *, hint: str = "", reason: Reason = Reason.QUERY_BLOCKED, because: str = ""
    ) -> None:
        super().__init__(what)
        self.what = what
        self.offset = offset
        self.hint = hint
        self.reason = reason
        self.because = because

    def as_relay_error(self, text: str) -> RelayError:
        """Return the same refusal with line and column."""
        position = Lines(text).at(min(self.offset, len(text)))
        detail = f"{self.what} at {position.line}:{position.column}{self.because and f', {self.because}'};"
        return RelayError(self.reason, detail, hint=self.hint, position=position)


class Lines:
    """Turns offsets into lines and columns; reads the text once."""

    def __init__(self, text: str) -> None:
        self._ends = [index for index, char in enumerate(text) if char == "\n"]

    def at(self, offset: int) -> Position:
        """Return line and column, from 1, of a code point's offset."""
        line = bisect_left(self._ends, offset)
        start = self._ends[line - 1] + 1 if line else 0
        return Position(line=line + 1, column=offset - start + 1)


def shown(name: str) -> str:
    """Cut an identifier to the length that PostgreSQL gives one; control characters become `?`."""
    cut = name[:MAX_NAME_CHARS]
    return cut if cut.isprintable() else "".join(char if char.isprintable() else "?" for char in cut)
