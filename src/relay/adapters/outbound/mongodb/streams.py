"""Row streams: the answer of each operation in the port's form."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence

from relay.adapters.outbound.mongodb.documents import documents
from relay.adapters.outbound.mongodb.operation import Operation
from relay.adapters.outbound.mongodb.plans import QueryPlan
from relay.adapters.outbound.mongodb.rows import RowMaker
from relay.application.ports.database import RunLimits
from relay.domain.json_value import JsonValue
from relay.domain.results import Field, RowBatch


class DocumentStream:
    """The documents of a query, converted as they come; fields and warnings are complete after the last batch."""

    def __init__(self, *, operation: Operation, plan: QueryPlan, limits: RunLimits) -> None:
        self._operation = operation
        self._plan = plan
        self._max_rows = limits.max_rows
        self._maker = RowMaker(max_cell_bytes=limits.max_cell_bytes, outputs=plan.outputs)

    @property
    def fields(self) -> tuple[Field, ...]:
        """Top-level keys in the order first seen."""
        return self._maker.fields

    @property
    def warnings(self) -> tuple[str, ...]:
        """What was left out."""
        return self._maker.warnings

    async def batches(self) -> AsyncIterator[RowBatch]:
        """Yield the rows in bounded pieces."""
        async for piece in documents(self._operation, self._plan, self._max_rows):
            yield self._maker.batch(piece)


class ReadyStream:
    """Rows that are all there: names, types and plans, never a document."""

    def __init__(
        self, *, fields: tuple[Field, ...], rows: Sequence[Mapping[str, JsonValue]], warnings: tuple[str, ...] = ()
    ) -> None:
        self.fields = fields
        self.warnings = warnings
        self._rows = rows

    async def batches(self) -> AsyncIterator[RowBatch]:
        """Yield all of them at once."""
        if self._rows:
            yield RowBatch(rows=self._rows)
