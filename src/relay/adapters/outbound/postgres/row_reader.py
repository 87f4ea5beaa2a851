"""Reads rows through a cursor, in pieces whose size follows the bytes seen."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Sequence
from typing import TypeAlias

import anyio.to_thread
import asyncpg
import orjson
from asyncpg.prepared_stmt import PreparedStatement

from relay.adapters.outbound.postgres.columns import ResultShape
from relay.application.ports.database import RunLimits
from relay.domain.json_value import JsonValue
from relay.domain.results import Field, RowBatch

FIRST_PIECE_ROWS = 50
MAX_PIECE_ROWS = 100
PIECE_BYTES = 1 << 20
"""What one piece should hold, going by the rows before it."""
BATCH_BYTES = 1 << 18
"""What is converted and masked in one go, which holds the event loop; a longer row is a batch by itself."""
CONVERTED_AT_ONCE_BYTES = 1 << 16
"""More than this is converted in a worker thread: reading a long JSON text takes its time."""

Row: TypeAlias = dict[str, JsonValue]


class RowReader:
    """A running query."""

    def __init__(
        self,
        *,
        statement: PreparedStatement[asyncpg.Record],
        values: Sequence[object],
        shape: ResultShape,
        limits: RunLimits,
    ) -> None:
        self._statement = statement
        self._values = values
        self._shape = shape
        self._limits = limits
        self._names = [field.name for field in shape.fields]
        self._ruled = [field.name for field in shape.fields if field.treatment.by_rule]
        self._too_long: set[str] = set()
        self._dependents = dependents_of(shape.fields)

    @property
    def fields(self) -> tuple[Field, ...]:
        """See RowStream."""
        return self._shape.fields

    @property
    def warnings(self) -> tuple[str, ...]:
        """See RowStream."""
        said = []
        if self._shape.renamed:
            said.append("Two columns had one name; the later one bears a number.")
        if self._too_long:
            said.append(f"Values longer than {self._limits.max_cell_bytes} bytes are given as null.")
        return tuple(said)

    async def batches(self) -> AsyncIterator[RowBatch]:
        """See RowStream."""
        cursor = await self._statement.cursor(*self._values)
        left, piece = self._limits.max_rows, FIRST_PIECE_ROWS
        while left > 0:
            records = await cursor.fetch(min(piece, left))
            if not records:
                return
            size = 0
            for part in parts(records):
                rows, part_size = await self._converted(part)
                size += part_size
                yield RowBatch(rows=rows, replaced=self._replaced(rows))
            left -= len(records)
            if len(records) < min(piece, left + len(records)):
                return
            piece = max(1, min(MAX_PIECE_ROWS, PIECE_BYTES * len(records) // max(size, 1)))

    def _replaced(self, rows: Sequence[Row]) -> Sequence[Sequence[str]]:
        """Return the columns under a rule that have a value, for each row; a boolean is none of the rule's making."""
        if not self._ruled:
            return ()
        return [[name for name in self._ruled if not isinstance(row[name], bool | None)] for row in rows]

    async def _converted(self, records: Sequence[asyncpg.Record]) -> tuple[list[Row], int]:
        if sum(map(weight_of, records)) <= CONVERTED_AT_ONCE_BYTES:
            return self._rows(records)
        return await anyio.to_thread.run_sync(self._rows, records)

    def _rows(self, records: Sequence[asyncpg.Record]) -> tuple[list[Row], int]:
        names = self._names
        rows: list[Row] = [dict(zip(names, record, strict=True)) for record in records]
        size = 0
        for name, reading in zip(names, self._shape.readings, strict=True):
            convert = reading.convert
            for row in rows:
                value = row[name]
                if isinstance(value, (str, bytes, list)):
                    size += len(value)
                    if self._is_too_long(value):
                        row[name] = None
                        row.update(self._dependents.get(name, ()))
                        self._too_long.add(name)
                        continue
                if convert is not None and value is not None:
                    row[name] = convert(value)
        return rows, size

    def _is_too_long(self, value: str | bytes | list[object]) -> bool:
        limit = self._limits.max_cell_bytes
        if isinstance(value, list):
            return len(orjson.dumps(value, default=str)) > limit
        if isinstance(value, bytes):
            return 2 * len(value) + 2 > limit
        # four bytes a character at most: only long ones are measured exactly
        return 4 * len(value) > limit and len(value.encode("utf-8", "surrogatepass")) > limit


def dependents_of(fields: Sequence[Field]) -> dict[str, dict[str, JsonValue]]:
    """Return, for each source, nulls for the columns that can't be scrubbed without it; sources come last in a row."""
    dependents: dict[str, dict[str, JsonValue]] = {}
    for field in fields:
        for source in field.treatment.sources:
            dependents.setdefault(source, {})[field.name] = None
    return dependents


def weight_of(record: asyncpg.Record) -> int:
    """Return about how many bytes a row has; small values don't count."""
    return sum([len(value) for value in record if isinstance(value, (str, bytes, list))])


def parts(records: Sequence[asyncpg.Record]) -> Iterator[Sequence[asyncpg.Record]]:
    """Cut records into runs of about BATCH_BYTES, each of one record at least."""
    start = size = 0
    for place, record in enumerate(records):
        weight = weight_of(record)
        if size and size + weight > BATCH_BYTES:
            yield records[start:place]
            start = place
            size = 0
        size += weight
    yield records[start:]
