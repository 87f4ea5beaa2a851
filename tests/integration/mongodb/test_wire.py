"""What every command carries on the wire: time limit, read concern, read preference, mark. Scripted replica set."""

from __future__ import annotations

import pytest

from relay.domain.request import Operation

CLEAN_UP = {"endSessions", "killCursors", "killSessions"}
DOCUMENTS = {"ok": 1, "cursor": {"id": 0, "ns": "shop.orders", "firstBatch": [{"a": 1}]}}
QUERIES = [
    pytest.param((Operation.QUERY, {"collection": "orders"}, "find"), id="find"),
    pytest.param((Operation.QUERY, {"collection": "orders", "pipeline": []}, "aggregate"), id="aggregate"),
    pytest.param((Operation.DESCRIBE_TABLE, {"tableName": "orders"}, "listIndexes"), id="describe"),
    pytest.param((Operation.EXPLAIN, {"collection": "orders"}, "explain"), id="explain"),
    pytest.param((Operation.LIST_TABLES, {}, "count"), id="list"),
]
CUSTOMERS = [
    pytest.param(("", "primaryPreferred", "local"), id="default"),
    pytest.param(
        ("&readPreference=secondary&readConcernLevel=majority", "secondary", "majority"), id="the customer's own"
    ),
    pytest.param(("&READPREFERENCE=nearest&ReadConcernLevel=available", "nearest", "available"), id="other case"),
]
"""Options of the connection string, and what they must come to."""
READS = {"find", "aggregate", "count"}
"""Commands that read documents: the customer's own level holds for them. The others take no level but local."""


@pytest.fixture
def replica_set(scripted):
    """A secondary, alone in its set: what is asked of it says which servers may answer."""
    scripted.hello = {
        "setName": "rs0", "hosts": [f"127.0.0.1:{scripted.port}"], "me": f"127.0.0.1:{scripted.port}",
        "isWritablePrimary": False, "ismaster": False, "secondary": True, "setVersion": 1,
    }  # fmt: skip
    listing = {"ok": 1, "cursor": {"id": 0, "ns": "shop.x", "firstBatch": [{"name": "orders", "type": "collection"}]}}
    scripted.answers.update(
        find=DOCUMENTS, aggregate=DOCUMENTS, listCollections=listing, listIndexes=listing, count={"ok": 1, "n": 3}
    )
    return scripted


@pytest.mark.parametrize("query", QUERIES)
@pytest.mark.parametrize("customer", CUSTOMERS)
async def test_every_command_says_how_it_reads(connect_scripted, replica_set, fetch, query, customer):
    (operation, arguments, sent), (options, preference, level) = query, customer
    uri = f"{replica_set.uri}/?replicaSet=rs0{options}"
    async with connect_scripted(read_uri=lambda: uri).open() as database:
        await fetch(database, operation, arguments, timeout_s=7.0)
        await database.inspector.probe()
    commands = [command for command in replica_set.seen if next(iter(command)) not in CLEAN_UP]
    assert sent in {next(iter(command)) for command in commands}
    for command in commands:
        name = next(iter(command))
        assert command["$readPreference"] == {"mode": preference}, name
        assert 0 < command["maxTimeMS"] <= 7_000, name
        if "lsid" in command and "readConcern" in command:
            assert command["readConcern"] == {"level": level if name in READS else "local"}, name
            assert command["comment"].startswith("relay:"), name
        else:
            assert name == "ping", f"{name} leaves it to the server"


async def test_caller_cannot_say_how_it_is_read(connect_scripted, replica_set, fetch):
    uri = f"{replica_set.uri}/?replicaSet=rs0"
    options = {
        "hint": {"$natural": 1}, "collation": {"locale": "xx"}, "let": {"x": "$$USER_ROLES"}, "comment": "mine",
        "maxTimeMS": 0, "readConcern": {"level": "linearizable"}, "readPreference": "primary", "max": {"a": 1},
        "batchSize": 1_000_000, "noCursorTimeout": True, "tailable": True, "allowDiskUse": True, "returnKey": True,
        "showRecordId": True, "db": "admin", "$db": "admin", "writeConcern": {"w": 0}, "lsid": {}, "txnNumber": 1,
        "startTransaction": True, "autocommit": False, "bypassDocumentValidation": True, "explain": True,
        "rawData": True,
    }  # fmt: skip
    async with connect_scripted(read_uri=lambda: uri).open() as database:
        for arguments, name in (({}, "find"), ({"pipeline": []}, "aggregate")):
            await fetch(database, Operation.QUERY, {"collection": "orders", **arguments, **options})
            (command,) = replica_set.named(name)
            assert command["$db"] == "shop"
            assert command["readConcern"] == {"level": "local"}
            assert command["allowDiskUse"] is False
            assert command["maxTimeMS"] > 0
            kept = {"lsid", "comment", "maxTimeMS", "readConcern", "$db", "allowDiskUse", "batchSize"}
            assert not (options.keys() - kept) & command.keys()


async def test_more_is_fetched_within_the_time_of_the_first(connect_scripted, replica_set, fetch):
    """The server counts a cursor's time over all its batches, and refuses a limit on an ordinary getMore."""
    first = {"ok": 1, "cursor": {"id": 5, "ns": "shop.orders", "firstBatch": [{"a": 1}]}}
    last = {"ok": 1, "cursor": {"id": 0, "ns": "shop.orders", "nextBatch": [{"a": 2}]}}
    replica_set.answers.update(find=first, getMore=last)
    async with connect_scripted(read_uri=lambda: f"{replica_set.uri}/?replicaSet=rs0").open() as database:
        rows, _, _ = await fetch(database, Operation.QUERY, {"collection": "orders"})
    assert rows == [{"a": 1}, {"a": 2}]
    (more,) = replica_set.named("getMore")
    assert more["lsid"] == replica_set.named("find")[0]["lsid"]
    assert "maxTimeMS" not in more
