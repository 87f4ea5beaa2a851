"""The hostile corpora on a live server, by a client that may write and read everything: only the guard stands there."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import anyio
import bson
import pymongo
import pytest

from relay.domain.errors import RelayError
from relay.domain.results import QueryResult

CORPUS = Path(__file__).parents[2] / "unit" / "mongodb" / "corpus"
CANARY = "canary-7f3a"
READING = {
    "find", "aggregate", "getMore", "count", "explain", "listCollections", "listIndexes", "connectionStatus", "ping",
    "killCursors", "endSessions", "killSessions",
}  # fmt: skip
"""Commands that Relay sends; an aggregate's stages are looked at as well."""
HANG_GUARD_S = 30


def rows(name: str) -> list[dict]:
    return [json.loads(line) for line in (CORPUS / f"{name}.jsonl").read_text().splitlines()]


HOSTILE = [*rows("hostile"), *(row for row in rows("hostile_policy") if not row["needsViews"])]


@pytest.fixture
def stage(mongo_uri, database_name):
    """A database that may be read, with parts that may not, and another database beside it."""
    other = f"{database_name}_other"
    with pymongo.MongoClient(mongo_uri) as client:
        shop = client[database_name]
        shop.orders.insert_many([{"_id": n, "a": n, "status": "open"} for n in range(5)])
        shop.orders.create_index("status")
        for name in ("salaries", "secret_keys", "system_users"):
            shop[name].insert_many([{"_id": n, "a": n, "b": n, "v": f"{CANARY} {name} {n}"} for n in range(3)])
        for name in ("salaries", "users"):
            client[other][name].insert_one({"_id": 1, "v": f"{CANARY} {other}"})
        yield client
        client.drop_database(other)


def state(client: pymongo.MongoClient, database: str) -> dict:
    """Everything there is in both databases: names, indexes, counts and a digest of the documents."""
    found = {}
    for name in (database, f"{database}_other"):
        for collection in sorted(client[name].list_collection_names()):
            documents = list(client[name][collection].find(sort=[("_id", 1)]))
            digest = hashlib.sha256(b"".join(bson.encode(document) for document in documents)).hexdigest()
            indexes = sorted(client[name][collection].index_information())
            found[f"{name}.{collection}"] = (len(documents), digest, indexes)
    return found


@pytest.fixture
async def agent(agent_on, mongo_uri, database_name, stage, commands):
    return await agent_on(
        mongo_uri, database_name, listeners=(commands,), blockedTables=["salaries", "secret_*", "system*"]
    )


async def test_nothing_happens_when_hostile_statements_are_put_to_a_live_server(agent, stage, commands, database_name):
    before, wrong = state(stage, database_name), []
    await agent.ask(collection="orders")
    commands.sent.clear()
    for row in HOSTILE:
        with anyio.fail_after(HANG_GUARD_S):
            answer = await agent.ask(operation=row["operation"], **row["arguments"])
        refused = isinstance(answer, RelayError) and answer.reason == row["reason"]
        if not refused or CANARY in answer.message or state(stage, database_name) != before:
            wrong.append((row["id"], repr(answer)))
    assert wrong == []
    assert commands.sent == [], "a refused statement reaches no server"
    assert len(HOSTILE) >= 300


async def test_observer_notices_when_a_statement_does_write_or_read(stage, database_name):
    """What the test above would be worth if the guard let them through."""
    before = state(stage, database_name)
    shop = stage[database_name]
    assert CANARY in repr(list(shop.orders.aggregate([{"$lookup": {
        "from": "salaries", "localField": "a", "foreignField": "b", "as": "c"
    }}])))  # fmt: skip
    assert CANARY in repr(list(shop.salaries.find()))
    shop.orders.update_one({"_id": 0}, {"$set": {"a": -1}})
    changed = state(stage, database_name)
    assert changed != before
    shop.orders.update_one({"_id": 0}, {"$set": {"a": 0}})
    assert state(stage, database_name) == before
    shop.made.insert_one({"_id": 1})
    assert state(stage, database_name) != before


async def test_only_reading_commands_are_sent_when_honest_statements_run(agent, stage, commands, database_name):
    before = state(stage, database_name)
    for row in rows("honest"):
        with anyio.fail_after(HANG_GUARD_S):
            answer = await agent.ask(**row["arguments"])
        assert isinstance(answer, QueryResult | RelayError)
        assert CANARY not in repr(getattr(answer, "rows", answer))
    assert {command["$name"] for command in commands.sent} <= READING
    stages = {name for command in commands.named("aggregate") for stage_ in command["pipeline"] for name in stage_}
    assert not stages & {"$out", "$merge"}
    assert state(stage, database_name) == before
