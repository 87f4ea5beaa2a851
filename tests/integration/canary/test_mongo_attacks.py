"""Ways to get at personal values by MongoDB's expressions: of none of them a canary comes back, in whatever form."""

from __future__ import annotations

import pytest
from canaries.attacks import mongo_cases, same_answer

CASES = mongo_cases()


@pytest.mark.parametrize("case", CASES)
async def test_nothing_personal_comes_back_when_attacked(mongo_agent, mongo_world, case):
    reply = await mongo_agent.ask("first", case.operation, **case.arguments(mongo_world.first))
    found = mongo_world.oracle.leaks(reply.parts, reply.rows)
    assert not found, f"{case.name}: {reply.reason}; {'; '.join(map(str, found[:5]))}"
    if case.expect in ("same", "alike"):
        other = await mongo_agent.ask("second", case.operation, **case.arguments(mongo_world.first))
        same = same_answer(reply, other, ordered=case.expect == "same")
        assert same, f"{case.name}: the answer depends on personal values: {reply.said}"
    elif case.expect is not None:
        assert reply.reason == case.expect, f"{case.name}: {reply.said}"
