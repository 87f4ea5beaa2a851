"""What the masking tests share."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence

import orjson
import pytest

from relay.adapters.outbound.masking.masker import RuleMasker, build_masker
from relay.domain.masking import MaskingSettings
from relay.domain.results import Field, MaskedRows, RowBatch


@pytest.fixture(scope="session")
def masker():
    """The masker with the defaults."""
    return build_masker(MaskingSettings())


@pytest.fixture(scope="session")
def mask(masker: RuleMasker) -> Callable[[str], str]:
    """Mask one text."""
    return lambda text: masker.mask_text(text).text


@pytest.fixture(scope="session")
def mask_rows(masker: RuleMasker) -> Callable[..., tuple[list[dict], MaskedRows]]:
    """Mask rows; give them decoded, and the result. Types by column name; `text` where none is given."""

    def run(rows: Sequence[Mapping], types: Mapping[str, str] | None = None, with_masker: RuleMasker = masker):
        names = dict.fromkeys(name for row in rows for name in row)
        fields = tuple(Field(name=name, type=(types or {}).get(name, "text")) for name in names)
        result = with_masker.mask_rows(RowBatch(rows=rows), fields)
        return [orjson.loads(row) for row in result.rows], result

    return run


class People:
    """Makes personal values from a seeded source: plain and in the ways that people write them."""

    def __init__(self, rng: random.Random) -> None:
        self.rng = rng

    def digits(self, count: int) -> str:
        return "".join(self.rng.choices("0123456789", k=count))

    def bare_cpf(self) -> str:
        digits = [int(digit) for digit in self.digits(9)]
        for length in (9, 10):
            remainder = sum(digits[index] * (length + 1 - index) for index in range(length)) * 10 % 11
            digits.append(remainder % 10)
        return "".join(map(str, digits))

    def cpf(self) -> str:
        bare, loose = self.bare_cpf(), self.digits(11)
        return self.rng.choice(
            (
                bare,
                f"{loose[:3]}.{loose[3:6]}.{loose[6:9]}-{loose[9:]}",
                f"{bare[:3]}.{bare[3:6]}.{bare[6:9]}-{bare[9:]}",
                f"{bare[:9]}-{bare[9:]}",
                f"{bare[:3]} {bare[3:6]} {bare[6:9]} {bare[9:]}",
                f"{bare[:3]}.{bare[3:6]}.{bare[6:9]}/{bare[9:]}",
            )
        )

    def bare_card(self) -> str:
        prefix, length = self.rng.choice(
            (
                ("4", 16),
                ("51", 16),
                ("55", 16),
                ("2221", 16),
                ("34", 15),
                ("37", 15),
                ("6011", 16),
                ("36", 14),
                ("6362", 16),
                ("5067", 16),
                ("3528", 16),
                ("6062", 16),
                ("4", 13),
                ("62", 19),
            )
        )
        body = prefix + self.digits(length - len(prefix) - 1)
        total = 0
        for index, digit in enumerate(map(int, reversed(body))):
            doubled = digit * 2 if index % 2 == 0 else digit
            total += doubled - 9 if doubled > 9 else doubled
        return body + str(-total % 10)

    def card(self) -> str:
        bare = self.bare_card()
        any_digits = self.digits(16)
        separator = self.rng.choice("- .")
        if len(bare) == 15 and self.rng.random() < 0.5:
            return f"{bare[:4]}{separator}{bare[4:10]}{separator}{bare[10:]}"
        if self.rng.random() < 0.5:
            return separator.join(any_digits[index : index + 4] for index in range(0, 16, 4))
        return bare

    def email(self) -> str:
        rng = self.rng
        first, last = (
            rng.choice(("joao", "Maria", "JOSÉ", "françois", "li.wei", "ana_b", "o'neil", "x")),
            self.digits(3),
        )
        tag = rng.choice(("", "", "+promo", "+" + last, ".silva", "-" + last, "_"))
        host = rng.choice(("example", "mail.example", "sub-1.example", "bücher", "EXAMPLE", "例子", "163"))
        domain = rng.choice(("com", "com.br", "io", "COM", "co.uk", "museum", "рф"))
        return f"{first}{tag}{last}{rng.choice(('@', '@', '@', '%40'))}{host}.{domain}"

    def phone(self) -> str:
        rng = self.rng
        area = rng.choice((11, 21, 31, 41, 51, 61, 71, 81, 85, 92))
        first, last = f"9{rng.randrange(1000, 9999)}", self.digits(4)
        landline = f"{rng.randrange(2, 6)}{self.digits(3)}"
        return rng.choice(
            (
                f"({area}) {first}-{last}",
                f"+55 ({area}) {first}-{last}",
                f"+55 {area} {first}-{last}",
                f"+55{area}{first}{last}",
                f"55{area}{first}{last}",
                f"{area}{first}{last}",
                f"{area} {first}-{last}",
                f"({area}){first}{last}",
                f"({area}) 9 {first[1:]}-{last}",
                f"({area}) {landline}-{last}",
                f"{area} {landline}-{last}",
                f"0{area} {first}-{last}",
                f"{area}-{first}-{last}",
                f"({rng.randrange(11, 99)}) {first}-{last}",
                f"+55 {rng.randrange(11, 99)} {first}-{last}",
                f"+1 (415) 555-{last}",
                f"+1-212-555-{last}",
                f"+1415555{last}",
                f"(415) 555-{last}",
                f"+44 20 7946 {last}",
                f"+44207946{last}",
                f"+49 30 123{last}",
                f"+33 6 12 34 56 {last[:2]}",
                f"+351 912 345 {last[:3]}",
                f"+34 612 345 {last[:3]}",
                f"+5411{self.digits(4)}{last}",
                f"tel: {landline}-{last}",
            )
        )

    def bearer(self) -> str:
        alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~+/"
        token = self.rng.choice(alphabet[:62]) + "".join(
            self.rng.choices(alphabet, k=self.rng.choice((5, 20, 40, 400)))
        )
        token = token.rstrip(".") + self.rng.choice(("", "=", "=="))
        return f"{self.rng.choice(('Bearer', 'bearer', 'BEARER', 'BeArEr'))} {token}"


@pytest.fixture
def people() -> Callable[[int], People]:
    """A maker of personal values for a seed."""
    return lambda seed: People(random.Random(seed))
