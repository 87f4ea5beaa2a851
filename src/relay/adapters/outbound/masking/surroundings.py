"""What stands next to a candidate: the difference between a CPF and eleven digits of something else."""

from __future__ import annotations

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


def byte_before(view: bytes, start: int, distance: int = 1) -> int:
    """Return the byte that many places before `start`; the separator's at the edge."""
    return view[start - distance] if start >= distance else _END


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


def is_part_of_path(view: bytes, start: int, end: int) -> bool:
    """Tell whether it is a piece of a path or of a fraction: a slash at either side."""
    return touches(view, start, end, frozenset(b"/\\"))


def is_part_of_uuid(view: bytes, start: int, end: int) -> bool:
    """Tell whether it lies within a run of hexadecimal digits and hyphens with a UUID's shape."""
    first = start
    while start - first < _UUID_LENGTH and byte_before(view, first) in _OF_A_UUID:
        first -= 1
    last = end
    while last - end < _UUID_LENGTH and byte_after(view, last) in _OF_A_UUID:
        last += 1
    return [len(group) for group in view[first:last].split(b"-")] == [8, 4, 4, 4, 12]
