"""The short way: values in their plainest form that stand alone, or between words.

They are most of what a result holds, and one search over all texts finds them. A text in which anything else triggers
takes the ordinary way as a whole, so both give the same answer.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Generic, TypeVar

_LETTER = rb"[A-Za-z\xc0-\xff]"
_BEFORE = rb"(?<=[\x1e ].)"
"""Behind the first byte, so that the search looks for that byte and nothing else."""
_AFTER_LETTER = rb"(?:(?<=\x1e.)|(?<=[A-Za-z\xc0-\xff] .))"
_AFTER = rb"(?=\x1e|[ ,;](?:\x1e|" + _LETTER + rb"))"
_NO_EXTENSION = rb"(?! [xXeErR])"
_IN_ONE_SEARCH: Mapping[str, bytes] = MappingProxyType(
    {
        "cpf": rb"(?<=[0-9])[0-9]{2}\.[0-9]{3}\.[0-9]{3}-[0-9]{2}",
        "cnpj": rb"(?<=[0-9])[0-9]\.[0-9]{3}\.[0-9]{3}/[0-9]{4}-[0-9]{2}",
        "credit_card": _AFTER_LETTER
        + rb"(?<=[0-9])[0-9]{3}(?: [0-9]{4} [0-9]{4} [0-9]{4}|-[0-9]{4}-[0-9]{4}-[0-9]{4})",
        "phone": _AFTER_LETTER + rb"(?:(?<=\()|(?<=\+)55 \()[1-9][0-9]\) 9[0-9]{4}-[0-9]{4}" + _NO_EXTENSION,
        "bearer_token": rb"(?<=B)earer [0-9a-f]{20,128}",
    }
)
"""By detector: what it masks whatever the digits, without its first byte: a digit, `(`, `+`, `B`."""
_DOMAIN = re.compile(rb"@(?<=[a-z0-9\xe0-\xfe]@)[a-z]{2,20}(?:\.[a-z]{2,12}){1,2}" + _AFTER)
_LOCAL_PART = re.compile(rb"[\x1e ]([a-z\xe0-\xfe][a-z0-9\xe0-\xfe]{0,14}(?:[._][a-z0-9\xe0-\xfe]{1,14}){0,2})")
_LONGEST_LOCAL_PART = 48

Kind = TypeVar("Kind")


class PlainForms(Generic[Kind]):
    """Finds plain values of those detectors that are on; `kinds` says by detector what a match is called."""

    def __init__(self, kinds: Mapping[str, Kind]) -> None:
        names = [name for name in _IN_ONE_SEARCH if name in kinds]
        branches = b"|".join(b"(" + _IN_ONE_SEARCH[name] + b")" for name in names) or b"(?!)"
        self._regex = re.compile(rb"[0-9(+B]" + _BEFORE + b"(?:" + branches + b")" + _AFTER)
        self._kinds = [kinds[name] for name in names]
        self._email = kinds.get("email")

    def search(self, view: bytes) -> list[tuple[int, int, Kind]]:
        """Return spans, each with its kind; texts stand between separators in the view."""
        kinds = self._kinds
        found = [
            (*match.span(), kinds[match.lastindex - 1])  # type: ignore[operator]  # each branch is a group
            for match in self._regex.finditer(view)
        ]
        if self._email is not None and b"@" in view:
            found += self._addresses(view, self._email)
        return found

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
