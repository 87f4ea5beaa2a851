"""PostgreSQL's lexical rules (scan.l), exactly: every token of a statement, or a refusal.

Tokens carry decoded values, so that `'it''s'`, `E'it\\'s'` and `$$it's$$` are one and the same from here on.
Where versions 14 to 18 read a text differently, it is refused or brought to the form that all of them agree on.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from enum import Enum, auto
from typing import NamedTuple

from relay.adapters.outbound.postgres.guard.escapes import decode_escapes
from relay.adapters.outbound.postgres.guard.refusal import RefusedStatement

MAX_IDENTIFIER_BYTES = 63
_MAX_NUMBER_CHARS = 1_000


class Kind(Enum):
    """What a token is."""

    WORD = auto()
    """An unquoted ASCII identifier or keyword; the value is folded to lower case."""
    NAME = auto()
    """A quoted identifier (or an unquoted one with letters beyond ASCII, folded); the value is the name itself."""
    STRING = auto()
    BITS = auto()
    """`B'01'` or `X'1F'`, spelled so."""
    NUMBER = auto()
    PARAMETER = auto()
    OPERATOR = auto()
    MARK = auto()
    END = auto()


class Token(NamedTuple):
    """One token; a named tuple because a long statement has thousands. `start` and `end` are code point offsets."""

    kind: Kind
    value: str
    start: int
    end: int


_DIGITS = r"[0-9]++(?:_[0-9]++)*+"
_SPACE = r"[ \t\n\r\f\v]"
_WORD_START = r"A-Za-z_\x80-\U0010ffff"
_TOKEN = re.compile(
    rf"""
      (?P<space>{_SPACE}++ | --[^\n\r]*+ )
    | (?P<comment>/\*)
    | (?P<escaped>[eE]'(?:[^'\\]|\\.|'')*+')
    | (?P<bits>[bB]'[01]*+' | [xX]'[0-9a-fA-F]*+')
    | (?P<refused>[nNeEbBxX]' | [uU]&['"])
    | (?P<word>[{_WORD_START}][{_WORD_START}0-9$]*+)
    | (?P<name>"(?:[^"]|"")*+")
    | (?P<string>'(?:[^']|'')*+')
    | (?P<parameter>\$[0-9]++)
    | (?P<dollar>\$(?:[{_WORD_START}][{_WORD_START}0-9]*+)?\$)
    | (?P<radix>0[xX](?:_?[0-9a-fA-F])++ | 0[oO](?:_?[0-7])++ | 0[bB](?:_?[01])++)
    | (?P<number>(?: {_DIGITS}\.(?!\.)(?:{_DIGITS})? | \.{_DIGITS} | {_DIGITS} )(?:[eE][+-]?{_DIGITS})?)
    | (?P<mark>:: | := | \.\. | [()\[\],;.:])
    | (?P<operator>[~!@\#^&|`?+\-*/%<>=]{{1,128}}+)
    """,
    re.VERBOSE | re.DOTALL,
)
_COMMENT_EDGE = re.compile(r"/\*|\*/")
_NEXT_PIECE = re.compile(rf"(?:[ \t\f\v]|--[^\n\r]*+)*+[\n\r](?:{_SPACE}|--[^\n\r]*+[\n\r])*+(?=')")
_PLAIN_PIECE = re.compile(r"'((?:[^']|'')*+)'", re.DOTALL)
_ESCAPED_PIECE = re.compile(r"'((?:[^'\\]|\\.|'')*+)'", re.DOTALL)
_AFTER_NUMBER = re.compile(rf"[{_WORD_START}0-9$]")
_MULTI_ENDING_SIGNS = frozenset("~!@#^&|`?%")
_UPPER = str.maketrans("ABCDEFGHIJKLMNOPQRSTUVWXYZ", "abcdefghijklmnopqrstuvwxyz")


def tokenize(text: str) -> Iterator[Token]:
    """Yield the tokens of a statement, an END token last; raise RefusedStatement at the first that is not one."""
    position = 0
    length = len(text)
    while position < length:
        match = _TOKEN.match(text, position)
        if match is None:
            raise _unreadable(text, position)
        kind = match.lastgroup or ""
        if kind == "space":
            position = match.end()
        elif kind == "comment":
            position = _end_of_comment(text, position)
        else:
            token = _READERS[kind](text, match)
            yield token
            position = token.end
    yield Token(Kind.END, "", length, length)


def fold(name: str) -> str:
    """Fold an unquoted identifier as PostgreSQL does: ASCII letters only."""
    return name.translate(_UPPER)


def _end_of_comment(text: str, start: int) -> int:
    depth, position = 0, start
    for edge in _COMMENT_EDGE.finditer(text, start):
        if edge.start() < position:
            continue
        depth += 1 if edge.group() == "/*" else -1
        position = edge.end()
        if depth == 0:
            return position
    raise RefusedStatement("a comment that never ends", start, hint="close it with */")


def _word(_: str, match: re.Match[str]) -> Token:
    word, start = match.group(), match.start()
    if word.isascii():
        return Token(Kind.WORD, fold(word)[:MAX_IDENTIFIER_BYTES], start, match.end())
    for offset, char in enumerate(word):
        if not char.isprintable() or char.isspace():
            raise RefusedStatement(
                f"the character U+{ord(char):04X} outside quotes", start + offset, hint="use plain spaces"
            )
    return _identifier(fold(word), match)


def _name(_: str, match: re.Match[str]) -> Token:
    return _identifier(match.group()[1:-1].replace('""', '"'), match)


def _identifier(name: str, match: re.Match[str]) -> Token:
    if not name:
        raise RefusedStatement("an empty quoted identifier", match.start())
    if name.isascii():
        name = name[:MAX_IDENTIFIER_BYTES]
    elif len(name.encode()) > MAX_IDENTIFIER_BYTES:
        # Where PostgreSQL would cut it depends on the database's encoding.
        raise RefusedStatement("an identifier of more than 63 bytes", match.start(), hint="use a shorter name")
    return Token(Kind.NAME, name, match.start(), match.end())


def _string(text: str, match: re.Match[str]) -> Token:
    body, end = _pieces(text, match.start(), _PLAIN_PIECE)
    return Token(Kind.STRING, body.replace("''", "'"), match.start(), end)


def _escaped(text: str, match: re.Match[str]) -> Token:
    body, end = _pieces(text, match.start() + 1, _ESCAPED_PIECE)
    return Token(Kind.STRING, decode_escapes(body, match.start()), match.start(), end)


def _pieces(text: str, start: int, piece: re.Pattern[str]) -> tuple[str, int]:
    """Read a string and its continuations on following lines (SQL joins them)."""
    bodies: list[str] = []
    match = piece.match(text, start)
    while match is not None:
        bodies.append(match.group(1))
        start = match.end()
        gap = _NEXT_PIECE.match(text, start)
        if gap is None:
            return "".join(bodies), start
        match = piece.match(text, gap.end())
    raise RefusedStatement("a string that never ends", start, hint="close it with '")


def _dollar(text: str, match: re.Match[str]) -> Token:
    tag = match.group()
    end = text.find(tag, match.end())
    if end < 0:
        raise RefusedStatement(
            "a dollar-quoted string that never ends", match.start(), hint="close it with its own tag"
        )
    return Token(Kind.STRING, text[match.end() : end], match.start(), end + len(tag))


def _bits(text: str, match: re.Match[str]) -> Token:
    if _NEXT_PIECE.match(text, match.end()):
        raise RefusedStatement(
            "a bit string that goes on in the next line", match.start(), hint="write it in one piece"
        )
    literal = match.group()
    return Token(Kind.BITS, literal[0].upper() + literal[1:], match.start(), match.end())


def _parameter(text: str, match: re.Match[str]) -> Token:
    _refuse_junk(text, match, "a parameter")
    digits = match.group()[1:]
    if digits[0] == "0" or len(digits) > 5:  # noqa: PLR2004 - the protocol counts parameters in 16 bits
        raise RefusedStatement("a parameter that has no such number", match.start(), hint="parameters count from $1")
    return Token(Kind.PARAMETER, digits, match.start(), match.end())


def _radix(text: str, match: re.Match[str]) -> Token:
    # Versions before 16 read 0x1F as 0 named x1f; the decimal form means the same everywhere.
    _refuse_junk(text, match, "a number")
    digits = match.group().replace("_", "")
    if len(digits) > _MAX_NUMBER_CHARS:
        raise RefusedStatement(
            f"a number of more than {_MAX_NUMBER_CHARS} digits", match.start(), hint="use decimal digits"
        )
    return Token(Kind.NUMBER, str(int(digits, 0 if digits[1] not in "oO" else 8)), match.start(), match.end())


def _number(text: str, match: re.Match[str]) -> Token:
    # Versions before 16 read 1_000 as 1 named _000.
    _refuse_junk(text, match, "a number")
    return Token(Kind.NUMBER, match.group().replace("_", ""), match.start(), match.end())


def _refuse_junk(text: str, match: re.Match[str], what: str) -> None:
    if _AFTER_NUMBER.match(text, match.end()):
        raise RefusedStatement(f"letters or digits right after {what}", match.end(), hint="put a space between them")


def _mark(_: str, match: re.Match[str]) -> Token:
    return Token(Kind.MARK, match.group(), match.start(), match.end())


def _operator(_: str, match: re.Match[str]) -> Token:
    symbol = match.group()
    for opener in ("/*", "--"):
        cut = symbol.find(opener)
        if cut > 0:
            symbol = symbol[:cut]
    # `a*-1`: a longer operator may end in a sign only if it has one of the characters that SQL itself does not use.
    if _MULTI_ENDING_SIGNS.isdisjoint(symbol):
        symbol = symbol.rstrip("+-") or symbol[0]
    if len(symbol) > MAX_IDENTIFIER_BYTES:
        raise RefusedStatement("an operator of more than 63 characters", match.start())
    end = match.start() + len(symbol)
    if symbol == "=>":
        return Token(Kind.MARK, symbol, match.start(), end)
    return Token(Kind.OPERATOR, "<>" if symbol == "!=" else symbol, match.start(), end)


def _refused(_: str, match: re.Match[str]) -> Token:
    form = match.group()
    if form[0] in "uU":
        what, hint = f"the literal form {form[:2]}{form[2]}…{form[2]}", "write the characters themselves"
    elif form[0] in "nN":
        what, hint = "the literal form N'…'", "write '…'"
    else:
        what, hint = f"a {form[0].upper()}'…' literal that is not one", "check its digits and its closing quote"
    raise RefusedStatement(what, match.start(), hint=hint)


def _unreadable(text: str, position: int) -> RefusedStatement:
    char = text[position]
    if char in "'\"":
        return RefusedStatement("a quote that is never closed", position, hint=f"close it with {char}")
    what = f"the character {char}" if char.isprintable() else f"the character U+{ord(char):04X}"
    return RefusedStatement(f"{what}, which is not SQL here", position)


_READERS = {
    "word": _word,
    "name": _name,
    "string": _string,
    "escaped": _escaped,
    "dollar": _dollar,
    "bits": _bits,
    "parameter": _parameter,
    "radix": _radix,
    "number": _number,
    "mark": _mark,
    "operator": _operator,
    "refused": _refused,
}
