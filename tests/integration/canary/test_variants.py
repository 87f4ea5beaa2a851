"""The other settings of derived values, a table's first use, and the agent as a process behind its socket."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import AsyncIterator

import pytest
from canaries.agent import ANSWERED, canary_agent
from canaries.attacks import Case, first_postgres_cases, rows_of
from canaries.oracle import Oracle
from canaries.postgres_world import postgres_resource
from canaries.rules import HASH_KEY

from relay.bootstrap.demo.agent_process import AgentProcess, agent_process
from relay.bootstrap.demo.control_plane import ControlPlane
from relay.domain.errors import Reason

COMPUTED = ("cut: ", "change: ", "hide: ", "number: ")
FIRST = [
    "SELECT left(email, 8) FROM plain",
    "SELECT reverse(cpf_text), cpf / 10 FROM plain_view",
    "SELECT right(message, 12) FROM logs",
    "SELECT id FROM plain_kept WHERE email LIKE 'a%'",
    "SELECT encode(convert_to(body, 'UTF8'), 'base64') FROM tickets",
]
OVER_THE_SOCKET = 60


@pytest.fixture(scope="module")
def oracle(world) -> Oracle:
    """Finds longer pieces of digits only: what is computed from masks has digits of its own."""
    return Oracle([*world.first.canaries, *world.second.canaries], digit_piece=8)


def one_of_each(place: str, families: tuple[str, ...]) -> list[Case]:
    """Return the attacks of some families, put to one column."""
    first = first_postgres_cases()
    cases = [case for case in first if case.name.startswith(families) and case.operation == "query"]
    table, _, column = place.partition(".")
    return [case.at(table, column) for case in cases]


@pytest.fixture(scope="module")
async def denying(postgres, world, tmp_path_factory) -> AsyncIterator:
    folder = tmp_path_factory.mktemp("deny")
    async with canary_agent([postgres_resource(postgres, "first")], folder, hashKey=HASH_KEY, derived="deny") as agent:
        yield agent


@pytest.mark.parametrize(("place", "refused"), [("plain.email", 0.9), ("logs.message", 0.3)])
async def test_nothing_personal_comes_back_when_computing_is_denied(denying, world, oracle, place, refused):
    cases = one_of_each(place, COMPUTED[:3])
    reasons = Counter[str]()
    for case in cases:
        reply = await denying.ask("first", **case.arguments(world.first))
        assert oracle.leaks(reply.parts, reply.rows) == [], case.name
        reasons[reply.reason] += 1
    assert reasons[Reason.COLUMN_NOT_ALLOWED] >= refused * len(cases), reasons


async def test_rows_come_as_ever_when_computing_is_denied(denying):
    for sql in (
        "SELECT * FROM plain",
        "SELECT email, count(*) FROM plain GROUP BY email",
        "SELECT left(message, 20) FROM logs",
    ):
        reply = await denying.ask("first", sql=sql)
        assert reply.reason == ANSWERED, reply.said


async def test_rules_hold_and_expressions_pass_when_computing_is_allowed(postgres, world, oracle, tmp_path):
    async with canary_agent(
        [postgres_resource(postgres, "first")], tmp_path, hashKey=HASH_KEY, derived="allow"
    ) as agent:
        for case in one_of_each("ruled.email", COMPUTED):
            reply = await agent.ask("first", **case.arguments(world.first))
            assert oracle.leaks(reply.parts, reply.rows) == [], case.name
        reply = await agent.ask("first", sql="SELECT left(email, 3) AS x FROM plain WHERE id = 1")
        assert reply.rows == [{"x": world.first.named["plain.email.1"][:3]}]


@pytest.mark.parametrize("sql", FIRST)
async def test_nothing_personal_comes_back_when_a_table_is_first_used(postgres, oracle, tmp_path, sql):
    async with canary_agent([postgres_resource(postgres, "first")], tmp_path, hashKey=HASH_KEY) as agent:
        reply = await agent.ask("first", sql=sql)
        assert oracle.leaks(reply.parts, reply.rows) == []
        assert reply.rows == (await agent.ask("first", sql=sql)).rows


async def test_mask_stays_when_a_table_was_looked_at_meanwhile(postgres, world, tmp_path):
    async with canary_agent([postgres_resource(postgres, "first")], tmp_path, hashKey=HASH_KEY) as agent:
        answers = [
            (await agent.ask("first", sql=sql)).rows
            for sql in ("SELECT email FROM ruled", "SELECT left(status, 9) FROM ruled", "SELECT email FROM ruled")
        ]
        assert answers[0] == answers[2]


@pytest.fixture
async def process(postgres, world, tmp_path) -> AsyncIterator[tuple[ControlPlane, AgentProcess]]:
    plane = ControlPlane(token="canary-token", tenant_id="tenant-1")
    async with plane.open():
        link = {"url": plane.url, "token": "canary-token", "tenantId": "tenant-1"}
        settings = {
            "controlPlane": link,
            "resources": [postgres_resource(postgres, "first")],
            "masking": {"hashKey": HASH_KEY},
            "audit": {"file": str(tmp_path / "audit.jsonl"), "level": "debug"},
        }
        async with agent_process(settings, {}, tmp_path) as agent:
            await plane.wait_connected(20)
            yield plane, agent


async def test_nothing_personal_is_in_any_byte_when_attacked_over_the_socket(process, world, oracle, tmp_path):
    plane, agent = process
    known = {row["id"] for row in rows_of("postgres_open.jsonl")}
    cases = [case for case in first_postgres_cases() if case.operation == "query" and case.name not in known]
    texts = {}
    for case in cases[:: len(cases) // OVER_THE_SOCKET]:
        params = {"resourceId": "first", "operation": "query", "params": case.arguments(world.first)}
        texts[case.name] = json.dumps(await plane.call("execute", params))
    answered = sum('"rows"' in text for text in texts.values())
    assert answered > OVER_THE_SOCKET / 3
    written = [path for path in tmp_path.iterdir() if path.is_file() and path.suffix != ".yaml"]
    assert agent.output_file in written
    for path in written:
        texts[path.name] = "\n".join(map(without_digests, path.read_text().splitlines()))
    assert [leak for where, text in texts.items() for leak in oracle.leaks({where: text})] == []


def without_digests(line: str) -> str:
    """Take out of a record what is digits by nature."""
    try:
        record = json.loads(line)
    except ValueError:
        return line
    return json.dumps(
        {
            key: value
            for key, value in record.items()
            if key not in ("hash", "prevHash", "time", "statementSha256", "relayId", "chainId")
        }
    )
