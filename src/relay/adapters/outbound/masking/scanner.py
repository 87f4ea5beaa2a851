"""Runs the built-in detectors over many texts at once: a handful of passes, whatever the number of texts."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate

from relay.adapters.outbound.masking.detector import Detector, Judge
from relay.adapters.outbound.masking.joined_texts import JoinedTexts
from relay.adapters.outbound.masking.linear_regex import PatternSet, compile_for_views, next_span
from relay.adapters.outbound.masking.plain_forms import PlainForms
from relay.adapters.outbound.masking.spans import Spanned
from relay.adapters.outbound.masking.surroundings import ALPHANUMERIC
from relay.adapters.outbound.masking.view import SEPARATOR, View, view_of

_NEVER = r"[^\x00-\xff]"
_DISGUISE = bytes.maketrans(b"0123456789@B", b"x" * 12)
_LONG = 1 << 18
"""The short way holds the interpreter's lock between two matches; a view of this size has but one long text."""
_MAX_ROUNDS = 8
_LONGEST_TO_LOOK_INTO = 64
"""A rejected candidate up to this length may hide another that starts inside it."""


_Kind = tuple[int, str, str]
"""Precedence, detector and mask."""
_Hit = tuple[int, int, _Kind]
"""A span of a view, and what it is."""


class _Pass:
    """One pattern, and everyone who judges its matches."""

    def __init__(self, pattern: str) -> None:
        self._next_span = next_span(compile_for_views(pattern))
        self._judges: list[tuple[Judge, _Kind]] = []

    def add(self, judge: Judge, precedence: int, detector: Detector) -> None:
        self._judges.append((judge, (precedence, detector.name, detector.mask)))

    def matches(self, view: bytes) -> list[_Hit]:
        """Return what the judges accept; after a rejected candidate look for another that begins inside it."""
        accepted: list[_Hit] = []
        search, judges, size, place = self._next_span, self._judges, len(view), 0
        while True:
            ((start, end),) = search(view, place, size)
            if start < 0:
                return accepted
            furthest = -1
            for judge, kind in judges:
                span = judge(view, start, end)
                if span is not None:
                    first, last = span
                    accepted.append((first, last, kind))
                    furthest = max(furthest, last)
            if furthest >= end:
                place = end
            else:
                place = max(furthest, start + 1) if furthest > 0 else _place_to_go_on(view, start, end)


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
        detectors = tuple(detectors)
        passes: dict[str, _Pass] = {}
        looks: dict[str, dict[str, None]] = {}
        for precedence, detector in enumerate(detectors, first_precedence):
            for form in detector.forms:
                passes.setdefault(form.pattern, _Pass(form.pattern)).add(form.judge, precedence, detector)
                looks.setdefault(form.pattern, {})[form.first_look] = None
        self._passes = tuple(passes.values())
        self._all = PatternSet("|".join(f"(?:{look})" for look in each) for each in looks.values())
        triggers = dict.fromkeys(look for each in looks.values() for look in each)
        self._plain = PlainForms(
            {each.name: (place, each.name, each.mask) for place, each in enumerate(detectors, first_precedence)}
        )
        self._next_trigger = next_span(compile_for_views("|".join(f"(?:{trigger})" for trigger in triggers) or _NEVER))

    def scan(self, joined: JoinedTexts) -> dict[int, list[Spanned]]:
        """Return the matches by the text's index, offsets in characters of that text."""
        view = view_of(joined.text)
        by_text: dict[int, list[Spanned]] = {}
        hits = self._matches(view.data)
        if not hits:
            return by_text
        starts = joined.starts
        for start, end, (precedence, detector, mask) in hits if not view.removed_before else _in_text(hits, view):
            index = bisect_right(starts, start) - 1
            offset = starts[index]
            match = (start - offset, end - offset, precedence, detector, mask)
            if index in by_text:
                by_text[index].append(match)
            else:
                by_text[index] = [match]
        return by_text

    def _matches(self, view: bytes) -> list[_Hit]:
        """Look at the texts that trigger, again and again until nothing more comes to light beside what is covered.

        A mask takes away what stood next to something else: `a@b.com` before bare digits, for instance.
        """
        found: list[_Hit] = self._plain.search(view) if len(view) <= _LONG else []
        places, pieces = self._triggered(_disguise(view, found))
        if found and pieces:
            pieces = [view[place : place + len(piece)] for place, piece in zip(places, pieces, strict=True)]
            found = _outside(found, places, pieces)
        for _round in range(_MAX_ROUNDS):
            if not pieces:
                break
            joined = SEPARATOR.join((b"", *pieces, b""))
            starts = list(accumulate([len(piece) + 1 for piece in pieces], initial=1))
            shifts = [place - start for place, start in zip(places, starts, strict=False)]
            hits, covered = self._pass_all(joined)
            for start, end, kind in hits:
                shift = shifts[bisect_right(starts, start) - 1]
                found.append((start + shift, end + shift, kind))
            again, pieces = self._triggered(covered) if hits else ([], [])
            places = [place + shifts[bisect_right(starts, place) - 1] for place in again]
        return found

    def _pass_all(self, view: bytes) -> tuple[list[_Hit], bytes]:
        """Run those passes alone whose pattern matches, in order, each on what the ones before it left uncovered.

        Something triggered, so something matches: a set that names nothing has failed, and all passes run.
        """
        found: list[_Hit] = []
        wanted = self._all.matching(view) or range(len(self._passes))
        for index, each in enumerate(self._passes):
            if index not in wanted:
                continue
            hits = each.matches(view)
            if hits:
                found += hits
                view = _cover(view, hits)
                wanted = self._all.matching(view)
        return found, view

    def _triggered(self, view: bytes) -> tuple[list[int], list[bytes]]:
        """Return where texts begin in which some pattern matches, and these texts."""
        places: list[int] = []
        pieces: list[bytes] = []
        search, size, end = self._next_trigger, len(view), 0
        while True:
            ((start, last),) = search(view, end, size)
            if start < 0:
                return places, pieces
            place = view.rfind(SEPARATOR, 0, last - 1) + 1
            end = view.find(SEPARATOR, last - 1)
            places.append(place)
            pieces.append(view[place:end])

    def triggered(self, joined: JoinedTexts) -> list[int]:
        """Return the indexes of the texts in which some pattern matches: only there can anything be found."""
        view = view_of(joined.text)
        places, _pieces = self._triggered(view.data)
        return sorted({joined.index_at(view.span_in_text(place, place + 1)[0]) for place in places})


def _in_text(hits: Iterable[_Hit], view: View) -> Iterator[_Hit]:
    """Map the spans back to the text from which invisible characters were left out."""
    for start, end, kind in hits:
        yield (*view.span_in_text(start, end), kind)


def _outside(hits: list[_Hit], places: Sequence[int], pieces: Sequence[bytes]) -> list[_Hit]:
    """Return the hits that begin in none of these pieces; pieces are in order and apart from each other."""
    hits.sort()
    kept: list[_Hit] = []
    done = 0
    for place, piece in zip(places, pieces, strict=True):
        first = bisect_left(hits, (place,), done)
        kept += hits[done:first]
        done = bisect_left(hits, (place + len(piece),), first)
    return kept + hits[done:]


def _disguise(view: bytes, hits: Sequence[_Hit]) -> bytes:
    """Turn what was found into a mere word of its shape, for others that it may be a part of: a token, a key."""
    if not hits:
        return view
    disguised = bytearray(view)
    for start, end, _kind in hits:
        disguised[start:end] = view[start:end].translate(_DISGUISE)
    return bytes(disguised)


def _cover(view: bytes, hits: Iterable[_Hit]) -> bytes:
    """Put asterisks over what was found, so that nothing else is found in it."""
    covered = bytearray(view)
    for start, end, _kind in hits:
        covered[start:end] = b"*" * (end - start)
    return bytes(covered)
