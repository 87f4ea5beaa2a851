"""The plan of each attack tells nothing personal, and is not given where the rows are not."""

from __future__ import annotations

import pytest
from canaries.attacks import first_postgres_cases, rows_of

CASES = [case for case in first_postgres_cases() if case.operation == "query"][::2]
TOGETHER = 100
GUESSED = "@{="
REFUSALS = frozenset({"COLUMN_NOT_ALLOWED", "FUNCTION_NOT_ALLOWED", "TABLE_NOT_ALLOWED", "QUERY_BLOCKED"})


@pytest.mark.parametrize("start", range(0, len(CASES), TOGETHER))
async def test_plan_tells_nothing_personal_when_asked_for_an_attack(agent, world, start):
    known = {row["id"] for row in rows_of("postgres_open.jsonl")}
    for case in CASES[start : start + TOGETHER]:
        # the plain columns, where there is a choice: behind rules there is less to see
        plain = [place for place in case.row.get("on", ()) if place.startswith("plain.")]
        attack = case.at(*plain[0].split(".")) if plain else case
        if attack.name in known:
            continue
        arguments = attack.arguments(world.first)
        plan = await agent.ask("first", "explain", **arguments)
        found = world.oracle.leaks({name: plan.parts[name] for name in ("the answer", "the log")})
        # a plan repeats the statement's own constants: pieces that the caller guessed with are no news
        assert found == [] or GUESSED in str(attack.template), attack.name
        if attack.expect == "same":
            rows = await agent.ask("first", **arguments)
            assert (rows.reason in REFUSALS) == (plan.reason in REFUSALS), (attack.name, plan.said)
