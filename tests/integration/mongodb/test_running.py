"""Queries on a live server: what comes back, what goes over the wire, and how it ends."""

from __future__ import annotations

import datetime as dt

import anyio
import pytest
from bson import Int64, ObjectId

from relay.domain.errors import Reason, RelayError
from relay.domain.facts import TableName
from relay.domain.request import Operation

OID = ObjectId("65a4f0c2d1e8b7a9c3f01234")


@pytest.fixture
def orders(seed):
    seed.orders.insert_many(
        [
            {"_id": f"{n:03d}", "n": n, "status": "open" if n % 2 else "paid", "total": n * 1.5, "tags": ["a", "b"]}
            for n in range(250)
        ]
    )
    return seed.orders


async def test_rows_and_fields_come_back_when_found(connect, fetch, orders):
    async with connect().open() as database:
        rows, fields, warnings = await fetch(
            database,
            Operation.QUERY,
            {
                "collection": "orders",
                "filter": {"status": "open"},
                "sort": {"n": -1},
                "projection": {"_id": 0, "tags": 0},
            },
            max_rows=3,
        )
    assert rows == [{"n": n, "status": "open", "total": n * 1.5} for n in (249, 247, 245)]
    assert [(field.name, field.type) for field in fields] == [("n", "int"), ("status", "string"), ("total", "double")]
    assert warnings == ()


async def test_every_row_comes_once_when_there_are_many_batches(connect, fetch, orders):
    async with connect().open() as database:
        rows, _, _ = await fetch(database, Operation.QUERY, {"collection": "orders", "sort": [["n", 1]]})
    assert [row["n"] for row in rows] == list(range(250))


async def test_nothing_is_sent_when_no_row_is_wanted(connect, fetch, orders, commands):
    async with connect().open() as database:
        rows, _, _ = await fetch(database, Operation.QUERY, {"collection": "orders"}, max_rows=0)
    assert rows == []
    assert not commands.named("find")


async def test_rows_skipped_when_asked(connect, fetch, orders):
    arguments = {"collection": "orders", "sort": {"n": 1}, "skip": 248}
    async with connect().open() as database:
        rows, _, _ = await fetch(database, Operation.QUERY, arguments)
    assert [row["n"] for row in rows] == [248, 249]


async def test_pipeline_runs_when_inspected(connect, fetch, orders):
    pipeline = [{"$match": {"status": "open"}}, {"$group": {"_id": "$status", "n": {"$sum": 1}}}]
    async with connect().open() as database:
        rows, _, _ = await fetch(database, Operation.QUERY, {"collection": "orders", "pipeline": pipeline})
    assert rows == [{"_id": "open", "n": 125}]


async def test_pipeline_stops_at_the_limit_when_there_is_more(connect, fetch, orders, commands):
    async with connect().open() as database:
        rows, _, _ = await fetch(
            database, Operation.QUERY, {"collection": "orders", "pipeline": [{"$match": {}}]}, max_rows=150
        )
    assert len(rows) == 150
    assert commands.named("aggregate")[0]["pipeline"][-1] == {"$limit": 150}


async def test_bounds_go_over_the_wire_when_a_find_runs(connect, fetch, orders, commands):
    async with connect().open() as database:
        await fetch(database, Operation.QUERY, {"collection": "orders"}, max_rows=200, timeout_s=5.0)
    (find,) = commands.named("find")
    assert 0 < find["maxTimeMS"] <= 5_000
    assert find["limit"] == 200
    assert find["batchSize"] == 100
    assert find["allowDiskUse"] is False
    assert find["readConcern"] == {"level": "local"}
    assert find["comment"].startswith("relay:")
    assert find["lsid"]["id"] == commands.named("getMore")[0]["lsid"]["id"]
    assert "maxTimeMS" not in commands.named("getMore")[0]


async def test_bounds_go_over_the_wire_when_a_pipeline_runs(connect, fetch, orders, commands):
    async with connect().open() as database:
        await fetch(database, Operation.QUERY, {"collection": "orders", "pipeline": []}, timeout_s=5.0)
    (aggregate,) = commands.named("aggregate")
    assert 0 < aggregate["maxTimeMS"] <= 5_000
    assert aggregate["allowDiskUse"] is False
    assert aggregate["readConcern"] == {"level": "local"}
    assert aggregate["comment"].startswith("relay:")


async def test_read_concern_of_the_connection_string_holds_when_given(connect, fetch, orders, commands, mongo_uri):
    separator = "&" if "?" in mongo_uri else "/?"
    uri = f"{mongo_uri}{separator}readConcernLevel=majority"
    async with connect(read_uri=lambda: uri).open() as database:
        await fetch(database, Operation.QUERY, {"collection": "orders"}, max_rows=1)
    assert commands.named("find")[0]["readConcern"] == {"level": "majority"}


async def test_cursor_is_killed_when_left_early(connect, orders, commands, limits):
    async with connect().open() as database:
        statement = await database.guard.inspect(Operation.QUERY, {"collection": "orders"})
        async with database.runner.run(statement, limits()) as stream:
            async for _batch in stream.batches():
                break
    (killed,) = commands.named("killCursors")
    assert killed["killCursors"] == "orders"
    assert killed["lsid"] == commands.named("find")[0]["lsid"]


async def test_no_cursor_is_killed_when_read_to_the_end(connect, fetch, orders, commands):
    async with connect().open() as database:
        await fetch(database, Operation.QUERY, {"collection": "orders"})
    assert not commands.named("killCursors")
    assert not commands.named("killSessions")


async def test_values_become_plain_json_when_read(connect, fetch, seed):
    seed.kinds.insert_one(
        {
            "_id": OID,
            "when": dt.datetime(2024, 1, 31, 12, 0, 0, 500_000, tzinfo=dt.UTC),
            "big": Int64(2**53),
            "inner": {"list": [1, {"deep": None}]},
        }
    )
    async with connect().open() as database:
        rows, _, _ = await fetch(
            database, Operation.QUERY, {"collection": "kinds", "filter": {"_id": {"$oid": str(OID)}}}
        )
    assert rows[0]["_id"] == {"$oid": str(OID)}
    assert rows[0]["big"] == "9007199254740992"
    assert rows[0]["inner"] == {"list": [1, {"deep": None}]}


async def test_cell_is_null_with_a_warning_when_too_long(connect, fetch, seed):
    seed.long.insert_many([{"_id": 1, "text": "x" * 200, "list": ["y" * 200]}, {"_id": 2, "text": "é" * 10}])
    async with connect().open() as database:
        rows, _, warnings = await fetch(
            database, Operation.QUERY, {"collection": "long", "sort": {"_id": 1}}, max_cell_bytes=100
        )
    assert rows == [{"_id": 1, "text": None, "list": None}, {"_id": 2, "text": "é" * 10}]
    assert warnings == ("2 values longer than 100 bytes arrive as null.",)


async def test_documents_are_not_touched_when_everything_was_asked(connect, fetch, orders):
    before = list(orders.find())
    async with connect().open() as database:
        for operation, arguments in (
            (Operation.QUERY, {"collection": "orders"}),
            (Operation.DESCRIBE_TABLE, {"tableName": "orders"}),
            (Operation.LIST_TABLES, {}),
            (Operation.EXPLAIN, {"collection": "orders", "filter": {"total": {"$gt": 3}}}),
        ):
            await fetch(database, operation, arguments)
    assert list(orders.find()) == before


async def test_collections_are_listed_when_the_policy_shows_them(connect, fetch, orders, seed):
    seed.secrets.insert_one({"a": 1})
    shows = lambda table: table != TableName(name="secrets")  # noqa: E731 - a policy in one line
    async with connect(shows_table=shows).open() as database:
        rows, fields, _ = await fetch(database, Operation.LIST_TABLES, {})
    assert rows == [{"schema": None, "name": "orders", "type": "collection", "rowCount": 250, "table_name": "orders"}]
    assert [field.name for field in fields] == ["schema", "name", "type", "rowCount", "table_name"]


async def test_fields_and_indexes_are_described_without_a_value(connect, fetch, seed):
    seed.people.insert_many(
        [
            {"_id": 1, "name": "Maria Canary", "address": {"city": "Canaryville"}, "tags": ["canary"]},
            {"_id": 2, "name": None, "visits": [{"at": "canary"}], "12345678900": "canary"},
        ]
    )
    seed.people.create_index("name", unique=True)
    async with connect().open() as database:
        rows, _, warnings = await fetch(database, Operation.DESCRIBE_TABLE, {"tableName": "people"})
    paths = {row["path"]: row for row in rows if row["kind"] == "field"}
    assert paths["_id"]["presence"] == 1.0
    assert sorted(paths["name"]["types"]) == ["null", "string"]
    assert paths["name"]["data_type"] == "mixed"
    assert paths["address.city"]["types"] == ["string"]
    assert paths["tags"]["elementTypes"] == ["string"]
    assert paths["visits.at"]["presence"] == 0.5
    assert paths["*"]["column_name"] == "*"
    indexes = [row for row in rows if row["kind"] == "index"]
    assert {tuple(row["columns"]): row["unique"] for row in indexes} == {("_id",): True, ("name",): True}
    assert "anary" not in repr(rows)
    assert "12345678900" not in repr(rows)
    assert warnings == ()


async def test_sample_is_lowered_with_a_warning_when_too_large(connect, fetch, orders, commands):
    async with connect().open() as database:
        _, _, warnings = await fetch(database, Operation.DESCRIBE_TABLE, {"tableName": "orders", "sampleSize": 900})
    assert warnings == ("sampleSize was lowered to 500.",)
    assert commands.named("aggregate")[0]["pipeline"][0] == {"$sample": {"size": 500}}


async def test_nothing_is_described_when_the_collection_is_not_there(connect, fetch):
    async with connect().open() as database:
        rows, _, _ = await fetch(database, Operation.DESCRIBE_TABLE, {"tableName": "nowhere"})
    assert [row for row in rows if row["kind"] == "field"] == []


async def test_plan_has_no_value_and_nothing_runs_when_explained(connect, fetch, orders, commands, database_name):
    async with connect().open() as database:
        rows, _, _ = await fetch(
            database, Operation.EXPLAIN, {"collection": "orders", "filter": {"status": "canary"}, "sort": {"total": 1}}
        )
    assert rows[0]["plan"]["namespace"] == f"{database_name}.orders"
    assert "winningPlan" in rows[0]["plan"]
    assert "canary" not in repr(rows)
    (explain,) = commands.named("explain")
    assert explain["verbosity"] == "queryPlanner"
    assert explain["explain"] == {"find": "orders", "filter": {"status": "canary"}, "sort": {"total": 1}}
    assert not commands.named("find")


async def test_fingerprint_changes_only_with_what_is_shown_when_probed(connect, orders, seed):
    shows = lambda table: table.name != "secrets"  # noqa: E731 - a policy in one line
    async with connect(shows_table=shows).open() as database:
        first = await database.inspector.probe()
        seed.secrets.insert_one({"a": 1})
        second = await database.inspector.probe()
        orders.create_index("total")
        third = await database.inspector.probe()
    assert (first.healthy, first.error) == (True, None)
    assert first.fingerprint.startswith("sha256:")
    assert first.fingerprint == second.fingerprint
    assert third.fingerprint != first.fingerprint


async def test_fifty_statements_finish_when_the_pool_has_two(connect, fetch, orders):
    counts: list[int] = []
    async with connect(pool_size=2).open() as database:

        async def one() -> None:
            rows, _, _ = await fetch(database, Operation.QUERY, {"collection": "orders"}, max_rows=20)
            counts.append(len(rows))

        with anyio.fail_after(30):
            async with anyio.create_task_group() as tasks:
                for _ in range(50):
                    tasks.start_soon(one)
    assert counts == [20] * 50


async def test_error_holds_no_text_of_the_server_when_it_fails(connect, fetch, orders):
    arguments = {"collection": "orders", "pipeline": [{"$densify": {"field": "canary", "range": {"step": "canary"}}}]}
    async with connect().open() as database:
        with pytest.raises(RelayError) as caught:
            await fetch(database, Operation.QUERY, arguments)
    assert caught.value.reason is Reason.QUERY_FAILED
    assert "canary" not in caught.value.message
    assert caught.value.__cause__ is None
