"""The honest statements that the embedded server understands, run for real and compared with a direct run.

Rows with `"live": false` use operators that it has not got; they are put to the guard alone, in the unit tests.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from relay.adapters.outbound.mongodb.plans import FindPlan
from relay.domain.request import Operation

CORPUS = Path(__file__).parents[2] / "unit" / "mongodb" / "corpus" / "honest.jsonl"
LIVE = [row for row in map(json.loads, CORPUS.read_text().splitlines()) if row["live"]]


@pytest.fixture
def shop(seed):
    seed.customers.insert_many([{"_id": f"c{n}", "name": f"Customer {n}"} for n in range(3)])
    seed.orders.insert_many(
        [
            {
                "_id": f"o{n}",
                "n": n,
                "status": ("open", "paid", "old")[n % 3],
                "total": n * 7.5,
                "tags": ["a", "b"] if n % 2 else ["c"],
                "items": [{"sku": f"A{n}", "quantity": n}],
                "scores": [n, 80 + n],
                "customer": {"city": "Recife" if n % 2 else "Natal"},
                "customerId": f"c{n % 3}",
            }
            for n in range(12)
        ]
    )
    return seed


def direct(shop, plan) -> list:
    if isinstance(plan, FindPlan):
        found = shop.orders.find(
            plan.filter, plan.projection, sort=list(plan.sort.items()) if plan.sort else None, skip=plan.skip
        )
        return list(found)
    return list(shop.orders.aggregate(list(plan.pipeline)))


@pytest.mark.parametrize("row", [pytest.param(row, id=row["id"]) for row in LIVE])
async def test_same_documents_come_back_as_from_a_direct_run(connect, fetch, shop, row):
    async with connect().open() as database:
        statement = await database.guard.inspect(Operation.QUERY, row["arguments"])
        rows, _, warnings = await fetch(database, Operation.QUERY, row["arguments"])
    expected = direct(shop, statement.plan)
    if row["id"] == "pipeline: sample":
        assert len(rows) == len(expected) == 2
    else:
        assert rows == expected
    assert warnings == ()


def test_enough_of_the_corpus_runs_live():
    assert len(LIVE) >= 55
