"""What may be half a personal value at the ends of a text that was cut out of another, unseen one."""

from __future__ import annotations

import re
from collections.abc import Iterator

_WORD = re.compile(r"\S+")
_GROUP = re.compile(r"[\s()+./-]*([0-9A-Z]+)")
"""Of a number that is written in groups: cards, telephones, an IBAN with its letters."""
_LETTERS_IN_A_NUMBER = 4
"""An IBAN's bank."""
_LEADS = ("bearer", "tel", "telefone", "fone", "phone", "cel", "celular", "whatsapp", "whats", "zap", "mobile")
"""Words that make a value of what comes after them."""
_LEAD_MARKS = "\"':=>.-,"
_KEY_LINE = re.compile(r"[A-Za-z0-9+/=]{60,}")
_KEY_END = re.compile(r"-----END ")


def cut_ends(text: str, *, at_start: bool, at_end: bool) -> Iterator[tuple[int, int]]:
    """Yield the spans at the ends that may belong to a value: a word, or all groups of a number; lines of keys too.

    A word with white space between it and the end is whole, unless it is part of a number.
    """
    if at_start:
        yield from _trimmed(text, 0, _length_at_start(text, leads=True))
        key_end = _KEY_END.search(text)
        if key_end is not None:
            yield 0, key_end.start()
    if at_end:
        yield from _trimmed(text, len(text) - _length_at_start(text[::-1], leads=False), len(text))
    if at_start or at_end:
        yield from (line.span() for line in _KEY_LINE.finditer(text))


def _length_at_start(text: str, *, leads: bool) -> int:
    """Return how much of the beginning goes."""
    numbers = _end_of_number(text)
    if numbers:
        return _end_of_word(text, numbers)
    word = _WORD.match(text)
    if word is None:
        return 0
    following = _WORD.search(text, word.end())
    if leads and following is not None and _may_lead(word.group()):
        return _end_of_word(text, max(following.end(), _end_of_number(text, word.end())))
    return word.end()


def _end_of_number(text: str, place: int = 0) -> int:
    """Return where a number in groups ends that begins here, 0 if there is none."""
    end = 0
    group = _GROUP.match(text, place)
    while group is not None:
        written = group.group(1)
        following = _GROUP.match(text, group.end())
        if _has_digit(written):
            end = group.end()
        elif len(written) != _LETTERS_IN_A_NUMBER or not end or following is None or not _has_digit(following.group(1)):
            break
        group = following
    return end


def _may_lead(fragment: str) -> bool:
    """Whether a fragment may be the end of a word after which a value comes."""
    word = fragment.casefold().rstrip(_LEAD_MARKS)
    return fragment[-1] in _LEAD_MARKS or any(lead.endswith(word) for lead in _LEADS)


def _has_digit(text: str) -> bool:
    return any(character.isdigit() for character in text)


def _end_of_word(text: str, place: int) -> int:
    rest = _WORD.match(text, place)
    return place if rest is None else rest.end()


def _trimmed(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    if start < end:
        yield start, end
