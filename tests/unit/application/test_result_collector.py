from __future__ import annotations

import time

import anyio

from relay.adapters.outbound.memory import FakeMasker
from relay.application.result_collector import PAUSE_AFTER_S, ROWS_BETWEEN_TURNS, ResultCollector
from relay.domain.policy import RowLimit
from relay.domain.results import Field, MaskedRows, RowBatch

ROWS = RowBatch(rows=[{"name": "x"}] * (4 * ROWS_BETWEEN_TURNS))
FIELDS = (Field(name="name", type="text"),)


class SlowMasker(FakeMasker):
    def __init__(self, seen: list[str]) -> None:
        super().__init__()
        self._seen = seen

    def mask_rows(self, batch: RowBatch, fields: tuple[Field, ...]) -> MaskedRows:
        time.sleep(1.5 * PAUSE_AFTER_S)
        self._seen.append("masked")
        return super().mask_rows(batch, fields)


async def test_others_run_on_while_long_values_are_masked() -> None:
    seen: list[str] = []
    collector = ResultCollector(masker=SlowMasker(seen), limit=RowLimit(rows=1000), max_bytes=1 << 20)

    async def tick() -> None:
        while seen.count("masked") < 4:
            seen.append("tick")
            await anyio.sleep(0.001)

    async with anyio.create_task_group() as group:
        group.start_soon(tick)
        await collector.add(ROWS, FIELDS)
    first, last = seen.index("masked"), len(seen) - seen[::-1].index("masked")
    assert seen[first:last].count("tick") > 2 * (seen.count("masked") - 1)
    result = collector.result(resource_id="shop", fields=FIELDS, warnings=(), execution_ms=1)
    assert result.row_count == len(ROWS.rows)
