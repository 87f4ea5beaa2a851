"""The customer's own patterns: any linear-time regular expression, over the text as it is."""

from __future__ import annotations

import re
import time
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from itertools import accumulate

import re2

from relay.adapters.outbound.masking.spans import Spanned
from relay.domain.masking import MaskingRule

_MAX_MEMORY_BYTES = 64 << 20
_NEEDS_A_TEXT_OF_ITS_OWN = re.compile(r"\\[AzZQC]|\(\?[a-zA-Z]*[-msU]")
"""Anchors and flags that make a joined text different from the texts it was joined of."""
_PATIENCE_S = 0.1
_PATIENCE_FOR_EACH_MATCH_S = 20e-6
"""A match of what stands next to it takes a fifth of this.

`a(?:.*z)?` looks at all that follows for each `a`, though each search is linear; what it has not come to when its time
is over is masked as a whole.
"""
_LOOK_AT_CLOCK_EVERY = 32


class OutOfTimeError(Exception):
    """A pattern needs more than linear time for this text."""


def _options() -> re2.Options:
    options = re2.Options()
    options.never_capture = True
    options.log_errors = False
    options.max_mem = _MAX_MEMORY_BYTES
    return options


class CustomPattern:
    """One compiled rule. Raises ValueError, with the rule's name, for what RE2 does not take."""

    def __init__(self, rule: MaskingRule, precedence: int) -> None:
        try:
            self._regex = re2.compile(rule.regex, _options())
            self._filter = _compile_filter(rule.regex)
        except (re2.error, UnicodeEncodeError) as error:
            raise ValueError(
                f"masking pattern {rule.name}: not a linear-time regular expression (RE2 syntax): {_reason(error)}"
            ) from None
        self._rule = rule
        self._precedence = precedence

    def scan(self, encoded: Sequence[bytes]) -> dict[int, list[Spanned]]:
        """Return the matches by the text's index, offsets in characters; texts come as UTF-8."""
        by_text = {}
        for index in self._touched(encoded):
            matches = self._matches(encoded[index])
            if matches:
                by_text[index] = matches
        return by_text

    def _touched(self, encoded: Sequence[bytes]) -> list[int]:
        """Find the texts worth a look of their own, by one pass over all of them joined by line breaks."""
        if self._filter is None:
            return list(range(len(encoded)))
        starts = list(accumulate((len(each) + 1 for each in encoded), initial=0))
        touched: dict[int, None] = {}
        last = 0
        try:
            for span in _spans(self._filter, b"\n".join(encoded)):
                first, last = (bisect_right(starts, place) - 1 for place in span)
                touched.update(dict.fromkeys(range(first, min(last, len(encoded) - 1) + 1)))
        except OutOfTimeError:
            touched.update(dict.fromkeys(range(last, len(encoded))))
        return list(touched)

    def _matches(self, encoded: bytes) -> list[Spanned]:
        """Empty matches are none: there is nothing to replace."""
        matches, place, characters = [], 0, 0
        try:
            for start, end in _spans(self._regex, encoded):
                first = characters + _character_count(encoded[place:start])
                characters = first + _character_count(encoded[start:end])
                place = end
                matches.append(self._match(first, characters))
        except OutOfTimeError:
            matches.append(self._match(characters, characters + _character_count(encoded[place:])))
        return matches

    def _match(self, start: int, end: int) -> Spanned:
        return start, end, self._precedence, self._rule.name, self._rule.replacement


def _spans(regex: re2._Regexp, encoded: bytes) -> Iterator[tuple[int, int]]:
    """Yield what matches and is not empty. Raises OutOfTimeError after more of this thread's time than is linear."""
    began_s = time.thread_time()
    for number, found in enumerate(regex.finditer(encoded)):
        if number % _LOOK_AT_CLOCK_EVERY == 0:
            took_s = time.thread_time() - began_s
            if took_s > _PATIENCE_S + number * _PATIENCE_FOR_EACH_MATCH_S:
                raise OutOfTimeError
        start, end = found.span()
        if start < end:
            yield start, end


def _compile_filter(pattern: str) -> re2._Regexp | None:
    """Compile the pattern for joined texts; None where that would find less than a text on its own."""
    if _NEEDS_A_TEXT_OF_ITS_OWN.search(pattern) or re2.compile(pattern, _options()).search(b"") is not None:
        return None
    return re2.compile(f"(?m)(?:{pattern})", _options())


def _reason(error: Exception) -> str:
    detail = error.args[0] if error.args else "not valid Unicode"
    return detail.decode("utf-8", "replace") if isinstance(detail, bytes) else str(detail)


def _character_count(encoded: bytes) -> int:
    """Count the code points: the bytes that don't go on with one that has begun."""
    return len(encoded) if encoded.isascii() else len(encoded.decode("utf-8", "replace"))
