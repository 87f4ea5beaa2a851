"""What a statement may ask of protected fields, and what it is told when it may not."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from relay.adapters.outbound.mongodb.expressions import ACCUMULATORS, EXPRESSION_OPERATORS, WINDOW_OPERATORS
from relay.adapters.outbound.mongodb.operators import QUERY_OPERATORS
from relay.adapters.outbound.mongodb.protection.expressions import HANDLERS
from relay.adapters.outbound.mongodb.protection.queries import CONDITIONS
from relay.adapters.outbound.mongodb.protection.stages import STAGES as FOLLOWED
from relay.adapters.outbound.mongodb.stages import STAGES
from relay.domain.errors import Reason, RelayError
from relay.domain.masking import DerivedAction

CORPUS = Path(__file__).parent / "corpus"


def rows(name: str, *, answered: bool) -> list:
    lines = map(json.loads, (CORPUS / f"{name}.jsonl").read_text().splitlines())
    return [pytest.param(row, id=row["id"]) for row in lines if row.get("answered", False) is answered]


def refusal(asked, row) -> RelayError:
    with pytest.raises(RelayError) as caught:
        asked.inspect(**row["arguments"])
    return caught.value


@pytest.mark.parametrize("row", [*rows("rules_asked", answered=False), *rows("derived_asked", answered=False)])
def test_refused_with_the_field_and_a_way_to_ask_when_it_would_tell_values(ask, row):
    error = refusal(ask(row.get("rules")), row)
    assert error.reason is Reason.COLUMN_NOT_ALLOWED
    assert row.get("says", "") in error.message
    assert error.hint
    assert error.detail.endswith(";")
    assert " at " in error.detail or " statement" in error.detail


@pytest.mark.parametrize("row", [*rows("rules_asked", answered=True), *rows("derived_asked", answered=True)])
def test_answered_when_it_tells_no_value(ask, row):
    classes = None if "rules" not in row else {}
    asked = ask(row.get("rules"), classes=classes, enabled=classes is None)
    assert asked.inspect(**row["arguments"]).plan is not None


@pytest.mark.parametrize(
    "settings",
    [
        pytest.param({"enabled": False}, id="masking is off"),
        pytest.param({"derived": DerivedAction.ALLOW}, id="derived values are allowed"),
    ],
)
@pytest.mark.parametrize("row", rows("derived_asked", answered=False))
def test_nothing_is_followed_when(ask, settings, row):
    outputs = ask(**settings).outputs(**row["arguments"])
    assert outputs.change.is_nothing


@pytest.mark.parametrize("row", rows("rules_asked", answered=False))
def test_rules_stay_in_force_when_masking_is_off(ask, row):
    assert refusal(ask(row["rules"], enabled=False), row).reason is Reason.COLUMN_NOT_ALLOWED


def test_every_stage_and_query_operator_is_followed():
    assert set(FOLLOWED) == set(STAGES)
    assert set(HANDLERS) <= {*EXPRESSION_OPERATORS, *ACCUMULATORS, *WINDOW_OPERATORS}
    assert {name for name in CONDITIONS if name not in QUERY_OPERATORS} == set()


def test_statement_refused_when_a_variable_has_no_value(ask):
    with pytest.raises(RelayError) as caught:
        ask().inspect(pipeline=[{"$project": {"x": "$$nobody.email"}}])
    assert caught.value.reason is Reason.QUERY_BLOCKED
