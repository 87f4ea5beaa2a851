"""Rows on their way out: raw as an adapter reads them, masked as the outbound channel takes them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from relay.domain.json_value import JsonValue


class Handling(StrEnum):
    """What the masker does with an output column.

    `detect`: the detectors look at each value. `whole`: each value that is not null becomes the mask. `scrub`: the
    detectors look, and pieces of personal values of the sources are taken out too. `pass`: values leave as they are.
    `source`: a column that came only to be looked at beside others, and never leaves.
    """

    DETECT = "detect"
    WHOLE = "whole"
    SCRUB = "scrub"
    PASS = "pass"  # noqa: S105 - a way of handling
    SOURCE = "source"


@dataclass(frozen=True, slots=True, kw_only=True)
class Treatment:
    """How one output column is handled.

    `mask`: for `whole`; None makes the value null. `detector`: what `whole` counts as. `sources`: for `scrub`, the
    names of the fields of the same row that hold what the value was computed from. `is_cut`: for `scrub`, the value may
    begin or end in the middle of a source's value; without sources, what touches its ends is then masked.
    `in_pieces`: it may be made of pieces of any length, so that no part of it is too short to look at.
    `starts_whole`: only its end may be cut, as by `left`; `cut_length`: values of fewer characters have their true end.
    `by_rule`: what comes is already what a column rule left of the values.
    """

    handling: Handling = Handling.DETECT
    mask: str | None = None
    detector: str | None = None
    sources: tuple[str, ...] = ()
    is_cut: bool = False
    in_pieces: bool = False
    starts_whole: bool = False
    cut_length: int | None = None
    by_rule: bool = False


DETECT = Treatment()


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One output column; `type` is the database's own short name (`int4`, `_text`, `objectId`)."""

    name: str
    type: str
    treatment: Treatment = DETECT


@dataclass(frozen=True, slots=True, kw_only=True)
class RowBatch:
    """A bounded piece of a result, unmasked: never logged, never sent. Each row maps column name to JSON value.

    `replaced`: for each row, the columns in which a column rule has replaced values, each as often as it did; empty
    where no rule did. What a rule left null can't be told from what was null, and does not count.
    """

    rows: Sequence[Mapping[str, JsonValue]] = field(repr=False)
    replaced: Sequence[Sequence[str]] = ()


BY_RULE = "column_rule"
"""What values that a column rule replaced are counted as, beside the detectors' names."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Detection:
    """How many values one detector, or a column rule, replaced in one column (None: outside any column)."""

    detector: str
    count: int
    column: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MaskedRows:
    """Rows that went through the masker; only a masker makes them, and the outbound channel takes nothing else.

    Each row is one JSON object, encoded as UTF-8.
    """

    rows: tuple[bytes, ...] = field(default=(), repr=False)
    masked_value_count: int = 0
    detections: tuple[Detection, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class MaskedText:
    """One text after masking, with what was found in it."""

    text: str
    detections: tuple[Detection, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class QueryResult:
    """The answer to one `execute`; each row is one JSON object, encoded and masked."""

    resource_id: str
    fields: tuple[Field, ...]
    rows: tuple[bytes, ...] = field(repr=False)
    execution_ms: int
    masking_enabled: bool
    masked_value_count: int = 0
    detections: tuple[Detection, ...] = ()
    warnings: tuple[str, ...] = ()
    truncated: bool = False
    clamped: bool = False

    @property
    def row_count(self) -> int:
        """Rows in this answer."""
        return len(self.rows)

    @property
    def detector_counts(self) -> dict[str, int]:
        """Values replaced, by detector."""
        counts: dict[str, int] = {}
        for found in self.detections:
            counts[found.detector] = counts.get(found.detector, 0) + found.count
        return dict(sorted(counts.items()))
