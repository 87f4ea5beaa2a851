"""What column rules make of documents, wherever their fields go in a statement."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from bson import Int64, ObjectId

from relay.adapters.outbound.mongodb.protection.actions import TOKEN_PREFIX, token
from relay.domain.protection import ColumnClass, ColumnKind
from relay.domain.results import Handling

EMAIL = ColumnClass(kind=ColumnKind.IDENTIFIER, detector="email", mask="***@***.***")

PERSON = {
    "_id": 1,
    "email": "ana@shop.example",
    "phone": "11987654321",
    "cpf": Int64(52998224725),
    "short": "ab12",
    "contact": {"email": "ana@home.example", "city": "Recife"},
    "items": [{"owner": "ana", "n": 1}, {"owner": "rui", "n": 2}],
    "tags": ["a", "b"],
    "none": None,
}
CORPUS = Path(__file__).parent / "corpus"
RULES = {"people.email": "mask", "people.contact.email": "mask", "people.items.owner": "drop"}


def rows(name: str) -> list:
    lines = (CORPUS / f"{name}.jsonl").read_text().splitlines()
    return [pytest.param(row, id=row["id"]) for row in map(json.loads, lines)]


@pytest.mark.parametrize(
    ("action", "path", "expected"),
    [
        pytest.param("mask", "email", "***", id="mask text"),
        pytest.param("mask", "cpf", None, id="mask number"),
        pytest.param("mask", "contact", None, id="mask document"),
        pytest.param("mask", "tags", ["***", "***"], id="mask list"),
        pytest.param("mask", "none", None, id="mask null"),
        pytest.param("partial", "phone", "****4321", id="partial text"),
        pytest.param("partial", "short", "****", id="partial short text"),
        pytest.param("partial", "cpf", 4725, id="partial number"),
        pytest.param("partial", "_id", None, id="partial short number"),
        pytest.param("partial", "contact", None, id="partial document"),
        pytest.param("drop", "email", None, id="drop text"),
        pytest.param("drop", "tags", None, id="drop list"),
        pytest.param("pass", "email", "ana@shop.example", id="pass"),
    ],
)
def test_value_replaced_when_its_path_has_a_rule(ask, action, path, expected):
    outputs = ask({f"people.{path}": action}, enabled=False).outputs()
    assert outputs.applied(PERSON) == {**PERSON, path: expected}


def test_field_left_out_when_its_path_is_denied(ask):
    outputs = ask({"people.email": "deny", "people.contact.email": "deny", "people.items.owner": "deny"}).outputs()
    left = outputs.applied(PERSON)
    assert "email" not in left
    assert left["contact"] == {"city": "Recife"}
    assert left["items"] == [{"n": 1}, {"n": 2}]


@pytest.mark.parametrize(
    ("classes", "mask"),
    [
        pytest.param({"email": EMAIL}, "***@***.***", id="known"),
        pytest.param({"status": EMAIL}, "***", id="not in the sample"),
    ],
)
def test_mask_of_its_kind_taken_when_a_sample_told_it(ask, classes, mask):
    asked = ask({"people.email": "mask"}, classes={"people": classes})
    assert asked.outputs().applied({"email": "x"}) == {"email": mask}


@pytest.mark.parametrize("row", rows("rules_follow"))
def test_rule_follows_the_value_when_a_statement_moves_it(ask, row):
    assert ask(RULES, enabled=False).outputs(**row["arguments"]).applied(row["document"]) == row["expected"]


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        pytest.param("a", "a", True, id="text"),
        pytest.param("a", "b", False, id="other text"),
        pytest.param("1", 1, False, id="text and number"),
        pytest.param(1, Int64(1), True, id="int and long"),
        pytest.param(1, 1.0, True, id="int and double"),
        pytest.param(True, 1, False, id="bool and number"),
        pytest.param(ObjectId("65a4f0c2d1e8b7a9c3f01234"), ObjectId("65a4f0c2d1e8b7a9c3f01234"), True, id="id"),
        pytest.param({"a": 1}, {"a": 1}, True, id="document"),
    ],
)
def test_tokens_are_the_same_when_the_values_are(one, other, same):
    assert (token(one, b"key") == token(other, b"key")) is same


def test_token_tells_nothing_when_it_is_looked_at(ask):
    outputs = ask({"people.email": "hash"}).outputs()
    made = outputs.applied({"email": "ana@shop.example"})["email"]
    assert made.startswith(TOKEN_PREFIX)
    assert not any(character.isdigit() or character == "@" for character in made)
    assert (
        made
        != ask({"people.email": "hash"}, key=b"other" * 8).outputs().applied({"email": "ana@shop.example"})["email"]
    )
    assert outputs.treatment("email").handling is Handling.PASS


def test_hashed_value_is_null_when_there_is_no_key(ask):
    assert ask({"people.email": "hash"}, key=None).outputs().applied({"email": "x", "a": 1}) == {"email": None, "a": 1}


@pytest.mark.parametrize(
    ("arguments", "name", "passes"),
    [
        pytest.param({}, "email", True, id="whole document"),
        pytest.param({}, "status", False, id="another field"),
        pytest.param({"projection": {"x": {"$toUpper": "$email"}}}, "x", True, id="computed of it alone"),
        pytest.param(
            {"projection": {"x": {"$concat": ["$email", "$status"]}}}, "x", False, id="computed of another too"
        ),
        pytest.param({"pipeline": [{"$unionWith": "orders"}]}, "email", False, id="another collection's too"),
        pytest.param({"projection": {"x": {"$ifNull": ["$email", "$cpf"]}}}, "x", False, id="either of two"),
    ],
)
def test_field_leaves_as_it_is_when_a_rule_exempts_it(ask, arguments, name, passes):
    asked = ask({"people.email": "pass"})
    outputs = asked.outputs(**arguments)
    assert (outputs.treatment(name).handling is Handling.PASS) is passes


def test_strictest_rule_wins_when_several_cover_a_path(ask):
    rules = {"people.contact": "pass", "people.contact.email": "drop", "people.items": "mask", "people.items.n": "pass"}
    left = ask(rules, enabled=False).outputs().applied(PERSON)
    assert left["contact"] == {"email": None, "city": "Recife"}
    assert left["items"] == [None, None]


def test_rules_are_told_of_when_a_statement_is_checked_without_a_database(ask):
    assumed = ask({"people.email": "mask"}, enabled=False).inspect().assumes
    assert assumed == ("column rules of people are applied after the fetch",)
    assert ask({"orders.a": "mask"}, enabled=False).inspect().assumes == ()


def test_replaced_values_are_counted_by_top_level_field(ask):
    rules = {"people.email": "mask", "people.items.owner": "drop", "people.contact": "partial", "people.none": "mask"}
    _, replaced = ask(rules, enabled=False).outputs().counted(PERSON)
    assert sorted(replaced) == ["contact", "email", "items", "items"]
