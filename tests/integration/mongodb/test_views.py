"""Views over blocked collections, from the server's listing to the refusal. Against a scripted server."""

from __future__ import annotations

import json

import pytest

from relay.domain.errors import Reason, RelayError

CANARY = "canary-7f3a"
NAMES = [
    {"name": "orders", "type": "collection"},
    {"name": "salaries", "type": "collection"},
    {"name": "totals", "type": "view"},
    {"name": "payroll", "type": "view"},
    {"name": "system.views", "type": "collection"},
]
DEFINITIONS = [
    {"name": "totals", "type": "view", "options": {"viewOn": "orders", "pipeline": []}},
    {"name": "payroll", "type": "view", "options": {"viewOn": "orders", "pipeline": [{"$unionWith": "salaries"}]}},
]
SALARY = {"ok": 1, "cursor": {"id": 0, "ns": "shop.payroll", "firstBatch": [{"salary": CANARY}]}}


def listed(entries: list[dict]) -> dict:
    return {"ok": 1, "cursor": {"id": 0, "ns": "shop.$cmd.listCollections", "firstBatch": entries}}


def listing(names: list[dict], definitions: object):
    async def answer(command: dict) -> dict:
        if command.get("nameOnly"):
            return listed(names)
        return definitions if isinstance(definitions, dict) else listed(definitions)

    return answer


@pytest.fixture
def server(scripted):
    scripted.answers.update(
        listCollections=listing(NAMES, DEFINITIONS),
        listIndexes=listed([]),
        find=SALARY,
        aggregate=SALARY,
        count={"ok": 1, "n": 3},
    )
    return scripted


async def test_view_refused_and_nothing_read_when_it_shows_a_blocked_collection(server, agent_on):
    agent = await agent_on(server.uri, blockedTables=["salaries"])
    for arguments in (
        {"collection": "payroll"},
        {"collection": "orders", "pipeline": [{"$unionWith": "payroll"}]},
        {"tableName": "payroll", "operation": "describe_table"},
        {"collection": "payroll", "operation": "explain"},
        {"collection": "salaries"},
    ):
        answer = await agent.ask(**arguments)
        assert isinstance(answer, RelayError)
        assert answer.reason is Reason.TABLE_NOT_ALLOWED
        assert CANARY not in answer.message
    assert not [command for command in server.seen if next(iter(command)) in ("find", "aggregate", "explain")]
    assert (await agent.ask(collection="totals")).row_count == 1


async def test_listing_names_only_what_may_be_read(server, agent_on):
    agent = await agent_on(server.uri, blockedTables=["salaries"])
    result = await agent.ask(operation="list_tables")
    assert [json.loads(row)["name"] for row in result.rows] == ["orders", "totals"]


async def test_view_refused_when_the_role_may_not_see_definitions(server, agent_on):
    refused = {"ok": 0, "code": 13, "errmsg": "not authorized"}
    server.answers["listCollections"] = listing(NAMES, refused)
    agent = await agent_on(server.uri, blockedTables=["salaries"])
    answer = await agent.ask(collection="totals")
    assert "can't be looked through" in answer.message
    assert (await agent.ask(collection="orders")).row_count == 1


async def test_view_made_or_changed_since_is_known_after_the_next_probe(server, agent_on):
    agent = await agent_on(server.uri, blockedTables=["salaries"])
    assert (await agent.ask(collection="totals")).row_count == 1
    changed = [{**DEFINITIONS[0], "options": {"viewOn": "payroll", "pipeline": []}}, DEFINITIONS[1]]
    server.answers["listCollections"] = listing([*NAMES, {"name": "fresh", "type": "collection"}], changed)
    assert "not known here" in (await agent.ask(collection="fresh")).message
    await agent.container.prober().probe_all()
    assert "shows rows" in (await agent.ask(collection="totals")).message
    assert (await agent.ask(collection="fresh")).row_count == 1


async def test_view_refused_when_its_listing_comes_in_several_batches(server, agent_on):
    async def more(_command: dict) -> dict:
        return {"ok": 1, "cursor": {"id": 0, "ns": "shop.$cmd.listCollections", "nextBatch": DEFINITIONS[1:]}}

    first = {"ok": 1, "cursor": {"id": 77, "ns": "shop.$cmd.listCollections", "firstBatch": DEFINITIONS[:1]}}
    server.answers.update(listCollections=listing(NAMES, first), getMore=more)
    agent = await agent_on(server.uri, blockedTables=["salaries"])
    assert "shows rows" in (await agent.ask(collection="payroll")).message
    assert "maxTimeMS" not in server.named("getMore")[0]


async def test_nothing_is_looked_through_when_there_is_no_view(server, agent_on):
    server.answers["listCollections"] = listing(NAMES[:2], DEFINITIONS)
    agent = await agent_on(server.uri, blockedTables=["salaries"])
    assert (await agent.ask(collection="orders")).row_count == 1
    assert all(command.get("nameOnly") for command in server.named("listCollections"))
