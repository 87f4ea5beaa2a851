"""A statement whose plan costs more than the resource allows does not run."""

from __future__ import annotations

import pytest

from relay.application.ports.database import Database, RunLimits
from relay.domain.errors import Reason, RelayError
from relay.domain.request import Operation

SCHEMA = """
CREATE TABLE things (id int PRIMARY KEY, kind text NOT NULL, made timestamptz NOT NULL, price numeric);
INSERT INTO things SELECT g, 'kind ' || g % 10, now(), g FROM generate_series(1, 20000) g;
ANALYZE things;
CREATE TABLE empty (id int);
"""


@pytest.fixture(scope="module", autouse=True)
async def schema(postgres):
    await postgres.execute(SCHEMA)


@pytest.fixture(scope="module")
def run(database: Database):
    async def ask(
        sql: str, *parameters: object, cost: float | None, rows: int = 100, timeout_s: float = 10.0,
        operation: Operation = Operation.QUERY,
    ) -> list[dict]:  # fmt: skip
        assert (await database.inspector.probe()).healthy
        statement = await database.guard.inspect(operation, {"sql": sql, "parameters": list(parameters)})
        limits = RunLimits(max_rows=rows, max_cell_bytes=1 << 20, timeout_s=timeout_s, max_plan_cost=cost)
        found = []
        async with database.runner.run(statement, limits) as stream:
            async for batch in stream.batches():
                found.extend(batch.rows)
        return found

    return ask


async def refusal(run, sql: str, *parameters: object, **limits) -> RelayError:
    with pytest.raises(RelayError) as caught:
        await run(sql, *parameters, **limits)
    return caught.value


@pytest.mark.parametrize(
    ("sql", "parameters"),
    [
        ("SELECT sum(a.id) FROM things a, things b", ()),
        ("SELECT kind, count(*), sum(price) FROM things GROUP BY kind ORDER BY 2", ()),
        ("SELECT * FROM things WHERE made > $1 AND price > $2", ("2000-01-01", "1.5")),
        ("SELECT count(*) FROM generate_series(1, 100000000)", ()),
    ],
    ids=["cross-join", "aggregate", "converted", "function"],
)
async def test_refused_before_it_runs_and_answered_when_the_limit_is_above(run, sql, parameters) -> None:
    error = await refusal(run, sql, *parameters, cost=5.0, rows=20_000)
    assert error.reason is Reason.QUERY_BLOCKED
    assert error.detail.startswith("the plan's cost of ")
    assert error.detail.endswith(" is above this resource's limit of 5;")
    assert "explain shows the plan" in error.message
    if "things a, things b" not in sql and "generate_series" not in sql:
        assert await run(sql, *parameters, cost=1e9, rows=20_000)


async def test_cost_is_that_of_the_statement_with_its_row_limit(run) -> None:
    assert len(await run("SELECT * FROM things", cost=10.0, rows=5)) == 5
    assert (await refusal(run, "SELECT * FROM things", cost=10.0, rows=20_000)).reason is Reason.QUERY_BLOCKED


async def test_cost_is_that_of_the_plan_with_the_values_sent(run) -> None:
    sql = "SELECT count(*), min(price) FROM things WHERE id < $1"
    assert await run(sql, 10, cost=100.0) == [{"count": 9, "min": "1"}]
    error = await refusal(run, sql, 20_000, cost=100.0)
    assert error.reason is Reason.QUERY_BLOCKED
    assert "20000" not in error.message


async def test_no_value_told_when_it_is_refused(run) -> None:
    error = await refusal(run, "SELECT * FROM things WHERE kind = 'joao@example.com'", cost=1.0)
    assert "joao" not in error.message


async def test_values_converted_and_named_alike_when_the_cost_was_looked_at(run) -> None:
    sql = (
        "SELECT made IS NULL AS never, price, price AS price, ARRAY[id] AS ids FROM things WHERE id = $1 AND price = $2"
    )
    assert await run(sql, 7, "7.0", cost=1e6) == await run(sql, 7, "7.0", cost=None)


async def test_explain_shows_the_plan_when_it_costs_more_than_may_run(run) -> None:
    (row,) = await run("SELECT sum(a.id) FROM things a, things b", cost=1.0, operation=Operation.EXPLAIN)
    assert row["plan"]["Plan"]["Total Cost"] > 1000


async def test_no_limit_when_none_is_configured(run) -> None:
    assert len(await run("SELECT * FROM things", cost=None, rows=20_000)) == 20_000


@pytest.mark.parametrize(
    ("sql", "reason"),
    [
        ("SELECT 1 / 0", Reason.QUERY_FAILED),
        ("SELECT 'x'::int FROM empty", Reason.QUERY_FAILED),
    ],
    ids=["constant", "cast"],
)
async def test_error_translated_when_planning_fails(run, sql, reason) -> None:
    error = await refusal(run, sql, cost=1e9)
    assert error.reason is reason
    assert "SQLSTATE" in error.detail


async def test_timeout_when_planning_takes_too_long(run) -> None:
    # the planner itself evaluates a constant expression
    error = await refusal(run, "SELECT factorial(32000) > 0 AS big", cost=1e9, timeout_s=0.3)
    assert error.reason is Reason.QUERY_TIMEOUT
    assert await run("SELECT 1 AS one", cost=1e9) == [{"one": 1}]
