"""Statements that are allowed and never end: the time limit ends them, and nobody else waits."""

from __future__ import annotations

from pathlib import Path

import anyio
import pytest

from relay.domain.errors import Reason

ENDLESS = (Path(__file__).parent / "bounded.txt").read_text().splitlines()
TOGETHER = 3
"""Fewer than the pool has connections: one is left for the others."""
GROUPS = [ENDLESS[start : start + TOGETHER] for start in range(0, len(ENDLESS), TOGETHER)]
GONE_WITHIN_S = 15.0
"""A guard against backends that go on, not a measure of how quickly they stop."""


@pytest.mark.parametrize("statements", GROUPS, ids=lambda statements: statements[0])
async def test_others_are_answered_and_nothing_is_left_when_statements_run_to_their_limit(
    hurried, watch, canaries, statements
):
    replies, answered = {}, 0

    async def run(sql: str) -> None:
        replies[sql] = await hurried(sql)

    async with anyio.create_task_group() as group:
        for sql in statements:
            group.start_soon(run, sql)
        while not replies:
            other = await hurried("select 1 as one")
            assert other.rows == ({"one": 1},)
            answered += not replies
            await anyio.sleep(0.05)
    assert answered > 0
    reasons = {reply.reason for reply in replies.values()}
    assert Reason.QUERY_TIMEOUT in reasons
    assert reasons <= {Reason.QUERY_TIMEOUT, Reason.QUERY_BLOCKED}, "the guard may refuse what it sees to be endless"
    assert all(canaries.hidden_in(reply.text + reply.log) == [] for reply in replies.values())
    with anyio.fail_after(GONE_WITHIN_S):
        while await watch.running():
            await anyio.sleep(0.05)
    assert await watch.changes() == frozenset()


async def test_first_rows_come_when_a_recursion_never_ends(hurried):
    reply = await hurried("with recursive r (n) as (select 1 union all select n + 1 from r) select n from r")
    assert len(reply.rows) == 1000
    assert reply.rows[-1] == {"n": 1000}
