"""Each row of each allowlist is accepted with its own example, and none of the shut ones is on a list."""

from __future__ import annotations

import json

import pytest

from relay.adapters.outbound.mongodb.expressions import ACCUMULATORS, EXPRESSION_OPERATORS, WINDOW_OPERATORS
from relay.adapters.outbound.mongodb.findings import REFUSED_BECAUSE
from relay.adapters.outbound.mongodb.literals import LEGACY_REGEX, WRAPPERS, read_literal
from relay.adapters.outbound.mongodb.operators import PROJECTION_OPERATORS, QUERY_OPERATORS, Position
from relay.adapters.outbound.mongodb.stages import STAGES
from relay.domain.errors import Reason, RelayError
from relay.domain.request import Operation

REGEX_ARGUMENT = {"input": "$a", "regex": "^A"}
SPECIAL_ARGUMENTS = {
    "$meta": "textScore",
    "$regexMatch": REGEX_ARGUMENT,
    "$regexFind": REGEX_ARGUMENT,
    "$regexFindAll": REGEX_ARGUMENT,
}


async def facts(guard, **arguments):
    return (await guard.inspect(Operation.QUERY, {"collection": "c", **arguments})).facts


@pytest.mark.parametrize("name", QUERY_OPERATORS)
async def test_query_operator_accepted_with_its_example(guard, name):
    row = QUERY_OPERATORS[name]
    condition = {name: json.loads(row.example)}
    found = await facts(guard, filter=condition if row.position is Position.FILTER else {"a": condition})
    assert name in {use.name for use in found.functions}
    assert row.page.endswith(name.removeprefix("$"))


@pytest.mark.parametrize("name", PROJECTION_OPERATORS)
async def test_projection_operator_is_no_aggregation_with_its_example(guard, name):
    found = await facts(guard, projection={"a": {name: json.loads(PROJECTION_OPERATORS[name])}})
    assert not found.uses_aggregation
    assert name in {use.name for use in found.functions}


@pytest.mark.parametrize("name", EXPRESSION_OPERATORS)
async def test_expression_accepted_in_filter_and_counted_as_aggregation_in_projection(guard, name):
    expression = {name: SPECIAL_ARGUMENTS.get(name, ["$a", 1])}
    assert not (await facts(guard, filter={"$expr": expression})).uses_aggregation
    computed = await facts(guard, projection={"x": expression})
    assert computed.uses_aggregation is (name != "$meta")


@pytest.mark.parametrize("name", ACCUMULATORS)
async def test_accumulator_accepted_in_group(guard, name):
    found = await facts(guard, pipeline=[{"$group": {"_id": None, "x": {name: "$a"}}}])
    assert name in {use.name for use in found.functions}


@pytest.mark.parametrize("name", WINDOW_OPERATORS)
async def test_window_operator_accepted(guard, name):
    await facts(guard, pipeline=[{"$setWindowFields": {"sortBy": {"a": 1}, "output": {"x": {name: "$a"}}}}])


@pytest.mark.parametrize("name", STAGES)
async def test_stage_accepted_with_its_example(guard, name):
    row = STAGES[name]
    found = await facts(guard, pipeline=[{name: json.loads(row.example)}])
    assert found.uses_aggregation
    named = {str(use.table) for use in found.tables}
    assert named == ({"c", "other"} if '"other"' in row.example and name != "$bucket" else {"c"})


@pytest.mark.parametrize("name", WRAPPERS)
def test_extended_json_read_with_its_example(name):
    row = WRAPPERS[name]
    document = json.loads(row.example)
    assert document.keys() == row.keys
    assert not isinstance(read_literal(document, "x"), dict)


def test_legacy_regex_read_with_its_example():
    assert read_literal(json.loads(LEGACY_REGEX.example), "x").pattern == "^A"


@pytest.mark.parametrize("name", REFUSED_BECAUSE)
def test_shut_operator_is_on_no_list(name):
    lists = (QUERY_OPERATORS, PROJECTION_OPERATORS, EXPRESSION_OPERATORS, ACCUMULATORS, WINDOW_OPERATORS, STAGES)
    assert not any(name in allowed for allowed in lists)
    assert name not in WRAPPERS


@pytest.mark.parametrize("name", REFUSED_BECAUSE)
async def test_shut_operator_is_refused_with_the_cause(guard, name):
    with pytest.raises(RelayError) as caught:
        await facts(guard, filter={"$and": [{name: {}}]})
    assert caught.value.reason is Reason.FUNCTION_NOT_ALLOWED
    assert REFUSED_BECAUSE[name] in caught.value.message
    assert f"{name} at filter.$and[0]" in caught.value.message
