"""Values behind escapes (`%40`, `\\u00e3`, `\\n`, `&#64;`, `=\\n`): the text without them, and the way back."""

from __future__ import annotations

import html
import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate
from urllib.parse import unquote

from relay.adapters.outbound.masking.spans import Match

_HEX = "[0-9A-Fa-f]"
_PERCENT = "%(?:25){0,3}"
_ENTITIES = (
    "amp|lt|gt|quot|apos|nbsp|commat|period|plus|hyphen|dash|ndash|mdash|lpar|rpar|sol|lowbar|colon|shy|ensp|emsp"
)
_TOKENS = (
    rf"(?P<percent>{_PERCENT}[c-fC-F]{_HEX}(?:{_PERCENT}[89abAB]{_HEX}){{1,3}}|{_PERCENT}[2-7]{_HEX}|{_PERCENT}0[9AaDd])"
    rf"|(?P<unicode>\\{{1,8}}u{_HEX}{{4}}|\\{{1,8}}x{_HEX}{{2}})"
    r"|(?P<control>\\{1,8}[nrtbfv])"
    r"|(?P<itself>\\{1,8}(?=[\"'/()+.@-]))"
    rf"|(?P<entity>&(?:amp;){{0,3}}(?:#\d{{1,7}}|#[xX]{_HEX}{{1,6}}|{_ENTITIES});)"
    rf"|(?P<quoted>(?:=[CD]{_HEX}|=E{_HEX}=[89AB]{_HEX})=[89AB]{_HEX})"
)
_SOFT_BREAK = r"(?P<soft>=\r?\n)"
_PLUS = r"(?P<plus>(?<=[\w)-])(?<!\\[nrt])\+(?=[\w(%-]))"
_TOKEN = re.compile(_TOKENS)
_ONLY_PLUS = re.compile(_PLUS)
_ONLY_BREAK = re.compile(_SOFT_BREAK)
_TOKENS_OF = {
    (is_form, is_quoted): re.compile("|".join((_TOKENS, *[_PLUS] * is_form, *[_SOFT_BREAK] * is_quoted)))
    for is_form in (False, True)
    for is_quoted in (False, True)
}
_FORM = re.compile(rf"%[2-7]{_HEX}|[?&][\w.\[\]-]+=|=[^&=\s]*&")
"""Where a plus between words is a space: in a form's fields and a URL's query."""
_QUOTED_PRINTABLE = re.compile("=(?:3D|20|0D|[CDE][0-9A-F]=[89AB])")
"""Where a line that ends in an equals sign goes on: elsewhere it is the end of base64."""
"""Several backslashes, `%25` and `&amp;` are escapes of escapes: texts are often wrapped more than once."""
_FIRST_CHARACTERS = ("%", "\\", "&")
_QUOTED = ("=C", "=D", "=E")
_BREAKS = ("=\n", "=\r")
_SHOWN = 4
_LARGEST = 0x10FFFF


@dataclass(frozen=True, slots=True, kw_only=True)
class Unescaped:
    """A text without escapes. Piece by piece, `places` says where in it and `origins` where in the original."""

    text: str
    places: Sequence[int]
    origins: Sequence[int]
    token_ends: frozenset[int]

    def in_original(self, match: Match) -> Match:
        """Return the match with the offsets of the original; an escape belongs to it as a whole."""
        return match._replace(start=self._start(match.start), end=self._end(match.end - 1))

    def _start(self, offset: int) -> int:
        piece = bisect_right(self.places, offset) - 1
        return self.origins[piece] + offset - self.places[piece]

    def _end(self, last: int) -> int:
        piece = bisect_right(self.places, last) - 1
        is_token = piece % 2 == 1
        return self.origins[piece + 1] if is_token else self._start(last) + 1


def with_escapes(texts: Sequence[str]) -> list[int]:
    """Return the indexes of the texts in which there is an escape; texts without one cost next to nothing."""
    joined = "\x1e".join(texts)
    has_equals = "=" in joined
    first_characters = _FIRST_CHARACTERS + _QUOTED * has_equals
    places = [place for first in first_characters for place in _places(joined, first, _TOKEN)]
    pluses = list(_places(joined, "+", _ONLY_PLUS))
    breaks = [place for first in _BREAKS * has_equals for place in _places(joined, first, _ONLY_BREAK)]
    if not (places or pluses or breaks):
        return []
    starts = list(accumulate((len(text) + 1 for text in texts), initial=0))
    indexes = {bisect_right(starts, place) - 1 for place in places}
    for others, evidence in ((pluses, _FORM), (breaks, _QUOTED_PRINTABLE)):
        of_others = {bisect_right(starts, place) - 1 for place in others}
        indexes.update(index for index in of_others if evidence.search(texts[index]))
    return sorted(indexes)


def _places(joined: str, first: str, token: re.Pattern[str]) -> Iterator[int]:
    """Yield one place in each text at which a token begins."""
    place = joined.find(first)
    while place >= 0:
        if token.match(joined, place):
            yield place
            place = joined.find("\x1e", place)
            if place < 0:
                return
        place = joined.find(first, place + 1)


def unescape(text: str) -> Unescaped:
    """Take the escapes off, however often they were put on."""
    pieces: list[str] = []
    places, origins = [0], [0]
    ends: list[int] = []
    place = done = 0
    tokens = _TOKENS_OF[bool(_FORM.search(text)), bool(_QUOTED_PRINTABLE.search(text))]
    for token in tokens.finditer(text):
        start, end = token.span()
        shown = _shown(token)
        pieces += (text[done:start], shown)
        place += start - done
        places += (place, place + len(shown))
        origins += (start, end)  # an odd index is an escape's
        if token.lastgroup != "plus":
            ends.append(end)
        place += len(shown)
        done = end
    pieces.append(text[done:])
    return Unescaped(text="".join(pieces), places=places, origins=origins, token_ends=frozenset(ends))


def _shown(token: re.Match[str]) -> str:
    """Return the one character that a token stands for, or nothing."""
    kind, written = token.lastgroup, token.group()
    if kind == "percent":
        return unquote(written.replace("%25", "%").replace("%25", "%").replace("%25", "%"))[:1]
    if kind == "unicode":
        return chr(int(written.lstrip("\\")[1:], 16))
    if kind == "entity":
        return _entity(written)
    if kind == "quoted":
        return unquote(written.replace("=", "%"))[:1]
    return {"control": "\n", "plus": " "}.get(kind or "", "")


def _entity(written: str) -> str:
    name = written.removesuffix(";").rpartition("amp;")[2].removeprefix("&") or "amp"
    return html.unescape(f"&{name};")[:1]


def add_unescaped(found: Sequence[Match], unescaped: Unescaped, hidden: Sequence[Match]) -> list[Match]:
    """Return both; a match of the original that took the rest of an escape for its beginning starts behind it."""
    placed = [unescaped.in_original(match) for match in hidden]
    starts = {match.end: match.start for match in placed if match.start in unescaped.token_ends}
    begun = (match._replace(start=max(match.start, starts.get(match.end, 0))) for match in found)
    return [*begun, *placed]
