"""Runs the built-in detectors over many texts at once: a handful of passes, whatever the number of texts."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate

import re2

from relay.adapters.outbound.masking.detector import Detector, Judge
from relay.adapters.outbound.masking.spans import Match
from relay.adapters.outbound.masking.surroundings import ALPHANUMERIC
from relay.adapters.outbound.masking.view import SEPARATOR, view_of

_SEPARATOR = SEPARATOR.decode("ascii")
_MAX_MEMORY_BYTES = 64 << 20
"""For each pattern's automaton, built as it is needed; the built-in ones stay far below."""
_NEVER = r"[^\x00-\xff]"
_LONG_TEXT = 1024
"""After a match in a text with more than this to come the search begins anew behind the text."""
_MAX_ROUNDS = 8
_LONGEST_TO_LOOK_INTO = 64
"""A rejected candidate up to this length may hide another that starts inside it."""


def latin_1_options() -> re2.Options:
    """Return RE2's options for patterns over a view."""
    options = re2.Options()
    options.encoding = re2.Options.Encoding.LATIN1
    options.never_capture = True
    options.log_errors = False
    options.max_mem = _MAX_MEMORY_BYTES
    return options


class _Pass:
    """One pattern, and everyone who judges its matches."""

    def __init__(self, pattern: str) -> None:
        self._regex = _compile(pattern)
        self._judges: list[tuple[Judge, int, Detector]] = []

    def add(self, judge: Judge, precedence: int, detector: Detector) -> None:
        self._judges.append((judge, precedence, detector))

    def matches(self, view: bytes) -> Iterator[Match]:
        """Yield what the judges accept; after a rejected candidate look for another that begins inside it."""
        place: int | None = 0
        while place is not None:
            candidates = self._regex.finditer(view, place)
            place = None
            for found in candidates:
                start, end = found.span()
                furthest = -1
                for judge, precedence, detector in self._judges:
                    span = judge(view, start, end)
                    if span is not None:
                        furthest = max(furthest, span[1])
                        yield Match(*span, precedence, detector.name, detector.mask)
                if furthest != end:
                    place = furthest if furthest > 0 else _place_to_go_on(view, start, end)
                    if place < end:
                        break
                    place = None


def _place_to_go_on(view: bytes, start: int, end: int) -> int:
    """Return where to search after a rejected candidate: behind its first group, if it is short, else behind it."""
    if end - start > _LONGEST_TO_LOOK_INTO:
        return end
    place = start
    while place < end and view[place] in ALPHANUMERIC:
        place += 1
    return min(end, place + 1)


class Scanner:
    """The built-in detectors that are switched on; `first_precedence` leaves room for custom ones."""

    def __init__(self, detectors: Iterable[Detector], *, first_precedence: int) -> None:
        passes: dict[str, _Pass] = {}
        triggers: dict[str, None] = {}
        for precedence, detector in enumerate(detectors, first_precedence):
            for form in detector.forms:
                passes.setdefault(form.pattern, _Pass(form.pattern)).add(form.judge, precedence, detector)
                triggers[form.trigger or form.pattern] = None
        self._passes = tuple(passes.values())
        self._trigger = _compile("|".join(f"(?:{trigger})" for trigger in triggers) or _NEVER)

    def scan(self, texts: Sequence[str]) -> dict[int, list[Match]]:
        """Return the matches by the text's index, offsets in characters of that text."""
        view = view_of(_SEPARATOR + _SEPARATOR.join(texts) + _SEPARATOR)
        by_text: dict[int, list[Match]] = {}
        starts: list[int] = []
        for shift, match in self._matches(view.data):
            starts = starts or list(accumulate((len(text) + 1 for text in texts), initial=1))
            start, end = view.span_in_text(match[0] + shift, match[1] + shift)
            index = bisect_right(starts, start) - 1
            offset = starts[index]
            placed = Match(start - offset, end - offset, match[2], match[3], match[4])
            if index in by_text:
                by_text[index].append(placed)
            else:
                by_text[index] = [placed]
        return by_text

    def _matches(self, view: bytes) -> Iterator[tuple[int, Match]]:
        """Look at the texts that trigger, again and again until nothing more comes to light beside what is covered.

        A mask takes away what stood next to something else: `a@b.com` before bare digits, for instance. Each match
        comes with how far its place in the view is from the one it names.
        """
        places, pieces = self._triggered(view)
        for _round in range(_MAX_ROUNDS):
            if not pieces:
                return
            joined = SEPARATOR.join((b"", *pieces, b""))
            starts = list(accumulate((len(piece) + 1 for piece in pieces), initial=1))
            covered = joined
            for each in self._passes:
                matches = list(each.matches(covered))
                covered = _cover(covered, matches)
                for match in matches:
                    index = bisect_right(starts, match[0]) - 1
                    yield places[index] - starts[index], match
            again, pieces = self._triggered(covered) if covered != joined else ([], [])
            indexes = [bisect_right(starts, place) - 1 for place in again]
            places = [place + places[index] - starts[index] for place, index in zip(again, indexes, strict=True)]

    def _triggered(self, view: bytes) -> tuple[list[int], list[bytes]]:
        """Return where texts begin in which some pattern matches, and these texts."""
        places: list[int] = []
        pieces: list[bytes] = []
        end: int | None = 0
        while end is not None:
            candidates = self._trigger.finditer(view, end)
            seen, end = end, None
            for found in candidates:
                last = found.end() - 1
                if last < seen:
                    continue
                place = view.rfind(SEPARATOR, 0, last) + 1
                seen = view.find(SEPARATOR, last)
                places.append(place)
                pieces.append(view[place:seen])
                if seen - last > _LONG_TEXT:
                    end = seen
                    break
        return places, pieces

    def triggered(self, texts: Sequence[str]) -> list[int]:
        """Return the indexes of the texts in which some pattern matches: only there can anything be found."""
        places, _pieces = self._triggered(view_of(_SEPARATOR + _SEPARATOR.join(texts) + _SEPARATOR).data)
        starts = list(accumulate((len(text) + 1 for text in texts), initial=1))
        return sorted({bisect_right(starts, place) - 1 for place in places})


def _cover(view: bytes, matches: Sequence[Match]) -> bytes:
    """Put asterisks over what was found, so that nothing else is found in it."""
    if not matches:
        return view
    covered = bytearray(view)
    for match in matches:
        covered[match[0] : match[1]] = b"*" * (match[1] - match[0])
    return bytes(covered)


def _compile(pattern: str) -> re2._Regexp:
    return re2.compile(pattern.encode("latin-1"), latin_1_options())
