from __future__ import annotations

import pytest

from relay.adapters.outbound.masking.check_digits import (
    IBAN_LENGTHS,
    ISSUERS,
    card_agrees,
    cnpj_agrees,
    cpf_agrees,
    has_issuer_prefix,
    iban_agrees,
    luhn_agrees,
    pis_agrees,
    ssn_agrees,
)

ROWS = [
    (cpf_agrees, b"52998224725", True),
    (cpf_agrees, b"11144477735", True),
    (cpf_agrees, b"00000000191", True),
    (cpf_agrees, b"52998224724", False),
    (cpf_agrees, b"11111111111", False),
    (cpf_agrees, b"5299822472", False),
    (cnpj_agrees, b"11222333000181", True),
    (cnpj_agrees, b"12ABC34501DE35", True),
    (cnpj_agrees, b"12ABC34501DE36", False),
    (cnpj_agrees, b"12ABC34501DEAB", False),
    (cnpj_agrees, b"00000000000000", False),
    (pis_agrees, b"12056412545", True),
    (pis_agrees, b"12056412547", False),
    (luhn_agrees, b"79927398713", True),
    (luhn_agrees, b"79927398710", False),
    (card_agrees, b"4111111111111111", True),
    (card_agrees, b"378282246310005", True),
    (card_agrees, b"6011111111111117", True),
    (card_agrees, b"9999999999999995", False),
    (card_agrees, b"4111111111111112", False),
    (iban_agrees, b"DE89370400440532013000", True),
    (iban_agrees, b"gb82west12345698765432", True),
    (iban_agrees, b"DE89370400440532013001", False),
    (iban_agrees, b"ZZ89370400440532013000", False),
    (ssn_agrees, b"078051120", True),
    (ssn_agrees, b"900051120", False),
]


@pytest.mark.parametrize(
    ("check", "characters", "expected"), ROWS, ids=[f"{row[0].__name__}-{row[1]!r}" for row in ROWS]
)
def test_check_says_what_the_standard_says_when_asked(check, characters, expected):
    assert check(characters) is expected


@pytest.mark.parametrize(("first", "last", "lengths", "scheme"), ISSUERS, ids=[f"{row[3]}-{row[0]}" for row in ISSUERS])
def test_prefix_is_known_when_the_table_has_it(first, last, lengths, scheme):
    for length in lengths:
        assert has_issuer_prefix(first.ljust(length, "0").encode()), scheme
        assert has_issuer_prefix(last.ljust(length, "9").encode()), scheme


def test_iban_table_is_plausible_when_read():
    assert all(
        country.isalpha() and country.isupper() and 15 <= length <= 34 for country, length in IBAN_LENGTHS.items()
    )
