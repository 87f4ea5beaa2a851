"""The guard's one way to say no, before a position in the text is known as line and column."""

from __future__ import annotations

from relay.domain.errors import Position, Reason, RelayError

MAX_NAME_CHARS = 63
SELECT_HINT = "send one SELECT, VALUES or TABLE statement, with WITH if needed"


class RefusedStatement(Exception):  # noqa: N818 - a refusal is the guard's normal answer, not a failure
    """A refusal on its way to the guard's edge; `offset` counts code points of the statement.

    `what` names only identifiers, keywords and marks of the statement, never a literal's text.
    """

    def __init__(self, what: str, offset: int, *, hint: str = "", reason: Reason = Reason.QUERY_BLOCKED) -> None:
        super().__init__(what)
        self.what = what
        self.offset = offset
        self.hint = hint
        self.reason = reason

    def as_relay_error(self, text: str) -> RelayError:
        """Return the same refusal with line and column."""
        position = position_at(text, self.offset)
        detail = f"{self.what} at {position.line}:{position.column};"
        return RelayError(self.reason, detail, hint=self.hint, position=position)


def position_at(text: str, offset: int) -> Position:
    """Return line and column, from 1, of a code point's offset."""
    before = text[:offset]
    return Position(line=before.count("\n") + 1, column=offset - (before.rfind("\n") + 1) + 1)


def shown(name: str) -> str:
    """Cut an identifier to the length that PostgreSQL gives one; control characters become `?`."""
    cut = name[:MAX_NAME_CHARS]
    return cut if cut.isprintable() else "".join(char if char.isprintable() else "?" for char in cut)
