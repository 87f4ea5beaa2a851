"""Takes out of a computed text what is left in it of the personal values that it was computed from."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from relay.adapters.outbound.masking.cut_ends import cut_ends
from relay.adapters.outbound.masking.engine import Engine
from relay.adapters.outbound.masking.spans import Found, Match, replace, resolve
from relay.adapters.outbound.masking.values import UNREADABLE_MASK
from relay.domain.results import Treatment

DERIVED = "derived"
"""Stands in the place of a detector's name where none of them named the value."""
PIECE = 4
"""Characters that a text and a personal value must have in common, to be a piece of it."""
PIECE_WITH_CONTEXT = 8
"""The same, of which some stand beside the value: half of a piece that was cut out of the text around it."""
SHORT_PIECES = (3, 2)
"""At the ends of a text that may have been cut there."""
MOST_PLACES = 64
_LAST = 1 << 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """One text of a source, folded, and where personal values stand in it."""

    folded: str
    matches: tuple[Match, ...]


def fold(text: str) -> str:
    """Return the text without a difference of case, of the same length."""
    folded = text.casefold()
    if len(folded) == len(text):
        return folded
    return "".join(each if len(each) == 1 else character for character in text for each in (character.casefold(),))


class Scrubber:
    """Looks at all texts of a batch at once; for one call, then thrown away."""

    def __init__(self, engine: Engine, texts: Iterable[str], source_texts: Iterable[str]) -> None:
        sources = dict.fromkeys(source_texts)
        looked_at = dict.fromkeys(texts)
        variants = (variant for text in looked_at for variant in _variants(text))
        self._matches: Mapping[str, Sequence[Match]] = engine.matches(list(dict.fromkeys((*variants, *sources))))
        self._sources = {text: _source(text, self._matches[text]) for text in sources if text in self._matches}

    def scrub(self, text: str, source_texts: Iterable[str], treatment: Treatment) -> Found | None:
        """Return what the text becomes; None if it stays."""
        matches = list(self._matches.get(text, ()))
        if treatment.sources:
            for source_text in dict.fromkeys(source_texts):
                source = self._sources.get(source_text)
                if source is not None:
                    matches += _of_source(fold(text), source, is_cut=treatment.is_cut)
        else:
            matches += self._without_sources(text, treatment)
        return replace(text, matches) if matches else None

    def _without_sources(self, text: str, treatment: Treatment) -> Iterator[Match]:
        for variant in _variants(text):
            yield from self._matches.get(variant, ())
        if treatment.is_cut:
            is_long = treatment.cut_length is None or len(text) >= treatment.cut_length
            for start, end in cut_ends(text, at_start=not treatment.starts_whole, at_end=is_long):
                yield Match(start, end, _LAST, DERIVED, UNREADABLE_MASK)


def _variants(text: str) -> Iterator[str]:
    """Yield the text, and what it may have been before its case was changed: some detectors look at case."""
    yield text
    for variant in (text.upper(), text.lower()):
        if variant != text and len(variant) == len(text):
            yield variant


def _source(text: str, matches: Sequence[Match]) -> Source:
    return Source(folded=fold(text), matches=tuple(resolve(matches)))


def _of_source(folded: str, source: Source, *, is_cut: bool) -> Iterator[Match]:
    """Find pieces of the source's personal values: exactly, where the text is a piece of the source itself."""
    if not folded:
        return
    places = list(_places(folded, source.folded))
    if len(places) > MOST_PLACES:
        yield Match(0, len(folded), source.matches[0].precedence, source.matches[0].detector, source.matches[0].mask)
    elif places:
        for place in places:
            yield from _laid_over(place, len(folded), source.matches)
    else:
        yield from _pieces(folded, source)
        if is_cut:
            yield from _at_ends(folded, source)


def _places(folded: str, source: str) -> Iterator[int]:
    place, count = source.find(folded), 0
    while place >= 0 and count <= MOST_PLACES:
        yield place
        count += 1
        place = source.find(folded, place + 1)


def _laid_over(place: int, length: int, matches: Iterable[Match]) -> Iterator[Match]:
    for match in matches:
        start, end = max(match.start - place, 0), min(match.end - place, length)
        if start < end:
            yield match._replace(start=start, end=end)


def _pieces(folded: str, source: Source) -> Iterator[Match]:
    """Find the characters that a personal value has in common with the text, four in a row or more."""
    whole, edges = _grams(source)
    for place in range(len(folded) - PIECE + 1):
        hit = whole.get(folded[place : place + PIECE])
        if hit is not None:
            yield hit._replace(start=place, end=place + PIECE)
        edge = edges.get(folded[place : place + PIECE_WITH_CONTEXT])
        if edge is not None:
            yield edge._replace(start=place + edge.start, end=place + edge.end)


def _grams(source: Source) -> tuple[dict[str, Match], dict[str, Match]]:
    """Return pieces of personal values, and pieces that hold up to three of its characters, with their span."""
    whole: dict[str, Match] = {}
    edges: dict[str, Match] = {}
    for match in source.matches:
        size = min(PIECE, match.end - match.start)
        for place in range(match.start, match.end - size + 1):
            whole.setdefault(source.folded[place : place + size], match)
        for inside in range(1, PIECE):
            for place in (match.start - PIECE_WITH_CONTEXT + inside, match.end - inside):
                gram = source.folded[max(place, 0) : max(place, 0) + PIECE_WITH_CONTEXT]
                if place >= 0 and len(gram) == PIECE_WITH_CONTEXT:
                    start = max(match.start - place, 0)
                    end = min(match.end - place, PIECE_WITH_CONTEXT)
                    edges.setdefault(gram, match._replace(start=start, end=end))
    return whole, edges


def _at_ends(folded: str, source: Source) -> Iterator[Match]:
    length = len(folded)
    for match in source.matches:
        value = source.folded[match.start : match.end]
        for size in SHORT_PIECES:
            if length >= size and folded.endswith(value[:size]):
                yield match._replace(start=length - size, end=length)
            if length >= size and folded.startswith(value[-size:]):
                yield match._replace(start=0, end=size)
