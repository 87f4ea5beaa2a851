"""Numbers that pass their checks as real ones would, drawn from a seeded generator: nobody's on purpose."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

CARD_PREFIXES = ("411111", "453211", "510510", "555555", "401288", "542418")
"""Issuers' prefixes that payment providers publish for tests."""
AREA_CODES = ("11", "21", "31", "41", "51", "61", "71", "81", "85", "92")


def cpf(random: Random) -> str:
    """Return a punctuated CPF with both check digits right (mod 11, Receita Federal)."""
    digits = [random.randrange(10) for _ in range(9)]
    digits.append(_mod_11(digits))
    digits.append(_mod_11(digits))
    text = "".join(map(str, digits))
    return f"{text[:3]}.{text[3:6]}.{text[6:9]}-{text[9:]}"


def card(random: Random) -> str:
    """Return a card number of 16 digits that passes Luhn's check (ISO/IEC 7812-1), in groups of four."""
    body = random.choice(CARD_PREFIXES) + "".join(str(random.randrange(10)) for _ in range(9))
    text = body + str(_luhn(body))
    return " ".join(text[start : start + 4] for start in range(0, 16, 4))


def mobile_phone(random: Random) -> str:
    """Return a mobile number as Brazilians write it: area code, then nine digits that begin with 9."""
    return f"({random.choice(AREA_CODES)}) 9{random.randrange(1000, 10000)}-{random.randrange(10000):04}"


def bare(number: str) -> str:
    """Return the digits alone."""
    return "".join(filter(str.isdigit, number))


def _mod_11(digits: Sequence[int]) -> int:
    total = sum(digit * weight for digit, weight in zip(digits, range(len(digits) + 1, 1, -1), strict=True))
    return (total * 10) % 11 % 10


def _luhn(body: str) -> int:
    total = 0
    for place, digit in enumerate(map(int, reversed(body))):
        doubled = digit * 2 if place % 2 == 0 else digit
        total += doubled - 9 if doubled > 9 else doubled  # noqa: PLR2004 - the digit sum of a two-digit number
    return -total % 10
