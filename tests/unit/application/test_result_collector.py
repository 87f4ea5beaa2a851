from __future__ import annotations

import threading
import time

import anyio
import pytest

from relay.adapters.outbound.memory import FakeMasker
from relay.application.masking_turns import SMALL, is_small
from relay.application.result_collector import ROWS_AT_ONCE, ResultCollector
from relay.domain.policy import RowLimit
from relay.domain.results import Field, MaskedRows, RowBatch

FIELDS = (Field(name="name", type="text"),)
LARGE = RowBatch(rows=[{"name": "x" * 100}] * (3 * ROWS_AT_ONCE))


class SlowMasker(FakeMasker):
    def __init__(self) -> None:
        super().__init__()
        self.threads: list[int] = []

    def mask_rows(self, batch: RowBatch, fields: tuple[Field, ...]) -> MaskedRows:
        self.threads.append(threading.get_ident())
        time.sleep(0.05)
        return super().mask_rows(batch, fields)


def collector_of(masker: FakeMasker, *, rows: int = 1000) -> ResultCollector:
    return ResultCollector(masker=masker, limit=RowLimit(rows=rows), max_bytes=1 << 20)


async def test_others_run_on_while_a_large_batch_is_masked() -> None:
    masker, ticks = SlowMasker(), 0
    collector = collector_of(masker)

    async def tick() -> None:
        nonlocal ticks
        while True:
            ticks += 1
            await anyio.sleep(0.001)

    async with anyio.create_task_group() as group:
        group.start_soon(tick)
        await collector.add(LARGE, FIELDS)
        group.cancel_scope.cancel()
    assert threading.get_ident() not in masker.threads
    assert ticks > len(masker.threads)
    result = collector.result(resource_id="shop", fields=FIELDS, warnings=(), execution_ms=1)
    assert result.row_count == len(LARGE.rows)


async def test_small_batch_is_masked_at_once() -> None:
    masker = SlowMasker()
    await collector_of(masker).add(RowBatch(rows=[{"name": "x"}]), FIELDS)
    assert masker.threads == [threading.get_ident()]


async def test_nothing_more_is_masked_when_the_rows_are_enough() -> None:
    masker = SlowMasker()
    collector = collector_of(masker, rows=ROWS_AT_ONCE)
    await collector.add(LARGE, FIELDS)
    assert len(masker.threads) == 1
    assert collector.is_full


async def test_waiting_ends_at_once_when_it_is_cancelled() -> None:
    started, goes_on = threading.Event(), threading.Event()

    class StuckMasker(FakeMasker):
        def mask_rows(self, batch: RowBatch, fields: tuple[Field, ...]) -> MaskedRows:
            started.set()
            goes_on.wait(10)
            return super().mask_rows(batch, fields)

    collector = collector_of(StuckMasker())
    try:
        with anyio.fail_after(5), anyio.move_on_after(0.05) as scope:
            await collector.add(LARGE, FIELDS)
    finally:
        goes_on.set()
    assert scope.cancelled_caught
    assert started.is_set()
    assert collector.result(resource_id="shop", fields=FIELDS, warnings=(), execution_ms=1).row_count == 0


SIZES = [
    ("short", [{"a": "x", "b": 1, "c": None}], True),
    ("nested", [{"a": {"b": ["x", {"c": 1}]}}], True),
    ("none", [], True),
    ("long-text", [{"a": "x" * SMALL}], False),
    ("long-key", [{"a": {"x" * SMALL: 1}}], False),
    ("long-list", [{"a": [1] * SMALL}], False),
    ("many-rows", [{"a": 1}] * SMALL, False),
    ("long-bytes-deep", [{"a": [[[b"x" * SMALL]]]}], False),
]


@pytest.mark.parametrize(("rows", "expected"), [row[1:] for row in SIZES], ids=[row[0] for row in SIZES])
def test_size_is_told_by_the_values_when_they_nest(rows: list[dict[str, object]], expected: bool) -> None:
    assert is_small(rows) is expected


async def test_values_replaced_by_rules_count_when_their_rows_are_kept() -> None:
    collector = collector_of(FakeMasker(), rows=2)
    rows = [{"name": "***"}, {"name": None}, {"name": "***"}]
    await collector.add(RowBatch(rows=rows, replaced=[["name", "name"], [], ["name"]]), FIELDS)
    result = collector.result(resource_id="r", fields=FIELDS, warnings=(), execution_ms=1)
    assert result.masked_value_count == 2
    assert [(found.detector, found.column, found.count) for found in result.detections] == [("column_rule", "name", 2)]
