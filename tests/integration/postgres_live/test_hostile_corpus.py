"""The guard's hostile corpus against a live server and a role that may do everything."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

CASES = [
    json.loads(line)
    for line in (Path(__file__).parents[2] / "unit" / "postgres_guard" / "hostile.jsonl").read_text().splitlines()
]


@pytest.mark.parametrize(("reason", "sql"), CASES)
async def test_nothing_changes_and_nothing_comes_when_hostile(relay, watch, canaries, reason, sql):
    for operation in ("query", "explain"):
        reply = await relay.ask(sql, operation=operation)
        assert reply.reason == reason, reply.text
        assert canaries.hidden_in(reply.text + reply.log) == []
        assert canaries.text not in reply.text + reply.log
    assert await watch.changes() == frozenset()
