"""What a computed text has in common with the personal values of a text that it was computed from."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from functools import cached_property

from relay.adapters.outbound.masking.spans import Match, resolve

PIECE = 4
"""Characters that a text and a personal value must have in common, to be a piece of it."""
PIECE_WITH_CONTEXT = 8
"""The same, of which some stand beside the value: half of a piece that was cut out of the text around it."""
SHORT_PIECES = (3, 2)
"""At the ends of a text that may have been cut there."""
MOST_PLACES = 64
"""In which a text may stand in its source, to be laid over each of them."""


def fold(text: str) -> str:
    """Return the text without a difference of case, of the same length."""
    folded = text.casefold()
    if len(folded) == len(text):
        return folded
    return "".join(each if len(each) == 1 else character for character in text for each in (character.casefold(),))


class Source:
    """One folded text of a source, with what was found in it; what pieces it has is made out once."""

    def __init__(self, folded: str, matches: Sequence[Match]) -> None:
        self._folded = folded
        self._matches = resolve(matches)
        self._match_ends = [match.end for match in self._matches]

    def found_in(self, folded: str, *, is_cut: bool) -> Iterator[Match]:
        """Find the source's personal values: exactly, where the text is a piece of the source, else by their pieces.

        `is_cut`: the text may begin or end within a value. Linear in the text and what is found.
        """
        if not folded:
            return
        places = list(self._places(folded))
        if len(places) > MOST_PLACES:
            yield self._matches[0]._replace(start=0, end=len(folded))
        elif places:
            for place in places:
                yield from self._laid_over(place, len(folded))
        else:
            yield from self._pieces(folded)
            if is_cut:
                yield from self._at_ends(folded)

    def _places(self, folded: str) -> Iterator[int]:
        place, count = self._folded.find(folded), 0
        while place >= 0 and count <= MOST_PLACES:
            yield place
            count += 1
            place = self._folded.find(folded, place + 1)

    def _laid_over(self, place: int, length: int) -> Iterator[Match]:
        for index in range(bisect_right(self._match_ends, place), len(self._matches)):
            match = self._matches[index]
            if match.start >= place + length:
                return
            yield match._replace(start=max(match.start - place, 0), end=min(match.end - place, length))

    def _pieces(self, folded: str) -> Iterator[Match]:
        grams, edges = self._grams, self._edges
        run: Match | None = None
        for place in range(len(folded) - PIECE + 1):
            hit = grams.get(folded[place : place + PIECE])
            if hit is not None:
                if run is not None and place <= run.end:
                    run = run._replace(end=place + PIECE)
                else:
                    if run is not None:
                        yield run
                    run = hit._replace(start=place, end=place + PIECE)
            edge = edges.get(folded[place : place + PIECE_WITH_CONTEXT])
            if edge is not None and (run is None or place + edge.end > run.end):
                yield edge._replace(start=place + edge.start, end=place + edge.end)
        if run is not None:
            yield run

    def _at_ends(self, folded: str) -> Iterator[Match]:
        for size in SHORT_PIECES:
            first = self._last_pieces.get(folded[:size])
            if first is not None:
                yield first._replace(start=0, end=size)
            last = self._first_pieces.get(folded[-size:])
            if last is not None:
                yield last._replace(start=len(folded) - size, end=len(folded))

    @cached_property
    def _grams(self) -> dict[str, Match]:
        """Pieces of personal values."""
        grams: dict[str, Match] = {}
        for match in self._matches:
            for place in range(match.start, match.end - PIECE + 1):
                grams.setdefault(self._folded[place : place + PIECE], match)
        return grams

    @cached_property
    def _edges(self) -> dict[str, Match]:
        """Pieces of the source that hold up to three characters of a personal value, with the span of these."""
        edges: dict[str, Match] = {}
        for match in self._matches:
            for inside in range(1, PIECE):
                for place in (match.start - PIECE_WITH_CONTEXT + inside, match.end - inside):
                    gram = self._folded[place : place + PIECE_WITH_CONTEXT] if place >= 0 else ""
                    if len(gram) == PIECE_WITH_CONTEXT:
                        start, end = max(match.start - place, 0), min(match.end - place, PIECE_WITH_CONTEXT)
                        edges.setdefault(gram, match._replace(start=start, end=end))
        return edges

    @cached_property
    def _first_pieces(self) -> dict[str, Match]:
        """Beginnings of personal values."""
        values = [(self._folded[match.start : match.end], match) for match in self._matches]
        return {value[:size]: match for size in SHORT_PIECES for value, match in values if len(value) >= size}

    @cached_property
    def _last_pieces(self) -> dict[str, Match]:
        """Ends of personal values."""
        values = [(self._folded[match.start : match.end], match) for match in self._matches]
        return {value[-size:]: match for size in SHORT_PIECES for value, match in values if len(value) >= size}
