"""Column rules follow the data into views."""

from __future__ import annotations

import pytest

from relay.adapters.outbound.mongodb.live_catalogue import CatalogueSnapshot, LiveCatalogue
from relay.domain.errors import Reason, RelayError
from relay.domain.policy import ColumnRule
from relay.domain.protection import ColumnAction

RULES = {
    "people.email": "mask",
    "people.cpf": "hash",
    "people.phone": "partial",
    "people.secret": "deny",
    "people.token": "drop",
    "people.open": "pass",
    "people.contact.email": "mask",
}


def view(*stages: dict, on: str = "people") -> dict:
    return {"viewOn": on, "pipeline": list(stages)}


def rules_of_view(ask, definition: object, **more: object) -> dict:
    live = ask(RULES, views={"shown": definition, **more}).guard._live
    return {rule.path: rule.action.value for rule in live.rules_of("shown")}


EVERYTHING = {name.partition(".")[2]: action for name, action in RULES.items()}


@pytest.mark.parametrize(
    ("definition", "expected"),
    [
        pytest.param(view(), EVERYTHING, id="nothing"),
        pytest.param(view({"$match": {"email": {"$regex": "^a"}}}, {"$sort": {"cpf": 1}}), EVERYTHING, id="filtered"),
        pytest.param(view({"$project": {"e": "$email", "c": "$cpf"}}), {"e": "mask", "c": "hash"}, id="renamed"),
        pytest.param(view({"$project": {"c": {"$toString": "$cpf"}}}), {"c": "mask"}, id="computed of a hashed one"),
        pytest.param(view({"$project": {"c": {"$toLower": "$secret"}}}), {"c": "deny"}, id="computed of a denied one"),
        pytest.param(view({"$project": {"c": {"$toLower": "$token"}}}), {"c": "drop"}, id="computed of a dropped one"),
        pytest.param(view({"$project": {"c": {"$toLower": "$open"}}}), {"c": "pass"}, id="computed of an exempt one"),
        pytest.param(
            view({"$project": {"c": {"$concat": ["$open", "$email"]}}}), {"c": "mask"}, id="computed of both"
        ),
        pytest.param(view({"$project": {"status": 1}}), {}, id="left out"),
        pytest.param(view({"$project": {"email": 0, "cpf": 0}}), EVERYTHING, id="taken out"),
        pytest.param(view({"$group": {"_id": "$status", "all": {"$push": "$contact"}}}), {"all.email": "mask"},
                     id="group"),
        pytest.param(view({"$project": {"x": {"$objectToArray": "$contact"}}}), {"x": "mask"}, id="taken apart"),
        pytest.param(view({"$replaceRoot": {"newRoot": "$contact"}}), {"email": "mask"}, id="replaced root"),
        pytest.param(view({"$lookup": {"from": "people", "localField": "by", "foreignField": "_id", "as": "p"}},
                          {"$project": {"p.contact": 1}}, on="orders"), {"p.contact.email": "mask"}, id="lookup"),
        pytest.param(view({"$unionWith": {"coll": "people", "pipeline": [{"$project": {"total": "$cpf"}}]}},
                          on="orders"), {"total": "hash"}, id="union"),
        pytest.param(view({"$facet": {"a": [{"$project": {"email": 1}}]}}), {"a.email": "mask"}, id="facet"),
    ],
)  # fmt: skip
def test_rule_stands_on_the_views_own_path_when_it_shows_the_field(ask, definition, expected):
    assert rules_of_view(ask, definition) == expected


def test_rules_follow_views_of_views(ask):
    inner = view({"$project": {"e": "$email"}})
    outer = view({"$project": {"f": {"$toUpper": "$e"}, "g": "$e"}}, on="inner")
    assert rules_of_view(ask, outer, inner=inner) == {"f": "mask", "g": "mask"}


def test_own_rule_of_a_view_wins_for_its_path(ask):
    live = ask(
        {**RULES, "shown.e": "pass"}, views={"shown": view({"$project": {"e": "$email", "c": "$cpf"}})}
    ).guard._live
    assert {rule.path: rule.action for rule in live.rules_of("shown")} == {
        "e": ColumnAction.PASS,
        "c": ColumnAction.HASH,
    }


BROKEN = [
    pytest.param(None, id="definition not known"),
    pytest.param({"viewOn": "people", "pipeline": [{"$stageOfTheFuture": 1}]}, id="unknown stage"),
    pytest.param({"viewOn": "people", "pipeline": "x"}, id="no pipeline"),
    pytest.param({"viewOn": "people", "pipeline": [{}]}, id="empty stage"),
    pytest.param({"pipeline": []}, id="on nothing"),
    pytest.param({"viewOn": "shown", "pipeline": []}, id="on itself"),
]


@pytest.mark.parametrize("definition", BROKEN)
def test_view_refused_when_it_cannot_be_followed(ask, definition):
    with pytest.raises(RelayError) as caught:
        ask(RULES, views={"shown": definition}).inspect(collection="shown")
    assert caught.value.reason is Reason.COLUMN_NOT_ALLOWED
    assert "shown" in caught.value.message
    assert "rule of its own" in caught.value.hint


@pytest.mark.parametrize("definition", BROKEN)
def test_view_answered_when_it_has_a_rule_of_its_own_or_there_is_none(ask, definition):
    assert (
        ask({**RULES, "shown.a": "mask"}, views={"shown": definition}, enabled=False).inspect(collection="shown").plan
    )
    assert ask({}, views={"shown": definition}, enabled=False).inspect(collection="shown").plan


def test_values_of_a_view_replaced_when_they_leave(ask):
    outputs = ask(RULES, views={"shown": view({"$project": {"e": "$email"}})}, enabled=False).outputs(
        collection="shown"
    )
    assert outputs.applied({"_id": 1, "e": "x"}) == {"_id": 1, "e": "***"}


@pytest.mark.parametrize("looked", [False, True], ids=["before the first look", "made since"])
def test_refused_when_a_name_may_be_a_view_that_is_not_known(looked):
    live = LiveCatalogue(
        must_know=lambda _name: False, rules=[ColumnRule(table="a", column="b", action=ColumnAction.MASK)]
    )
    if looked:
        live.look(CatalogueSnapshot(names=frozenset({"a"}), views={}))
    with pytest.raises(RelayError) as caught:
        live.rules_of("fresh")
    assert caught.value.reason is (Reason.TABLE_NOT_ALLOWED if looked else Reason.RESOURCE_UNAVAILABLE)
