"""What the detectors look at: one byte for each character, with Unicode's disguises taken off.

Digits of any script become ASCII digits, full-width forms their plain ones, any dash a hyphen, any space a space;
letters beyond Latin-1 become one letter byte, everything else one symbol byte. Characters that show as nothing or on
top of another are left out, and only then do offsets move.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from dataclasses import dataclass

_LETTER = 0xFF
_SYMBOL = 0x80
_BEYOND_ASCII = 0x80
SEPARATOR = b"\x1e"
"""Stands between texts that are looked at together; no pattern crosses it."""

_INVISIBLE_EXTRAS = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u3164\uffa0")
_DOTS = frozenset("\u00b7\u2024\u2027\u3002\ufe52\uff0e\uff61")
_DASHES = frozenset("\u2043\u207b\u208b\u2212\u2500\u2501\u30fc")
_SLASHES = frozenset("\u2044\u2215\u29f8")
_LINE_BREAKS = frozenset("\u0085\u2028\u2029")
_STAND_INS = (
    (".", _DOTS, None),
    ("\n", _LINE_BREAKS, None),
    ("/", _SLASHES, None),
    ("-", _DASHES, "Pd"),
    (" ", frozenset[str](), "Zs"),
)
_MAX_REMEMBERED = 20_000
_PIECE = 1 << 15


def _is_invisible(character: str) -> bool:
    category = unicodedata.category(character)
    return (
        category in ("Cf", "Me", "Mn")
        or character in _INVISIBLE_EXTRAS
        or "\ufe00" <= character <= "\ufe0f"
        or "\U000e0100" <= character <= "\U000e01ef"
    )


def _byte_for(character: str) -> int | None:
    """Return the byte that stands for a non-ASCII character, None for one that shows as nothing."""
    if _is_invisible(character):
        return None
    category = unicodedata.category(character)
    for stand_in, characters, of_category in _STAND_INS:
        if category == of_category or character in characters:
            return ord(stand_in)
    digit = unicodedata.digit(character, None)
    return ord("0") + digit if digit is not None else _byte_for_letter(character, category)


def _byte_for_letter(character: str, category: str) -> int:
    compatible = unicodedata.normalize("NFKC", character)
    if len(compatible) == 1 and "!" <= compatible <= "~" and character not in "ªº":
        return ord(compatible)
    if category[0] not in "LM" or character in "ªº":
        return _SYMBOL
    return ord(character) if "\xc0" <= character <= "\xff" else _LETTER


class _Translation(dict[int, int | None]):
    def __missing__(self, code_point: int) -> int | None:
        byte = code_point if code_point < _BEYOND_ASCII else _byte_for(chr(code_point))
        if len(self) < _MAX_REMEMBERED:
            self[code_point] = byte
        return byte


_TRANSLATION = _Translation()
_LATIN_1 = bytes(_TRANSLATION[code_point] or 0 for code_point in range(256))
_SOFT_HYPHEN = "\xad"
_NON_ASCII = re.compile(r"[^\x00-\x7f]")


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """The bytes, and where characters were left out: for each one, in order, the offset that it would have had."""

    data: bytes
    removed_before: tuple[int, ...] = ()

    def span_in_text(self, start: int, end: int) -> tuple[int, int]:
        """Return the span in the text of a span in the view; invisible characters around it stay outside."""
        if not self.removed_before:
            return start, end
        return self._offset_in_text(start), self._offset_in_text(end - 1) + 1

    def _offset_in_text(self, offset: int) -> int:
        return offset + bisect_right(self.removed_before, offset)


def view_of(text: str) -> View:
    """Look at one text; plain ASCII and Latin-1 cost one copy."""
    try:
        data = text.encode("ascii")
    except UnicodeEncodeError:
        return _view_of_unicode(text)
    return View(data=data)


def _view_of_unicode(text: str) -> View:
    if _SOFT_HYPHEN not in text:
        try:
            return View(data=text.encode("latin-1").translate(_LATIN_1))
        except UnicodeEncodeError:
            pass  # beyond Latin-1: character by character
    pieces = range(0, len(text), _PIECE)  # one call would hold the interpreter's lock for all of a long text
    data = b"".join([text[place : place + _PIECE].translate(_TRANSLATION).encode("latin-1") for place in pieces])
    if len(data) == len(text):
        return View(data=data)
    places = (match.start() for match in _NON_ASCII.finditer(text) if _TRANSLATION[ord(match.group())] is None)
    return View(data=data, removed_before=tuple(place - index for index, place in enumerate(places)))
