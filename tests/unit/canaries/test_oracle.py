"""The oracle finds what it is there to find, and nothing in what is harmless."""

from __future__ import annotations

import base64
import codecs
import hashlib
import html
import math
from urllib.parse import quote

import pytest
from canaries.oracle import Oracle
from canaries.values import Canary, World

EMAIL = "vgcn.nfdvch@xbwgkcvh.com.br"
CPF = "588.144.645-38"
BARE = "58814464538"
ORACLE = Oracle(
    [
        Canary(name="email", text=EMAIL, distinctive=EMAIL.removesuffix(".com.br")),
        Canary(name="cpf", text=CPF, distinctive=CPF),
        Canary(name="number", text=BARE, distinctive=BARE),
    ]
)
CODES = [ord(character) for character in EMAIL]
FOUND = {
    "as it is": EMAIL,
    "five characters of it": "so it begins with vgcn. and no more",
    "five characters, upper case": "X-CN.NF",
    "end of it": "gkcvh.com.br",
    "reversed": EMAIL[::-1],
    "hexadecimal": EMAIL.encode().hex(),
    "hexadecimal, half a byte before it": f"a{EMAIL.encode().hex()}",
    "hexadecimal with spaces": EMAIL.encode().hex(" "),
    "UTF-16": EMAIL.encode("utf-16-le").hex(),
    "base64": base64.b64encode(EMAIL.encode()).decode(),
    "base64, one before it": base64.b64encode(b"x" + EMAIL.encode()).decode(),
    "base64, two before it": base64.b64encode(b"xy" + EMAIL.encode()).decode(),
    "base64 of the reverse": base64.b64encode(EMAIL[::-1].encode()).decode(),
    "base64 of hexadecimal": base64.b64encode(EMAIL.encode().hex().encode()).decode(),
    "URL-safe base64": base64.urlsafe_b64encode(b"\xff\xfe" + EMAIL.encode()).decode(),
    "base32": base64.b32encode(b"z" + EMAIL.encode()).decode(),
    "percent": quote(EMAIL, safe="").replace("v", "%76").replace("c", "%63"),
    "HTML": "".join(f"&#{code};" for code in CODES),
    "HTML, escaped again": html.escape("".join(f"&#x{code:x};" for code in CODES)),
    "Unicode escapes": "".join(f"\\u{code:04x}" for code in CODES),
    "octal escapes": "".join(f"\\{code:03o}" for code in CODES),
    "decimal codes": str(CODES),
    "hexadecimal codes": " ".join(f"{code:x}" for code in CODES),
    "octal codes": ",".join(f"{code:o}" for code in CODES),
    "binary codes": ",".join(f"{code:b}" for code in CODES),
    "each character moved": "".join(chr(code + 1) for code in CODES),
    "codes moved": str([code + 3 for code in CODES]),
    "md5": hashlib.md5(EMAIL.encode()).hexdigest(),
    "sha256 of upper case": hashlib.sha256(EMAIL.upper().encode()).hexdigest(),
    "sha512, base64": base64.b64encode(hashlib.sha512(EMAIL.encode()).digest()).decode(),
    "a digest of the digits": f"\\x{hashlib.sha256(BARE.encode()).hexdigest()}",
    "bare CPF": "id 58814464538x",
    "a piece of a punctuated CPF": "ends in 645-3…",
    "a piece of a number": "14464",
    "number and one": "58814464539",
    "number by ten": "5881446453",
    "number by three": "19604821512.67",
    "number by seven, whole": str(58814464538 * 7),
    "negative number": "-58814464538.0",
    "number in hexadecimal": f"{58814464538:x}",
    "number in binary": f"{58814464538:b}",
    "number in scientific notation": "5.8814464538e10",
    "square root": str(58814464538**0.5),
    "logarithm": str(math.log(58814464538)),
}
ROWS = {
    "one character a row": [{"c": character} for character in EMAIL[:12]],
    "two characters a row, with a number": [{"n": n, "c": EMAIL[n : n + 2]} for n in range(0, 12, 2)],
    "one code a row": [{"c": code} for code in CODES[:12]],
    "one digit a row": [{"c": digit} for digit in BARE],
    "pieces across a row": [{"a": EMAIL[:3], "b": EMAIL[3:6], "c": EMAIL[6:9]}],
    "a list of characters": [{"a": list(EMAIL)}],
    "a list of characters, reversed": [{"a": list(EMAIL[::-1])}],
    "with dashes": [{"a": "-".join(EMAIL)}],
    "digits with dashes": [{"a": "-".join(BARE)}],
    "sorted characters": [{"a": "".join(sorted("vgcnnfdvchxbwgkcvh"))}],
    "every other character": [{"a": EMAIL[::2]}],
    "in an object": [{"a": {"x": EMAIL[:3], "y": [EMAIL[3:6]], "z": EMAIL[6:9]}}],
}
HARMLESS = {
    "masks": "***@***.*** ***.***.***-** ****-****-****-**** (**) *****-**** Bearer ***",
    "words": "timeout after 3000 ms while charging; job finished in 35 ms, 2026-01-01T00:10:00+00:00",
    "the shared end": "@somewhere.com.br",
    "numbers": "1 2 3 45 678 9012 99999999999 3.14159 2.718281828 1e10 1048576",
    "a plan": '{"Plan": {"Node Type": "Seq Scan", "Startup Cost": 0.00, "Total Cost": 22.70, "Plan Rows": 1270}}',
    "another e-mail": "ana.maria@example.org",
    "another digest": hashlib.sha256(b"something else").hexdigest(),
    "rot13 of something else": codecs.encode("nothing of it", "rot13"),
}


@pytest.mark.parametrize("text", FOUND.values(), ids=FOUND.keys())
def test_canary_is_found_when_there_in_any_form(text) -> None:
    assert ORACLE.leaks({"answer": text}, [{"a": text}])


@pytest.mark.parametrize("rows", ROWS.values(), ids=ROWS.keys())
def test_canary_is_found_when_cut_over_cells(rows) -> None:
    assert ORACLE.leaks({}, rows)


@pytest.mark.parametrize("text", HARMLESS.values(), ids=HARMLESS.keys())
def test_nothing_is_found_when_nothing_is_there(text) -> None:
    assert ORACLE.leaks({"answer": text}, [{"a": text, "n": 1}, {"a": "x", "n": 2}]) == []


def test_leak_names_canary_place_and_reading_when_found() -> None:
    (leak,) = ORACLE.leaks({"the log": "x vgcn. y"})
    assert str(leak) == "email in the log: as it is, plain"


def test_words_of_the_server_are_found_when_known() -> None:
    oracle = Oracle([])
    oracle.know("email", "hashtext", "-1623365572")
    assert [str(leak) for leak in oracle.leaks({"answer": '[{"h":-1623365572}]'})] == ["email in answer: hashtext"]


def test_values_are_the_same_when_made_again() -> None:
    template = "--rows 3\nINSERT INTO t VALUES (@{row}, '@{email:t.email}', @{cpf_bare});\n"
    one, other, third = World(seed=1), World(seed=1), World(seed=2)
    text = one.fill(template)
    assert text == other.fill(template) != third.fill(template)
    assert len({canary.text for canary in one.canaries}) == 6
    assert one.refer("@{=t.email.2} @{=t.email.2:0:4}") == f"{one.named['t.email.2']} {one.named['t.email.2'][:4]}"
