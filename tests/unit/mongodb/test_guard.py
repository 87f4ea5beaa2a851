"""What the guard hands on: facts, plan, texts, and its order of refusals."""

from __future__ import annotations

import json
import time

import pytest
from bson import ObjectId
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from relay.adapters.outbound.mongodb.bounds import MAX_NODES
from relay.adapters.outbound.mongodb.expressions import ACCUMULATORS, EXPRESSION_OPERATORS, WINDOW_OPERATORS
from relay.adapters.outbound.mongodb.findings import below
from relay.adapters.outbound.mongodb.guard import MongoStatementGuard
from relay.adapters.outbound.mongodb.literals import WRAPPERS
from relay.adapters.outbound.mongodb.operators import GEOMETRY_KEYS, QUERY_OPERATORS, TEXT_KEYS
from relay.adapters.outbound.mongodb.plans import DescribePlan, ExplainPlan, FindPlan, ListPlan
from relay.adapters.outbound.mongodb.stages import STAGES
from relay.domain.errors import Reason, RelayError
from relay.domain.policy import Policy
from relay.domain.request import Operation

OID = "65a4f0c2d1e8b7a9c3f01234"
CANARY = "canary-7f3a"


async def test_plan_is_regenerated_in_bson_types_when_accepted(guard):
    statement = await guard.inspect(
        Operation.QUERY,
        {
            "tableName": "orders",
            "filter": {"_id": {"$oid": OID}},
            "sort": [["a", "desc"]],
            "projection": ["a"],
            "skip": 2.0,
        },
    )
    assert statement.plan == FindPlan(
        collection="orders", filter={"_id": ObjectId(OID)}, sort={"a": -1}, projection={"a": 1}, skip=2
    )
    assert statement.plan.command() == {
        "find": "orders",
        "filter": {"_id": ObjectId(OID)},
        "projection": {"a": 1},
        "sort": {"a": -1},
        "skip": 2,
    }


async def test_regex_is_operator_as_condition_and_value_in_a_list(guard):
    statement = await guard.inspect(
        Operation.QUERY,
        {"collection": "c", "filter": {"a": {"$regex": "^x", "$options": "i"}, "b": {"$in": [{"$regex": "^y"}]}}},
    )
    assert statement.plan.filter["a"] == {"$regex": "^x", "$options": "i"}
    assert statement.plan.filter["b"]["$in"][0].pattern == "^y"


async def test_type_is_operator_as_condition_and_subtype_beside_binary(guard):
    statement = await guard.inspect(
        Operation.QUERY, {"collection": "c", "filter": {"a": {"$type": "int"}, "b": {"$binary": "AQID", "$type": "05"}}}
    )
    assert statement.plan.filter["a"] == {"$type": "int"}
    assert statement.plan.filter["b"].subtype == 5


async def test_every_collection_of_a_pipeline_is_a_fact_when_nested(guard):
    pipeline = [
        {"$lookup": {"from": "b", "as": "x", "pipeline": [{"$unionWith": "c"}]}},
        {"$facet": {"f": [{"$graphLookup": {**json.loads(STAGES["$graphLookup"].example), "from": "d"}}]}},
        {"$unionWith": {"coll": "e", "pipeline": [{"$lookup": {"from": "f", "as": "y", "pipeline": []}}]}},
    ]
    statement = await guard.inspect(Operation.QUERY, {"collection": "a", "pipeline": pipeline})
    assert [str(use.table) for use in statement.facts.tables] == ["a", "b", "c", "d", "e", "f"]


@pytest.mark.parametrize("projection", [{"x": "$cpf"}, {"x": {"$substrCP": ["$cpf", 0, 5]}}, {"x": {"y": "$cpf"}}])
async def test_computed_projection_is_left_to_the_policy_as_aggregation(guard, projection):
    statement = await guard.inspect(Operation.QUERY, {"collection": "a", "projection": projection})
    policy = Policy(allowed_operations=frozenset(Operation), max_rows=5)
    with pytest.raises(RelayError) as caught:
        policy.check_statement(statement.facts)
    assert caught.value.reason is Reason.OPERATION_NOT_ALLOWED


@pytest.mark.parametrize("pipeline", [[{"$out": "x"}], "nonsense", [{"$unionWith": "system.users"}], []])
async def test_pipeline_is_refused_as_operation_before_it_is_read_when_not_allowed(pipeline):
    guard = MongoStatementGuard(allows_aggregation=lambda: False)
    with pytest.raises(RelayError) as caught:
        await guard.inspect(Operation.QUERY, {"collection": "a", "pipeline": pipeline})
    assert caught.value.reason is Reason.OPERATION_NOT_ALLOWED


async def test_other_operations_have_plans_of_their_own(guard):
    described = await guard.inspect(Operation.DESCRIBE_TABLE, {"tableName": "a", "sampleSize": 501})
    listed = await guard.inspect(Operation.LIST_TABLES, {})
    explained = await guard.inspect(Operation.EXPLAIN, {"collection": "a", "filter": {"b": 1}})
    assert described.plan == DescribePlan(collection="a", sample_size=500, clamped=True)
    assert listed.plan == ListPlan()
    assert listed.facts.tables == ()
    assert explained.plan == ExplainPlan(query=FindPlan(collection="a", filter={"b": 1}))
    assert json.loads(explained.text)["verbosity"] == "queryPlanner"


async def test_what_would_run_is_named_but_never_shown_by_repr(guard):
    statement = await guard.inspect(Operation.QUERY, {"collection": "a", "filter": {"b": CANARY}})
    assert CANARY in statement.text
    assert CANARY not in repr(statement)
    assert CANARY not in repr(statement.plan)


@pytest.mark.parametrize(
    ("arguments", "redacted"),
    [
        ({"collection": "a", "filter": {"b": {"$gt": 5}}}, '{"find":"a","filter":{"b":{"$gt":"?"}}}'),
        ({"collection": "a", "statement": '{"b": "x"}'}, '{"find":"a","filter":{"b":"?"}}'),
        ({"collection": "a", "filter": {"b": {"$date": "2024"}}}, '{"find":"a","filter":{"b":"?"}}'),
        ({"collection": "a", "filter": {"b": {"$in": [1, "x"]}}}, '{"find":"a","filter":{"b":{"$in":["?","?"]}}}'),
        ({"collection": "a", "sort": [["b", 1]]}, '{"find":"a","filter":{},"sort":{"b":"?"}}'),
        ({"collection": "a", "projection": ["b"]}, '{"find":"a","filter":{},"projection":{"b":"?"}}'),
        ({"collection": "a", "skip": 5}, '{"find":"a","filter":{},"skip":"?"}'),
        ({"collection": "a", "pipeline": [{"$limit": 5}]}, '{"aggregate":"a","pipeline":[{"$limit":"?"}]}'),
        ({"collection": "a$b", "filter": {}}, '{"find":"?","filter":{}}'),
        ({"collection": "a", "statement": "SELECT 1"}, "[unreadable, 8 characters]"),
        ({"collection": "a", "statement": '{"a":' * 50_000}, "[unreadable, 250000 characters]"),
        ({"collection": "a", "filter": [[0] * 30_000]}, "[unreadable, more than 20000 values]"),
        ({}, '{"find":"?","filter":{}}'),
    ],
)
def test_redacted_without_values_when_recorded(guard, arguments, redacted):
    assert guard.redact("query", arguments) == redacted


@pytest.mark.parametrize(
    ("operation", "redacted"),
    [
        ("describe_table", '{"describe":"a"}'),
        ("list_tables", '{"listCollections":"?"}'),
        ("explain", '{"explain":{"find":"a","filter":{}}}'),
        ("nonsense", '{"find":"a","filter":{}}'),
    ],
)
def test_redacted_by_operation(guard, operation, redacted):
    assert guard.redact(operation, {"collection": "a"}) == redacted


@pytest.mark.parametrize("arguments", [None, 5, [], {"filter": {1: 2}}, {"filter": {"a": object()}}, {"sort": [[]]}])
def test_redaction_never_raises_when_the_types_are_impossible(guard, arguments):
    assert isinstance(guard.redact("query", arguments), str)


async def test_deep_and_wide_statements_are_refused_quickly(guard):
    nested: object = 1
    for _ in range(200_000):
        nested = [nested]
    for hostile in (nested, [0] * (MAX_NODES + 1), {"a": [[0] * 500 for _ in range(500)]}):
        started_s = time.monotonic()
        with pytest.raises(RelayError) as caught:
            await guard.inspect(Operation.QUERY, {"collection": "a", "filter": {"a": {"$in": hostile}}})
        assert caught.value.reason is Reason.QUERY_BLOCKED
        assert time.monotonic() - started_s < 10


def test_path_grows_no_further_when_it_is_too_long_to_show():
    long = below("filter", "." + "k" * 1_000)
    assert below(long, ".more") is long
    assert below("filter", "[0]") == "filter[0]"


async def test_long_keys_do_not_slow_the_walk(guard):
    value: object = {"$in": [0] * 15_000}
    for _ in range(50):
        value = {"$elemMatch": {"k" * 900: value}}
    literal = {"x" * 500_000: [{"a": 1}] * 9_000}
    for hostile in ({"a": value}, {"a": literal}):
        started_s = time.monotonic()
        try:
            await guard.inspect(Operation.QUERY, {"collection": "a", "filter": hostile})
        except RelayError as error:
            assert error.reason is Reason.QUERY_BLOCKED  # noqa: PT017 - either answer is fine, slowness is not
        assert time.monotonic() - started_s < 10


async def test_deep_statement_text_is_refused_quickly(guard):
    with pytest.raises(RelayError) as caught:
        await guard.inspect(Operation.QUERY, {"collection": "a", "statement": '{"a":' * 100_000})
    assert caught.value.reason is Reason.INVALID_PARAMS


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda children: (
        st.lists(children, max_size=3)
        | st.dictionaries(
            st.text(max_size=4)
            | st.sampled_from(
                [
                    *QUERY_OPERATORS,
                    *STAGES,
                    *WRAPPERS,
                    "$where",
                    "$function",
                    "$out",
                    "$ref",
                    "$code",
                    "a",
                    "from",
                    "as",
                ]
            ),
            children,
            max_size=3,
        )
    ),
    max_leaves=12,
)
KNOWN = {
    *QUERY_OPERATORS, *EXPRESSION_OPERATORS, *ACCUMULATORS, *WINDOW_OPERATORS, *STAGES, *GEOMETRY_KEYS, *TEXT_KEYS,
    "$slice", "$elemMatch", "$meta",
}  # fmt: skip


def dollar_keys(value: object) -> set[str]:
    if isinstance(value, dict):
        own = {key for key in value if key.startswith("$")}
        return own.union(*(dollar_keys(item) for item in value.values()))
    return set().union(*(dollar_keys(item) for item in value)) if isinstance(value, list) else set()


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(filter_=JSON, projection=JSON, sort=JSON, pipeline=JSON)
async def test_only_known_operators_pass_when_anything_is_sent(guard, filter_, projection, sort, pipeline):
    for arguments in (
        {"collection": "a", "filter": filter_},
        {"collection": "a", "projection": projection},
        {"collection": "a", "sort": sort},
        {"collection": "a", "pipeline": [pipeline]},
    ):
        try:
            statement = await guard.inspect(Operation.QUERY, arguments)
        except RelayError:
            continue
        assert dollar_keys(statement.plan.command()) <= KNOWN


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(filter_=JSON, sort=JSON)
def test_no_value_is_recorded_when_anything_is_sent(guard, filter_, sort):
    def plant(value: object) -> object:
        if isinstance(value, dict):
            return {key: plant(item) for key, item in value.items()}
        return [plant(item) for item in value] if isinstance(value, list) else CANARY

    recorded = guard.redact("query", {"collection": "a", "filter": plant(filter_), "skip": plant(sort)})
    assert CANARY not in recorded
