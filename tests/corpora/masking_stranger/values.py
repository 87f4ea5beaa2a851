"""Values as an outsider would make them up: one function a kind, each returns one text."""

# ruff: noqa: RUF001 - dashes as people type them
from __future__ import annotations

import base64
import json
import random
import string

ALNUM = string.ascii_letters + string.digits
FIRST = ("lucas", "mariana", "Pedro", "beatriz", "oliver", "emma", "SOFIA", "thiago", "noah", "Júlia", "andré", "chloë")
LAST = ("almeida", "Ferreira", "oliveira", "smith", "garcía", "müller", "ROCHA", "johnson", "dubois", "rossi")
PROVIDERS = ("gmail.com", "hotmail.com", "yahoo.com.br", "uol.com.br", "outlook.com", "acme-corp.io", "mail.ru",
    "proton.me",
             "usp.br", "empresa.com.br", "sub.dept.university.edu", "bücher.example", "例え.jp")  # fmt: skip


def _number(rng: random.Random, length: int, first: str = "0123456789") -> str:
    return rng.choice(first) + "".join(rng.choice(string.digits) for _ in range(length - 1))


def cpf_digits(rng: random.Random) -> str:
    """Return eleven digits that check."""
    while True:
        stem = _number(rng, 9)
        one = sum((10 - place) * int(digit) for place, digit in enumerate(stem)) * 10 % 11 % 10
        two = sum((11 - place) * int(digit) for place, digit in enumerate(f"{stem}{one}")) * 10 % 11 % 10
        if len(set(stem)) > 1:
            return f"{stem}{one}{two}"


def cpf(rng: random.Random) -> str:
    """Return a CPF as people type it."""
    number = cpf_digits(rng)
    shape = rng.choice(
        ("###.###.###-##", "###########", "###.###.###-##", "#########-##", "### ### ### ##", "###.###.### ##")
    )
    return _fill(shape, number)


def _fill(shape: str, number: str) -> str:
    source = iter(number)
    return "".join(next(source) if character == "#" else character for character in shape)


def cnpj(rng: random.Random) -> str:
    """Return a CNPJ as people type it."""
    stem = _number(rng, 8) + rng.choice(("0001", "0002", "0015"))
    if rng.random() < 0.3:
        stem = "".join(rng.choice(string.ascii_uppercase + string.digits) for _ in range(8)) + "0001"
    for length in (12, 13):
        weights = [(length - 1 - place) % 8 + 2 for place in range(length)]
        total = sum((ord(character) - 48) * weight for character, weight in zip(stem, weights, strict=True))
        stem += str(0 if total % 11 < 2 else 11 - total % 11)
    return _fill(rng.choice(("##.###.###/####-##", "##############", "########/####-##")), stem)


def card(rng: random.Random) -> str:
    """Return a card of some brand."""
    prefix, length = rng.choice((("4539", 16), ("4485", 16), ("5425", 16), ("2223", 16), ("378", 15), ("6011", 16),
        ("3056", 14),
                                 ("3566", 16), ("6362", 16), ("5066", 16), ("6062", 16), ("6221", 19), ("4026",
                                 13)))  # fmt: skip
    body = prefix + _number(rng, length - len(prefix) - 1)
    total = sum(
        sum(divmod(2 * int(digit), 10)) if place % 2 == 0 else int(digit) for place, digit in enumerate(reversed(body))
    )
    number = f"{body}{(10 - total % 10) % 10}"
    if length == 15:
        return _fill(rng.choice(("###############", "#### ###### #####", "####-######-#####")), number)
    if length == 16:
        return _fill(
            rng.choice(("################", "#### #### #### ####", "####-####-####-####", "####.####.####.####")),
            number,
        )
    return number


def email(rng: random.Random) -> str:
    """Return an address."""
    first, last = rng.choice(FIRST), rng.choice(LAST)
    local = rng.choice((f"{first}.{last}", f"{first}{rng.randrange(100)}", f"{first[0]}{last}", f"{first}_{last}",
        f"{first}+{last}",
                        f"{first}-{last}{rng.randrange(10)}", f"{first}.{last}+newsletter",
                        f"{rng.randrange(10**6)}.{first}"))  # fmt: skip
    address = f"{local}@{rng.choice(PROVIDERS)}"
    return rng.choice((address, address, address.lower(), address.upper(), address.replace("@", "%40")))


def phone(rng: random.Random) -> str:
    """Return a telephone number of Brazil or elsewhere."""
    area = rng.choice(("11", "21", "31", "41", "51", "61", "71", "81", "85", "91", "48", "62"))
    shapes = (
        f"({area}) 9####-####", f"({area})9####-####", f"{area} 9####-####", f"{area}9########",
        f"+55 {area} 9####-####",
        f"+55{area}9########", f"+55 ({area}) 9####-####", f"({area}) 3###-####", f"+55 {area} 3###-####",
        f"0{area} 9####-####",
        f"55{area}9########", f"({area}) 9.####-####", f"({area}) 9 #### ####", f"+55 {area} 9 ####-####",
        f"{area}-9####-####",
        f"({area}) 9####–####", "0800 7## ####", "0800-7##-####", f"+55 0{area} 9####-####", f"00 55 {area} 9####-####",
        "+1 (2##) 5##-####", "+1-3##-5##-####", "+12##5######", "(2##) 5##-####", "2##-5##-####", "2##.5##.####",
        "+1 2## 5## ####",
        "+44 7### ######", "07### ######", "+44 20 #### ####", "020 7### ####", "(020) 7### ####", "+447#########",
        "0044 7### ######",
        "+351 9## ### ###", "+3519########", "+34 6## ## ## ##", "+34 6## ### ###", "+346########",
        "+33 6 ## ## ## ##", "06 ## ## ## ##",
        "+336########", "01.##.##.##.##", "+49 15# ########", "+49 30 #######", "0151 ########", "030/#######",
        "+39 3## ### ####",
        "+39 02 #### ####", "+54 9 11 #### ####", "+54 11 ####-####", "+52 55 #### ####", "+52 1 55 #### ####",
        "+91 9#### #####",
        "+91-9#########", "+81 3-####-####", "+86 13# #### ####", "+7 9## ###-##-##", "+61 4## ### ###",
        "+353 8# ### ####",
        "+56 9 #### ####", "+57 3## ### ####", "+598 9# ### ###", "+595 9## ######", "+41 7# ### ## ##",
        "+31 6 ########", "+971 50 ### ####",
    )  # fmt: skip
    return _fill(rng.choice(shapes), _number(rng, 16))


def bearer_token(rng: random.Random) -> str:
    """Return the scheme's word and a token."""
    word = rng.choice(("Bearer ", "bearer ", "BEARER ", "Bearer  ", "Bearer:"))
    return word + rng.choice((jwt(rng), _word(rng, ALNUM, 32), _word(rng, "0123456789abcdef", 40), _word(rng,
        ALNUM + "-_", 64) + "A",
                              f"sk-{_word(rng, ALNUM, 48)}", base64.b64encode(rng.randbytes(33)).decode(), _word(rng,
                              ALNUM, 12),
                              f"ory_at_{_word(rng, ALNUM, 20)}.{_word(rng, ALNUM, 20)}",
                              f"{rng.randrange(100)}|{_word(rng, ALNUM, 40)}"))  # fmt: skip


def _word(rng: random.Random, alphabet: str, length: int) -> str:
    return "".join(rng.choice(alphabet) for _ in range(length))


def _base64_url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def jwt(rng: random.Random) -> str:
    """Return a signed token with real JSON in it."""
    claims = {"sub": str(rng.randrange(10**6)), "name": rng.choice(FIRST), "iat": 1_700_000_000 + rng.randrange(10**6)}
    parts = (json.dumps({"alg": "HS256", "typ": "JWT"}).encode(), json.dumps(claims).encode(), rng.randbytes(32))
    return ".".join(map(_base64_url, parts))


def aws_access_key(rng: random.Random) -> str:
    """Return an access key's id."""
    return rng.choice(("AKIA", "ASIA")) + _word(rng, string.ascii_uppercase + "234567", 16)


def gcp_api_key(rng: random.Random) -> str:
    """Return an API key."""
    return "AIza" + _word(rng, ALNUM + "-_", 35)


def github_token(rng: random.Random) -> str:
    """Return a token."""
    return rng.choice(
        (
            f"gh{rng.choice('pousr')}_{_word(rng, ALNUM, 36)}",
            f"github_pat_{_word(rng, ALNUM, 22)}_{_word(rng, ALNUM, 59)}",
        )
    )


def slack_token(rng: random.Random) -> str:
    """Return a token."""
    return f"xox{rng.choice('bpars')}-{_number(rng, 11)}-{_number(rng, 12)}-{_word(rng, ALNUM, 24)}"


def iban(rng: random.Random) -> str:
    """Return an account's number."""
    country, length = rng.choice(
        (("DE", 18), ("FR", 23), ("ES", 20), ("PT", 21), ("BE", 12), ("AT", 16), ("IE", 0), ("GB", 0), ("CH", 17))
    )
    account = _number(rng, length) if length else rng.choice(("BOFI", "WEST", "NWBK")) + _number(rng, 14)
    rest = int("".join(str(int(character, 36)) for character in f"{account}{country}00")) % 97
    bare = f"{country}{98 - rest:02d}{account}"
    return bare if rng.random() < 0.5 else " ".join(bare[place : place + 4] for place in range(0, len(bare), 4))


MAKERS = {
    "cpf": cpf, "cnpj": cnpj, "credit_card": card, "email": email, "phone": phone, "bearer_token": bearer_token,
        "jwt": jwt,
    "aws_access_key": aws_access_key, "gcp_api_key": gcp_api_key, "github_token": github_token,
    "slack_token": slack_token,
    "iban": iban,
}  # fmt: skip
