"""Hostile statements, each with its reason, and honest ones: `corpus/*.jsonl`, one a line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from bson import BSON

from relay.adapters.outbound.mongodb.plans import AggregatePlan, FindPlan
from relay.domain.errors import RelayError
from relay.domain.request import Operation

CORPUS = Path(__file__).parent / "corpus"


def rows(name: str) -> list:
    lines = (CORPUS / f"{name}.jsonl").read_text().splitlines()
    return [pytest.param(row, id=row["id"]) for row in map(json.loads, lines)]


@pytest.mark.parametrize("row", rows("hostile"))
async def test_refused_with_its_reason_when_hostile(guard, row):
    with pytest.raises(RelayError) as caught:
        await guard.inspect(Operation(row["operation"]), row["arguments"])
    assert caught.value.reason == row["reason"]
    assert row["says"] in caught.value.message
    assert caught.value.hint, "a refusal says what would be accepted"


@pytest.mark.parametrize("row", rows("honest"))
async def test_accepted_and_encodable_when_honest(guard, row):
    statement = await guard.inspect(Operation.QUERY, row["arguments"])
    assert isinstance(statement.plan, FindPlan | AggregatePlan)
    assert BSON.encode(statement.plan.command())
    assert all(function.known_safe for function in statement.facts.functions)
    assert statement.facts.uses_aggregation is ("pipeline" in row["arguments"])
    assert next(str(use.table) for use in statement.facts.tables) == "orders"


@pytest.mark.parametrize("row", [*rows("hostile"), *rows("honest")])
async def test_never_raises_when_redacted(guard, row):
    assert isinstance(guard.redact(row.get("operation", "query"), row["arguments"]), str)


def test_corpus_is_large_enough():
    assert len(rows("hostile")) >= 280
    assert len(rows("honest")) >= 140
