"""Statements of a grammar over personal values: whatever is answered holds none of them, and depends on none.

`RELAY_TEST_EXAMPLES=20000` looks longer, and then at other statements each time.
"""

from __future__ import annotations

import os
import random
from collections import Counter

import pytest
from canaries.agent import ANSWERED
from canaries.attacks import same_answer
from canaries.grammar import Statement, Writer
from canaries.oracle import Oracle
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

GIVEN = os.environ.get("RELAY_TEST_EXAMPLES")
EXAMPLES = int(GIVEN or 120)
SEEDED = int(GIVEN or 450)
FIRST_SEED = random.SystemRandom().randrange(10**9) if GIVEN else 0
FEWEST_ANSWERED = 0.2
DIGITS = 8
"""Any five digits come about by chance in what random statements compute."""


@pytest.fixture(scope="module")
def oracle(world) -> Oracle:
    return Oracle([*world.first.canaries, *world.second.canaries], digit_piece=DIGITS)


async def check(agent, oracle: Oracle, statement: Statement) -> str:
    """Put one statement; return how it went."""
    reply = await agent.ask("first", sql=statement.sql)
    found = oracle.leaks(reply.parts, reply.rows)
    assert not found, f"{statement.sql}: {'; '.join(map(str, found[:5]))}"
    if statement.is_fixed and reply.reason == ANSWERED:
        other = await agent.ask("second", sql=statement.sql)
        same = same_answer(reply, other, ordered=False)
        assert same, f"the answer depends on personal values: {statement.sql}: {reply.lasting}, {other.lasting}"
    return reply.reason


@given(st.randoms(use_true_random=False).map(lambda chance: Writer(chance).statement()))
@settings(
    max_examples=EXAMPLES,
    derandomize=GIVEN is None,
    deadline=None,
    database=None,
    suppress_health_check=list(HealthCheck),
)
async def test_nothing_personal_comes_back_when_statements_are_grown(agent, oracle, statement):
    await check(agent, oracle, statement)


async def test_nothing_personal_comes_back_when_statements_are_drawn(agent, oracle):
    found = Counter[str]()
    wrong = []
    for seed in range(FIRST_SEED, FIRST_SEED + SEEDED):
        try:
            found[await check(agent, oracle, Writer(random.Random(seed)).statement())] += 1
        except AssertionError as error:
            wrong.append(f"{seed}: {error}")
    assert not wrong, "\n".join(wrong[:40])
    assert found[ANSWERED] > FEWEST_ANSWERED * SEEDED, found
