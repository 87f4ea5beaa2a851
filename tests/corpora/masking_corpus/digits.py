"""Check digits, written down a second time: the corpora must not lean on the arithmetic that they test."""

from __future__ import annotations

import random
import string

CAPITALS = string.ascii_uppercase
CHARACTERS = string.digits + CAPITALS


def digits(rng: random.Random, count: int) -> str:
    """Return so many random digits."""
    return "".join(rng.choices(string.digits, k=count))


def from_alphabet(rng: random.Random, alphabet: str, count: int) -> str:
    """Return so many random characters."""
    return "".join(rng.choices(alphabet, k=count))


def _mod_11(values: list[int], heaviest: int) -> int:
    weights = [2 + index % (heaviest - 1) for index in range(len(values))]
    rest = sum(value * weight for value, weight in zip(reversed(values), weights, strict=True)) % 11
    return 0 if rest < 2 else 11 - rest


def cpf_of(stem: str) -> str:
    """Return the CPF of nine digits."""
    values = [int(digit) for digit in stem]
    for _ in range(2):
        values.append(_mod_11(values, 11))
    return "".join(map(str, values))


def cnpj_of(stem: str) -> str:
    """Return the CNPJ of twelve digits or capitals."""
    values = [ord(character) - 48 for character in stem]
    for _ in range(2):
        values.append(_mod_11(values, 9))
    return stem + f"{values[-2]}{values[-1]}"


def pis_of(stem: str) -> str:
    """Return the PIS of ten digits."""
    return stem + str(_mod_11([int(digit) for digit in stem], 9))


def luhn_digit(stem: str) -> str:
    """Return the digit that makes the stem agree with Luhn."""
    total = 0
    for index, digit in enumerate(map(int, reversed(stem))):
        doubled = digit * 2 if index % 2 == 0 else digit
        total += doubled - 9 if doubled > 9 else doubled
    return str(-total % 10)


def iban_of(country: str, account: str) -> str:
    """Return the IBAN of a country and an account of the right length."""
    number = "".join(str(int(character, 36)) for character in f"{account}{country}00")
    return f"{country}{98 - int(number) % 97:02d}{account}"


def ean_of(stem: str) -> str:
    """Return the EAN-13 of twelve digits."""
    total = sum(int(digit) * (3 if index % 2 else 1) for index, digit in enumerate(stem))
    return stem + str(-total % 10)
