"""The account of the connection string, from the server's answer to what becomes of a request."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from relay.domain.errors import Reason, RelayError
from relay.domain.resource import ResourceStatus

ACCOUNTS = Path(__file__).parents[2] / "unit" / "mongodb" / "corpus" / "accounts.jsonl"
ROWS = [json.loads(line) for line in ACCOUNTS.read_text().splitlines()]
FOUND = {"ok": 1, "cursor": {"id": 0, "ns": "shop.orders", "firstBatch": [{"a": 1}]}}
REFUSED = "the database role could do more than read"


def listing(*collections: dict) -> dict:
    return {"ok": 1, "cursor": {"id": 0, "ns": "shop.$cmd.listCollections", "firstBatch": list(collections)}}


def failure(code: int) -> dict:
    return {"ok": 0, "code": code, "errmsg": "canary"}


@pytest.fixture
def server(scripted):
    orders = {"name": "orders", "type": "collection"}
    scripted.answers.update(find=FOUND, listCollections=listing(orders), listIndexes=listing())
    return scripted


@pytest.mark.parametrize("row", [pytest.param(row, id=row["id"]) for row in ROWS])
async def test_request_refused_exactly_when_the_account_could_write(server, agent_on, row):
    server.answers["connectionStatus"] = row["reply"]
    agent = await agent_on(server.uri)
    answer = await agent.ask(collection="orders")
    if not row["dangerous"]:
        assert answer.row_count == 1
        assert agent.entry.status is ResourceStatus.HEALTHY
        return
    assert answer.reason is Reason.RESOURCE_UNAVAILABLE
    assert REFUSED in answer.message
    assert agent.entry.status is ResourceStatus.REFUSED
    assert not server.named("find")


async def test_statement_runs_when_the_operator_allows_the_account(server, agent_on):
    server.answers["connectionStatus"] = next(row["reply"] for row in ROWS if row["id"] == "root")
    agent = await agent_on(server.uri, allowPrivilegedRole=True)
    assert (await agent.ask(collection="orders")).row_count == 1
    ((_, examination, accepted),) = agent.roles.examinations
    assert accepted
    assert examination.dangerous


async def test_nothing_of_the_account_leaves_when_it_is_refused(server, agent_on):
    server.answers["connectionStatus"] = next(row["reply"] for row in ROWS if row["id"] == "userAdmin")
    agent = await agent_on(server.uri)
    refusal = await agent.ask(collection="orders")
    (health,) = await agent.container.prober().probe_all()
    for said in (refusal.message, health.error):
        assert REFUSED in said
        assert not any(word in said for word in ("ops", "userAdmin", "createUser", "shop"))


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        pytest.param(59, None, id="command not found"),
        pytest.param(115, None, id="command not supported"),
        pytest.param(13, Reason.RESOURCE_UNAVAILABLE, id="unauthorized"),
        pytest.param(8, Reason.RESOURCE_UNAVAILABLE, id="unknown error"),
        pytest.param(50, Reason.RESOURCE_UNAVAILABLE, id="too slow"),
        pytest.param(91, Reason.RESOURCE_UNAVAILABLE, id="shutting down"),
    ],
)
async def test_server_without_roles_is_used_and_one_that_will_not_tell_is_not(server, agent_on, code, reason):
    server.answers["connectionStatus"] = failure(code)
    agent = await agent_on(server.uri)
    answer = await agent.ask(collection="orders")
    assert getattr(answer, "reason", None) is reason
    assert bool(server.named("find")) is (reason is None)
    for _, examination, _ in agent.roles.examinations:
        assert "no access control" in repr(examination.shared) or "did not tell" in repr(examination.dangerous)


async def test_verdict_follows_when_the_account_changes(server, agent_on):
    agent = await agent_on(server.uri)
    seen = []
    for name in ("read", "readWrite", "read"):
        server.answers["connectionStatus"] = next(row["reply"] for row in ROWS if row["id"] == name)
        await agent.container.prober().probe_all()
        seen.append(isinstance(await agent.ask(collection="orders"), RelayError))
    assert seen == [False, True, False]


async def test_embedded_server_counts_as_one_without_access_control(mongo_uri, database_name, agent_on, seed):
    """Needs a server that knows no users, as the embedded one."""
    seed.orders.insert_one({"a": 1})
    agent = await agent_on(mongo_uri, database_name)
    assert (await agent.ask(collection="orders")).row_count == 1
    ((_, examination, accepted),) = agent.roles.examinations
    assert accepted
    assert [privilege.what for privilege in examination.shared] == [
        "the server has no access control: everybody who reaches it may write"
    ]
