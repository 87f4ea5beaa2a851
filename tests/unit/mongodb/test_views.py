"""Which collections a view shows, and what the guard makes of it."""

from __future__ import annotations

import pytest

from relay.adapters.outbound.mongodb.guard import MongoStatementGuard
from relay.adapters.outbound.mongodb.live_catalogue import CatalogueSnapshot, LiveCatalogue
from relay.adapters.outbound.mongodb.stages import STAGES
from relay.adapters.outbound.mongodb.views import UnreadableView, all_reads, reads_of_view
from relay.bootstrap.databases.mongodb import must_know
from relay.domain.errors import Reason, RelayError
from relay.domain.policy import Policy
from relay.domain.request import Operation

LOOKUP = {"from": "secrets", "localField": "a", "foreignField": "b", "as": "c"}
GRAPH = {"from": "secrets", "startWith": "$a", "connectFromField": "a", "connectToField": "b", "as": "c"}


@pytest.mark.parametrize(
    ("pipeline", "reads"),
    [
        pytest.param([], {"base"}, id="nothing"),
        pytest.param([{"$match": {"from": "x"}}, {"$project": {"from": "$x"}}], {"base"}, id="field named from"),
        pytest.param([{"$lookup": LOOKUP}], {"base", "secrets"}, id="lookup"),
        pytest.param([{"$graphLookup": GRAPH}], {"base", "secrets"}, id="graph"),
        pytest.param([{"$unionWith": "secrets"}], {"base", "secrets"}, id="union by name"),
        pytest.param([{"$unionWith": {"coll": "secrets"}}], {"base", "secrets"}, id="union"),
        pytest.param(
            [{"$lookup": {"from": "a", "as": "x", "pipeline": [{"$unionWith": "b"}]}}], {"base", "a", "b"}, id="nested"
        ),
        pytest.param(
            [{"$unionWith": {"coll": "a", "pipeline": [{"$lookup": LOOKUP}]}}], {"base", "a", "secrets"}, id="union's"
        ),
        pytest.param([{"$facet": {"x": [{"$limit": 1}], "y": [{"$lookup": LOOKUP}]}}], {"base", "secrets"}, id="facet"),
        pytest.param(
            [{"$lookup": {"from": {"db": "other", "coll": "secrets"}, "as": "x", "pipeline": []}}],
            {"base", "secrets"},
            id="another database",
        ),
        pytest.param([{"$lookup": {"as": "x", "pipeline": [{"$unionWith": "b"}]}}], {"base", "b"}, id="without from"),
        pytest.param([{"$vectorSearch": {"index": "i"}}], {"base"}, id="search"),
    ],
)
def test_every_collection_found_when_a_view_names_it(pipeline, reads):
    assert reads_of_view({"viewOn": "base", "pipeline": pipeline}) == reads


@pytest.mark.parametrize(
    "options",
    [
        None,
        [],
        {},
        {"viewOn": 5},
        {"viewOn": "a", "pipeline": {}},
        {"viewOn": "a", "pipeline": ["$match"]},
        {"viewOn": "a", "pipeline": [{}]},
        {"viewOn": "a", "pipeline": [{"$match": {}, "$limit": 1}]},
        {"viewOn": "a", "pipeline": [{"$stageOfTheFuture": {"reads": "secrets"}}]},
        {"viewOn": "a", "pipeline": [{"$facet": {"x": [{"$stageOfTheFuture": 1}]}}]},
        {"viewOn": "a", "pipeline": [{"$facet": []}]},
        {"viewOn": "a", "pipeline": [{"$facet": {"x": 1}}]},
        {"viewOn": "a", "pipeline": [{"$lookup": "secrets"}]},
        {"viewOn": "a", "pipeline": [{"$lookup": {"as": "x"}}]},
        {"viewOn": "a", "pipeline": [{"$lookup": {"from": 5}}]},
        {"viewOn": "a", "pipeline": [{"$lookup": {"from": {"db": "x"}}}]},
        {"viewOn": "a", "pipeline": [{"$unionWith": 5}]},
    ],
)
def test_definition_refused_when_nobody_knows_what_it_reads(options):
    with pytest.raises(UnreadableView):
        reads_of_view(options)


def test_every_stage_that_names_a_collection_is_followed():
    naming = {name for name, row in STAGES.items() if "COLLECTION" in {part.name for part in row.keys.values()}}
    assert naming == {"$lookup", "$graphLookup", "$unionWith"}


def test_views_of_views_are_followed_and_a_circle_ends():
    views = {
        "top": frozenset({"middle", "a"}),
        "middle": frozenset({"base"}),
        "unsure": frozenset({"unknown"}),
        "unknown": None,
        "round": frozenset({"about"}),
        "about": frozenset({"round"}),
    }
    reads = all_reads(views)
    assert reads["top"] == {"middle", "a", "base"}
    assert reads["unsure"] is None
    assert reads["round"] == {"about", "round"}


SNAPSHOT = CatalogueSnapshot(
    names=frozenset({"orders", "clean", "leak", "unknown", "secrets"}),
    views={"clean": frozenset({"orders"}), "leak": frozenset({"orders", "secrets"}), "unknown": None},
)


def decide(name: str, *, snapshot: CatalogueSnapshot | None = SNAPSHOT, **policy: object):
    rules = Policy(allowed_operations=frozenset(Operation), max_rows=5, allow_aggregation=True, **policy)
    live = LiveCatalogue(must_know=must_know(rules))
    if snapshot:
        live.look(snapshot)
    return MongoStatementGuard(live=live), rules, name


async def refusal(guard: MongoStatementGuard, policy: Policy, name: str, **arguments: object) -> str:
    try:
        statement = await guard.inspect(Operation.QUERY, {"collection": name, **arguments})
        policy.check_statement(statement.facts)
    except RelayError as error:
        return error.message
    return ""


@pytest.mark.parametrize(
    ("name", "policy", "says"),
    [
        pytest.param("orders", {"blocked_tables": ("secrets",)}, "", id="collection"),
        pytest.param("clean", {"blocked_tables": ("secrets",)}, "", id="view of nothing blocked"),
        pytest.param(
            "leak", {"blocked_tables": ("secrets",)}, "leak shows rows of a table", id="view of a blocked one"
        ),
        pytest.param("leak", {"blocked_tables": ("sec*",)}, "leak shows rows of a table", id="by pattern"),
        pytest.param("leak", {}, "", id="nothing is blocked"),
        pytest.param("unknown", {}, "", id="definition unknown, nothing is blocked"),
        pytest.param("unknown", {"blocked_tables": ("secrets",)}, "can't be looked through", id="definition unknown"),
        pytest.param(
            "leak", {"blocked_tables": ("secrets",), "allowed_tables": ("leak",)}, "", id="listed by its very name"
        ),
        pytest.param(
            "unknown", {"blocked_tables": ("secrets",), "allowed_tables": ("unknown",)}, "", id="unknown but listed"
        ),
        pytest.param(
            "leak", {"blocked_tables": ("secrets",), "allowed_tables": ("le*",)}, "shows rows", id="listed by pattern"
        ),
        pytest.param("brand_new", {"blocked_tables": ("secrets",)}, "is not known here", id="made since the probe"),
        pytest.param("brand_new", {}, "", id="new, nothing is blocked"),
        pytest.param("secrets", {"blocked_tables": ("secrets",)}, "table secrets is not allowed", id="blocked itself"),
        pytest.param(
            "secret", {"blocked_tables": ("secret*",)}, "table secret is not allowed", id="blocked, not there"
        ),
    ],
)
async def test_view_refused_when_it_shows_what_is_blocked(name, policy, says):
    guard, rules, name = decide(name, **policy)
    for arguments in ({}, {"pipeline": []}):
        assert says in await refusal(guard, rules, name, **arguments)
        assert bool(await refusal(guard, rules, name, **arguments)) is bool(says)


@pytest.mark.parametrize(
    "pipeline",
    [
        [{"$unionWith": "leak"}],
        [{"$lookup": {"from": "leak", "localField": "a", "foreignField": "b", "as": "c"}}],
        [{"$graphLookup": {**GRAPH, "from": "leak"}}],
        [{"$facet": {"x": [{"$unionWith": {"coll": "clean", "pipeline": [{"$unionWith": "leak"}]}}]}}],
    ],
)
async def test_view_refused_when_a_stage_names_it(pipeline):
    guard, rules, name = decide("orders", blocked_tables=("secrets",))
    assert "leak shows rows" in await refusal(guard, rules, name, pipeline=pipeline)


@pytest.mark.parametrize("operation", [Operation.DESCRIBE_TABLE, Operation.EXPLAIN])
async def test_view_refused_by_every_operation(operation):
    guard, rules, _ = decide("leak", blocked_tables=("secrets",))
    statement = await guard.inspect(operation, {"tableName": "leak"})
    with pytest.raises(RelayError, match="leak shows rows"):
        rules.check_statement(statement.facts)


async def test_nothing_decided_when_no_probe_has_been():
    guard, _, name = decide("orders", snapshot=None, blocked_tables=("secrets",))
    with pytest.raises(RelayError) as caught:
        await guard.inspect(Operation.QUERY, {"collection": name})
    assert caught.value.reason is Reason.RESOURCE_UNAVAILABLE


async def test_assumption_named_when_the_guard_works_offline():
    rules = Policy(allowed_operations=frozenset(Operation), max_rows=5, blocked_tables=("secrets",))
    guard = MongoStatementGuard(must_know=must_know(rules))
    statement = await guard.inspect(Operation.QUERY, {"collection": "orders"})
    assert statement.assumes == ("orders is no view of a blocked table",)
    assert (await MongoStatementGuard().inspect(Operation.QUERY, {"collection": "orders"})).assumes == ()
