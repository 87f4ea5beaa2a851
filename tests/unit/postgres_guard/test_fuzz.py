"""Input without a plan: the guards answer or refuse, whatever comes. `scripts/fuzz_guard.py` does it for longer."""

from __future__ import annotations

import os
import time
from collections import Counter
from random import Random

import pytest
from guard_attack import mongo_soup, soup
from guard_attack.grammar import Writer

from relay.adapters.outbound.mongodb.guard import MongoStatementGuard
from relay.adapters.outbound.postgres.guard import PostgresStatementGuard
from relay.domain.errors import RelayError
from relay.domain.request import Operation

INPUTS = int(os.environ.get("RELAY_TEST_INPUTS", "1500"))
HANG_S = 10.0
SQL = PostgresStatementGuard()
MONGO = MongoStatementGuard()
SQL_CORPUS = soup.corpus()
MONGO_CORPUS = mongo_soup.corpus()


def generated(random):
    return {"sql": Writer(random, wicked=0.05).statement()}


KINDS = {
    "characters": (SQL, lambda random: {"sql": soup.characters(random)}),
    "tokens": (SQL, lambda random: {"sql": soup.tokens(random)}),
    "mutations": (SQL, lambda random: {"sql": soup.mutation(random, SQL_CORPUS)}),
    "grammar": (SQL, generated),
    "documents": (MONGO, mongo_soup.arguments),
    "changed documents": (MONGO, lambda random: mongo_soup.mutation(random, MONGO_CORPUS)),
}


@pytest.mark.parametrize(("guard", "make"), KINDS.values(), ids=KINDS)
async def test_guard_answers_or_refuses_soon_when_input_is_anything(guard, make, request):
    found = Counter[str]()
    vague = []
    for seed in range(INPUTS // 5 if make is generated else INPUTS):
        arguments = make(Random(seed))
        started = time.process_time()
        try:
            statement = await guard.inspect(Operation.QUERY, arguments)
        except RelayError as refusal:
            found["refused"] += 1
            vague += [] if refusal.detail else [arguments]
        else:
            found["accepted"] += 1
            assert isinstance(statement.redacted, str)
        assert time.process_time() - started < HANG_S, arguments
    assert vague == []
    assert found["refused"]
    assert found["accepted"] or "characters" in request.node.name


@pytest.mark.parametrize("kind", ["characters", "tokens", "mutations"])
async def test_accepted_statement_reads_the_same_again_when_input_is_anything(kind):
    guard, make = KINDS[kind]
    for seed in range(INPUTS):
        try:
            statement = await guard.inspect(Operation.QUERY, make(Random(seed)))
        except RelayError:
            continue
        again = await guard.inspect(Operation.QUERY, {"sql": statement.text})
        assert again.text == statement.text
        assert [use.table for use in again.facts.tables] == [use.table for use in statement.facts.tables]
