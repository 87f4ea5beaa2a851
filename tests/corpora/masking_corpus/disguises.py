"""How a value is written so that a plain pattern does not see it: characters that look the same, or like nothing."""

from __future__ import annotations

import random
from collections.abc import Callable

Disguise = Callable[[random.Random, str], str]

ZEROS = {"full-width": 0xFF10, "Arabic-Indic": 0x660, "Persian": 0x6F0, "Devanagari": 0x966, "bold": 0x1D7CE,
         "monospace": 0x1D7F6, "Bengali": 0x9E6, "double-struck": 0x1D7D8}  # fmt: skip
INVISIBLE = (
    "\u200b",
    "\u200c",
    "\u200d",
    "\u2060",
    "\ufeff",
    "\u00ad",
    "\u200e",
    "\u202c",
    "\u034f",
    "\ufe0f",
    "\u2063",
)
DASHES = ("\u2010", "\u2011", "\u2012", "\u2013", "\u2014", "\u2015", "\u2212", "\ufe63", "\uff0d", "\u2043", "\u30fc")
SPACES = ("\u00a0", "\u2002", "\u2003", "\u2007", "\u2009", "\u202f", "\u3000", "\u205f")
DOTS = ("\uff0e", "\u2024", "\u3002", "\uff61", "\ufe52")
ATS = ("\uff20", "\ufe6b")


def _digits_from(zero: int) -> Disguise:
    table = {ord("0") + value: zero + value for value in range(10)}
    return lambda _rng, value: value.translate(table)


def _some_digits(rng: random.Random, value: str) -> str:
    return "".join(chr(0xFF10 + int(each)) if each.isdecimal() and rng.random() < 0.5 else each for each in value)


def _invisible(rng: random.Random, value: str) -> str:
    at, mark = rng.randrange(1, len(value)), rng.choice(INVISIBLE)
    return f"{value[:at]}{mark}{value[at:]}"


def _invisible_everywhere(rng: random.Random, value: str) -> str:
    return rng.choice(INVISIBLE).join(value)


def _combining(rng: random.Random, value: str) -> str:
    at = rng.randrange(1, len(value))
    return f"{value[:at]}{rng.choice(chr(0x301) + chr(0x338) + chr(0x20E3))}{value[at:]}"


def _instead_of(plain: str, others: tuple[str, ...]) -> Disguise:
    return lambda rng, value: value.replace(plain, rng.choice(others))


def _wide(_rng: random.Random, value: str) -> str:
    return "".join(chr(ord(each) + 0xFEE0) if "!" <= each <= "~" else each for each in value)


DISGUISES: dict[str, Disguise] = {
    **{f"{name} digits": _digits_from(zero) for name, zero in ZEROS.items()},
    "some digits full-width": _some_digits,
    "one invisible character": _invisible,
    "invisible characters throughout": _invisible_everywhere,
    "a combining mark": _combining,
    "another dash": _instead_of("-", DASHES),
    "another space": _instead_of(" ", SPACES),
    "another dot": _instead_of(".", DOTS),
    "another at": _instead_of("@", ATS),
    "all full-width": _wide,
}
