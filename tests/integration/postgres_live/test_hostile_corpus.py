"""The guard's hostile corpus against a live server and a role that may do everything."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

CASES = [
    json.loads(line)
    for line in (Path(__file__).parents[2] / "unit" / "postgres_guard" / "hostile.jsonl").read_text().splitlines()
]
TOGETHER = 10
GROUPS = [CASES[start : start + TOGETHER] for start in range(0, len(CASES), TOGETHER)]


async def send(relay, canaries, reason: str, sql: str) -> None:
    for operation in ("query", "explain"):
        reply = await relay.ask(sql, operation=operation)
        assert reply.reason == reason, (sql, reply.text)
        assert canaries.hidden_in(reply.text + reply.log) == [], sql
        assert canaries.text not in reply.text + reply.log, sql


async def culprits(relay, watch, canaries, cases) -> list[str]:
    """Send statements once more, one by one, and return those that change something."""
    found = []
    for reason, sql in cases:
        await send(relay, canaries, reason, sql)
        if await watch.changes():
            found.append(sql)
    return found


@pytest.mark.parametrize("cases", GROUPS, ids=lambda cases: cases[0][1])
async def test_nothing_changes_and_nothing_comes_when_hostile(relay, watch, canaries, cases):
    for reason, sql in cases:
        await send(relay, canaries, reason, sql)
    changes = await watch.changes()
    assert not changes, (changes, await culprits(relay, watch, canaries, cases))
