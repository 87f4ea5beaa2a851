"""Judges of what looks like a payment card's number."""

from __future__ import annotations

import re

from relay.adapters.outbound.masking.check_digits import CARD_LENGTHS, card_agrees
from relay.adapters.outbound.masking.documents import digits_of
from relay.adapters.outbound.masking.surroundings import (
    DIGITS,
    Span,
    byte_after,
    byte_before,
    is_part_of_code,
    is_part_of_number,
    is_part_of_path,
    is_part_of_uuid,
    text_before,
    touches,
)

_GROUPS_OF_A_CARD = 4
_ACCOUNT_DIGITS, _ARTICLE_DIGITS = 12, (13, 14)
_LONGEST_RUN_OF_GROUPS = 5
_GROUPS_BEFORE = re.compile(rb"(?:\d{4}[ .-]{1,2}){1,8}$")
_GROUPS_AFTER = re.compile(rb"(?:[ .-]{1,2}\d{4}(?!\d)){1,8}")
_GROUP = re.compile(rb"\d{4}")
_CODE_BEFORE = re.compile(rb"\d[A-Za-z]*-$")
_CODE_AFTER = re.compile(rb"-[A-Za-z]*\d")
_COUNT_AND_EPOCH = re.compile(rb"\d{6}[ -]1[4-9]\d{11}")
"""A number and milliseconds since 1970, as a metric is written."""
_ARTICLE_BEFORE = re.compile(rb"(?:ean|gtin|isbn|barcode|barras)(?:-?1[34])?[^a-z0-9]{0,4}$")
_LAST_THREE = re.compile(rb"[ .-]\d{3}(?!\d)")
_LONGEST_RUN = 48


def four_groups_of_four(view: bytes, start: int, end: int) -> Span | None:
    """Accept four groups of four whatever their digits, unless they lie in a longer row of groups or a UUID.

    Eight groups are two cards. Of other rows, with a year or a code behind, or three cards, the digits must check;
    an invoice's key of eleven groups is not looked into.
    """
    if touches(view, start, end, DIGITS):
        return None
    separators = view[start:end].translate(None, b"0123456789")
    goes_on_before = byte_before(view, start) in separators and byte_before(view, start, 2) in DIGITS
    goes_on_after = byte_after(view, end) in separators and byte_after(view, end, 2) in DIGITS
    agrees = card_agrees(digits_of(view, start, end))
    if goes_on_before and goes_on_after and not agrees:
        return None
    before = _groups_before(view, start) if goes_on_before else 0
    after = _groups_after(view, end) if goes_on_after else 0
    if is_part_of_uuid(view, start, end) or not _is_whole(before, after, agrees=agrees):
        return None
    if before + after > 0:
        return start, end
    return None if not agrees and _is_glued_to_code(view, start, end) else (start, _end_of_long_card(view, start, end))


def _is_whole(before: int, after: int, *, agrees: bool) -> bool:
    """Tell by the groups beside whether four are a card: alone, the first or last of eight, or digits that check."""
    is_one_of_several = before % _GROUPS_OF_A_CARD == after % _GROUPS_OF_A_CARD == 0
    if before + after in (0, _GROUPS_OF_A_CARD) and is_one_of_several:
        return True
    return agrees and (is_one_of_several or before + after + _GROUPS_OF_A_CARD <= _LONGEST_RUN_OF_GROUPS)


def _groups_before(view: bytes, start: int) -> int:
    found = _GROUPS_BEFORE.search(view, max(0, start - _LONGEST_RUN), start)
    return len(_GROUP.findall(found.group())) if found else 0


def _groups_after(view: bytes, end: int) -> int:
    found = _GROUPS_AFTER.match(view, end, min(len(view), end + _LONGEST_RUN))
    return len(_GROUP.findall(found.group())) if found else 0


def _end_of_long_card(view: bytes, start: int, end: int) -> int:
    """Return the end of 19 digits in groups, when three more digits follow and all of them check."""
    follows = _LAST_THREE.match(view, end, end + 5)
    return follows.end() if follows and card_agrees(digits_of(view, start, follows.end())) else end


def _is_glued_to_code(view: bytes, start: int, end: int) -> bool:
    """Tell whether a hyphen and a word with a digit in it stand at either side: a longer code."""
    return bool(
        _CODE_BEFORE.search(view, max(0, start - _LONGEST_RUN), start)
        or _CODE_AFTER.match(view, end, end + _LONGEST_RUN)
    )


def other_groups(view: bytes, start: int, end: int) -> Span | None:
    """Accept the groupings of other schemes (4-6-5, 4-6-4, 4-4-4-4-3, two halves) when the digits check."""
    if touches(view, start, end, DIGITS) or is_part_of_uuid(view, start, end):
        return None
    if view[start + 4] == ord("/") and is_part_of_path(view, start, end):
        return None
    if _COUNT_AND_EPOCH.fullmatch(view, start, end):
        return None
    return (start, end) if card_agrees(digits_of(view, start, end)) else None


def american_express_groups(view: bytes, start: int, end: int) -> Span | None:
    """Accept 34 or 37 in 4-6-5 whatever the rest: nothing else is written so."""
    return None if touches(view, start, end, DIGITS) or is_part_of_uuid(view, start, end) else (start, end)


def bare_card(view: bytes, start: int, end: int) -> Span | None:
    """Accept 12 to 19 digits on their own with an issuer's prefix and Luhn."""
    if end - start not in CARD_LENGTHS or not card_agrees(view[start:end]) or is_part_of_number(view, start, end):
        return None
    if _is_of_something_else(view, start, end):
        return None
    return None if is_part_of_code(view, start, end) else (start, end)


def _is_of_something_else(view: bytes, start: int, end: int) -> bool:
    """Tell whether it is an account of AWS in a resource's name, or an article's number by the word before it."""
    if end - start == _ACCOUNT_DIGITS:
        return b"arn:" in text_before(view, start) or view[end : end + 5] == b".dkr."
    return end - start in _ARTICLE_DIGITS and _ARTICLE_BEFORE.search(text_before(view, start)) is not None
