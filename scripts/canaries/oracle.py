"""Finds canaries, and pieces of them, in whatever came back."""

from __future__ import annotations

import base64
import hashlib
import re
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from canaries.decodings import readings
from canaries.numbers import Numbers
from canaries.values import Canary

PIECE = 5
"""Characters of a canary's distinctive part that count as leaked when they stand together."""
BARE_PIECE = 7
"""The same where separators, or the borders of cells, were taken out."""
BARE_DIGITS = 8
STEPS = 9
"""Characters whose distances from one another are a canary's: each was moved by the same amount."""
FEWEST_ALPHANUMERICS = 4
DIGESTS = ("md5", "sha1", "sha224", "sha256", "sha384", "sha512")
DIGEST_PIECE = 16
LONG_HEX = re.compile(r"[0-9a-f]{32,}")
FEWEST_LETTERS = 6
WORD = re.compile(r"-?[0-9a-z+/]{6,}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Leak:
    """What was found: which canary, in which part of what left, read how."""

    canary: str
    where: str
    how: str

    def __str__(self) -> str:
        return f"{self.canary} in {self.where}: {self.how}"


def bare(text: str) -> str:
    """Take out all that is neither letter nor digit."""
    return "".join(filter(str.isalnum, text))


def _pieces(text: str, size: int) -> Iterator[str]:
    return (text[start : start + size] for start in range(len(text) - size + 1))


def _without_digest(found: re.Match[str]) -> str:
    """Take out a digest of something: among so many digits any five are found. What it encodes is read elsewhere."""
    return " " if sum(map(str.isalpha, found[0])) >= FEWEST_LETTERS else found[0]


def _steps(text: str) -> tuple[int, ...]:
    return tuple(ord(after) - ord(before) for before, after in pairwise(text))


class Oracle:
    """Knows every canary in every form; built once, asked often."""

    def __init__(self, canaries: Iterable[Canary], *, digit_piece: int = PIECE) -> None:
        """`digit_piece`: the same as PIECE for pieces of digits alone; more where random numbers are looked at."""
        self._canaries = tuple(canaries)
        self._sizes = (PIECE,) if digit_piece == PIECE else (PIECE, digit_piece)
        self._digit_piece = digit_piece
        self._pieces: dict[str, tuple[str, str]] = {}
        self._bare: dict[str, tuple[str, str]] = {}
        self._steps: dict[tuple[int, ...], str] = {}
        self._words: dict[str, tuple[str, str]] = {}
        self._anagrams: dict[str, str] = {}
        for canary in self._canaries:
            self._learn(canary)
        self._numbers = Numbers((canary.name, canary.digits) for canary in self._canaries if canary.digits)

    def know(self, name: str, what: str, word: str) -> None:
        """Take on another text that must not be found as a whole: what the server's own hash functions say."""
        self._words[word.casefold()] = (name, what)

    def _learn(self, canary: Canary) -> None:
        text = canary.distinctive.casefold()
        forms = {"as it is": text, "reversed": text[::-1], "every other character": text[::2]}
        for how, form in forms.items():
            # five digits in another order come about by chance
            short = how == "as it is" or not bare(text).isdigit()
            size = self._digit_piece if bare(text).isdigit() else PIECE
            for piece in _pieces(form, size) if short else ():
                if sum(map(str.isalnum, piece)) >= FEWEST_ALPHANUMERICS:
                    self._pieces.setdefault(piece, (canary.name, how))
            stripped = bare(form)
            for piece in _pieces(stripped, BARE_DIGITS if stripped.isdigit() else BARE_PIECE):
                self._bare.setdefault(piece, (canary.name, f"{how}, joined"))
        if not bare(text).isdigit():
            for way in (text, text[::-1]):
                for piece in _pieces(way, STEPS):
                    self._steps[_steps(piece)] = canary.name
        self._anagrams["".join(sorted(bare(text)))] = canary.name
        self._learn_digests(canary)

    def _learn_digests(self, canary: Canary) -> None:
        for text in {canary.text, canary.text.lower(), canary.text.upper(), canary.digits or canary.text}:
            octets = text.encode()
            self._words[str(zlib.crc32(octets))] = (canary.name, "crc32")
            for name in DIGESTS:
                digest = hashlib.new(name, octets, usedforsecurity=False).digest()
                self._words[digest.hex()[:DIGEST_PIECE]] = (canary.name, name)
                self._words[base64.b64encode(digest).decode()[:DIGEST_PIECE].casefold()] = (canary.name, name)

    def leaks(self, parts: Mapping[str, str], rows: Sequence[Mapping[str, Any]] = ()) -> list[Leak]:
        """Return what is found in the parts of what left, and in rows read along and across."""
        found: dict[tuple[str, str], Leak] = {}
        # all at once first: mostly there is nothing, and then nobody asks where
        if any(self._in_text("\n".join(parts.values()))):
            found = {
                (name, how): Leak(canary=name, where=where, how=how)
                for where, text in parts.items()
                for name, how in self._in_text(text)
            }
        for where, text in _joined(rows):
            for name, how in self._in_joined(text):
                found.setdefault((name, how), Leak(canary=name, where=where, how=how))
        return list(found.values())

    def _in_text(self, text: str) -> Iterator[tuple[str, str]]:
        for reading, plain in readings(text):
            folded = LONG_HEX.sub(_without_digest, plain.casefold())
            for name, how in self._in_plain(folded):
                yield name, f"{how}, {reading}"
        yield from self._numbers.found(text)
        for word in WORD.findall(text.casefold()):
            for form in (word, word[:DIGEST_PIECE], word.lstrip("x")[:DIGEST_PIECE]):
                if form in self._words:
                    yield self._words[form]

    def _in_plain(self, folded: str) -> Iterator[tuple[str, str]]:
        here = {folded[start : start + size] for size in self._sizes for start in range(len(folded) - size + 1)}
        return (self._pieces[piece] for piece in sorted(here & self._pieces.keys()))

    def _moved(self, text: str) -> Iterator[tuple[str, str]]:
        steps = _steps(text)
        for start in range(len(steps) - STEPS + 2):
            name = self._steps.get(steps[start : start + STEPS - 1])
            if name is not None:
                yield name, "each character moved by as much"

    def _in_joined(self, text: str) -> Iterator[tuple[str, str]]:
        for reading, plain in readings(text):
            yield from self._moved(plain.casefold())
            stripped = bare(plain.casefold())
            for size in (BARE_PIECE, BARE_DIGITS):
                for piece in _pieces(stripped, size):
                    if piece in self._bare:
                        name, how = self._bare[piece]
                        yield name, f"{how}, {reading}"
        name = self._anagrams.get("".join(sorted(bare(text.casefold()))))
        if name is not None:
            yield name, "all of its characters in another order"


def _words(value: object) -> str:
    if isinstance(value, list):
        return " ".join(map(_words, value))
    if isinstance(value, dict):
        return " ".join([*value, *map(_words, value.values())])
    return "" if value is None else str(value)


def _joined(rows: Sequence[Mapping[str, Any]]) -> Iterator[tuple[str, str]]:
    """Yield cells, columns from top to bottom and rows from left to right, each as one text."""
    if not rows:
        return
    for name in rows[0]:
        cells = [_words(row.get(name)) for row in rows]
        yield from ((f"a cell of column {name}", cell) for cell in cells if cell)
        yield f"column {name}, from top to bottom", _join(cells)
    for row in rows:
        yield "a row, from left to right", _join([_words(value) for value in row.values()])
    yield "all rows, from left to right", _join([_words(value) for row in rows for value in row.values()])


def _join(cells: Sequence[str]) -> str:
    # single characters and pieces of them belong together; codes need their borders
    return "".join(cells) if not all(cell.isdigit() for cell in cells if cell) else " ".join(cells)
