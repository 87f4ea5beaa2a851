"""Finds personal data in texts and numbers: detectors, custom patterns, overlaps, disguises."""

from __future__ import annotations

from collections.abc import Sequence

from relay.adapters.outbound.masking.bytes_text import BYTES_MARK, bytes_within
from relay.adapters.outbound.masking.custom_patterns import CustomPattern
from relay.adapters.outbound.masking.detectors import DETECTORS, active_detectors
from relay.adapters.outbound.masking.escapes import add_unescaped, unescape, with_escapes
from relay.adapters.outbound.masking.joined_texts import JoinedTexts, joined_in_chunks
from relay.adapters.outbound.masking.numbers import LARGEST, NUMBER_CHECKS, SMALLEST
from relay.adapters.outbound.masking.scanner import Scanner
from relay.adapters.outbound.masking.spans import Found, Match, Spanned, replace
from relay.domain.masking import MaskingSettings


class Engine:
    """All detectors that are on, compiled. Holds no value between calls; linear time in what it is given.

    Raises ValueError, with the pattern's or detector's name, for settings that can't be compiled.
    """

    def __init__(self, settings: MaskingSettings) -> None:
        known = {detector.name for detector in DETECTORS}
        unknown = sorted(settings.detectors.keys() - known)
        if unknown:
            raise ValueError(f"unknown detector {unknown[0]}; the built-in ones are {', '.join(sorted(known))}")
        active = active_detectors(settings)
        self.active_names = frozenset(detector.name for detector in active)
        self._custom = [CustomPattern(rule, precedence) for precedence, rule in enumerate(settings.rules)]
        self._scanner = Scanner(active, first_precedence=len(self._custom))
        masks = {detector.name: detector.mask for detector in active}
        self._number_checks = [(name, masks[name], check) for name, check in NUMBER_CHECKS.items() if name in masks]

    @property
    def has_custom_patterns(self) -> bool:
        """Whether a customer's pattern could match anything at all, such as a small number."""
        return bool(self._custom)

    def find(self, texts: Sequence[str]) -> dict[str, Found]:
        """Return what the texts become, for those alone in which something was found."""
        found: dict[str, Found] = {}
        for joined in joined_in_chunks(texts):
            for index, matches in self._scan_all(joined).items():
                text = joined.texts[index]
                found[text] = replace(text, matches)
        return found

    def matches(self, texts: Sequence[str]) -> dict[str, list[Match]]:
        """Return where something was found, by text; matches may still overlap."""
        return {
            joined.texts[index]: [Match._make(each) for each in matches]
            for joined in joined_in_chunks(texts)
            for index, matches in self._scan_all(joined).items()
        }

    def may_hold_something(self, texts: Sequence[str]) -> list[int]:
        """Return the indexes of the texts that the built-in detectors could find something in."""
        joined = JoinedTexts(texts)
        escaped = with_escapes(joined)
        hidden = self._scanner.triggered(JoinedTexts([unescape(texts[index]).text for index in escaped]))
        return sorted({*self._scanner.triggered(joined), *(escaped[index] for index in hidden)})

    def find_number(self, value: int) -> Found | None:
        """Look at a whole number as a document's, card's or telephone's; None if it is none."""
        value = abs(value)
        if not SMALLEST <= value < LARGEST:
            return None
        digits = b"%d" % value
        for name, mask, check in self._number_checks:
            if check(digits):
                return Found(text=mask, detectors=(name,), first_mask=mask)
        return None

    def _scan_all(self, joined: JoinedTexts) -> dict[int, list[Spanned]]:
        found = self._scanner.scan(joined)
        self._scan_escaped(joined, found)
        self._scan_custom(joined.texts, found)
        self._scan_bytes(joined, found)
        return found

    def _scan_bytes(self, joined: JoinedTexts, found: dict[int, list[Spanned]]) -> None:
        """Look into bytes written as hexadecimal, which go as a whole; also within a text, as in that of a row."""
        if "\\" not in joined.text or BYTES_MARK not in joined.text:
            return
        runs = [(index, *run) for index, text in enumerate(joined.texts) for run in bytes_within(text)]
        if not runs:
            return
        for place, matches in self._scan_all(JoinedTexts([inner for *_, inner in runs])).items():
            index, start, end, _inner = runs[place]
            found.setdefault(index, []).append((start, end, *min(matches)[2:]))

    def _scan_escaped(self, joined: JoinedTexts, found: dict[int, list[Spanned]]) -> None:
        indexes = with_escapes(joined)
        if not indexes:
            return
        unescaped = [unescape(joined.texts[index]) for index in indexes]
        for place, hidden in self._scanner.scan(JoinedTexts([each.text for each in unescaped])).items():
            index = indexes[place]
            found[index] = add_unescaped(found.get(index, ()), unescaped[place], hidden)

    def _scan_custom(self, texts: Sequence[str], found: dict[int, list[Spanned]]) -> None:
        if not self._custom:
            return
        encoded = [text.encode("utf-8", "replace") for text in texts]
        for pattern in self._custom:
            for index, matches in pattern.scan(encoded).items():
                found.setdefault(index, []).extend(matches)
