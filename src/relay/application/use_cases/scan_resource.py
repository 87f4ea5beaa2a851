"""Look at samples of a resource's tables, so that its operator can decide on column rules."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass

from anyio.lowlevel import checkpoint

from relay.application.ports.database import ColumnSampler
from relay.application.ports.masking import ColumnExaminer
from relay.domain.errors import Reason, RelayError
from relay.domain.facts import TableName
from relay.domain.protection import ColumnClass, ColumnEvidence, classify

SCAN_ROWS = 1000
SCAN_TIMEOUT_S = 30.0
"""For one table."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnFinding:
    """One column: what the detectors found in its sample, and what it is taken for."""

    evidence: ColumnEvidence
    kind: ColumnClass


@dataclass(frozen=True, slots=True, kw_only=True)
class TableFinding:
    """One table; `error` says why it could not be sampled."""

    table: TableName
    columns: tuple[ColumnFinding, ...] = ()
    error: RelayError | None = None


class ScanResource:
    """Serves `relay scan`: samples as the guard's, only larger. No value outlives its table."""

    def __init__(self, *, sampler: ColumnSampler, examiner: ColumnExaminer) -> None:
        self._sampler = sampler
        self._examiner = examiner

    async def execute(self, tables: Sequence[TableName]) -> AsyncIterator[TableFinding]:
        """Yield what is found, table by table. Raises RESOURCE_UNAVAILABLE."""
        for table in tables:
            yield await self._look_at(table)

    async def _look_at(self, table: TableName) -> TableFinding:
        try:
            samples = await self._sampler.sample(table, max_rows=SCAN_ROWS, timeout_s=SCAN_TIMEOUT_S)
        except RelayError as error:
            if error.reason is Reason.RESOURCE_UNAVAILABLE:
                raise
            return TableFinding(table=table, error=error)
        columns = []
        for sample in samples:
            await checkpoint()
            evidence = self._examiner.examine(sample)
            columns.append(ColumnFinding(evidence=evidence, kind=classify(evidence)))
        return TableFinding(table=table, columns=tuple(columns))
