"""How columns are protected: rules that an operator wrote, and what a sample of their values says."""

from __future__ import annotations

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
    """What the detectors found in a column's sample; counts of values.

    `whole`: values that are one match from end to end, by detector; `inside`: values with any match, by detector.
    `masks`: each detector's fixed mask.
    """

    column: str
    type: str
    is_text: bool
    values: int
    whole: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))
    inside: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))
    masks: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True, slots=True, kw_only=True)
class Protection:
    """What a database adapter needs of the masking configuration to protect columns of one resource.

    `masking_enabled`: False leaves column rules in force and nothing else. `hash_key`: 32 bytes derived for this
    resource alone; None where the configuration has no key.
    """

    masking_enabled: bool = True
    derived: DerivedAction = DerivedAction.MASK
    hash_key: bytes | None = field(default=None, repr=False)


NO_PROTECTION = Protection(masking_enabled=False)
