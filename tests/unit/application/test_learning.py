"""What tables hold is found out before a statement on them is judged, once for all who wait."""

from __future__ import annotations

import math

import anyio
import pytest

from relay.adapters.outbound.memory import FakeClock, FakeExaminer, MemoryDatabase
from relay.application import learn_columns
from relay.application.learn_columns import (
    ASK_AGAIN_AFTER_S,
    EMPTY_FOR_S,
    KNOWN_FOR_S,
    LOOK_AGAIN_AFTER_S,
    LearnColumns,
)
from relay.domain.errors import Reason, RelayError
from relay.domain.facts import TableName
from relay.domain.protection import ColumnClass, ColumnKind

PEOPLE = TableName(name="people")
SECRET = "zebra-4711"
IDENTIFIER = ColumnClass(kind=ColumnKind.IDENTIFIER, detector="secret", mask="***")
FREE_TEXT = ColumnClass(kind=ColumnKind.FREE_TEXT, detector="secret", mask="***")
DOWN = RelayError(Reason.RESOURCE_UNAVAILABLE, "the database can't be used at the moment;")
REFUSED = RelayError(Reason.QUERY_FAILED, "the database refused;")


class Learning:
    """A learner over one table."""

    def __init__(self, rows: list | None = None) -> None:
        row = {"code": SECRET, "note": f"call {SECRET}", "n": 1}
        self.database = MemoryDatabase(tables={"people": [row] * 3 if rows is None else rows})
        self.clock = FakeClock()
        self.sampler = self.database.ports().sampler
        self.learner = LearnColumns(examiner=FakeExaminer(SECRET), clock=self.clock)

    async def learn(self, *tables: TableName) -> None:
        await self.learner.learn("shop", self.sampler, tables or (PEOPLE,))

    def next_statement(self, after_s: float) -> bool:
        """Return whether the table still counts as sampled."""
        self.clock.advance(after_s)
        self.learner.forget_outdated("shop", self.sampler)
        return "people" in self.database.classes


async def test_classes_are_kept_when_a_table_was_sampled() -> None:
    learning = Learning()
    await learning.learn()
    neither = ColumnClass(kind=ColumnKind.NEITHER)
    assert learning.database.classes == {"people": {"code": IDENTIFIER, "note": FREE_TEXT, "n": neither}}
    assert learning.next_statement(after_s=KNOWN_FOR_S - 1)
    assert not learning.next_statement(after_s=1)


async def test_sampled_once_when_many_wait_for_the_same_table() -> None:
    learning = Learning()
    learning.database.delay_s = 0.05
    async with anyio.create_task_group() as group:
        for _ in range(10):
            group.start_soon(learning.learn)
    assert learning.database.samples_taken == 1


async def test_others_go_on_when_the_one_that_samples_is_cancelled() -> None:
    learning = Learning()
    learning.database.delay_s = 0.05
    with anyio.fail_after(10):
        async with anyio.create_task_group() as group:
            with anyio.CancelScope() as scope:
                group.start_soon(_cancel_soon, scope)
                group.start_soon(_after, 0.01, learning)
                await learning.learn()
    assert learning.database.classes == {}


async def _cancel_soon(scope: anyio.CancelScope) -> None:
    await anyio.sleep(0.02)
    scope.cancel()


async def _after(seconds: float, learning: Learning) -> None:
    await anyio.sleep(seconds)
    await learning.learn()


@pytest.mark.parametrize("slow", [False, True], ids=["refused", "too slow"])
async def test_unknown_for_a_minute_when_a_table_can_not_be_sampled(monkeypatch, *, slow: bool) -> None:
    learning = Learning()
    if slow:
        monkeypatch.setattr(learn_columns, "SAMPLE_TIMEOUT_S", 0.01)
        learning.database.delay_s = math.inf
    else:
        learning.database.failure = REFUSED
    await learning.learn()
    assert learning.database.classes == {"people": {}}
    assert learning.next_statement(after_s=ASK_AGAIN_AFTER_S - 1)
    assert not learning.next_statement(after_s=1)


async def test_looked_at_again_when_a_column_had_no_values() -> None:
    learning = Learning(rows=[{"code": None, "n": 1}])
    await learning.learn()
    assert learning.database.classes["people"]["code"] == ColumnClass(kind=ColumnKind.UNKNOWN)
    assert learning.next_statement(after_s=LOOK_AGAIN_AFTER_S - 1)
    assert not learning.next_statement(after_s=1)


async def test_nothing_is_learnt_when_the_database_is_not_there() -> None:
    learning = Learning()
    learning.database.failure = DOWN
    with pytest.raises(RelayError) as caught:
        await learning.learn()
    assert caught.value.reason is Reason.RESOURCE_UNAVAILABLE
    assert learning.database.classes == {}
    learning.database.failure = None
    await learning.learn()
    assert learning.database.classes


async def test_looked_at_again_at_once_when_a_table_had_no_rows() -> None:
    learning = Learning(rows=[{"code": None}])
    await learning.learn()
    assert not learning.next_statement(after_s=EMPTY_FOR_S)


async def test_tables_left_when_time_is_up_are_not_learnt() -> None:
    learning = Learning()
    learning.database.tables["orders"] = [{"code": SECRET}]
    sample, clock = learning.sampler.sample, learning.clock

    async def slowly(table: TableName, *, max_rows: int, timeout_s: float):
        clock.advance(learn_columns.ALL_SAMPLES_TIMEOUT_S)
        return await sample(table, max_rows=max_rows, timeout_s=timeout_s)

    learning.sampler.sample = slowly
    await learning.learn(PEOPLE, TableName(name="orders"))
    assert learning.database.classes["people"]["code"] == IDENTIFIER
    assert "orders" not in learning.database.classes


async def test_request_is_judged_again_when_its_tables_were_sampled(relay) -> None:
    relay.database.needs_samples = True
    for key in ("1", "2"):
        result = await relay.container.handle_request().execute(relay.request(key))
        assert result.row_count == 3
    assert relay.database.samples_taken == 1
    assert relay.database.statements_run == 2
    assert relay.database.classes["people"]["name"].kind is ColumnKind.NEITHER


async def test_request_never_runs_when_its_table_can_not_be_judged(relay) -> None:
    relay.database.needs_samples = True
    sampler = relay.container.registry().entries["shop"].database.sampler
    sampler.learn = lambda table, classes: None
    with pytest.raises(RelayError) as caught:
        await relay.container.handle_request().execute(relay.request())
    assert (caught.value.reason, caught.value.retryable) == (Reason.RESOURCE_UNAVAILABLE, True)
    assert relay.database.statements_run == 0


async def test_request_is_refused_and_a_probe_asked_for_when_the_database_is_gone(relay) -> None:
    entry = relay.container.registry().entries["shop"]
    await relay.container.prober().probe_all()
    relay.database.needs_samples = True
    relay.database.failure = DOWN
    with pytest.raises(RelayError) as caught:
        await relay.container.handle_request().execute(relay.request())
    assert caught.value.reason is Reason.RESOURCE_UNAVAILABLE
    assert entry.status == "healthy"
    assert relay.container.registry().probe_wanted.is_set()
    assert relay.database.statements_run == 0
