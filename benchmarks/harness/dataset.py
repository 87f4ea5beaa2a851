"""The data set: a table of made-up Brazilian customers, the same rows each time."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from dataclasses import astuple, dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import asyncpg
from faker import Faker

from harness.checks import raw_personal_data

SEED = 20_260_115
DISTINCT_PEOPLE = 5_000
CUSTOMERS = 200_000
SCHEMA = """
CREATE TABLE customers (
  id bigint PRIMARY KEY, name text NOT NULL, email text NOT NULL, cpf text NOT NULL, phone text NOT NULL,
  credit_card text NOT NULL, notes text, plan text NOT NULL, balance numeric(12, 2) NOT NULL,
  created_at timestamptz NOT NULL, profile jsonb NOT NULL
);
CREATE TABLE throwaway (id int PRIMARY KEY, v text);
INSERT INTO throwaway VALUES (1, 'a'), (2, 'b'), (3, 'c');
"""

NOTE_CHARACTERS = (100, 400)
PERSONAL_NOTE_SHARE = 0.2
"""How many of the notes hold something personal in the middle of their text."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """The columns of `customers` after `id`, in their order."""

    name: str
    email: str
    cpf: str
    phone: str
    credit_card: str
    notes: str
    plan: str
    balance: Decimal
    created_at: datetime
    profile: str


class People:
    """Makes people; the same seed gives the same people."""

    def __init__(self, seed: int = SEED) -> None:
        self._rng = random.Random(seed)  # noqa: S311 - made-up data has to come out the same each time
        self._fake = Faker("pt_BR")
        self._fake.seed_instance(seed)
        self._sentences = [self._fake.sentence(nb_words=self._rng.randrange(6, 14)) for _ in range(1_500)]

    def one(self) -> Person:
        """Make the next person."""
        rng, fake = self._rng, self._fake
        email = fake.unique.email()
        return Person(
            name=fake.name(),
            email=email,
            cpf=self._cpf(),
            phone=self._phone(),
            credit_card=self._card(),
            notes=self._notes(),
            plan=rng.choice(("free", "pro", "team", "enterprise")),
            balance=Decimal(rng.randrange(-50_000, 5_000_000)) / 100,
            created_at=datetime(2020, 1, 1, tzinfo=UTC) + timedelta(seconds=rng.randrange(150_000_000)),
            profile=json.dumps(self._profile(email), ensure_ascii=False),
        )

    def _cpf(self) -> str:
        digits = [self._rng.randrange(10) for _ in range(9)]
        for _ in range(2):
            weighted = sum(digit * weight for digit, weight in zip(reversed(digits), range(2, 12), strict=False))
            digits.append(-weighted % 11 % 10 if weighted % 11 > 1 else 0)
        text = "".join(map(str, digits))
        return f"{text[:3]}.{text[3:6]}.{text[6:9]}-{text[9:]}"

    def _card(self) -> str:
        digits = [4, *(self._rng.randrange(10) for _ in range(14))]
        doubled = [sum(divmod(2 * digit, 10)) for digit in digits[::2]]
        digits.append(-(sum(doubled) + sum(digits[1::2])) % 10)
        text = "".join(map(str, digits))
        return self._rng.choice(("", " ", "-")).join(text[start : start + 4] for start in range(0, 16, 4))

    def _phone(self) -> str:
        area, first, last = (
            self._rng.randrange(11, 99),
            self._rng.randrange(90_000, 99_999),
            self._rng.randrange(10_000),
        )
        form = self._rng.choice(("({}) {}-{:04d}", "+55 ({}) {}-{:04d}", "+55 {} {}-{:04d}"))
        return form.format(area, first, last)

    def _bearer(self) -> str:
        return f"Bearer {''.join(self._rng.choices('ABCDEFGHJKLMabcdefghjkm0123456789_-', k=40))}"

    def _notes(self) -> str:
        length, text = self._rng.randrange(*NOTE_CHARACTERS), ""
        while len(text) < length:
            text += self._rng.choice(self._sentences) + " "
        if self._rng.random() < PERSONAL_NOTE_SHARE:
            makers = (self._fake.email, self._cpf, self._bearer, self._card)
            place = self._rng.randrange(60)
            text = f"{text[:place]} {self._rng.choice(makers)()} {text[place:]}"
        return text[: NOTE_CHARACTERS[1]].strip()

    def _profile(self, email: str) -> dict[str, object]:
        return {
            "contact": {"email": email, "city": self._fake.city(), "newsletter": self._rng.choice((True, False))},
            "tags": self._rng.sample(("vip", "beta", "churn", "b2b", "b2c", "trial"), 3),
            "score": round(self._rng.random() * 100, 2),
            "address": {"street": self._fake.street_name(), "zip": self._fake.postcode()},
        }


async def load(dsn: str) -> None:
    """As the database's owner, make the tables and fill them: `CUSTOMERS` rows of `DISTINCT_PEOPLE` people in turn."""
    maker = People()
    people = [astuple(maker.one()) for _ in range(DISTINCT_PEOPLE)]
    missing = raw_personal_data(json.dumps(people, default=str, ensure_ascii=False).encode())
    if not all(missing.values()):
        raise ValueError(f"the data set should hold personal data of each kind that is looked for: {missing}")
    connection = await asyncpg.connect(dsn)
    try:
        await connection.execute(SCHEMA)
        await connection.copy_records_to_table("customers", records=_records(people))
        await connection.execute("VACUUM ANALYZE customers, throwaway")
    finally:
        await connection.close()


def _records(people: list[tuple[object, ...]]) -> Iterator[tuple[object, ...]]:
    for index in range(CUSTOMERS):
        yield (index + 1, *people[index % len(people)])
