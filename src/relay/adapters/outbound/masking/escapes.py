"""Values behind escapes (`%40`, `\\u00e3`, `\\n`, `&#64;`, `=\\n`): the text without them, and the way back."""

from __future__ import annotations

import html
import re
from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from types import MappingProxyType
from urllib.parse import unquote

from relay.adapters.outbound.masking.joined_texts import JoinedTexts
from relay.adapters.outbound.masking.spans import Spanned

_HEX = "[0-9A-Fa-f]"
_PERCENT = "%(?:25){0,3}"
_ENTITIES = (
    "amp|lt|gt|quot|apos|nbsp|commat|period|plus|hyphen|dash|ndash|mdash|lpar|rpar|sol|lowbar|colon|shy|ensp|emsp"
)
_BEHIND_PERCENT = rf"(?<=%)(?:25){{0,3}}(?:[c-fC-F]{_HEX}(?:{_PERCENT}[89abAB]{_HEX}){{1,3}}|[2-7]{_HEX}|0[9AaDd])"
_BEHIND_BACKSLASH = rf"(?<=\\)\\{{0,7}}(?:u{_HEX}{{4}}|x{_HEX}{{2}}|[nrtbfv]|(?=[\"'/()+.@-]))"
_BEHIND_AMPERSAND = rf"(?<=&)(?:amp;){{0,3}}(?:#\d{{1,7}}|#[xX]{_HEX}{{1,6}}|{_ENTITIES});"
_BEHIND_EQUALS = rf"(?<==)(?:[CD]{_HEX}|E{_HEX}=[89AB]{_HEX})=[89AB]{_HEX}"
_SOFT_BREAK = r"(?<==)\r?\n"
_PLUS = r"(?<=[\w)-]\+)(?<!\\[nrt]\+)(?=[\w(%-])"
_TOKENS = (_BEHIND_PERCENT, _BEHIND_BACKSLASH, _BEHIND_AMPERSAND, _BEHIND_EQUALS)


def _any_of(first: str, *rests: str) -> re.Pattern[str]:
    """Compile so that the search looks for the first character and nothing else; one group, for `split`."""
    return re.compile(f"({first}(?:{'|'.join(rests)}))")


_TOKEN = _any_of(r"[%\\&=]", *_TOKENS)
_ONLY_PLUS = _any_of(r"\+", _PLUS)
_ONLY_BREAK = _any_of("=", _SOFT_BREAK)
_TOKENS_OF = {
    (False, False): _TOKEN,
    (False, True): _any_of(r"[%\\&=]", *_TOKENS, _SOFT_BREAK),
    (True, False): _any_of(r"[%\\&=+]", *_TOKENS, _PLUS),
    (True, True): _any_of(r"[%\\&=+]", *_TOKENS, _PLUS, _SOFT_BREAK),
}
_FORM = re.compile(rf"%[2-7]{_HEX}|[?&][\w.\[\]-]+=|=[^&=\s]*&")
"""Where a plus between words is a space: in a form's fields and a URL's query."""
_QUOTED_PRINTABLE = re.compile("=(?:3D|20|0D|[CDE][0-9A-F]=[89AB])")
"""Where a line that ends in an equals sign goes on: elsewhere it is the end of base64."""
_BEGINS_QUOTED = re.compile(r"=(?:[CDE]|\r?\n)")
"""Several backslashes, `%25` and `&amp;` are escapes of escapes: texts are often wrapped more than once."""
_FIRST_CHARACTERS = ("%", "\\", "&")
_QUOTED = ("=C", "=D", "=E")
_BREAKS = ("=\n", "=\r")


@dataclass(frozen=True, slots=True, kw_only=True)
class Unescaped:
    """A text without escapes. Piece by piece, `places` says where in it and `origins` where in the original."""

    text: str
    places: Sequence[int]
    origins: Sequence[int]
    token_ends: frozenset[int]

    def in_original(self, match: Spanned) -> Spanned:
        """Return the match with the offsets of the original; an escape belongs to it as a whole."""
        start, end, precedence, detector, mask = match
        return self._start(start), self._end(end - 1), precedence, detector, mask

    def _start(self, offset: int) -> int:
        piece = bisect_right(self.places, offset) - 1
        return self.origins[piece] + offset - self.places[piece]

    def _end(self, last: int) -> int:
        piece = bisect_right(self.places, last) - 1
        is_token = piece % 2 == 1
        return self.origins[piece + 1] if is_token else self._start(last) + 1


def with_escapes(joined: JoinedTexts) -> list[int]:
    """Return the indexes of the texts in which there is an escape; texts without one cost next to nothing."""
    text = joined.text
    is_quoted = _BEGINS_QUOTED.search(text) is not None
    first_characters = _FIRST_CHARACTERS + _QUOTED * is_quoted
    places = [place for first in first_characters for place in _places(text, first, _TOKEN)]
    pluses = list(_places(text, "+", _ONLY_PLUS))
    breaks = [place for first in _BREAKS * is_quoted for place in _places(text, first, _ONLY_BREAK)]
    indexes = set(map(joined.index_at, places))
    for others, evidence in ((pluses, _FORM), (breaks, _QUOTED_PRINTABLE)):
        of_others = set(map(joined.index_at, others))
        indexes.update(index for index in of_others if evidence.search(joined.texts[index]))
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
    parts = _TOKENS_OF[bool(_FORM.search(text)), bool(_QUOTED_PRINTABLE.search(text))].split(text)
    tokens = parts[1::2]
    origins = list(accumulate(map(len, parts), initial=0))  # an odd index is an escape's
    said = {token: _shown(token) for token in set(tokens)}
    parts[1::2] = [said[token] for token in tokens]
    return Unescaped(
        text="".join(parts),
        places=list(accumulate(map(len, parts), initial=0)),
        origins=origins,
        token_ends=frozenset([end for end, written in zip(origins[2::2], tokens, strict=False) if written != "+"]),
    )


def _shown(token: str) -> str:
    """Return the one character that a token stands for, or nothing."""
    return _SHOWN_BY_FIRST[token[0]](token)


def _shown_percent(token: str) -> str:
    return unquote(token.replace("%25", "%").replace("%25", "%").replace("%25", "%"))[:1]


def _shown_backslash(token: str) -> str:
    kind = token.lstrip("\\")
    if not kind:
        return ""
    return chr(int(kind[1:], 16)) if kind[0] in "ux" else "\n"


def _shown_entity(token: str) -> str:
    name = token.removesuffix(";").rpartition("amp;")[2].removeprefix("&") or "amp"
    return html.unescape(f"&{name};")[:1]


def _shown_quoted(token: str) -> str:
    return "" if token.endswith("\n") else unquote(token.replace("=", "%"))[:1]


_SHOWN_BY_FIRST: Mapping[str, Callable[[str], str]] = MappingProxyType(
    {
        "%": _shown_percent,
        "\\": _shown_backslash,
        "&": _shown_entity,
        "=": _shown_quoted,
        "+": lambda _token: " ",
    }
)


def add_unescaped(found: Sequence[Spanned], unescaped: Unescaped, hidden: Sequence[Spanned]) -> list[Spanned]:
    """Return both; a match of the original that took the rest of an escape for its beginning starts behind it."""
    placed = [unescaped.in_original(match) for match in hidden]
    starts = {end: start for start, end, *_rest in placed if start in unescaped.token_ends}
    begun = [(max(start, starts.get(end, 0)), end, *rest) for start, end, *rest in found] if starts else found
    return [*begun, *placed]
