"""Treatments line up with the columns of the result, or nothing is answered."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from relay.adapters.outbound.postgres.columns import Reading, ResultShape, distinct_names
from relay.adapters.outbound.postgres.guard.plans import QueryPlan
from relay.adapters.outbound.postgres.row_reader import RowReader
from relay.adapters.outbound.postgres.treated_columns import SOURCE, treated
from relay.application.ports.database import RunLimits
from relay.domain.errors import Reason, RelayError
from relay.domain.request import Operation
from relay.domain.results import DETECT, Field, Handling, Treatment

WHOLE = Treatment(handling=Handling.WHOLE, mask="***")
FIRST, SECOND = "relay_source_1", "relay_source_2"


def scrub(*sources: str) -> Treatment:
    return Treatment(handling=Handling.SCRUB, sources=sources)


def shape_of(*names: str) -> ResultShape:
    distinct = distinct_names(names)
    fields = tuple(Field(name=name, type="text") for name in distinct)
    return ResultShape(fields=fields, readings=(Reading(),) * len(names), renamed=distinct != list(names))


def plan_of(treatments: tuple[Treatment, ...] | None, hidden: int = 0) -> QueryPlan:
    return QueryPlan(operation=Operation.QUERY, pieces=("SELECT 1",), treatments=treatments, hidden=hidden)


FITTING = {
    "nothing said": (("a", "b"), None, 0, [DETECT, DETECT]),
    "no sources": (("a", "b"), (WHOLE, DETECT), 0, [WHOLE, DETECT]),
    "a source": (("a", FIRST), (scrub(FIRST),), 1, [scrub(FIRST), SOURCE]),
    "two sources": (("a", "b", FIRST, SECOND), (scrub(SECOND, FIRST), DETECT), 2, [scrub(SECOND, FIRST), DETECT]),
    "a caller's column of that name": ((FIRST, "a", FIRST), (DETECT, scrub(FIRST)), 1, [DETECT, scrub(f"{FIRST}_2")]),
    "sources and no word of the others": (("a", FIRST), None, 1, [DETECT, SOURCE]),
}


@pytest.mark.parametrize("case", FITTING.values(), ids=FITTING)
def test_fields_have_their_treatments_when_the_counts_fit(case) -> None:
    names, treatments, hidden, expected = case
    fields = treated(shape_of(*names), names, plan_of(treatments, hidden)).fields
    assert [field.treatment for field in fields[: len(expected)]] == expected
    assert [field.treatment for field in fields[len(names) - hidden :]] == [SOURCE] * hidden


NOT_FITTING = {
    "a column more": (("a", "b"), (DETECT,), 0),
    "a column less": (("a",), (DETECT, DETECT), 0),
    "a source less": (("a",), (scrub(FIRST),), 1),
    "fewer columns than sources": (("a",), (), 2),
    "a source of another name": (("a", SECOND), (scrub(FIRST),), 1),
    "a source that is a shown column": (("a", FIRST, SECOND), (scrub(FIRST), DETECT), 1),
    "two sources of one name": (("a", FIRST, FIRST), (scrub(FIRST),), 2),
}


@pytest.mark.parametrize("case", NOT_FITTING.values(), ids=NOT_FITTING)
def test_refused_when_the_columns_are_others(case) -> None:
    names, treatments, hidden = case
    with pytest.raises(RelayError) as caught:
        treated(shape_of(*names), names, plan_of(treatments, hidden))
    assert (caught.value.reason, caught.value.retryable) == (Reason.RESOURCE_UNAVAILABLE, True)


@pytest.mark.parametrize(("names", "renamed"), [((FIRST, FIRST), False), (("a", "a", FIRST), True)], ids=str)
def test_only_a_caller_s_columns_are_said_to_be_renamed(names, renamed) -> None:
    plan = plan_of((DETECT,) * (len(names) - 1), 1)
    assert treated(shape_of(*names), names, plan).renamed is renamed


class Statement:
    """One row."""

    def __init__(self, *row: object) -> None:
        self._rows = [row]

    async def cursor(self, *_: object) -> SimpleNamespace:
        async def fetch(_: int) -> list[tuple]:
            rows, self._rows = self._rows, []
            return rows

        return SimpleNamespace(fetch=fetch)


@pytest.mark.parametrize(("source", "value"), [("short", "cut"), ("x" * 11, None)], ids=["in bounds", "too long"])
async def test_value_is_null_when_its_source_is_too_long_to_come(source, value) -> None:
    names = ("v", "other", FIRST)
    limits = RunLimits(max_rows=9, max_cell_bytes=10, timeout_s=1)
    shape = treated(shape_of(*names), names, plan_of((scrub(FIRST), DETECT), 1))
    reader = RowReader(statement=Statement("cut", "stays", source), values=(), shape=shape, limits=limits)
    (row,) = [row async for batch in reader.batches() for row in batch.rows]
    assert (row["v"], row["other"]) == (value, "stays")
    assert bool(reader.warnings) == (value is None)
