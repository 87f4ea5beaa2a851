"""Takes out of a computed text what is left in it of the personal values that it was computed from."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

from relay.adapters.outbound.masking.cut_ends import cut_ends
from relay.adapters.outbound.masking.engine import Engine
from relay.adapters.outbound.masking.sources import Source, fold
from relay.adapters.outbound.masking.spans import Found, Match, replace
from relay.adapters.outbound.masking.values import UNREADABLE_MASK
from relay.domain.results import Treatment

DERIVED = "derived"
"""Stands in the place of a detector's name where none of them named the value."""
_LAST = 1 << 30
_BARE_NUMBER = re.compile(r"\d{8,19}")
"""Looked at by itself: what stands beside it may be the statement's own, put there so that a detector holds back."""


class Scrubber:
    """Looks at all texts of a batch at once; for one call, then thrown away."""

    def __init__(
        self, engine: Engine, texts: Iterable[str], source_texts: Iterable[str], unseen: Iterable[str] = ()
    ) -> None:
        """`unseen` are those texts that come without a source."""
        sources = dict.fromkeys(source_texts)
        alone = dict.fromkeys(unseen)
        variants = (variant for text in alone for variant in _variants(text))
        numbers = (number.group() for text in alone for number in _BARE_NUMBER.finditer(text))
        looked_at = dict.fromkeys((*texts, *variants, *numbers, *sources))
        self._matches: Mapping[str, Sequence[Match]] = engine.matches(list(looked_at))
        self._sources = {text: Source(fold(text), self._matches[text]) for text in sources if text in self._matches}

    def scrub(self, text: str, source_texts: Iterable[str], treatment: Treatment) -> Found | None:
        """Return what the text becomes; None if it stays."""
        matches = list(self._matches.get(text, ()))
        if treatment.sources:
            for source_text in dict.fromkeys(source_texts):
                source = self._sources.get(source_text)
                if source is not None:
                    matches += source.found_in(fold(text), is_cut=treatment.is_cut)
        else:
            matches += self._without_sources(text, treatment)
        return replace(text, matches) if matches else None

    def _without_sources(self, text: str, treatment: Treatment) -> Iterator[Match]:
        for variant in _variants(text):
            yield from self._matches.get(variant, ())
        for number in _BARE_NUMBER.finditer(text):
            for match in self._matches.get(number.group(), ()):
                yield match._replace(start=number.start() + match.start, end=number.start() + match.end)
        if treatment.is_cut:
            is_long = treatment.cut_length is None or len(text) >= treatment.cut_length
            for start, end in cut_ends(text, at_start=not treatment.starts_whole, at_end=is_long):
                yield Match(start, end, _LAST, DERIVED, UNREADABLE_MASK)


def _variants(text: str) -> Iterator[str]:
    """Yield the text, and what it may have been before its case was changed: some detectors look at case."""
    yield text
    for variant in (text.upper(), text.lower()):
        if variant != text and len(variant) == len(text):
            yield variant
