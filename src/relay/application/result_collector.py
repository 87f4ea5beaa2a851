"""Puts batches through the masker and stops at the limits of rows and bytes."""

from __future__ import annotations

from collections.abc import Container, Iterator, Sequence
from itertools import chain

from relay.application.masking_turns import mask_in_turn
from relay.application.ports.masking import Masker
from relay.domain.policy import RowLimit
from relay.domain.results import BY_RULE, Detection, Field, MaskedRows, QueryResult, RowBatch

ROWS_AT_ONCE = 100
"""Masked together: enough to share what each round costs, few enough to stop soon after the limit of bytes."""


class ResultCollector:
    """Collects one result. Holds masked rows only."""

    def __init__(self, *, masker: Masker, limit: RowLimit, max_bytes: int) -> None:
        self._masker = masker
        self._limit = limit
        self._max_bytes = max_bytes
        self._rows: list[bytes] = []
        self._bytes = 0
        self._masked = 0
        self._detections: dict[tuple[str, str | None], int] = {}
        self._replaced: dict[str, int] = {}
        self._cut_by: str | None = None

    @property
    def is_full(self) -> bool:
        """Whether further batches would be thrown away."""
        return self._cut_by is not None

    async def add(self, batch: RowBatch, fields: tuple[Field, ...]) -> None:
        """Mask a batch and keep of it what the limits admit; other requests get their turn meanwhile."""
        room = self._limit.rows - len(self._rows)
        rows = batch.rows[:room]
        for start in range(0, len(rows), ROWS_AT_ONCE):
            part = RowBatch(rows=rows[start : start + ROWS_AT_ONCE])
            self._add(await mask_in_turn(self._masker, part, fields))
            self._count(batch.replaced[start : start + len(part.rows)])
            if self.is_full:
                return
        if len(batch.rows) > room:
            self._cut_by = "rows"

    def _add(self, masked: MaskedRows) -> None:
        self._masked += masked.masked_value_count
        for found in masked.detections:
            key = (found.detector, found.column)
            self._detections[key] = self._detections.get(key, 0) + found.count
        for row in masked.rows:
            if self._bytes + len(row) > self._max_bytes:
                self._cut_by = "bytes"
                return
            self._rows.append(row)
            self._bytes += len(row)

    def _count(self, replaced: Sequence[Sequence[str]]) -> None:
        for column in chain.from_iterable(replaced):
            self._replaced[column] = self._replaced.get(column, 0) + 1

    def result(
        self, *, resource_id: str, fields: tuple[Field, ...], warnings: tuple[str, ...], execution_ms: int
    ) -> QueryResult:
        """Close the collection."""
        shown = self._masker.mask_fields(fields)
        return QueryResult(
            resource_id=resource_id,
            fields=shown,
            rows=tuple(self._rows),
            execution_ms=execution_ms,
            masking_enabled=self._masker.enabled,
            masked_value_count=self._masked + sum(self._replaced.values()),
            detections=(*self._found(), *self._by_rule({each.name for each in shown})),
            warnings=(*warnings, *self._cuts()),
            truncated=self._cut_by is not None,
            clamped=self._limit.clamped,
        )

    def _found(self) -> Iterator[Detection]:
        for (detector, column), count in self._detections.items():
            yield Detection(detector=detector, column=column, count=count)

    def _by_rule(self, shown: Container[str]) -> Iterator[Detection]:
        """Yield what rules replaced; a column whose name was masked is not named."""
        for column, count in self._replaced.items():
            yield Detection(detector=BY_RULE, column=column if column in shown else None, count=count)

    def _cuts(self) -> list[str]:
        said = []
        if self._limit.clamped:
            said.append(f"The row limit was lowered to {self._limit.rows}, the most that this resource gives.")
        if self._cut_by == "rows":
            said.append(f"There are more rows than the {self._limit.rows} given here.")
        if self._cut_by == "bytes":
            said.append(f"The rows were cut at {self._max_bytes} bytes; there are more.")
        return said
