"""Statements grown from the corpora, parts of one in the place of another's: no crash, no hang, no way through."""

from __future__ import annotations

import copy
import json
import random
import time
from collections.abc import Iterator
from pathlib import Path

import bson
import pytest

from relay.adapters.outbound.mongodb.expressions import ACCUMULATORS, EXPRESSION_OPERATORS, WINDOW_OPERATORS
from relay.adapters.outbound.mongodb.names import REFERENCE_PARTS
from relay.adapters.outbound.mongodb.operators import GEOMETRY_KEYS, PROJECTION_OPERATORS, QUERY_OPERATORS, TEXT_KEYS
from relay.adapters.outbound.mongodb.plans import AggregatePlan, FindPlan
from relay.adapters.outbound.mongodb.rows import DOCUMENT_CODEC
from relay.adapters.outbound.mongodb.stages import STAGES
from relay.adapters.outbound.mongodb.views import reads_of_view
from relay.domain.errors import RelayError
from relay.domain.request import Operation

CORPUS = Path(__file__).parent / "corpus"
STATEMENTS = [
    json.loads(line)["arguments"]
    for name in ("honest", "hostile", "hostile_policy")
    for line in (CORPUS / f"{name}.jsonl").read_text().splitlines()
    if len(line) < 4_000
]
KNOWN = {
    *QUERY_OPERATORS, *EXPRESSION_OPERATORS, *ACCUMULATORS, *WINDOW_OPERATORS, *STAGES, *GEOMETRY_KEYS, *TEXT_KEYS,
    *PROJECTION_OPERATORS, *REFERENCE_PARTS,
}  # fmt: skip
BATCH, SEEDS = 400, range(10)
HANG_GUARD_S = 20.0


def places(value: object) -> Iterator[tuple[dict | list, object]]:
    """Yield each place of a tree: the container and the key or index."""
    for key in list(value) if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ():
        yield value, key
        yield from places(value[key])


def grown(pick: random.Random) -> dict:
    statement = copy.deepcopy(pick.choice(STATEMENTS))
    for _ in range(pick.randint(1, 3)):
        donor = list(places(copy.deepcopy(pick.choice(STATEMENTS))))
        target = list(places(statement))
        if donor and target:
            container, key = pick.choice(target)
            source, name = pick.choice(donor)
            if isinstance(container, dict) and isinstance(name, str) and pick.random() < 0.4:
                container[name] = source[name]
            else:
                container[key] = source[name]
    return statement


def dollar_keys(value: object) -> set[str]:
    """Return every key with a dollar, at any depth."""
    found: set[str] = set()
    for container, key in places(value):
        if isinstance(container, dict) and isinstance(key, str) and key.startswith("$"):
            found.add(key)
    return found


@pytest.mark.parametrize("seed", SEEDS)
async def test_accepted_statement_holds_nothing_but_what_was_looked_at(guard, seed):
    pick = random.Random(seed)
    accepted, started_s = 0, time.monotonic()
    for _ in range(BATCH):
        arguments = grown(pick)
        guard.redact("query", arguments)
        try:
            statement = await guard.inspect(Operation.QUERY, arguments)
        except RelayError:
            continue
        plan = statement.plan
        assert isinstance(plan, FindPlan | AggregatePlan)
        accepted += 1
        decoded = bson.decode(bson.encode(plan.command()), DOCUMENT_CODEC)
        assert dollar_keys(decoded) <= KNOWN, arguments
        named = {str(use.table) for use in statement.facts.tables}
        if isinstance(plan, AggregatePlan):
            assert reads_of_view({"viewOn": plan.collection, "pipeline": list(plan.pipeline)}) == named, arguments
        assert not any(name == "system" or name.startswith("system.") or "$" in name for name in named)
    assert time.monotonic() - started_s < HANG_GUARD_S
    assert accepted > BATCH // 20
