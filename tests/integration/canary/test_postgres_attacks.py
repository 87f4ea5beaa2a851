"""Ways to get at personal values by SQL: of none of them a canary comes back, in whatever form."""

from __future__ import annotations

import pytest
from canaries.attacks import postgres_cases, same_answer

CASES = postgres_cases()


@pytest.mark.parametrize("case", CASES)
async def test_nothing_personal_comes_back_when_attacked(agent, world, case):
    reply = await agent.ask("first", case.operation, **case.arguments(world.first))
    found = world.oracle.leaks(reply.parts, reply.rows)
    assert not found, f"{case.name}: {reply.reason}; {'; '.join(map(str, found[:5]))}"
    if case.expect in ("same", "alike"):
        other = await agent.ask("second", case.operation, **case.arguments(world.first))
        same = same_answer(reply, other, ordered=case.expect == "same")
        assert same, f"{case.name}: the answer depends on personal values: {reply.said}"
    elif case.expect is not None:
        assert reply.reason == case.expect, f"{case.name}: {reply.said}"
