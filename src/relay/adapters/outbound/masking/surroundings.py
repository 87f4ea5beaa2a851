"""What stands next to a candidate: the difference between a CPF and eleven digits of something else."""

from __future__ import annotations

import re

from relay.adapters.outbound.masking.view import SEPARATOR

Span = tuple[int, int]

DIGITS = frozenset(b"0123456789")
LETTERS = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz") | frozenset(range(0xC0, 0x100))
ALPHANUMERIC = DIGITS | LETTERS
WORD = ALPHANUMERIC | frozenset(b"_")
HEXADECIMAL = frozenset(b"0123456789abcdefABCDEF")
_OF_A_UUID = HEXADECIMAL | frozenset(b"-")
_LOOK_BACK = 48
_UUID_LENGTH = 36
_END = SEPARATOR[0]
_COLOUR = re.compile(rb"\x1b\[[0-9;]{0,16}[mK]")
"""How log lines say to a terminal which colour follows (ECMA-48, SGR and EL)."""
_COLOUR_BEGINS = b"\x1b["
_ENDS_COLOUR = frozenset(b"mK")
_ESCAPE = 0x1B
_LONGEST_COLOUR = 20
_SLIP_BEFORE = re.compile(rb"\d{11}[ -]\d $")
_SLIP_AFTER = re.compile(rb"[ -]\d \d{11}[ -]\d(?!\d)")
_SLIP_DIGIT_AFTER = re.compile(rb"[ -]\d(?!\d)")
"""A utility's slip: four groups of eleven digits, each with a digit of its own."""


def byte_before(view: bytes, start: int, distance: int = 1) -> int:
    """Return the byte that many places before `start`; the separator's at the edge, one escape for a colour."""
    if start < distance:
        return _END
    byte = view[start - distance]
    return _ESCAPE if byte in _ENDS_COLOUR and distance == 1 and _is_behind_colour(view, start) else byte


def _is_behind_colour(view: bytes, start: int) -> bool:
    opening = view.rfind(_COLOUR_BEGINS, max(0, start - _LONGEST_COLOUR), start)
    return opening >= 0 and _COLOUR.fullmatch(view, opening, start) is not None


def behind_colour(view: bytes, start: int, end: int) -> int:
    """Return where the text behind a colour for a terminal begins, when `start` is in one; else `start`."""
    opening = view.rfind(_COLOUR_BEGINS, max(0, start - _LONGEST_COLOUR), start)
    colour = _COLOUR.match(view, opening, end) if opening >= 0 else None
    return max(start, colour.end()) if colour else start


def byte_after(view: bytes, end: int, distance: int = 1) -> int:
    """Return the byte that many places after the candidate; the separator's at the edge."""
    return view[end + distance - 1] if end + distance <= len(view) else _END


def text_before(view: bytes, start: int) -> bytes:
    """Return what is written just before, lower case, no further back than the text's own beginning."""
    return view[max(0, start - _LOOK_BACK) : start].rpartition(SEPARATOR)[2].lower()


def touches(view: bytes, start: int, end: int, neighbours: frozenset[int]) -> bool:
    """Tell whether one of these bytes stands right before or right after."""
    return byte_before(view, start) in neighbours or byte_after(view, end) in neighbours


def is_part_of_number(view: bytes, start: int, end: int) -> bool:
    """Tell whether bare digits go on, by a digit or as a decimal fraction; `.0` and `.00` are a numeric's own tail.

    A comma is no sign: values stand in lists and in CSV lines.
    """
    if touches(view, start, end, DIGITS):
        return True
    if byte_before(view, start) == ord(".") and byte_before(view, start, 2) in DIGITS:
        return True
    if byte_after(view, end) != ord(".") or byte_after(view, end, 2) not in DIGITS:
        return False
    tail = view[end + 1 : end + 17]
    return bytes(tail.lstrip(b"0"))[:1].isdigit() or tail[:1] != b"0"


def is_part_of_identifier(view: bytes, start: int, end: int, keywords: tuple[bytes, ...] = ()) -> bool:
    """Tell whether bare digits are glued to a word (`PED-123…`, `x123…`, `123…_a`), unless the word names their kind.

    UUIDs, hashes, file names and codes are such words.
    """
    if byte_after(view, end) in WORD or (byte_after(view, end) == ord("-") and byte_after(view, end, 2) in DIGITS):
        return True
    left = byte_before(view, start)
    glued = left in WORD or (left == ord("-") and byte_before(view, start, 2) in WORD)
    return glued and not text_before(view, start).rstrip(b"_-").endswith(keywords)


def is_part_of_code(view: bytes, start: int, end: int) -> bool:
    """Tell whether bare digits lie in a word with further digits (a hash, base64), or in a UUID.

    Letters alone at either side are no sign: check digits count for more than what somebody glued on.
    """
    first, last = start, end
    while start - first < _LOOK_BACK and byte_before(view, first) in ALPHANUMERIC:
        first -= 1
    while last - end < _LOOK_BACK and byte_after(view, last) in ALPHANUMERIC:
        last += 1
    beside = view[first:start] + view[end:last]
    return any(byte in DIGITS for byte in beside) or is_part_of_uuid(view, start, end)


def is_on_slip(view: bytes, start: int, end: int) -> bool:
    """Tell whether eleven digits are a group on a payment slip, with further groups beside it."""
    if _SLIP_AFTER.match(view, end):
        return True
    return _SLIP_DIGIT_AFTER.match(view, end) is not None and _SLIP_BEFORE.search(text_before(view, start)) is not None


def is_part_of_path(view: bytes, start: int, end: int) -> bool:
    """Tell whether it is a piece of a path or of a fraction: a slash at either side."""
    return touches(view, start, end, frozenset(b"/\\"))


def is_part_of_uuid(view: bytes, start: int, end: int) -> bool:
    """Tell whether it lies within a run of hexadecimal digits and hyphens with a UUID's shape."""
    if end - start != _UUID_LENGTH and not touches(view, start, end, _OF_A_UUID):
        return False
    first = start
    while start - first < _UUID_LENGTH and byte_before(view, first) in _OF_A_UUID:
        first -= 1
    last = end
    while last - end < _UUID_LENGTH and byte_after(view, last) in _OF_A_UUID:
        last += 1
    return [len(group) for group in view[first:last].split(b"-")] == [8, 4, 4, 4, 12]
