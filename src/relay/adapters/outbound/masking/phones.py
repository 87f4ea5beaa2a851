"""Judges of what looks like a telephone number."""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType

from relay.adapters.outbound.masking.surroundings import (
    ALPHANUMERIC,
    DIGITS,
    Span,
    byte_after,
    byte_before,
    is_on_slip,
    is_part_of_code,
    is_part_of_identifier,
    is_part_of_number,
    is_part_of_path,
    is_part_of_uuid,
    text_before,
    touches,
)

AREA_CODES = frozenset(
    {
        *range(11, 20), 21, 22, 24, 27, 28, *range(31, 36), 37, 38, *range(41, 50), 51, 53, 54, 55, *range(61, 70),
        71, 73, 74, 75, 77, 79, *range(81, 90), *range(91, 100),
    }
)  # fmt: skip
"""Brazil's area codes: Anatel, Resolução 749/2022."""

NATIONAL_DIGITS: Mapping[bytes, tuple[int, int]] = MappingProxyType(
    {
        b"1": (10, 10), b"7": (10, 10), b"20": (9, 10), b"27": (9, 9), b"30": (10, 10), b"31": (9, 10),
        b"32": (8, 9), b"33": (9, 10), b"34": (9, 9), b"39": (6, 11), b"41": (9, 10), b"43": (7, 13),
        b"44": (9, 11), b"45": (8, 8), b"46": (7, 10), b"47": (8, 8), b"48": (9, 9), b"49": (7, 12),
        b"51": (8, 9), b"52": (10, 11), b"54": (9, 11), b"55": (10, 12), b"56": (9, 9), b"57": (8, 10),
        b"58": (10, 10), b"61": (9, 10), b"81": (9, 11), b"82": (8, 11), b"86": (10, 11), b"90": (10, 11),
        b"91": (10, 10), b"351": (9, 9), b"353": (7, 10), b"591": (8, 8), b"593": (8, 9), b"595": (9, 9),
        b"598": (8, 8), b"971": (8, 10), b"972": (8, 10),
    }
)  # fmt: skip
"""Digits after the country code, trunk zero allowed for: ITU-T E.164, national numbering plans."""
_UNKNOWN_COUNTRY = (9, 15)
_MOST_DIGITS = 16
_LONGEST = 40
_FEWEST_IN_PARENTHESES = 9
_MOBILE_DIGITS = 11

_PHONE_WORDS = (b"tel", b"fone", b"cel", b"whats", b"whatsapp", b"zap", b"phone", b"mobile")

_OTHER_WORD = re.compile(
    rb"(?:^|[^a-z\xc0-\xff])"
    rb"(?:ids?|orders?|pedidos?|protocolos?|notas?|nfe?|sku|ean|isbn|gtin|barcode|tracking|rastreio|rastreamento|"
    rb"c[o\xf3]d|c[o\xf3]digo|code|tickets?|chamado|invoice|fatura|lote|batch|seq|"
    rb"sequence|count|total|bytes|size|offset|ts|timestamp|time|epoch|duration|pid|tid|trace|span|request|req|"
    rb"session|sess[a\xe3]o|transaction|transa[c\xe7][a\xe3]o|txn|contrato|contract|matr[i\xed]cula|processo|"
    rb"serial|imei|version|build|job|block|hash|lsn|xid|txid|boleto)"
    rb"(?:[^a-z0-9]{1,3}(?:number|n[u\xfa]mero|n[o\x80]?|do|da|is|\xe9))?"
    rb"[^a-z0-9(\xc0-\xff]{0,5}$"
)
"""A word just before that says that it is a number of something else."""

_AS_IN_A_CALL = re.compile(rb"\(\d{3}")
_UNIT_AFTER = re.compile(rb" ?(?:bytes?|rows?|linhas|registros|itens|items|hits|[mun]?s|[kmgt]i?b|usd|brl)(?![a-z0-9])")
_PERSONAL_PATH = re.compile(
    rb"(?:users?|clientes?|customers?|contacts?|contatos?|profiles?|perfil|phones?|telefones?|tel|whatsapp|wa\.me|sms)/$"
)
_PHONE_WORD_BEFORE = re.compile(rb"(?:tel|telefones?|fone|cel|celular|whats|whatsapp|zap|phone|mobile)[^a-z0-9]{0,4}$")
_OPENING = re.compile(rb"\(?\+|%2[Bb]|00")
_EXTENSION = re.compile(rb"(?:x|ext\.?|ramal) ?\d{1,6}$")
_THOUSANDS = re.compile(rb"[1-9]\d\d \d{3} \d{3}")
_OPENS_FIELD = frozenset(b"\x1e\t\n\"'>,;|=(")
_CLOSES_FIELD = frozenset(b"\x1e\t\r\n\"'<,;|&)")
_NEXT_NATIONAL = re.compile(rb" 0\d{2,4}[ -](?:\d{3,4}[ -]\d{3,4}|\d{6,8})(?![ -]?\d)")
_SEVERAL_BEFORE = re.compile(rb"\d{8}[/\\]$")
_SEVERAL_AFTER = re.compile(rb"[/\\]\d{8}")
_COUNTRY_BEFORE = re.compile(rb"\+ ?(?:\d{1,3}[ .()-]{1,3}){1,2}$")
_FOUR_MORE = re.compile(rb" \d{4}(?!\d)")
_FOREIGN_MOBILE = re.compile(
    rb"00(?:316\d{8}|33[67]\d{8}|34[67]\d{8}|3519\d{8}|3538\d{8}|393\d{8,9}|417\d{8}|447\d{9}|491[567]\d{8,9}"
    rb"|549\d{10}|569\d{8}|573\d{9}|5959\d{8}|5989\d{7}|81[789]0\d{8}|861\d{10})"
)
"""Mobile numbers as they are dialled from abroad: ITU-T E.164, national numbering plans."""
_HEX_BEFORE = re.compile(rb"(?<![0-9a-z])(?=[a-f]*\d)(?=\d*[a-f])[0-9a-f]{4} $")
_HEX_AFTER = re.compile(rb" (?=[a-f]*\d)(?=\d*[a-f])[0-9a-f]{4}(?![0-9a-z])")
_PLUS_AND_MINUS = re.compile(rb"\+\d+ -\d+")
_YEARS = re.compile(rb"(?:19|20)\d\d[ -](?:19|20)\d\d")

_NO_DIGITS = bytes(set(range(256)) - DIGITS)


def _goes_on(
    view: bytes, start: int, end: int, joints: bytes = b"-./", neighbours: frozenset[int] = ALPHANUMERIC
) -> bool:
    """Tell whether a word goes on at either side, or digits behind one of the joints."""
    if touches(view, start, end, neighbours):
        return True
    before = byte_before(view, start) in joints and byte_before(view, start, 2) in DIGITS
    after = byte_after(view, end) in joints and byte_after(view, end, 2) in DIGITS
    return before or after or is_part_of_uuid(view, start, end)


def _digits(view: bytes, start: int, end: int) -> bytes:
    return view[start:end].translate(None, _NO_DIGITS)


def with_parentheses(view: bytes, start: int, end: int) -> Span | None:
    """Accept a number whose area code stands in parentheses, whatever the area code."""
    if touches(view, start, end, DIGITS) or len(_digits(view, start, end)) < _FEWEST_IN_PARENTHESES:
        return None
    is_call = _AS_IN_A_CALL.match(view, start, end) and byte_before(view, start) in ALPHANUMERIC
    return None if is_call and not text_before(view, start).endswith(_PHONE_WORDS) else (start, end)


def brazilian_mobile(view: bytes, start: int, end: int) -> Span | None:
    """Accept `11 98765-4321` and the like: any area code when the hyphen stands, else only one that exists."""
    hyphened = view[end - 5] == ord("-")
    if _goes_on(view, start, end, b"-." if hyphened else b"-./", DIGITS if hyphened else ALPHANUMERIC):
        return None
    area = int(_digits(view, start, end)[-11:-9])
    return (start, end) if hyphened or area in AREA_CODES else None


def brazilian_landline(view: bytes, start: int, end: int) -> Span | None:
    """Accept `11 3333-4444` and `0800 123 4567`, but not a count and a range of years."""
    hyphened = view[end - 5] == ord("-")
    if _goes_on(view, start, end, b"-." if hyphened else b"-./"):
        return None
    if _YEARS.fullmatch(view, end - 9, end) and not _PHONE_WORD_BEFORE.search(text_before(view, start)):
        return None
    if not hyphened and _FOUR_MORE.match(view, end, end + 6):
        return None
    digits = _digits(view, start, end)
    is_service = len(digits) == _MOBILE_DIGITS and digits.startswith(b"0") and digits[2:4] == b"00"
    return (start, end) if is_service or int(digits[-10:-8]) in AREA_CODES else None


def national(view: bytes, start: int, end: int) -> Span | None:
    """Accept `555-123-4567`, `020 7946 0958` and the like, unless it goes on or is one in a row of groups."""
    if b" " in view[start:end] and is_in_row_of_groups(view, start, end):
        return None
    if _THOUSANDS.fullmatch(view, start, end) and not _stands_alone(view, start, end):
        return None
    return None if _goes_on(view, start, end, b"-.") else (start, end)


def is_in_row_of_groups(view: bytes, start: int, end: int) -> bool:
    """Tell whether further groups of digits stand beside it, a space between; two telephone numbers may."""
    if byte_before(view, start) == ord(" ") and byte_before(view, start, 2) in DIGITS:
        return True
    if _HEX_AFTER.match(view, end) or _HEX_BEFORE.search(text_before(view, start)):
        return True
    if byte_after(view, end) != ord(" ") or byte_after(view, end, 2) not in DIGITS:
        return False
    return not (view[start : start + 1] == b"0" and _NEXT_NATIONAL.match(view, end, end + 24))


def _stands_alone(view: bytes, start: int, end: int) -> bool:
    """Tell whether it fills a field: three groups of three are an amount as well."""
    return byte_before(view, start) in _OPENS_FIELD and byte_after(view, end) in _CLOSES_FIELD


def behind_word(view: bytes, start: int, end: int) -> Span | None:
    """Accept a short or oddly grouped number, without the word before it that says that it is one."""
    while view[start] not in DIGITS:
        start += 1
    if byte_before(view, start) == ord("+"):
        start -= 1
    return None if _goes_on(view, start, end) else (start, end)


def bare(view: bytes, start: int, end: int) -> Span | None:
    """Accept bare digits on their own as a Brazilian mobile that can exist, 55 before it or not."""
    digits = _without_trunk(view[start:end])
    if not (is_mobile(digits) or _FOREIGN_MOBILE.fullmatch(view, start, end)) or is_part_of_number(view, start, end):
        return None
    if byte_before(view, start) == ord("+"):
        return start - 1, end
    country = _COUNTRY_BEFORE.search(text_before(view, start))
    if country:
        return international(view, start - len(country.group()), end) or (start, end)
    if len(digits) == _MOBILE_DIGITS + 2 and is_mobile(digits):
        return None if is_part_of_code(view, start, end) else (start, end)
    if is_part_of_identifier(view, start, end, _PHONE_WORDS) or is_on_slip(view, start, end):
        return None
    return None if _is_of_something_else(view, start, end) else (start, end)


def _without_trunk(digits: bytes) -> bytes:
    """Leave out the zero of a call in the country, or the two zeros before 55."""
    return digits[2:] if digits.startswith(b"0055") else digits.removeprefix(b"0")


def _is_of_something_else(view: bytes, start: int, end: int) -> bool:
    before = text_before(view, start)
    if is_part_of_path(view, start, end):
        several = _SEVERAL_BEFORE.search(before) or _SEVERAL_AFTER.match(view, end, end + 9)
        return not (several or _PERSONAL_PATH.search(before))
    if _UNIT_AFTER.match(bytes(view[end : end + 10]).lower()):
        return True
    return before.endswith(b"#") or b"arn:" in before or _OTHER_WORD.search(before) is not None


def is_phone_rather(view: bytes, start: int, end: int) -> bool:
    """Tell whether eleven digits that check as a document stand where a telephone number does: `+`, or its word."""
    before = text_before(view, start)
    if before.endswith((b"+", b"%2b")):
        return international(view, start - (1 if before.endswith(b"+") else 3), end) is not None
    country = _COUNTRY_BEFORE.search(before)
    if country:
        return international(view, start - len(country.group()), end) is not None
    if not view[start:end].isdigit() or _PHONE_WORD_BEFORE.search(before) is None:
        return False
    return bare(view, start, end) is not None


def is_mobile(digits: bytes) -> bool:
    """Tell whether 11 digits (13 with 55) are an existing area code, 9 and eight digits that are not all the same."""
    if len(digits) == _MOBILE_DIGITS + 2 and digits.startswith(b"55"):
        digits = digits[2:]
    if len(digits) != _MOBILE_DIGITS or digits[2:3] != b"9" or int(digits[:2]) not in AREA_CODES:
        return False
    return len(set(digits[3:])) > 1


def international(view: bytes, start: int, end: int) -> Span | None:
    """Accept a number behind `+` or `00`, cut where the country's numbers end.

    A plus that stands behind a letter or digit is an exponent or a sum.
    """
    before = byte_before(view, start)
    if view[start : start + 1] == b"0" and _is_in_row(view, start, end):
        return None
    if before in ALPHANUMERIC and not text_before(view, start).endswith(_PHONE_WORDS):
        return None
    if _PLUS_AND_MINUS.fullmatch(view, start, end):
        return None
    return _cut(view, start, end)


def _is_in_row(view: bytes, start: int, end: int) -> bool:
    """Tell whether zeros begin a group of other digits, as on a payment slip, rather than a number."""
    before, after = byte_before(view, start), byte_after(view, end)
    if before in b" .-/" and byte_before(view, start, 2) in DIGITS:
        return True
    return after in DIGITS or (after in b".-" and byte_after(view, end, 2) in DIGITS)


def _cut(view: bytes, start: int, end: int) -> Span | None:
    """Follow the groups of digits and keep the longest row of whole groups that the country code allows."""
    opening = _OPENING.match(view, start)
    extension = _EXTENSION.search(view, start, end)
    if extension:
        return start, end
    place = opening.end() if opening else start
    while byte_after(view, end) in DIGITS and end - start < _LONGEST:
        end += 1
    ends: list[tuple[int, int]] = []
    count = 0
    digits = bytearray()
    while place < end:
        if view[place] in DIGITS:
            count += 1
            digits.append(view[place])
            if place + 1 == end or view[place + 1] not in DIGITS:
                ends.append((count, place + 1))
        place += 1
    is_certain = view[start : start + 1] != b"0"
    return _longest(ends, _bounds(bytes(digits)), start, most_digits=_MOST_DIGITS if is_certain else 0)


def _bounds(digits: bytes) -> tuple[int, int]:
    for length in (1, 2, 3):
        national = NATIONAL_DIGITS.get(digits[:length])
        if national:
            return national[0] + length, national[1] + length
    return _UNKNOWN_COUNTRY


def _longest(ends: list[tuple[int, int]], bounds: tuple[int, int], start: int, most_digits: int) -> Span | None:
    least, most = bounds
    fitting = [place for count, place in ends if least <= count <= most]
    if fitting:
        return start, fitting[-1]
    longer = [place for count, place in ends if most < count <= most_digits]
    return (start, longer[0]) if longer and len(ends) > 1 else None
