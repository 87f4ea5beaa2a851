"""How columns are protected: rules that an operator wrote, and what a sample of their values says."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType

from relay.domain.masking import DerivedAction


class ColumnAction(StrEnum):
    """What a rule makes of a column's values; `pass`: they leave as they are, and so does what is computed of them."""

    MASK = "mask"
    PARTIAL = "partial"
    HASH = "hash"
    DROP = "drop"
    DENY = "deny"
    PASS = "pass"  # noqa: S105 - an action


class ColumnKind(StrEnum):
    """What a column holds, going by a sample.

    `identifier`: nearly every value is one match as a whole. `free_text`: matches inside some values. `unknown`: no
    sample could be had; text counts as free text, and a number large enough for a match as an identifier.
    """

    IDENTIFIER = "identifier"
    FREE_TEXT = "free_text"
    NEITHER = "neither"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnClass:
    """One column's kind; `detector` and its fixed `mask` are those that fired most, None where none did."""

    kind: ColumnKind
    detector: str | None = None
    mask: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnEvidence:
    """What the detectors found in a column's sample; counts of values that are not empty.

    `whole`: values that are one match from end to end, by detector; `inside`: values with any match, by detector.
    `masks`: each detector's fixed mask. `mean_length`: in characters. `is_nested`: documents, arrays and the like.
    """

    column: str
    type: str
    is_text: bool
    values: int
    mean_length: float = 0.0
    is_nested: bool = False
    whole: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))
    inside: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))
    masks: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True, slots=True, kw_only=True)
class Protection:
    """What a database adapter needs of the masking configuration to protect columns of one resource.

    `masking_enabled`: False leaves column rules in force and nothing else. `hash_key`: 32 bytes derived for this
    resource alone; None where the configuration has no key. `masks`: the fixed mask of each built-in detector, on or
    off, and the replacement of each custom pattern, by name: what a rule's `kind` stands for.
    """

    masking_enabled: bool = True
    derived: DerivedAction = DerivedAction.MASK
    hash_key: bytes | None = field(default=None, repr=False)
    masks: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))


NO_PROTECTION = Protection(masking_enabled=False)
IDENTIFIER_SHARE = 0.8
"""Of the values, how many must be matches as a whole."""
FEWEST_VALUES = 3
"""With fewer, one whole match is enough: the careful answer."""
NUMBER_SHARE = 0.15
"""Of numbers, this many matches are more than chance gives: of any eleven digits, one in a hundred checks as a CPF and
seven have the form of a mobile's number."""
MIXED_SHARE = 0.1
"""Of short texts, this many matches as a whole, with next to none inside longer ones: identifiers among other words."""
LONG_TEXT_CHARACTERS = 100
"""Texts that are longer than this on average may hold anything, whatever a sample of them says."""


def classify(evidence: ColumnEvidence) -> ColumnClass:
    """Decide what a column holds; one that has no values stays unknown."""
    if evidence.values == 0:
        return ColumnClass(kind=ColumnKind.UNKNOWN)
    if _identifies(evidence):
        return _of_kind(ColumnKind.IDENTIFIER, evidence.whole, evidence.masks)
    if evidence.is_text and (evidence.inside or evidence.is_nested or evidence.mean_length > LONG_TEXT_CHARACTERS):
        return _of_kind(ColumnKind.FREE_TEXT, evidence.inside, evidence.masks)
    return ColumnClass(kind=ColumnKind.NEITHER)


def _identifies(evidence: ColumnEvidence) -> bool:
    whole = sum(evidence.whole.values())
    if evidence.values < FEWEST_VALUES:
        return whole > 0
    if whole >= IDENTIFIER_SHARE * evidence.values:
        return True
    if whole < FEWEST_VALUES:
        return False
    if not evidence.is_text:
        return whole >= NUMBER_SHARE * evidence.values
    is_short = not evidence.is_nested and evidence.mean_length <= LONG_TEXT_CHARACTERS
    mostly_whole = whole >= IDENTIFIER_SHARE * sum(evidence.inside.values())
    return is_short and mostly_whole and whole >= MIXED_SHARE * evidence.values


def _of_kind(kind: ColumnKind, counts: Mapping[str, int], masks: Mapping[str, str]) -> ColumnClass:
    detector = max(counts, key=lambda name: (counts[name], name), default=None)
    return ColumnClass(kind=kind, detector=detector, mask=None if detector is None else masks.get(detector))


Z_95 = 1.96
"""Of a two-sided interval of 95 %."""


def share_at_least(hits: int, values: int) -> float:
    """Return the lower end of Wilson's 95 % interval for a share of which a sample had `hits` in `values`."""
    if values == 0:
        return 0.0
    share, z2 = hits / values, Z_95**2
    spread = Z_95 * math.sqrt(share * (1 - share) / values + z2 / (4 * values**2))
    return max(0.0, (share + z2 / (2 * values) - spread) / (1 + z2 / values))
