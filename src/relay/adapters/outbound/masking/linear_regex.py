"""RE2 over views: one byte for each character, linear in what is looked at, without the interpreter's lock."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from functools import partial

import re2

NextSpan = Callable[[bytes, int, int], list[tuple[int, int]]]
"""Finds the first match in `view[place:end]`: a list of its one span, (-1, -1) where there is none."""

_MAX_MEMORY_BYTES = 64 << 20
"""For each pattern's automaton, built as it is needed; the built-in ones stay far below."""


def compile_for_views(pattern: str) -> re2._Regexp:
    """Compile a pattern in Latin-1."""
    return re2.compile(pattern.encode("latin-1"), _options())


def next_span(regex: re2._Regexp) -> NextSpan:
    """Return the library's own search: its Python wrapper makes two more objects for each match."""
    search: NextSpan = partial(regex._regexp.Match, re2._Anchor.UNANCHORED)  # noqa: SLF001 - see above
    return search


class PatternSet:
    """Says in one pass which of its patterns match anywhere."""

    def __init__(self, patterns: Iterable[str]) -> None:
        self._set = re2.Set.SearchSet(_options())
        self._indexes = frozenset(self._set.Add(pattern.encode("latin-1")) for pattern in patterns)
        if self._indexes:
            self._set.Compile()

    def matching(self, view: bytes) -> Collection[int]:
        """Return the indexes of the patterns that match."""
        return self._set.Match(view) or () if self._indexes else ()


def _options() -> re2.Options:
    options = re2.Options()
    options.encoding = re2.Options.Encoding.LATIN1
    options.never_capture = True
    options.log_errors = False
    options.max_mem = _MAX_MEMORY_BYTES
    return options
