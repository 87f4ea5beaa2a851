"""Cuts a psql script into statements. What needs psql itself (its variables, its commands) is left out."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

_PIECE = re.compile(
    r"""
      (?P<comment>--[^\n]*)
    | (?P<block>/\*)
    | (?P<escaped>\b[eE]'(?:[^'\\]|\\.|'')*')
    | (?P<string>'(?:[^']|'')*')
    | (?P<name>"(?:[^"]|"")*")
    | (?P<dollar>\$(?:[A-Za-z_][A-Za-z_0-9]*)?\$)
    | (?P<variable>(?<![:\w\]]):(?:'\w+'|"\w+"|\{\?\w+\}|[A-Za-z_]\w*))
    | (?P<command>\\[^\n]*)
    | (?P<end>;)
    | (?P<bracket>[()])
    | (?P<word>\w+)
    | (?P<other>[^\w\s]|\s+)
    """,
    re.VERBOSE | re.DOTALL,
)
_BLOCK_EDGE = re.compile(r"/\*|\*/")
_COPY_DATA = re.compile(r"\n\\\.\s*?(?:\n|$)")
_FROM_STDIN = re.compile(r"^\s*copy\b.*\bfrom\s+std(?:in|out)\b", re.IGNORECASE | re.DOTALL)
_SENDS = re.compile(r"\\(?:g|gx|gdesc|gexec|gset|crosstabview|watch|bind|parse)\b")


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """One statement of a script; `line` counts from 1. `data` is what follows COPY … FROM STDIN."""

    sql: str
    line: int
    data: str | None = None
    needs_psql: bool = False


class _Cutter:
    """Collects pieces until a statement ends."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.position = 0
        self.parts: list[str] = []
        self.start = 0
        self.depth = 0
        self.atomic = 0
        self.needs_psql = False

    def run(self) -> Iterator[Statement]:
        while self.position < len(self.text):
            match = _PIECE.match(self.text, self.position)
            if match is None:  # a quote that is never closed, on purpose
                self.position += 1
                continue
            kind, piece = match.lastgroup or "", match.group()
            self.position = match.end()
            if kind == "command":
                yield from self._command(piece)
            elif kind == "end" and self.depth <= 0 and self.atomic <= 0:
                yield from self._finished()
            else:
                self._take(kind, piece, match.start())

    def _take(self, kind: str, piece: str, start: int) -> None:
        if kind == "block":
            self.position = self._end_of_block(start)
            piece = self.text[start : self.position]
        if not self.parts:
            if kind in ("comment", "block") or piece.isspace():
                return
            self.start = start
        if kind == "dollar":
            end = self.text.find(piece, self.position)
            self.position = len(self.text) if end < 0 else end + len(piece)
            piece = self.text[start : self.position]
        elif kind == "variable":
            self.needs_psql = True
        elif kind == "bracket":
            self.depth += 1 if piece == "(" else -1
        elif kind == "word":
            self._count_blocks(piece.lower())
        self.parts.append(piece)

    def _count_blocks(self, word: str) -> None:
        """A function's body may be BEGIN ATOMIC … END, with semicolons inside."""
        before = "".join(self.parts[-3:]).lower().split()
        if (word == "atomic" and before[-1:] == ["begin"]) or (self.atomic and word == "case"):
            self.atomic += 1
        elif self.atomic and word == "end":
            self.atomic -= 1

    def _command(self, piece: str) -> Iterator[Statement]:
        if piece.startswith("\\;"):
            self.position -= len(piece) - 2
            yield from self._finished()
        elif _SENDS.match(piece):
            self.needs_psql = True
            yield from self._finished()

    def _finished(self) -> Iterator[Statement]:
        sql, needs_psql, data = "".join(self.parts).strip(), self.needs_psql, None
        self.parts, self.depth, self.atomic, self.needs_psql = [], 0, 0, False
        if _FROM_STDIN.match(sql):
            data = self._copy_data()
        if sql:
            line = self.text.count("\n", 0, self.start) + 1
            yield Statement(sql=sql, line=line, data=data, needs_psql=needs_psql)

    def _copy_data(self) -> str:
        begin = self.text.find("\n", self.position) + 1
        end = _COPY_DATA.search(self.text, max(begin - 1, 0))
        self.position = len(self.text) if end is None else end.end()
        return self.text[begin : len(self.text) if end is None else end.start() + 1]

    def _end_of_block(self, start: int) -> int:
        depth = 0
        for edge in _BLOCK_EDGE.finditer(self.text, start):
            depth += 1 if edge.group() == "/*" else -1
            if depth == 0:
                return edge.end()
        return len(self.text)


def statements(text: str) -> Iterator[Statement]:
    """Yield the statements of a script in order."""
    return _Cutter(text).run()
