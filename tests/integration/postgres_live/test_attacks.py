"""Attacks that only the live catalogue can tell from honest statements, on a database made for them."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

HERE = Path(__file__).parent
CASES = [json.loads(line) for line in (HERE / "attacks.jsonl").read_text().splitlines()]
OPEN = [json.loads(line) for line in (HERE / "attacks_open.jsonl").read_text().splitlines()]
"""Attacks that still succeed, each with what is missing; whoever closes one moves its line."""
OVERLOADED = frozenset({"overloads of built-in names", "operators implied by words"})
"""What attacks the agent whose search path holds names of built-in functions and operators."""
SYSTEM_VIEWS = "system views"
HIDDEN = re.compile("secrets|exposing|ledger|hidden_child|vault|roundabout|over_|heir|winding|base_open")
"""Names that no system view may show."""


def name_of(case: list[str]) -> str:
    return f"{case[0]}: {case[2]}"


async def attack(relay, watch, canaries, case: list[str]) -> None:
    family, reasons, sql = case[:3]
    reply = await relay.ask(sql, resource="overloaded" if family in OVERLOADED else "live")
    changes = await watch.changes()
    assert reply.reason in reasons.split("|"), reply.text
    assert canaries.hidden_in(reply.text + reply.log) == []
    assert canaries.text not in reply.text + reply.log
    assert changes == frozenset()
    if family == SYSTEM_VIEWS and reply.rows:
        assert HIDDEN.findall(reply.text) == []


@pytest.mark.parametrize("case", CASES, ids=name_of)
async def test_nothing_changes_and_nothing_comes_when_attacked(relay, watch, canaries, case):
    await attack(relay, watch, canaries, case)


@pytest.mark.parametrize(
    "case", [pytest.param(case, marks=pytest.mark.xfail(strict=True, reason=case[4])) for case in OPEN], ids=name_of
)
async def test_attack_is_known_to_succeed_when_not_closed_yet(relay, watch, canaries, case):
    await attack(relay, watch, canaries, case)
