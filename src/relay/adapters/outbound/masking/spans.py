"""Matches in one text, and the text that they leave behind."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from itertools import pairwise
from typing import NamedTuple


class Match(NamedTuple):
    """A span of the text and what goes in its place; the lowest `precedence` wins where matches overlap.

    A tuple, since one is made for each value found.
    """

    start: int
    end: int
    precedence: int
    detector: str
    mask: str


new_match: Callable[[tuple[int, int, int, str, str]], Match] = partial(tuple.__new__, Match)
"""Makes a match of its five fields in order, for the loops in which keywords would cost more than the search."""


class Found(NamedTuple):
    """A text after masking, its detectors in the order of the text, and the first one's mask."""

    text: str
    detectors: tuple[str, ...]
    first_mask: str


_new_found: Callable[[tuple[str, tuple[str, ...], str]], Found] = partial(tuple.__new__, Found)


def resolve(matches: Sequence[Match]) -> list[Match]:
    """Make one of all matches that overlap: as wide as all of them, so that no piece of a loser is left over."""
    resolved: list[Match] = []
    for match in sorted(matches, key=lambda match: (match.start, -match.end, match.precedence)):
        if not resolved or match.start >= resolved[-1].end:
            resolved.append(match)
            continue
        last = resolved[-1]
        winner = min(last, match, key=lambda candidate: candidate.precedence)
        end = max(last.end, match.end)
        resolved[-1] = Match(last.start, end, winner.precedence, winner.detector, winner.mask)
    return resolved


def replace(text: str, matches: Sequence[Match]) -> Found:
    """Put each mask in its place, once; `matches` is not empty."""
    resolved = matches if len(matches) == 1 else resolve(matches)
    if len(resolved) == 1:
        start, end, _precedence, detector, mask = resolved[0]
        return _new_found((f"{text[:start]}{mask}{text[end:]}", (detector,), mask))
    pieces = [text[: resolved[0].start], resolved[0].mask]
    for before, match in pairwise(resolved):
        pieces += (text[before.end : match.start], match.mask)
    pieces.append(text[resolved[-1].end :])
    detectors = tuple(dict.fromkeys(match.detector for match in resolved))
    return Found(text="".join(pieces), detectors=detectors, first_mask=resolved[0].mask)
