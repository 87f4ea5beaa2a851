"""Every other way to read a text: what encodings, escapes and lists of character codes in it stand for."""

from __future__ import annotations

import base64
import binascii
import html
import re
from collections.abc import Callable, Iterator
from urllib.parse import unquote

MAX_CHARACTERS = 200_000
DEPTH = 2
HEX = re.compile(r"[0-9a-fA-F]{6,}")
SPACED_HEX = re.compile(r"(?:(?:\\x|0x)?[0-9a-fA-F]{2}[ ,;:|\-]){4,}(?:\\x|0x)?[0-9a-fA-F]{2}")
BASE64 = re.compile(r"[A-Za-z0-9+/_\-]{6,}")
BASE32 = re.compile(r"[A-Z2-7]{8,}")
ESCAPES = re.compile(r"\\u([0-9a-fA-F]{4})|\\x([0-9a-fA-F]{2})|\\([0-7]{3})")
WORD = re.compile(r"[0-9a-zA-Z]+")
FEWEST_CODES = 5
PRINTABLE = range(32, 127)
BASES = (10, 16, 8, 2)


def _text(octets: bytes) -> str:
    # one character an octet, and UTF-16 loses its zeros
    return octets.replace(b"\0", b"").decode("latin-1")


def _from_hex(text: str) -> Iterator[str]:
    for found in HEX.findall(text):
        for shift in (0, 1):
            part = found[shift:]
            yield _text(bytes.fromhex(part[: len(part) // 2 * 2]))
    for found in SPACED_HEX.findall(text):
        yield _text(bytes.fromhex(re.sub(r"\\x|0x|[^0-9a-fA-F]", "", found)))


def _from_base64(text: str) -> Iterator[str]:
    # line breaks stand inside of what encode() writes
    for found in BASE64.findall(re.sub(r"\\n|\n", "", text)):
        plain = found.replace("-", "+").replace("_", "/")
        for shift in range(4):
            part = plain[shift:]
            yield _text(base64.b64decode(part[: len(part) // 4 * 4]))


def _from_base32(text: str) -> Iterator[str]:
    for found in BASE32.findall(text):
        for shift in range(8):
            part = found[shift:]
            try:
                yield _text(base64.b32decode(part[: len(part) // 8 * 8]))
            except binascii.Error:
                continue


def _from_escapes(text: str) -> Iterator[str]:
    for way in (unquote, html.unescape):
        if (plain := way(text)) != text:
            yield plain
    plain = ESCAPES.sub(lambda found: chr(int(found[1] or found[2] or found[3], 16 if not found[3] else 8)), text)
    if plain != text:
        yield plain


def _from_codes(text: str) -> Iterator[str]:
    words = WORD.findall(text)
    for base in BASES:
        yield from _runs(words, base)


def _runs(words: list[str], base: int) -> Iterator[str]:
    run: list[str] = []
    for word in [*words, ""]:
        try:
            code = int(word, base)
        except ValueError:
            code = -1
        if code in PRINTABLE:
            run.append(chr(code))
        else:
            if len(run) >= FEWEST_CODES:
                yield "".join(run)
            run = []


DECODERS: dict[str, Callable[[str], Iterator[str]]] = {
    "hexadecimal": _from_hex,
    "base64": _from_base64,
    "base32": _from_base32,
    "escapes": _from_escapes,
    "character codes": _from_codes,
}


def readings(text: str, depth: int = DEPTH) -> Iterator[tuple[str, str]]:
    """Yield how it was read and what came out, the text itself first."""
    text = text[:MAX_CHARACTERS]
    yield "plain", text
    if depth == 0:
        return
    for name, decode in DECODERS.items():
        whole = "\n".join(decode(text))
        if whole:
            for inner, found in readings(whole, depth - 1):
                yield (name if inner == "plain" else f"{name}, {inner}"), found
