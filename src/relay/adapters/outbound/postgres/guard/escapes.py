r"""The escapes of PostgreSQL's `E'…'` strings (scan.l, states xe and xeu)."""

from __future__ import annotations

import re

from relay.adapters.outbound.postgres.guard.refusal import RefusedStatement

_ESCAPE = re.compile(
    r"''|\\(?:(?P<octal>[0-7]{1,3})|x(?P<hex>[0-9a-fA-F]{1,2})|u(?P<short>[0-9a-fA-F]{4})|U(?P<long>[0-9a-fA-F]{8})"
    r"|(?P<bad>[uU])|(?P<char>.))",
    re.DOTALL,
)
_NAMED = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}
_MAX_ASCII = 0x7F


def decode_escapes(body: str, offset: int) -> str:
    """Return the string that the body of an `E'…'` literal means; refuse NUL and bytes that need an encoding."""

    def replace(match: re.Match[str]) -> str:
        return _decode_one(match, offset)

    decoded = _ESCAPE.sub(replace, body)
    try:
        # \uD83D\uDE00 is one character; a half of a pair is none.
        return decoded.encode("utf-16", "surrogatepass").decode("utf-16")
    except UnicodeDecodeError:
        raise RefusedStatement("half of a surrogate pair", offset, hint="write the character itself") from None


def _decode_one(match: re.Match[str], offset: int) -> str:
    if match.group() == "''":
        return "'"
    groups = match.groupdict()
    if groups["char"] == "v":
        # A vertical tab since version 16, the letter before.
        raise RefusedStatement("the escape \\v", offset, hint="write the character itself, or \\x0b")
    if groups["char"] is not None:
        return _NAMED.get(groups["char"], groups["char"])
    if groups["bad"] is not None:
        raise RefusedStatement("an incomplete Unicode escape", offset, hint="write \\uXXXX or \\UXXXXXXXX")
    if groups["octal"] is not None:
        return _byte(int(groups["octal"], 8) & 0xFF, offset)
    if groups["hex"] is not None:
        return _byte(int(groups["hex"], 16), offset)
    code = int(groups["short"] or groups["long"], 16)
    if code == 0 or code > 0x10FFFF:  # noqa: PLR2004 - the last code point of Unicode
        raise RefusedStatement("an escape that is no character", offset)
    return chr(code)


def _byte(code: int, offset: int) -> str:
    if code == 0 or code > _MAX_ASCII:
        raise RefusedStatement("a byte escape beyond ASCII", offset, hint="write the character itself, or \\uXXXX")
    return chr(code)
