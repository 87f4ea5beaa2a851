"""Makes any value fit for a record: valid Unicode, scanned for personal data, cut, JSON."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

from relay.domain.errors import Outcome, Reason
from relay.domain.json_value import MAX_SAFE_INTEGER, JsonValue
from relay.domain.request import Operation

MAX_NESTED_ITEMS = 4000
MAX_DEPTH = 6

_USER_INFO = re.compile(r"//[^/]*@")
_QUERY = re.compile(r"[?#].*", re.DOTALL)

_OWN_WORDS = frozenset({*Operation, *Reason, *Outcome, "execute"})
"""Constants of the wire contract: they can't be data, and most records carry some."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TextLimit:
    """`keep` is what a record holds at most; `scan` is how many characters the detectors are given.

    What follows `scan` is dropped unseen, so a datum may be torn at that edge; the edge never reaches the record.
    """

    keep: int
    scan: int
    in_bytes: bool = False


class ValueCleaner:
    """Cleans the values of one record. A detector that fails withholds the text; it never passes it."""

    def __init__(self, scrub: Callable[[str], str]) -> None:
        self._scrub = scrub
        self._items_left = MAX_NESTED_ITEMS

    def clean(self, value: object, limit: TextLimit, depth: int = 0) -> JsonValue:
        """Return the value as JSON; what is not JSON, too deep or too much becomes a note in its place."""
        if isinstance(value, str):
            return cut(self.scan(value, limit), limit)
        if value is None or isinstance(value, bool):
            return value
        if isinstance(value, int):
            return int(value) if abs(value) <= MAX_SAFE_INTEGER else "[withheld: integer beyond 2^53]"
        if isinstance(value, float):
            return value if math.isfinite(value) else "[withheld: not a finite number]"
        if depth >= MAX_DEPTH or not isinstance(value, Mapping | Sequence) or isinstance(value, bytes | bytearray):
            return f"[withheld: {type(value).__name__}]"
        return self._clean_items(value, limit, depth + 1)

    def scan(self, text: str, limit: TextLimit) -> str:
        """Return the text as the detectors leave it, not yet cut to `limit.keep`."""
        if text in _OWN_WORDS:
            return str(text)
        window = valid_unicode(text[: limit.scan])
        try:
            scanned = valid_unicode(self._scrub(window))
        except Exception:  # noqa: BLE001 - whatever a detector stumbles over, the text must not pass
            return f"[withheld: {len(text)} characters]"
        torn_edge_would_show = len(text) > limit.scan and cut(scanned, limit) == scanned
        return f"[withheld: {len(text)} characters]" if torn_edge_would_show else scanned

    def _clean_items(
        self, value: Mapping[object, object] | Sequence[object], limit: TextLimit, depth: int
    ) -> JsonValue:
        taken = list(islice(value, self._items_left))
        self._items_left -= len(taken)
        left_out = len(value) - len(taken)
        if isinstance(value, Mapping):
            cleaned: dict[str, JsonValue] = {}
            for key in taken:
                cleaned[_free(cleaned, self._clean_key(key, limit))] = self.clean(value[key], limit, depth)
            return cleaned | ({"[withheld]": left_out} if left_out else {})
        items = [self.clean(item, limit, depth) for item in taken]
        return [*items, f"[withheld: {left_out} more]"] if left_out else items

    def _clean_key(self, key: object, limit: TextLimit) -> str:
        return cut(self.scan(key, limit), limit) if isinstance(key, str) else f"[withheld: {type(key).__name__}]"


def cut(text: str, limit: TextLimit) -> str:
    """Return the longest beginning of whole characters within `limit.keep`."""
    if not limit.in_bytes:
        return text[: limit.keep]
    if len(text) * 4 <= limit.keep:
        return text
    return text.encode()[: limit.keep].decode(errors="ignore")


def bare_url(url: str) -> str:
    """Return a URL without user, password, query and fragment: any of them may hold a token."""
    return _USER_INFO.sub("//", _QUERY.sub("", url), count=1)


def valid_unicode(text: str) -> str:
    """Join surrogate pairs and replace lone surrogates by U+FFFD: UTF-8 has neither."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return str.__str__(text)


def _free(taken: Mapping[str, JsonValue], key: str) -> str:
    """Return the key, numbered if cleaning made it equal to another."""
    if key not in taken:
        return key
    number = 2
    while f"{key}#{number}" in taken:
        number += 1
    return f"{key}#{number}"
