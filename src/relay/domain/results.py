"""Rows on their way out: raw as an adapter reads them, masked as the outbound channel takes them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from relay.domain.json_value import JsonValue


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One output column; `type` is the database's own short name (`int4`, `_text`, `objectId`)."""

    name: str
    type: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RowBatch:
    """A bounded piece of a result, unmasked: never logged, never sent. Each row maps column name to JSON value."""

    rows: Sequence[Mapping[str, JsonValue]] = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Detection:
    """How many values one detector replaced in one column (None: outside any column)."""

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
