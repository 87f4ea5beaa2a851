"""Personal values that nobody has, and SQL or JSON templates that take them in.

`@{kind}` in a template becomes a fresh value; `@{kind:name}` too, and statements may then refer to it as `@{=name}` or,
for a piece of it, `@{=name:0:4}`. A line after `--rows 6` is repeated, with `@{row}` counting from 1 and `.1`, `.2`, …
after its names.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from relay.bootstrap.demo.brazilian_numbers import card, cpf, mobile_phone

LETTERS = "bcdfghjkmnpqrtvwxz"
"""No vowels: five of them in a row are part of no word."""
TOKEN_CHARACTERS = LETTERS + LETTERS.upper() + "23456789"
PLACE = re.compile(r"@\{(=?)([^}:]+)(?::([^}]+))?\}")
REPEATED = re.compile(r"^--rows (\d+)\n(.*?;)\n", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Canary:
    """One value: as the database holds it, and the part of it that nothing else looks like."""

    name: str
    text: str
    distinctive: str

    @property
    def digits(self) -> str | None:
        """All digits, where there is hardly anything else."""
        bare = "".join(filter(str.isdigit, self.text))
        return bare if bare and not any(map(str.isalpha, self.text)) else None


def _letters(rng: random.Random, count: int) -> str:
    return "".join(rng.sample(LETTERS, count))


def _email(rng: random.Random) -> tuple[str, str]:
    # of many lengths, since a length tells something too
    unique = f"{_letters(rng, rng.randint(4, 7))}.{_letters(rng, rng.randint(5, 8))}@{_letters(rng, rng.randint(6, 9))}"
    return f"{unique}.com.br", unique


def _numbers(make: Callable[[random.Random], str], *, bare: bool = False) -> Callable[[random.Random], tuple[str, str]]:
    def value(rng: random.Random) -> tuple[str, str]:
        text = make(rng)
        text = "".join(filter(str.isdigit, text)) if bare else text
        return text, text

    return value


def _cpf_with_all_digits(rng: random.Random) -> str:
    # one that begins with 0 is a shorter number in a bigint; there are rows for that
    while (text := cpf(rng)).startswith("0"):
        pass
    return text


def _short_cpf(rng: random.Random) -> str:
    while not (text := cpf(rng)).startswith("0") or text[1] == "0":
        pass
    return text


def _token(rng: random.Random) -> tuple[str, str]:
    unique = "".join(rng.choices(TOKEN_CHARACTERS, k=28))
    return f"Bearer {unique}", unique


def _name(rng: random.Random) -> tuple[str, str]:
    unique = f"{_letters(rng, rng.randint(5, 7)).title()} {_letters(rng, rng.randint(6, 10)).title()}"
    return unique, unique


KINDS: Mapping[str, Callable[[random.Random], tuple[str, str]]] = MappingProxyType(
    {
        "email": _email,
        "cpf": _numbers(_cpf_with_all_digits),
        "cpf_bare": _numbers(_cpf_with_all_digits, bare=True),
        "cpf_short": lambda rng: (text := "".join(filter(str.isdigit, _short_cpf(rng))).lstrip("0"), text),
        "card": _numbers(card),
        "card_bare": _numbers(card, bare=True),
        "phone": _numbers(mobile_phone),
        "phone_bare": _numbers(mobile_phone, bare=True),
        "token": _token,
        "name": _name,
    }
)
"""Kind to a value and its distinctive part; `name` is known to no detector, so it stands under rules only."""


@dataclass(slots=True, kw_only=True)
class World:
    """The values of one database."""

    seed: int
    canaries: list[Canary] = field(default_factory=list)
    named: dict[str, str] = field(default_factory=dict)
    _rng: random.Random = field(init=False)

    def __post_init__(self) -> None:
        self._rng = random.Random(self.seed)  # noqa: S311 - nobody's secrets

    def fill(self, template: str) -> str:
        """Put fresh values into a template."""
        return PLACE.sub(lambda found: self._value(found, None), REPEATED.sub(self._repeat, template))

    def _repeat(self, found: re.Match[str]) -> str:
        rows = range(1, int(found[1]) + 1)
        return "".join(PLACE.sub(lambda place, row=row: self._value(place, row), found[2]) + "\n" for row in rows)

    def _value(self, found: re.Match[str], row: int | None) -> str:
        if found[1]:
            return self._piece(found)
        if found[2] == "row":
            return str(row)
        text, distinctive = KINDS[found[2]](self._rng)
        name = found[3] or f"{found[2]}-{len(self.canaries)}"
        name = name if row is None else f"{name}.{row}"
        self.canaries.append(Canary(name=name, text=text, distinctive=distinctive))
        self.named[name] = text
        return text

    def _piece(self, found: re.Match[str]) -> str:
        text = self.named[found[2]]
        if not found[3]:
            return text
        start, _, end = found[3].partition(":")
        return text[int(start or 0) : int(end) if end else None]

    def refer(self, statement: str) -> str:
        """Put named values, or pieces of them, into a statement."""
        return PLACE.sub(self._piece, statement)
