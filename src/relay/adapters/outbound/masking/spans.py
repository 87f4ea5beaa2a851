"""Matches in one text, and the text that they leave behind."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import NamedTuple

Spanned = tuple[int, int, int, str, str]
"""A match's fields, in order: what the loops make, since the collector of garbage soon lets a plain tuple be."""


class Match(NamedTuple):
    """A span of the text and what goes in its place; the lowest `precedence` wins where matches overlap."""

    start: int
    end: int
    precedence: int
    detector: str
    mask: str


class Found(NamedTuple):
    """A text after masking, its detectors in the order of the text, and the first one's mask."""

    text: str
    detectors: tuple[str, ...]
    first_mask: str


_new_found: Callable[[tuple[str, tuple[str, ...], str]], Found] = partial(tuple.__new__, Found)


def resolve(matches: Iterable[Spanned]) -> list[Match]:
    """Make one of all matches that overlap: as wide as all of them, so that no piece of a loser is left over."""
    return [Match._make(each) for each in _resolved(matches)]


def _resolved(matches: Iterable[Spanned]) -> list[Spanned]:
    resolved: list[Spanned] = []
    last_end = -1
    for match in sorted(matches):
        if match[0] >= last_end:
            resolved.append(match)
            last_end = match[1]
            continue
        last = resolved[-1]
        last_end = max(last_end, match[1])
        winner = match if match[2] < last[2] else last
        resolved[-1] = (last[0], last_end, winner[2], winner[3], winner[4])
    return resolved


def replace(text: str, matches: Sequence[Spanned]) -> Found:
    """Put each mask in its place, once; `matches` is not empty."""
    resolved = matches if len(matches) == 1 else _resolved(matches)
    if len(resolved) == 1:
        start, end, _precedence, detector, mask = resolved[0]
        return _new_found((f"{text[:start]}{mask}{text[end:]}", (detector,), mask))
    pieces: list[str] = []
    done = 0
    for start, end, _precedence, _detector, mask in resolved:
        pieces.append(text[done:start])
        pieces.append(mask)
        done = end
    pieces.append(text[done:])
    detectors = tuple(dict.fromkeys([match[3] for match in resolved]))
    return Found(text="".join(pieces), detectors=detectors, first_mask=resolved[0][4])
