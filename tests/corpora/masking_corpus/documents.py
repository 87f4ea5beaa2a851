"""Documents and cards, in the ways that people and programs write them."""

from __future__ import annotations

import random

from masking_corpus.digits import CHARACTERS, cnpj_of, cpf_of, digits, from_alphabet, iban_of, luhn_digit, pis_of

Forms = dict[str, str]

BRANDS = (
    ("visa", ("4",), 16),
    ("visa 13", ("4",), 13),
    ("visa 19", ("4",), 19),
    ("mastercard", ("51", "52", "53", "54", "55"), 16),
    ("mastercard 2", ("2221", "2300", "2500", "2720"), 16),
    ("amex", ("34", "37"), 15),
    ("diners", ("300", "301", "305", "36", "38"), 14),
    ("discover", ("6011", "644", "649", "65"), 16),
    ("jcb", ("3528", "3550", "3589"), 16),
    ("elo", ("401178", "438935", "451416", "504175", "506699", "509000", "627780", "636297", "636368", "650031"), 16),
    ("hipercard", ("606282", "637095", "637568"), 16),
    ("unionpay", ("62",), 16),
    ("unionpay 19", ("62",), 19),
    ("maestro", ("5018", "5020", "5038", "6304", "6759", "6761", "6763"), 16),
    ("maestro 18", ("6759",), 18),
    ("aura", ("507860",), 16),
)


def card_number(rng: random.Random, prefixes: tuple[str, ...], length: int) -> str:
    """Return a card's number with an issuer's prefix that agrees with Luhn."""
    prefix = rng.choice(prefixes)
    stem = prefix + digits(rng, length - len(prefix) - 1)
    return stem + luhn_digit(stem)


def cpf(rng: random.Random) -> Forms:
    """One CPF, each form with digits that it needs."""
    loose, bare = digits(rng, 11), cpf_of(digits(rng, 9))
    leading = cpf_of("00" + digits(rng, 7))
    return {
        "punctuated, any digits": f"{loose[:3]}.{loose[3:6]}.{loose[6:9]}-{loose[9:]}",
        "punctuated": f"{bare[:3]}.{bare[3:6]}.{bare[6:9]}-{bare[9:]}",
        "bare": bare,
        "bare, zeros": leading,
        "one hyphen": f"{bare[:9]}-{bare[9:]}",
        "spaces": f"{bare[:3]} {bare[3:6]} {bare[6:9]} {bare[9:]}",
        "dots": f"{bare[:3]}.{bare[3:6]}.{bare[6:9]}.{bare[9:]}",
        "slash": f"{bare[:3]}.{bare[3:6]}.{bare[6:9]}/{bare[9:]}",
        "hyphens": f"{bare[:3]}-{bare[3:6]}-{bare[6:9]}-{bare[9:]}",
        "spaces and hyphen": f"{bare[:3]} {bare[3:6]} {bare[6:9]}-{bare[9:]}",
        "dots, no hyphen": f"{bare[:3]}.{bare[3:6]}.{bare[6:9]}{bare[9:]}",
        "space after hyphen": f"{bare[:3]}.{bare[3:6]}.{bare[6:9]} - {bare[9:]}",
    }


def cnpj(rng: random.Random) -> Forms:
    """One CNPJ, of digits and of letters."""
    bare, letters = cnpj_of(digits(rng, 8) + "0001"), cnpj_of(from_alphabet(rng, CHARACTERS, 12))
    return {
        "punctuated": f"{bare[:2]}.{bare[2:5]}.{bare[5:8]}/{bare[8:12]}-{bare[12:]}",
        "bare": bare,
        "root apart": f"{bare[:8]}/{bare[8:12]}-{bare[12:]}",
        "spaces": f"{bare[:2]} {bare[2:5]} {bare[5:8]} {bare[8:12]} {bare[12:]}",
        "dots": f"{bare[:2]}.{bare[2:5]}.{bare[5:8]}.{bare[8:12]}-{bare[12:]}",
        "letters": f"{letters[:2]}.{letters[2:5]}.{letters[5:8]}/{letters[8:12]}-{letters[12:]}",
        "letters, bare": letters,
        "letters, lower": f"{letters[:2]}.{letters[2:5]}.{letters[5:8]}/{letters[8:12]}-{letters[12:]}".lower(),
    }


def credit_card(rng: random.Random) -> Forms:
    """One card of each brand bare, and the ways to group it."""
    forms = {f"bare, {name}": card_number(rng, prefixes, length) for name, prefixes, length in BRANDS}
    loose = digits(rng, 16)
    for name, separator in (("spaces", " "), ("hyphens", "-"), ("dots", ".")):
        forms[f"fours, {name}, any digits"] = separator.join(loose[at : at + 4] for at in range(0, 16, 4))
    amex, diners = card_number(rng, ("34", "37"), 15), card_number(rng, ("36", "300"), 14)
    visa, long = card_number(rng, ("4", "55"), 16), card_number(rng, ("62",), 19)
    forms |= {
        "fours": " ".join(visa[at : at + 4] for at in range(0, 16, 4)),
        "4-6-5": f"{amex[:4]} {amex[4:10]} {amex[10:]}",
        "4-6-5, hyphens": f"{amex[:4]}-{amex[4:10]}-{amex[10:]}",
        "4-6-4": f"{diners[:4]} {diners[4:10]} {diners[10:]}",
        "4-4-4-4-3": " ".join((long[:4], long[4:8], long[8:12], long[12:16], long[16:])),
        "6-13": f"{long[:6]} {long[6:]}",
        "8-8": f"{visa[:8]} {visa[8:]}",
        "mixed separators": f"{visa[:4]}-{visa[4:8]} {visa[8:12]}.{visa[12:]}",
    }
    return forms


ACCOUNTS = (("DE", 18, True), ("GB", 18, False), ("FR", 23, True), ("ES", 20, True), ("IT", 23, False),
            ("PT", 21, True), ("BR", 25, False), ("NL", 14, False), ("CH", 17, True), ("NO", 11, True),
            ("MT", 27, False), ("BE", 12, True), ("PL", 24, True))  # fmt: skip


def iban(rng: random.Random) -> Forms:
    """One IBAN of a random country."""
    country, length, numeric = rng.choice(ACCOUNTS)
    account = digits(rng, length) if numeric else from_alphabet(rng, CHARACTERS, 4) + digits(rng, length - 4)
    bare = iban_of(country, account)
    groups = [bare[at : at + 4] for at in range(0, len(bare), 4)]
    return {"bare": bare, "groups": " ".join(groups), "lower": bare.lower(), "hyphens": "-".join(groups)}


def pis(rng: random.Random) -> Forms:
    """One PIS."""
    bare = pis_of("1" + digits(rng, 9))
    return {"punctuated": f"{bare[:3]}.{bare[3:8]}.{bare[8:10]}-{bare[10]}", "bare": bare}


def rg(rng: random.Random) -> Forms:
    """One RG: the forms that are written with punctuation."""
    bare = digits(rng, 8)
    return {
        "punctuated": f"{bare[:2]}.{bare[2:5]}.{bare[5:8]}-{rng.choice('0123456789X')}",
        "one digit first": f"{bare[:1]}.{bare[2:5]}.{bare[5:8]}-{rng.choice('0123456789X')}",
    }


def us_ssn(rng: random.Random) -> Forms:
    """One social security number that can be issued."""
    area = rng.choice([area for area in range(1, 900) if area != 666])
    return {"hyphens": f"{area:03d}-{rng.randrange(1, 100):02d}-{rng.randrange(1, 10_000):04d}"}
