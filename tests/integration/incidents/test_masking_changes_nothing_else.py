"""The guard's honest corpus with masking and without: outside of masked values the answers are the same."""

from __future__ import annotations

import importlib.util
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
from canaries.agent import CanaryAgent, Reply, canary_agent
from canaries.postgres_world import postgres_resource

INTEGRATION = Path(__file__).parents[1]
CORPUS = INTEGRATION.parent / "unit" / "postgres_guard"
STATEMENTS = [
    *(f"select {text}" for text in (CORPUS / "honest_expressions.txt").read_text().splitlines()),
    *(CORPUS / "honest_statements.txt").read_text().splitlines(),
]
SCHEMA = "guard_check"
RESOURCE = "honest"
UNSTABLE_AT_MOST = 60
"""Statements about now, counters and chance: without masking, too, they differ from one moment to the next."""
MASKED_AT_MOST = 10
"""Answers of which a value is masked: the corpus' tables hold nothing personal, a few of its literals look so."""


@pytest.fixture(scope="module")
async def agents(postgres, tmp_path_factory) -> AsyncIterator[tuple[CanaryAgent, CanaryAgent]]:
    spec = importlib.util.spec_from_file_location("guard_stage", INTEGRATION / "postgres_guard" / "conftest.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    await postgres.execute(module.SCHEMA)
    await postgres.execute(f"ALTER ROLE {postgres.reader} SUPERUSER")
    resource = postgres_resource(
        postgres,
        SCHEMA,
        id=RESOURCE,
        columnRules=[],
        allowedFunctions=[],
        allowPrivilegedRole=True,
        statementTimeoutMs=5_000,
    )
    async with AsyncExitStack() as stack:
        with_masking, without = [
            await stack.enter_async_context(
                canary_agent([resource], tmp_path_factory.mktemp("honest"), enabled=is_enabled)
            )
            for is_enabled in (True, False)
        ]
        yield with_masking, without


@pytest.fixture(scope="module")
def found() -> AsyncIterator[dict[str, list[str]]]:
    kinds: dict[str, list[str]] = {"unstable": [], "masked": []}
    yield kinds
    assert len(kinds["unstable"]) <= UNSTABLE_AT_MOST, kinds["unstable"]
    assert len(kinds["masked"]) <= MASKED_AT_MOST, kinds["masked"]


def differs(one: Reply, other: Reply) -> bool:
    if one.reason != other.reason or one.answer.get("fields") != other.answer.get("fields"):
        return True
    return len(one.rows) != len(other.rows) or any(
        left != right and "***" not in str(left)
        for row, plain in zip(one.rows, other.rows, strict=True)
        for left, right in zip(row.values(), plain.values(), strict=True)
    )


@pytest.mark.parametrize("sql", STATEMENTS)
async def test_answer_is_the_same_when_masking_is_on(agents, found, sql):
    with_masking, without = agents
    masked, plain = await with_masking.ask(RESOURCE, sql=sql), await without.ask(RESOURCE, sql=sql)
    if masked.answer.get("masked"):
        found["masked"].append(sql)
    if (
        masked.reason == plain.reason
        and differs(masked, plain)
        and differs(await without.ask(RESOURCE, sql=sql), plain)
    ):
        found["unstable"].append(sql)
        return
    assert not differs(masked, plain), (masked.said, masked.rows[:2], plain.rows[:2])
