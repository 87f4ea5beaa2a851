"""Judges of what looks like a payment card's number."""

from __future__ import annotations

import re

from relay.adapters.outbound.masking.check_digits import CARD_LENGTHS, card_agrees
from relay.adapters.outbound.masking.documents import digits_of
from relay.adapters.outbound.masking.surroundings import (
    DIGITS,
    HEXADECIMAL,
    Span,
    byte_after,
    byte_before,
    is_part_of_code,
    is_part_of_number,
    is_part_of_uuid,
    touches,
)

_GROUPS_OF_A_CARD = 4
_LONGEST_RUN_OF_GROUPS = 5
_SEPARATORS = b" .-"
_GROUPS_BEFORE = re.compile(rb"(?:\d{4}[ .-]{1,2}){1,8}$")
_GROUPS_AFTER = re.compile(rb"(?:[ .-]{1,2}\d{4}(?!\d)){1,8}")
_LAST_THREE = re.compile(rb"[ .-]\d{3}(?!\d)")
_LONGEST_RUN = 48


def four_groups_of_four(view: bytes, start: int, end: int) -> Span | None:
    """Accept four groups of four whatever their digits, unless they lie in a longer row of groups or a UUID.

    Eight groups are two cards. Of other rows, with a year or a code behind, or three cards, the digits must check;
    an invoice's key of eleven groups is not looked into.
    """
    if touches(view, start, end, DIGITS) or is_part_of_uuid(view, start, end):
        return None
    before, after = _groups_beside(view, start, end)
    if before + after == 0:
        return None if _is_glued_to_code(view, start, end) else (start, _end_of_long_card(view, start, end))
    if before + after == _GROUPS_OF_A_CARD and before * after == 0:
        return start, end
    is_one_of_several = before % _GROUPS_OF_A_CARD == after % _GROUPS_OF_A_CARD == 0
    few_enough = is_one_of_several or before + after + _GROUPS_OF_A_CARD <= _LONGEST_RUN_OF_GROUPS
    return (start, end) if few_enough and card_agrees(digits_of(view, start, end)) else None


def _groups_beside(view: bytes, start: int, end: int) -> tuple[int, int]:
    """Count the groups of four that go on before and behind, by the separator that is used inside."""
    inner = set(view[start:end].translate(None, b"0123456789"))
    joint = byte_before(view, start), byte_after(view, end)
    before = _groups_before(view, start) if joint[0] in inner else 0
    return before, _groups_after(view, end) if joint[1] in inner else 0


def _groups_before(view: bytes, start: int) -> int:
    found = _GROUPS_BEFORE.search(view, max(0, start - _LONGEST_RUN), start)
    return len(re.findall(rb"\d{4}", found.group())) if found else 0


def _groups_after(view: bytes, end: int) -> int:
    found = _GROUPS_AFTER.match(view, end, min(len(view), end + _LONGEST_RUN))
    return len(re.findall(rb"\d{4}", found.group())) if found else 0


def _end_of_long_card(view: bytes, start: int, end: int) -> int:
    """Return the end of 19 digits in groups, when three more digits follow and all of them check."""
    follows = _LAST_THREE.match(view, end, end + 5)
    return follows.end() if follows and card_agrees(digits_of(view, start, follows.end())) else end


def _is_glued_to_code(view: bytes, start: int, end: int) -> bool:
    """A hyphen and hexadecimal or a digit at either side: a longer code, unless the digits are a card's."""
    glued_left = byte_before(view, start) == ord("-") and byte_before(view, start, 2) in HEXADECIMAL
    glued_right = byte_after(view, end) == ord("-") and byte_after(view, end, 2) in HEXADECIMAL
    return (glued_left or glued_right) and not card_agrees(digits_of(view, start, end))


def other_groups(view: bytes, start: int, end: int) -> Span | None:
    """Accept the groupings of other schemes (4-6-5, 4-6-4, 4-4-4-4-3, two halves) when the digits check."""
    if touches(view, start, end, DIGITS) or is_part_of_uuid(view, start, end):
        return None
    return (start, end) if card_agrees(digits_of(view, start, end)) else None


def american_express_groups(view: bytes, start: int, end: int) -> Span | None:
    """Accept 34 or 37 in 4-6-5 whatever the rest: nothing else is written so."""
    return None if touches(view, start, end, DIGITS) or is_part_of_uuid(view, start, end) else (start, end)


def bare_card(view: bytes, start: int, end: int) -> Span | None:
    """Accept 12 to 19 digits on their own with an issuer's prefix and Luhn."""
    if end - start not in CARD_LENGTHS or not card_agrees(view[start:end]) or is_part_of_number(view, start, end):
        return None
    return None if is_part_of_code(view, start, end) else (start, end)
