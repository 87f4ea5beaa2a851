"""Judges of what looks like a personal document's number: each returns the span to mask, or None."""

from __future__ import annotations

import re

from relay.adapters.outbound.masking.check_digits import (
    CNPJ_LENGTH,
    CPF_LENGTH,
    IBAN_LENGTHS,
    CheckDigits,
    card_agrees,
    cnpj_agrees,
    cpf_agrees,
    iban_agrees,
    pis_agrees,
    ssn_agrees,
)
from relay.adapters.outbound.masking.phones import is_in_row_of_groups, is_phone_rather
from relay.adapters.outbound.masking.surroundings import (
    ALPHANUMERIC,
    DIGITS,
    LETTERS,
    Span,
    byte_after,
    byte_before,
    is_on_slip,
    is_part_of_code,
    is_part_of_number,
    is_part_of_uuid,
    text_before,
    touches,
)

PUNCTUATED_CNPJ_LENGTH = 18
_PAYMENT_SLIP_BEFORE = re.compile(rb"\d{5}\.\d{6} \d $")
"""Its last group, factor and amount, has fourteen digits."""
_PUNCTUATION = b" .-/_"
_NOT_A_CPF = (b"169.254.", b"192.168.")
"""Beginnings of private network addresses that have three, three, three and two digits."""
_TIMESTAMP = re.compile(rb"(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])(?:[01]\d|2[0-3])[0-5]\d[0-5]\d")


def digits_of(view: bytes, start: int, end: int) -> bytes:
    """Return the candidate without its punctuation."""
    return view[start:end].translate(None, _PUNCTUATION)


def punctuated(view: bytes, start: int, end: int) -> Span | None:
    """Accept what is written the way people write it, unless digits go on at either side."""
    return None if touches(view, start, end, DIGITS) else (start, end)


def punctuated_alphanumeric(view: bytes, start: int, end: int) -> Span | None:
    """Accept a written form that may hold letters, unless letters or digits go on at either side.

    Letters that go on are no sign against digits alone, or against characters that check. With some punctuation
    missing they have to check.
    """
    characters = digits_of(view, start, end).upper()
    agrees = cnpj_agrees(characters)
    if end - start != PUNCTUATED_CNPJ_LENGTH and not agrees:
        return None
    certain = characters.isdigit() or agrees
    return None if touches(view, start, end, DIGITS if certain else ALPHANUMERIC) else (start, end)


def punctuated_ssn(view: bytes, start: int, end: int) -> Span | None:
    """Accept a social security number whose parts the SSA issues."""
    is_piece = touches(view, start, end, ALPHANUMERIC | {ord("-")}) or (
        view[start + 3] == ord(" ") and is_in_row_of_groups(view, start, end)
    )
    return None if is_piece or not ssn_agrees(digits_of(view, start, end)) else (start, end)


def _oddly_punctuated(view: bytes, start: int, end: int, agrees: CheckDigits) -> Span | None:
    if touches(view, start, end, DIGITS) or not agrees(digits_of(view, start, end)):
        return None
    return None if is_part_of_uuid(view, start, end) else (start, end)


def oddly_punctuated_cpf(view: bytes, start: int, end: int) -> Span | None:
    """Accept `529982247-25`, `529 982 247 25` and the like when the check digits agree, but no private IPv4 address."""
    if view[start:end].startswith(_NOT_A_CPF) or is_phone_rather(view, start, end):
        return None
    return _oddly_punctuated(view, start, end, cpf_agrees)


def oddly_punctuated_cnpj(view: bytes, start: int, end: int) -> Span | None:
    """Accept `11 222 333 0001 81` and the like when the check digits agree, but no `yyyymmdd-hhmmss`."""
    if _TIMESTAMP.fullmatch(digits_of(view, start, end)):
        return None
    return _oddly_punctuated(view, start, end, cnpj_agrees)


def oddly_punctuated_pis(view: bytes, start: int, end: int) -> Span | None:
    """Accept a partly punctuated PIS when the check digit agrees."""
    return _oddly_punctuated(view, start, end, pis_agrees)


def _bare(view: bytes, start: int, end: int, agrees: CheckDigits) -> Span | None:
    if not agrees(view[start:end]) or is_part_of_number(view, start, end) or is_part_of_code(view, start, end):
        return None
    return start, end


def bare_cpf(view: bytes, start: int, end: int) -> Span | None:
    """Accept eleven digits that check, on their own."""
    if end - start != CPF_LENGTH or not cpf_agrees(view[start:end]) or is_phone_rather(view, start, end):
        return None
    return None if is_on_slip(view, start, end) else _bare(view, start, end, cpf_agrees)


def bare_pis(view: bytes, start: int, end: int) -> Span | None:
    """Accept eleven digits that check, on their own."""
    if end - start != CPF_LENGTH or is_on_slip(view, start, end):
        return None
    return _bare(view, start, end, pis_agrees)


def bare_cnpj(view: bytes, start: int, end: int) -> Span | None:
    """Accept fourteen digits, or digits and capitals, that check, on their own, and are no `yyyymmddhhmmss`.

    Of a number that is a card's as well, only a company's first nine branches count.
    """
    if end - start != CNPJ_LENGTH or _TIMESTAMP.fullmatch(view, start, end):
        return None
    is_digits = view[start:end].isdigit()
    if is_digits and view[start + 8 : start + 11] != b"000" and card_agrees(view[start:end]):
        return None
    before = text_before(view, start)
    if _PAYMENT_SLIP_BEFORE.search(before):
        return None
    labelled = before.endswith(b"cnpj")
    if not is_digits and touches(view, start, end, LETTERS) and not labelled:
        return None
    if labelled and cnpj_agrees(view[start:end]):
        return start, end
    return _bare(view, start, end, cnpj_agrees)


def iban(view: bytes, start: int, end: int) -> Span | None:
    """Accept as many characters as the country's IBANs have, in groups or not, when mod 97 agrees."""
    if byte_before(view, start) in ALPHANUMERIC:
        return None
    wanted = IBAN_LENGTHS.get(view[start : start + 2].decode("latin-1").upper(), 0)
    place, characters = start, bytearray()
    while place < end and len(characters) < wanted:
        if view[place] not in b" -":
            characters.append(view[place])
        place += 1
    if len(characters) != wanted or byte_after(view, place) in ALPHANUMERIC or not iban_agrees(bytes(characters)):
        return None
    return start, place
