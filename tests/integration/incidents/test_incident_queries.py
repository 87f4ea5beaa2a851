"""What an engineer's assistant asks in an incident is answered, with all that is not personal."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from canaries.agent import ANSWERED
from canaries.oracle import Oracle
from canaries.visible import Visible

QUERIES = [json.loads(line) for line in (Path(__file__).parent / "queries.jsonl").read_text().splitlines()]


@pytest.fixture(scope="module")
def judges(shop) -> tuple[Oracle, Visible]:
    return Oracle(shop.canaries), Visible(shop.canaries)


async def ask_directly(connection, arguments: dict) -> list[dict]:
    sql = f"SELECT pg_catalog.to_json(d)::text FROM ({arguments['sql']}) d"
    return [json.loads(record[0]) for record in await connection.fetch(sql, *arguments.get("parameters", []))]


@pytest.mark.parametrize("query", [pytest.param(query, id=query["id"]) for query in QUERIES])
async def test_useful_answer_comes_when_asked_honestly(agent, shop, connection, judges, query):
    oracle, visible = judges
    given = {key: query[key] for key in ("sql", "parameters") if key in query}
    arguments = json.loads(shop.refer(json.dumps(given)))
    reply = await agent.ask("shop", **arguments)
    assert reply.reason == ANSWERED, reply.said
    assert oracle.leaks(reply.parts, reply.rows) == []
    assert len(reply.rows) == query["rows"]
    for words in query.get("sees", ()):
        assert words in json.dumps(reply.rows, ensure_ascii=False)
    assert visible.differences(await ask_directly(connection, arguments), reply.rows) == []


def test_there_are_enough_queries():
    assert len(QUERIES) >= 60
