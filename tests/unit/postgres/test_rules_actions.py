"""How actions of column rules meet and pass on."""

from __future__ import annotations

import itertools

import pytest

from relay.adapters.outbound.postgres.rules_actions import computed, passed_on, strictest
from relay.domain.protection import ColumnAction

DENY, DROP, MASK = ColumnAction.DENY, ColumnAction.DROP, ColumnAction.MASK
HASH, PARTIAL, PASS = ColumnAction.HASH, ColumnAction.PARTIAL, ColumnAction.PASS
ORDER = (DENY, DROP, MASK, HASH, PARTIAL, PASS)


@pytest.mark.parametrize(("one", "other"), list(itertools.combinations(ORDER, 2)))
def test_stricter_action_wins_when_two_meet(one, other):
    assert strictest((one, other)) is one
    assert strictest((other, one)) is one


@pytest.mark.parametrize(
    ("actions", "expected"),
    [
        ((PASS, PASS), PASS),
        ((PASS, None), None),
        ((PASS, HASH), HASH),
        ((HASH, None), HASH),
        ((HASH, DENY), DENY),
        ((None,), None),
        ((), None),
    ],
)
def test_value_keeps_its_action_when_passed_on(actions, expected):
    assert passed_on(actions) is expected


@pytest.mark.parametrize(
    ("actions", "expected"),
    [
        ((HASH,), MASK),
        ((PARTIAL, None), MASK),
        ((DROP, HASH), DROP),
        ((DENY, MASK), DENY),
        ((PASS,), None),
        ((PASS, MASK), MASK),
        ((), None),
    ],
)
def test_result_is_masked_when_computed_from_what_is_protected(actions, expected):
    assert computed(actions) is expected
