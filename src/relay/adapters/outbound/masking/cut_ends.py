"""What may be half a personal value at the ends of a text that was cut out of another, unseen one."""

from __future__ import annotations

import re
from collections.abc import Iterator

_LAST_WORD = re.compile(r"\S+\s*\Z")
_FIRST_WORD = re.compile(r"\s*\S+")
_NUMBER_CHARACTERS = frozenset("0123456789 \t\u00a0()+-./")


def cut_ends(text: str, *, at_start: bool, at_end: bool) -> Iterator[tuple[int, int]]:
    """Yield the spans of the first and the last word; where these have digits, of all the digits that go with them.

    A word with white space between it and the end is whole, unless it is part of a number.
    """
    if at_end and (last := _LAST_WORD.search(text)):
        yield from _span(text, last.start(), len(text), is_apart=text[-1].isspace(), backwards=True)
    if at_start and (first := _FIRST_WORD.match(text)):
        yield from _span(text, 0, first.end(), is_apart=text[0].isspace(), backwards=False)


def _span(text: str, start: int, end: int, *, is_apart: bool, backwards: bool) -> Iterator[tuple[int, int]]:
    if any(character.isdigit() for character in text[start:end]):
        if backwards:
            start = _first_of_run(text, start)
        else:
            end = _end_of_run(text, end)
    elif is_apart:
        return
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    yield start, end


def _first_of_run(text: str, place: int) -> int:
    while place > 0 and _is_of_number(text[place - 1]):
        place -= 1
    return place


def _end_of_run(text: str, place: int) -> int:
    while place < len(text) and _is_of_number(text[place]):
        place += 1
    return place


def _is_of_number(character: str) -> bool:
    return character in _NUMBER_CHARACTERS or character.isdigit()
