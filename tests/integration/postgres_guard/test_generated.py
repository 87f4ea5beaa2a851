"""Statements of a grammar: whatever guard and policy accept, the server's own tree and plan hold nothing else.

`RELAY_TEST_EXAMPLES=20000` looks longer, and then at other statements each time.
"""

from __future__ import annotations

import os
import random
from collections import Counter

import asyncpg
import pytest
from guard_attack.grammar import PARTS, WICKED, Writer
from guard_attack.judge import POLICY, SCHEMA_SQL, SEARCH_PATHS, Judge, make_judge
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from relay.adapters.outbound.postgres.guard import PostgresStatementGuard
from relay.adapters.outbound.postgres.live_catalogue import read_catalogue
from relay.application.ports.database import InspectedStatement
from relay.domain.errors import RelayError
from relay.domain.request import Operation

GIVEN = os.environ.get("RELAY_TEST_EXAMPLES")
EXAMPLES = int(GIVEN or 300)
HONEST_EXAMPLES = 150
FLOOR = 0.6
SAMPLES = [(kind, part) for kind, parts in WICKED.items() for part in parts]


@pytest.fixture(scope="module")
async def connection(postgres):
    opened = await asyncpg.connect(postgres.admin_dsn)
    await opened.execute(SCHEMA_SQL)
    yield opened
    await opened.close(timeout=5)


@pytest.fixture(scope="module", params=SEARCH_PATHS, ids=" ".join)
async def judged(request, connection) -> tuple[PostgresStatementGuard, Judge]:
    await connection.execute(f"SET search_path = {', '.join(request.param)}, pg_temp; SET statement_timeout = '10s'")
    return PostgresStatementGuard(await read_catalogue(connection, request.param)), await make_judge(connection)


async def accepted(guard: PostgresStatementGuard, sql: str) -> InspectedStatement | None:
    try:
        statement = await guard.inspect(Operation.QUERY, {"sql": sql})
        POLICY.check_statement(statement.facts)
    except RelayError:
        return None
    return statement


async def changed(judge: Judge, sql: str, statement: InspectedStatement) -> bool:
    """Whether the statement that runs means something else than the one that was asked."""
    ran, asked = await judge.verdict(statement.text), await judge.verdict(sql.removesuffix(";"))
    return ran.error != asked.error or (ran.tree != asked.tree and not ran.filtered)


@given(st.randoms().map(lambda randomness: Writer(randomness, wicked=0.05).statement()))
@settings(
    max_examples=EXAMPLES,
    derandomize=GIVEN is None,
    print_blob=True,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example],
)
async def test_accepted_statement_holds_only_what_is_allowed_when_some_parts_are_wicked(judged, sql):
    guard, judge = judged
    statement = await accepted(guard, sql)
    if statement is not None:
        assert (await judge.verdict(statement.text)).wrong == ()
        assert not await changed(judge, sql, statement)


async def test_honest_statements_are_accepted_and_keep_their_meaning_when_generated(judged):
    guard, judge = judged
    if "strange" in await judge.connection.fetchval("SHOW search_path"):
        return  # there every name and operator that has a look-alike is refused, which leaves few statements
    found = Counter[str]()
    for seed in range(HONEST_EXAMPLES):
        sql = Writer(random.Random(seed)).statement()
        statement = await accepted(guard, sql)
        found["accepted"] += statement is not None
        if statement is not None:
            verdict = await judge.verdict(statement.text)
            found["valid"] += verdict.error is None
            assert verdict.wrong == (), sql
            assert not await changed(judge, sql, statement), sql
    assert found["accepted"] > FLOOR * HONEST_EXAMPLES
    assert found["valid"] > FLOOR * HONEST_EXAMPLES


async def test_wicked_part_is_refused_when_the_server_would_take_it(judged):
    guard, judge = judged
    missed, taken = [], 0
    for kind, part in SAMPLES:
        sql = Writer(random.Random(kind)).sample(kind, part)
        verdict = await judge.verdict(sql)
        taken += verdict.error is None
        if verdict.wrong and await accepted(guard, sql) is not None:
            missed.append((part, verdict.wrong))
    assert missed == []
    assert taken > len(SAMPLES) / 2


async def test_judge_sees_what_is_wrong_when_nobody_guards(judged):
    _, judge = judged
    blind = [
        part
        for kind, part in SAMPLES
        if (verdict := await judge.verdict(Writer(random.Random(kind)).sample(kind, part))).error is None
        and not verdict.wrong
    ]
    assert len(blind) < len(SAMPLES) / 5


async def test_own_cast_is_refused_when_only_types_tell(judged):
    guard, judge = judged
    assert PARTS["own-cast"]
    for kind, parts in PARTS["own-cast"].items():
        for part in parts:
            sql = Writer(random.Random(kind)).sample(kind, part)
            assert not (await judge.verdict(sql)).wrong or await accepted(guard, sql) is None, part
