"""What masking is asked to do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType


@dataclass(frozen=True, slots=True, kw_only=True)
class MaskingRule:
    """One custom pattern: a linear-time regular expression and the literal text that replaces each match."""

    name: str
    regex: str
    replacement: str


class DerivedAction(StrEnum):
    """What becomes of an expression that is computed from a protected column."""

    MASK = "mask"
    DENY = "deny"
    ALLOW = "allow"


@dataclass(frozen=True, slots=True, kw_only=True)
class MaskingSettings:
    """The masking part of the configuration; `detectors` switches built-in ones on or off by name."""

    enabled: bool = True
    rules: tuple[MaskingRule, ...] = ()
    detectors: Mapping[str, bool] = field(default_factory=lambda: MappingProxyType({}))
    derived: DerivedAction = DerivedAction.MASK
