"""Texts that are looked at together: joined once, for every pass over all of them."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from itertools import accumulate

from relay.adapters.outbound.masking.view import SEPARATOR

_SEPARATOR = SEPARATOR.decode("ascii")
_CHUNK_CHARACTERS = 1 << 17


class JoinedTexts:
    """`text` holds all of them, with a separator before and behind each."""

    __slots__ = ("_starts", "text", "texts")

    def __init__(self, texts: Sequence[str]) -> None:
        self.texts = texts
        self.text = _SEPARATOR + _SEPARATOR.join(texts) + _SEPARATOR
        self._starts: list[int] | None = None

    @property
    def starts(self) -> list[int]:
        """Where each text begins in `text`, and where one more would."""
        if self._starts is None:
            self._starts = list(accumulate([len(text) + 1 for text in self.texts], initial=1))
        return self._starts

    def index_at(self, place: int) -> int:
        """Return the index of the text at a place in `text`."""
        return bisect_right(self.starts, place) - 1


def joined_in_chunks(texts: Sequence[str]) -> Iterator[JoinedTexts]:
    """Cut into pieces of a bounded size; texts beyond Latin-1 apart, since looking at them costs more."""
    for chunk in _sized(texts):
        joined = JoinedTexts(chunk)
        if _is_latin_1(joined.text):
            yield joined
            continue
        plain: list[str] = []
        costly: list[str] = []
        for text in chunk:
            (plain if _is_latin_1(text) else costly).append(text)
        yield from (JoinedTexts(part) for part in (plain, costly) if part)


def _sized(texts: Sequence[str]) -> Iterator[Sequence[str]]:
    """Cut behind the text with which a piece becomes larger than a chunk."""
    ends = list(accumulate(map(len, texts)))
    start = before = 0
    while start < len(texts):
        stop = bisect_right(ends, before + _CHUNK_CHARACTERS) + 1
        yield texts[start:stop]
        start, before = stop, ends[min(stop, len(ends)) - 1]


def _is_latin_1(text: str) -> bool:
    if text.isascii():
        return True
    try:
        text.encode("latin-1")
    except UnicodeEncodeError:
        return False
    return "\xad" not in text
