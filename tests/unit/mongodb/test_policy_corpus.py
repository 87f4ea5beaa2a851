"""Statements that the guard takes and the policy must not: `corpus/hostile_policy.jsonl`, on one policy."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from relay.adapters.outbound.mongodb.guard import MongoStatementGuard
from relay.adapters.outbound.mongodb.live_catalogue import CatalogueSnapshot, LiveCatalogue
from relay.bootstrap.databases.mongodb import must_know
from relay.domain.errors import Reason, RelayError
from relay.domain.policy import Policy
from relay.domain.request import Operation

CORPUS = Path(__file__).parent / "corpus"
POLICY = Policy(
    allowed_operations=frozenset(Operation),
    max_rows=10,
    allow_aggregation=True,
    blocked_tables=("salaries", "secret_*"),
)
VIEWS = {
    "payroll": frozenset({"salaries"}),
    "payroll_2": frozenset({"payroll", "salaries"}),
    "report": frozenset({"orders", "secret_keys"}),
    "opaque": None,
}


def rows(name: str) -> list:
    lines = (CORPUS / f"{name}.jsonl").read_text().splitlines()
    return [pytest.param(row, id=row["id"]) for row in map(json.loads, lines)]


@pytest.fixture
def guard() -> MongoStatementGuard:
    live = LiveCatalogue(must_know=must_know(POLICY))
    live.look(CatalogueSnapshot(names=frozenset({"orders", "salaries", "secret_keys", *VIEWS}), views=VIEWS))
    return MongoStatementGuard(live=live)


async def decide(guard: MongoStatementGuard, row: dict) -> None:
    statement = await guard.inspect(Operation(row.get("operation", "query")), row["arguments"])
    POLICY.check_statement(statement.facts)


@pytest.mark.parametrize("row", rows("hostile_policy"))
async def test_refused_with_its_reason_when_the_policy_hides_it(guard, row):
    with pytest.raises(RelayError) as caught:
        await decide(guard, row)
    assert caught.value.reason == row["reason"]
    assert row["says"] in caught.value.message
    assert caught.value.hint, "a refusal says what would be accepted"


@pytest.mark.parametrize("row", rows("honest"))
async def test_honest_statement_refused_for_an_unknown_collection_alone(guard, row):
    refusal = None
    try:
        await decide(guard, row)
    except RelayError as error:
        refusal = error
    if refusal is not None:  # customers and the like are not in the catalogue above
        assert refusal.reason is Reason.TABLE_NOT_ALLOWED
        assert "is not known here" in refusal.message
        assert "orders" not in refusal.message
        assert "pipeline" in row["arguments"]
