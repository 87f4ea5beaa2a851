"""Collects SQL text and parameters, with the spaces that a reader expects."""

from __future__ import annotations

from collections.abc import Iterable

from sqlglot import exp

from relay.adapters.outbound.postgres.guard.spelling import identifier_sql

_TIGHT_BEFORE = frozenset((")", ",", ".", "::", "]", ";"))
_TIGHT_AFTER = frozenset(("(", ".", "::", "["))


class Writer:
    """Puts tokens one after the other; every token is its own, whatever stands beside it."""

    def __init__(self) -> None:
        self._texts: list[str] = []
        self.pieces: list[str | int] = []
        self._tight = True

    def put(self, token: str, *, tight: bool = False) -> None:
        """Add one token (or words that belong together); `tight`: no space before it."""
        if not (self._tight or tight or token in _TIGHT_BEFORE):
            self._texts.append(" ")
        self._texts.append(token)
        self._tight = token in _TIGHT_AFTER

    def put_parameter(self, number: int) -> None:
        """Add `$number`, which the runner may wrap."""
        if not self._tight:
            self._texts.append(" ")
        self._flush()
        self.pieces.append(number)
        self._tight = False

    def put_identifier(self, identifier: exp.Expr) -> None:
        """Add a name, or `*`."""
        self.put("*" if isinstance(identifier, exp.Star) else identifier_sql(identifier))

    def put_path(self, parts: Iterable[exp.Expr]) -> None:
        """Add `a.b.c`."""
        for index, part in enumerate(parts):
            if index:
                self.put(".")
            self.put_identifier(part)

    def finish(self) -> tuple[str | int, ...]:
        """Return texts and parameter numbers in order."""
        self._flush()
        return tuple(self.pieces)

    def _flush(self) -> None:
        if self._texts:
            self.pieces.append("".join(self._texts))
            self._texts.clear()
