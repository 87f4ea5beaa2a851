"""Check digits and numbering plans: pure arithmetic on ASCII bytes, without punctuation."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from operator import mul
from types import MappingProxyType

CheckDigits = Callable[[bytes], bool]

CPF_LENGTH = PIS_LENGTH = 11
CNPJ_LENGTH = 14
CARD_LENGTHS = range(12, 20)
_MODULUS = 11

_CPF_WEIGHTS = (tuple(range(10, 1, -1)), tuple(range(11, 1, -1)))
_CNPJ_WEIGHTS = ((5, 4, 3, 2, 9, 8, 7, 6, 5, 4, 3, 2), (6, 5, 4, 3, 2, 9, 8, 7, 6, 5, 4, 3, 2))
_PIS_WEIGHTS = ((3, 2, 9, 8, 7, 6, 5, 4, 3, 2),)

_LUHN_DOUBLED = bytes.maketrans(b"0123456789", bytes((0, 2, 4, 6, 8, 1, 3, 5, 7, 9)))

_VISA_LENGTHS = frozenset({13, 16, 19})
_MAESTRO_LENGTHS = frozenset(range(12, 20))
_SIXTEEN = frozenset({16})
_SIXTEEN_OR_NINETEEN = frozenset({16, 19})

ISSUERS: tuple[tuple[str, str, frozenset[int], str], ...] = (
    ("4", "4", _VISA_LENGTHS, "Visa; also Elo 4011, 4312, 4389, 4514, 4576"),
    ("51", "55", _SIXTEEN, "Mastercard"),
    ("2221", "2720", _SIXTEEN, "Mastercard, second range"),
    ("34", "34", frozenset({15}), "American Express"),
    ("37", "37", frozenset({15}), "American Express"),
    ("300", "305", frozenset({14, 16, 19}), "Diners Club"),
    ("3095", "3095", frozenset({14, 16, 19}), "Diners Club"),
    ("36", "36", frozenset({14, 16, 19}), "Diners Club"),
    ("38", "39", frozenset({14, 16, 19}), "Diners Club; Hipercard 3841"),
    ("35", "35", _SIXTEEN_OR_NINETEEN, "JCB; 3528 to 3589 are in use"),
    ("1800", "1800", frozenset({15}), "JCB, old"),
    ("2131", "2131", frozenset({15}), "JCB, old"),
    ("6011", "6011", _SIXTEEN_OR_NINETEEN, "Discover"),
    ("644", "649", _SIXTEEN_OR_NINETEEN, "Discover"),
    ("65", "65", _SIXTEEN_OR_NINETEEN, "Discover; Elo 6504-6516, 6550"),
    ("62", "62", frozenset(range(16, 20)), "UnionPay; Elo 6277"),
    ("81", "81", _SIXTEEN_OR_NINETEEN, "UnionPay, RuPay"),
    ("50", "50", _SIXTEEN_OR_NINETEEN, "Maestro, and national cards of its range"),
    ("5018", "5018", _MAESTRO_LENGTHS, "Maestro"),
    ("5020", "5020", _MAESTRO_LENGTHS, "Maestro"),
    ("5038", "5038", _MAESTRO_LENGTHS, "Maestro"),
    ("56", "58", frozenset({12, 16, 19}), "Maestro; not 13 to 15, 17 and 18: articles, devices, ids made of a time"),
    ("6304", "6304", _MAESTRO_LENGTHS, "Maestro"),
    ("6759", "6763", _MAESTRO_LENGTHS, "Maestro"),
    ("67", "67", _SIXTEEN_OR_NINETEEN, "Maestro, and national cards of its range"),
    ("6390", "6390", _MAESTRO_LENGTHS, "Maestro"),
    ("0604", "0604", _MAESTRO_LENGTHS, "Maestro"),
    ("5041", "5041", _SIXTEEN, "Elo"),
    ("5066", "5067", _SIXTEEN, "Elo"),
    ("509", "509", _SIXTEEN, "Elo"),
    ("6362", "6363", _SIXTEEN, "Elo"),
    ("6062", "6062", _SIXTEEN, "Hipercard"),
    ("6370", "6370", _SIXTEEN, "Hipercard; 637095 is in use"),
    ("6375", "6376", _SIXTEEN, "Hipercard; 637568 to 637612 are in use"),
    ("5078", "5078", _SIXTEEN, "Aura"),
    ("2200", "2204", _SIXTEEN, "Mir"),
    ("9792", "9792", _SIXTEEN, "Troy"),
)
"""First and last prefix, lengths, issuer: ISO/IEC 7812 as the schemes publish it."""

_PREFIX_DIGITS = 4


def _lengths_by_prefix() -> dict[bytes, frozenset[int]]:
    """Write the table of issuers out, for one look into it instead of a comparison with each row."""
    lengths_by_prefix: dict[bytes, frozenset[int]] = {}
    for first, last, lengths, _scheme in ISSUERS:
        for prefix in range(int(first.ljust(_PREFIX_DIGITS, "0")), int(last.ljust(_PREFIX_DIGITS, "9")) + 1):
            written = b"%04d" % prefix
            lengths_by_prefix[written] = lengths_by_prefix.get(written, frozenset()) | lengths
    return lengths_by_prefix


IBAN_LENGTHS: Mapping[str, int] = MappingProxyType(
    {
        "AD": 24, "AE": 23, "AL": 28, "AT": 20, "AZ": 28, "BA": 20, "BE": 16, "BG": 22, "BH": 22, "BI": 27,
        "BR": 29, "BY": 28, "CH": 21, "CR": 22, "CY": 28, "CZ": 24, "DE": 22, "DJ": 27, "DK": 18, "DO": 28,
        "EE": 20, "EG": 29, "ES": 24, "FI": 18, "FK": 18, "FO": 18, "FR": 27, "GB": 22, "GE": 22, "GI": 23,
        "GL": 18, "GR": 27, "GT": 28, "HN": 28, "HR": 21, "HU": 28, "IE": 22, "IL": 23, "IQ": 23, "IS": 26,
        "IT": 27, "JO": 30, "KW": 30, "KZ": 20, "LB": 28, "LC": 32, "LI": 21, "LT": 20, "LU": 20, "LV": 21,
        "LY": 25, "MC": 27, "MD": 24, "ME": 22, "MK": 19, "MN": 20, "MR": 27, "MT": 31, "MU": 30, "NI": 28,
        "NL": 18, "NO": 15, "OM": 23, "PK": 24, "PL": 28, "PS": 29, "PT": 25, "QA": 29, "RO": 24, "RS": 22,
        "RU": 33, "SA": 24, "SC": 31, "SD": 18, "SE": 24, "SI": 19, "SK": 24, "SM": 27, "SO": 23, "ST": 25,
        "SV": 28, "TL": 23, "TN": 24, "TR": 26, "UA": 29, "VA": 22, "VG": 24, "XK": 20, "YE": 30,
    }
)  # fmt: skip
"""Length by country: SWIFT's IBAN registry."""


_LENGTHS_BY_PREFIX = _lengths_by_prefix()


def _mod_11_agrees(characters: bytes, weights: tuple[tuple[int, ...], ...]) -> bool:
    """Compare the last digits, one for each row of weights; a character counts as its ASCII code less 48."""
    for row in weights:
        remainder = (sum(map(mul, characters, row)) - 48 * sum(row)) % _MODULUS
        expected = (_MODULUS - remainder) % _MODULUS % 10
        if characters[len(row)] - 48 != expected:
            return False
    return True


def _repeats_one_character(characters: bytes) -> bool:
    return characters.count(characters[:1]) == len(characters)


def cpf_agrees(digits: bytes) -> bool:
    """Tell whether 11 digits are a CPF (Receita Federal: mod 11; repeated digits are never issued)."""
    return len(digits) == CPF_LENGTH and not _repeats_one_character(digits) and _mod_11_agrees(digits, _CPF_WEIGHTS)


def cnpj_agrees(characters: bytes) -> bool:
    """Tell whether 14 digits or capitals are a CNPJ (Instrução Normativa RFB 2.229/2024: mod 11 on ASCII - 48)."""
    return (
        len(characters) == CNPJ_LENGTH
        and characters[12:].isdigit()
        and not _repeats_one_character(characters)
        and _mod_11_agrees(characters, _CNPJ_WEIGHTS)
    )


def pis_agrees(digits: bytes) -> bool:
    """Tell whether 11 digits are a PIS, PASEP or NIT (Caixa: mod 11)."""
    return len(digits) == PIS_LENGTH and not _repeats_one_character(digits) and _mod_11_agrees(digits, _PIS_WEIGHTS)


def luhn_agrees(digits: bytes) -> bool:
    """Tell whether the last digit agrees (ISO/IEC 7812-1, annex B)."""
    total = sum(digits[-1::-2]) - 48 * len(digits[-1::-2])
    return (total + sum(digits[-2::-2].translate(_LUHN_DOUBLED))) % 10 == 0


def has_issuer_prefix(digits: bytes) -> bool:
    """Tell whether prefix and length belong to a card scheme."""
    return len(digits) in _LENGTHS_BY_PREFIX.get(digits[:_PREFIX_DIGITS], ())


def card_agrees(digits: bytes) -> bool:
    """Tell whether 12 to 19 digits are a card's: an issuer's prefix, and Luhn."""
    return (
        len(digits) in CARD_LENGTHS
        and luhn_agrees(digits)
        and has_issuer_prefix(digits)
        and not _repeats_one_character(digits)
    )


def iban_agrees(characters: bytes) -> bool:
    """Tell whether letters and digits are an IBAN (ISO 13616: length by country, mod 97)."""
    text = characters.decode("ascii").upper()
    if IBAN_LENGTHS.get(text[:2]) != len(text) or not text.isalnum():
        return False
    return int("".join(str(int(character, 36)) for character in text[4:] + text[:4])) % 97 == 1


def ssn_agrees(digits: bytes) -> bool:
    """Tell whether nine digits can be a US social security number (SSA: no 000, 666, 9xx; no 00; no 0000)."""
    area, group, serial = digits[:3], digits[3:5], digits[5:]
    return area not in (b"000", b"666") and area[:1] != b"9" and group != b"00" and serial != b"0000"
