"""The short way: values in their plainest form that stand alone, or between words.

They are most of what a result holds, and one search over all texts finds them. A text in which anything else triggers
takes the ordinary way as a whole, so both give the same answer.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar

_LETTER = rb"[A-Za-z\xc0-\xff]"
_AFTER = rb"(?=\x1e|[ ,;](?:\x1e|" + _LETTER + rb"))"
_NO_EXTENSION = rb"(?! [xXeErR])"
_ANYWHERE = (rb"[\x1e ]",)
_BEHIND_LETTER = (rb"\x1e", _LETTER + b" ")
_PHONE = rb"\([1-9][0-9]\) 9[0-9]{4}-"


@dataclass(frozen=True, slots=True, kw_only=True)
class _AtDash:
    """A form around its first dash, for which the search looks and for nothing else; `length` up to the dash."""

    detector: str
    stands: tuple[bytes, ...]
    until: bytes
    length: int
    rest: bytes

    def branch(self) -> bytes:
        return rb"(?:" + b"|".join(b"(?<=" + each + self.until + b")" for each in self.stands) + b")()" + self.rest


_AT_DASH = (
    _AtDash(detector="cpf", stands=_ANYWHERE, until=rb"[0-9]{3}\.[0-9]{3}\.[0-9]{3}-", length=11, rest=rb"[0-9]{2}"),
    _AtDash(
        detector="cnpj",
        stands=_ANYWHERE,
        until=rb"[0-9]{2}\.[0-9]{3}\.[0-9]{3}/[0-9]{4}-",
        length=15,
        rest=rb"[0-9]{2}",
    ),
    _AtDash(
        detector="credit_card",
        stands=_BEHIND_LETTER,
        until=rb"[0-9]{4}-",
        length=4,
        rest=rb"[0-9]{4}-[0-9]{4}-[0-9]{4}",
    ),
    _AtDash(detector="phone", stands=_BEHIND_LETTER, until=_PHONE, length=10, rest=rb"[0-9]{4}" + _NO_EXTENSION),
    _AtDash(
        detector="phone", stands=_BEHIND_LETTER, until=rb"\+55 " + _PHONE, length=14, rest=rb"[0-9]{4}" + _NO_EXTENSION
    ),
)
"""Masked whatever the digits."""
_TOKEN = re.compile(rb"B(?<=[\x1e ]B)earer [0-9a-f]{20,128}" + _AFTER)
_DIGITS_AS_ZEROS = bytes.maketrans(b"123456789", b"0" * 9)
_CARD_OF_ZEROS = b"0000 0000 0000 0000"
_CARD = re.compile(rb"(?:(?<=\x1e)|(?<=" + _LETTER + rb" ))[0-9]{4} [0-9]{4} [0-9]{4} [0-9]{4}" + _AFTER)
_DOMAIN = re.compile(rb"@(?<=[a-z0-9\xe0-\xfe]@)[a-z]{2,20}(?:\.[a-z]{2,12}){1,2}" + _AFTER)
_LOCAL_PART = re.compile(rb"[\x1e ]([a-z\xe0-\xfe][a-z0-9\xe0-\xfe]{0,14}(?:[._][a-z0-9\xe0-\xfe]{1,14}){0,2})")
_LONGEST_LOCAL_PART = 48

Kind = TypeVar("Kind")


class PlainForms(Generic[Kind]):
    """Finds plain values of those detectors that are on; `kinds` says by detector what a match is called."""

    def __init__(self, kinds: Mapping[str, Kind]) -> None:
        forms = [form for form in _AT_DASH if form.detector in kinds]
        branches = b"|".join(form.branch() for form in forms) or b"(?!)"
        self._at_dash = re.compile(b"-(?:" + branches + b")" + _AFTER)
        self._dashed = [(form.length, kinds[form.detector]) for form in forms]
        self._token = kinds.get("bearer_token")
        self._card = kinds.get("credit_card")
        self._email = kinds.get("email")

    def search(self, view: bytes) -> list[tuple[int, int, Kind]]:
        """Return spans, each with its kind; texts stand between separators in the view."""
        found: list[tuple[int, int, Kind]] = []
        for match in self._at_dash.finditer(view):
            length, kind = self._dashed[match.lastindex - 1]  # type: ignore[operator]  # each branch has a group
            found.append((match.start() - length, match.end(), kind))
        if self._token is not None:
            found += [(*match.span(), self._token) for match in _TOKEN.finditer(view)]
        if self._card is not None:
            found += self._cards(view, self._card)
        if self._email is not None and b"@" in view:
            found += self._addresses(view, self._email)
        return found

    @staticmethod
    def _cards(view: bytes, kind: Kind) -> Iterable[tuple[int, int, Kind]]:
        """Yield cards in four groups with spaces; a search for one fixed text is several times as fast as a pattern."""
        shape = view.translate(_DIGITS_AS_ZEROS)
        place = shape.find(_CARD_OF_ZEROS)
        while place >= 0:
            if _CARD.match(view, place):
                yield place, place + len(_CARD_OF_ZEROS), kind
            place = shape.find(_CARD_OF_ZEROS, place + 1)

    @staticmethod
    def _addresses(view: bytes, kind: Kind) -> Iterable[tuple[int, int, Kind]]:
        """Yield addresses; of what stands before the sign only as much is looked at as a short name may have."""
        for domain in _DOMAIN.finditer(view):
            at, end = domain.span()
            earliest = max(0, at - _LONGEST_LOCAL_PART)
            begin = max(view.rfind(b" ", earliest, at), view.rfind(b"\x1e", earliest, at))
            local = _LOCAL_PART.fullmatch(view, begin, at) if begin >= 0 else None
            if local:
                yield local.start(1), end, kind
