"""The operator hears once of column rules that protect nothing."""

from __future__ import annotations

from dataclasses import replace

import pytest
from dependency_injector import providers

from relay.adapters.outbound.memory import RecordingRuleLog
from relay.domain.errors import Reason, RelayError
from relay.domain.policy import ColumnRule
from relay.domain.protection import ColumnAction

FINE = ColumnRule(table="people", column="name", action=ColumnAction.HASH)
NO_COLUMN = ColumnRule(table="people", column="nmae", action=ColumnAction.MASK)
NO_TABLE = ColumnRule(table="peple", column="name", action=ColumnAction.DROP)
A_NUMBER = ColumnRule(table="orders", column="n", action=ColumnAction.HASH)


class Watched:
    """A relay whose resource has rules."""

    def __init__(self, relay) -> None:
        self.relay = relay
        self.log = RecordingRuleLog()
        relay.container.rule_log.override(providers.Object(self.log))
        relay.database.tables["orders"] = [{"n": 1}]
        self.set_rules(FINE, NO_COLUMN, NO_TABLE, A_NUMBER)

    def set_rules(self, *rules: ColumnRule) -> None:
        entry = self.relay.container.registry().entries["shop"]
        self.relay.database.rules = rules
        entry.resource = replace(entry.resource, policy=replace(entry.resource.policy, column_rules=rules))

    @property
    def sampler(self):
        return self.relay.container.registry().entries["shop"].database.sampler

    async def probe(self) -> list:
        before = len(self.log.told)
        await self.relay.container.prober().probe_all()
        return self.log.told[before:]


@pytest.fixture
def watched(relay) -> Watched:
    return Watched(relay)


async def test_told_once_when_rules_protect_nothing(watched) -> None:
    assert await watched.probe() == [
        ("missing", "shop", (NO_COLUMN, NO_TABLE)),
        ("unhashable", "shop", (A_NUMBER,)),
    ]
    assert await watched.probe() == []


async def test_told_of_the_new_ones_when_tables_have_changed(watched) -> None:
    await watched.probe()
    del watched.relay.database.tables["people"]
    assert await watched.probe() == [("missing", "shop", (FINE,))]


async def test_not_told_when_the_rules_are_fine(watched) -> None:
    watched.set_rules(FINE)
    assert await watched.probe() == []


async def test_not_asked_when_the_database_is_down(watched) -> None:
    watched.relay.database.reachable = False
    assert await watched.probe() == []
    watched.relay.database.reachable = True
    assert len(await watched.probe()) == 2


@pytest.mark.parametrize(
    ("error", "unexpected"),
    [(RelayError(Reason.QUERY_FAILED, "the database refused;"), 0), (ZeroDivisionError(), 1)],
    ids=["refused", "a defect"],
)
async def test_asked_again_when_it_could_not_be_found_out(watched, error, unexpected) -> None:
    async def broken() -> tuple[ColumnRule, ...]:
        raise error

    real, watched.sampler.missing_columns = watched.sampler.missing_columns, broken
    assert await watched.probe() == []
    assert len(watched.relay.failures.errors) == unexpected
    assert watched.relay.container.registry().entries["shop"].status == "healthy"
    watched.sampler.missing_columns = real
    assert len(await watched.probe()) == 2
