"""What every database keeps: the in-memory one, PostgreSQL and MongoDB."""

from __future__ import annotations

import json
import secrets
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import anyio
import pymongo
import pytest

from relay.adapters.outbound.memory import MemoryConnection, MemoryDatabase
from relay.adapters.outbound.mongodb.connection import MongoConnection
from relay.adapters.outbound.postgres.connection import PostgresConnection, PostgresSettings
from relay.application.ports.database import Database, RunLimits
from relay.domain.errors import Reason, RelayError
from relay.domain.facts import TableName
from relay.domain.protection import ColumnClass, ColumnKind
from relay.domain.request import Operation

ROWS = 20
LIMITS = RunLimits(max_rows=100, max_cell_bytes=1 << 20, timeout_s=10)


@dataclass
class Harness:
    """A database with a table `people` of 20 rows with an int column `n` and a text column `name`."""

    database: Database
    unreachable: Any
    all_rows: Mapping[str, Any]
    with_literal: Mapping[str, Any]
    malformed: Mapping[str, Any]
    describe: Mapping[str, Any]


def shows(table, _=()) -> bool:
    return table.name != "hidden"


@asynccontextmanager
async def memory_harness(*_) -> AsyncIterator[Harness]:
    rows = [{"n": number, "name": f"person {number}"} for number in range(ROWS)]
    down = RelayError(Reason.RESOURCE_UNAVAILABLE, "the database can't be used at the moment;")
    async with MemoryConnection(MemoryDatabase(tables={"people": rows})).open() as database:
        yield Harness(
            database=database,
            unreachable=MemoryConnection(MemoryDatabase(reachable=False, failure=down)),
            all_rows={"table": "people"},
            with_literal={"table": "people"},
            malformed={"table": 5},
            describe={"table": "people"},
        )


@asynccontextmanager
async def postgres_harness(postgres, _) -> AsyncIterator[Harness]:
    await postgres.execute(
        "CREATE TABLE people AS SELECT g AS n, 'person ' || g AS name FROM generate_series(0, 19) g; "
        "CREATE TABLE hidden (id int)"
    )

    def connection(port: int) -> PostgresConnection:
        settings = PostgresSettings(
            host=postgres.host,
            port=port,
            database=postgres.database,
            user=postgres.reader,
            read_password=lambda: postgres.password,
        )
        return PostgresConnection(settings=settings, schemas=("public",), shows_table=shows)

    async with connection(postgres.port).open() as database:
        yield Harness(
            database=database,
            unreachable=connection(1),
            all_rows={"sql": "SELECT n, name FROM people"},
            with_literal={"sql": "SELECT n, name FROM people WHERE name = '529.982.247-25'"},
            malformed={"sql": 5},
            describe={"tableName": "people"},
        )


@asynccontextmanager
async def mongo_harness(_, uri) -> AsyncIterator[Harness]:
    name = f"relay_{secrets.token_hex(6)}"
    with pymongo.MongoClient(uri) as client:
        client[name]["people"].insert_many({"n": number, "name": f"person {number}"} for number in range(ROWS))
        client[name]["hidden"].insert_one({"n": 1})

        def connection(uri: str) -> MongoConnection:
            return MongoConnection(read_uri=lambda: uri, database=name, shows_table=shows)

        async with connection(uri).open() as database:
            yield Harness(
                database=database,
                unreachable=connection("mongodb://127.0.0.1:1/?serverSelectionTimeoutMS=300"),
                all_rows={"collection": "people", "projection": {"_id": 0}},
                with_literal={"collection": "people", "filter": {"name": "529.982.247-25"}},
                malformed={"collection": 5},
                describe={"tableName": "people"},
            )
        client.drop_database(name)


@pytest.fixture(
    scope="module", params=[memory_harness, postgres_harness, mongo_harness], ids=["memory", "postgres", "mongodb"]
)
async def harness(request, postgres, mongo_uri) -> AsyncIterator[Harness]:
    async with request.param(postgres, mongo_uri) as opened:
        assert (await opened.database.inspector.probe()).healthy
        yield opened


async def collect(database: Database, operation: Operation, arguments, limits: RunLimits = LIMITS):
    statement = await database.guard.inspect(operation, arguments)
    rows: list[dict] = []
    async with database.runner.run(statement, limits) as stream:
        async for batch in stream.batches():
            assert len(batch.rows) <= 1000
            rows.extend(batch.rows)
        return rows, stream.fields


async def test_guard_names_the_table(harness) -> None:
    statement = await harness.database.guard.inspect(Operation.QUERY, harness.all_rows)
    assert [use.table.name for use in statement.facts.tables] == ["people"]
    assert statement.operation is Operation.QUERY
    assert "people" in statement.text


async def test_guard_keeps_literals_out_of_the_redacted_form(harness) -> None:
    statement = await harness.database.guard.inspect(Operation.QUERY, harness.with_literal)
    again = harness.database.guard.redact(Operation.QUERY, harness.with_literal)
    assert statement.redacted == again
    assert "529" not in again
    assert "people" in again


@pytest.mark.parametrize("arguments", [{}, {"sql": None}, {"sql": "\0"}, {"table": []}, {"filter": "{"}], ids=str)
def test_redact_never_raises(harness, arguments) -> None:
    assert isinstance(harness.database.guard.redact("query", arguments), str)


async def test_invalid_params_when_an_argument_has_the_wrong_type(harness) -> None:
    for arguments in (harness.malformed, {}):
        with pytest.raises(RelayError) as caught:
            await harness.database.guard.inspect(Operation.QUERY, arguments)
        assert caught.value.reason is Reason.INVALID_PARAMS


async def test_rows_are_json_and_named_by_the_fields(harness) -> None:
    rows, fields = await collect(harness.database, Operation.QUERY, harness.all_rows)
    assert sorted(row["n"] for row in rows) == list(range(ROWS))
    assert [field.name for field in fields] == ["n", "name"]
    assert all(list(row) == ["n", "name"] for row in rows)
    json.dumps(rows, allow_nan=False)


@pytest.mark.parametrize("max_rows", [1, 2, 7, 20, 21])
async def test_no_more_rows_than_the_limit(harness, max_rows) -> None:
    limits = RunLimits(max_rows=max_rows, max_cell_bytes=1 << 20, timeout_s=10)
    rows, _ = await collect(harness.database, Operation.QUERY, harness.all_rows, limits)
    assert len(rows) == min(max_rows, ROWS)


async def test_statement_may_be_left_before_its_end(harness) -> None:
    statement = await harness.database.guard.inspect(Operation.QUERY, harness.all_rows)
    for _ in range(10):
        async with harness.database.runner.run(statement, LIMITS) as stream:
            async for _batch in stream.batches():
                break
    rows, _ = await collect(harness.database, Operation.QUERY, harness.all_rows)
    assert len(rows) == ROWS


async def test_cancellation_passes_through_and_leaves_nothing_behind(harness) -> None:
    statement = await harness.database.guard.inspect(Operation.QUERY, harness.all_rows)
    for _ in range(10):
        with anyio.CancelScope() as scope:
            async with harness.database.runner.run(statement, LIMITS) as stream:
                async for _batch in stream.batches():
                    scope.cancel()
                    await anyio.sleep(1)
        assert scope.cancelled_caught
    rows, _ = await collect(harness.database, Operation.QUERY, harness.all_rows)
    assert len(rows) == ROWS


async def test_error_of_the_block_is_not_swallowed_or_changed(harness) -> None:
    statement = await harness.database.guard.inspect(Operation.QUERY, harness.all_rows)
    with pytest.raises(ZeroDivisionError):
        async with harness.database.runner.run(statement, LIMITS):
            raise ZeroDivisionError


async def test_tables_listed_in_the_contracts_shape(harness) -> None:
    rows, _ = await collect(harness.database, Operation.LIST_TABLES, {})
    assert [row["name"] for row in rows] == ["people"]
    assert set(rows[0]) == {"schema", "name", "type", "rowCount", "table_name"}


async def test_table_described_without_a_value(harness) -> None:
    rows, _ = await collect(harness.database, Operation.DESCRIBE_TABLE, harness.describe)
    assert {row["column_name"] for row in rows if row["kind"] in {"column", "field"}} >= {"n", "name"}
    assert "person" not in json.dumps(rows)


async def test_plan_explained_in_one_row(harness) -> None:
    rows, _ = await collect(harness.database, Operation.EXPLAIN, harness.all_rows)
    assert [list(row) for row in rows] == [["plan"]]


async def test_probe_is_healthy_and_its_fingerprint_stable(harness) -> None:
    first, second = await harness.database.inspector.probe(), await harness.database.inspector.probe()
    assert (first.healthy, first.error) == (True, None)
    assert first.fingerprint == second.fingerprint
    assert first.fingerprint.startswith("sha256:")


async def test_opens_at_once_and_says_unavailable_when_the_server_is_not_there(harness) -> None:
    with anyio.fail_after(30):
        async with harness.unreachable.open() as database:
            probe = await database.inspector.probe()
            assert probe.healthy is False
            assert probe.error
            with pytest.raises(RelayError) as caught:
                await collect(database, Operation.QUERY, harness.all_rows)
            assert caught.value.reason is Reason.RESOURCE_UNAVAILABLE
            assert caught.value.retryable


async def people_of(harness) -> TableName:
    (table,) = [table for table in await harness.database.sampler.tables() if table.name == "people"]
    return table


async def test_sampler_names_the_tables_that_are_shown(harness) -> None:
    assert "hidden" not in [table.name for table in await harness.database.sampler.tables()]
    assert (await people_of(harness)).name == "people"


async def test_sample_has_each_column_and_no_more_rows_than_asked_for(harness) -> None:
    samples = await harness.database.sampler.sample(await people_of(harness), max_rows=5, timeout_s=10)
    by_name = {sample.name: sample for sample in samples}
    assert by_name.keys() - {"_id"} == {"n", "name"}
    assert 0 < len(by_name["name"].values) <= 5
    assert all(str(value).startswith("person ") for value in by_name["name"].values)
    assert (by_name["name"].is_text, by_name["n"].is_text) == (True, False)
    assert "person 1" not in repr(samples)


async def test_nothing_is_sampled_when_a_table_is_not_there(harness) -> None:
    """A document database has no collection that is missing, only one without documents."""
    outcome: object
    try:
        outcome = await harness.database.sampler.sample(TableName(name="missing"), max_rows=5, timeout_s=10)
    except RelayError as error:
        outcome = error.reason
    assert outcome in ((), Reason.QUERY_FAILED)


async def test_learning_and_forgetting_a_table_that_is_not_there_changes_nothing(harness) -> None:
    sampler = harness.database.sampler
    sampler.learn(TableName(name="missing"), {"a": ColumnClass(kind=ColumnKind.IDENTIFIER)})
    sampler.forget(TableName(name="missing"))
    sampler.learn(await people_of(harness), {"name": ColumnClass(kind=ColumnKind.NEITHER)})
    sampler.forget(await people_of(harness))
    rows, _ = await collect(harness.database, Operation.QUERY, harness.all_rows)
    assert len(rows) == ROWS


async def test_no_rule_is_in_vain_when_there_are_none(harness) -> None:
    sampler = harness.database.sampler
    assert (await sampler.missing_columns(), await sampler.unhashable_columns()) == ((), ())


async def test_sampler_says_unavailable_when_the_server_is_not_there(harness) -> None:
    with anyio.fail_after(30):
        async with harness.unreachable.open() as database:
            with pytest.raises(RelayError) as caught:
                await database.sampler.sample(TableName(name="people"), max_rows=5, timeout_s=5)
    assert caught.value.reason is Reason.RESOURCE_UNAVAILABLE
