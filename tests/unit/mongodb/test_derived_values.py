"""How values that are computed from protected fields leave."""

from __future__ import annotations

import pytest

from relay.domain.errors import Reason, RelayError
from relay.domain.masking import DerivedAction
from relay.domain.results import DETECT, Handling, Treatment

EMAIL_MASK, CPF_MASK = "***@***.***", "***.***.***-**"
EMAIL = Treatment(handling=Handling.WHOLE, mask=EMAIL_MASK, detector="email")
NULL = Treatment(handling=Handling.WHOLE, mask=None, detector="email")
CUT = Treatment(handling=Handling.SCRUB, is_cut=True)
SCRUB = Treatment(handling=Handling.SCRUB)


@pytest.mark.parametrize(
    ("expression", "treatment"),
    [
        pytest.param("$email", DETECT, id="identifier itself"),
        pytest.param({"$ifNull": ["$email", "none"]}, DETECT, id="identifier or a constant"),
        pytest.param({"$toLower": "$email"}, EMAIL, id="identifier in lower case"),
        pytest.param({"$substrCP": ["$email", 0, 5]}, EMAIL, id="piece of an identifier"),
        pytest.param({"$substrCP": ["$email", 0, 50]}, EMAIL, id="long piece of an identifier"),
        pytest.param({"$split": ["$email", "@"]}, EMAIL, id="identifier split"),
        pytest.param({"$concat": ["<", "$email", ">"]}, EMAIL, id="identifier joined"),
        pytest.param({"$replaceAll": {"input": "$email", "find": "@", "replacement": " "}}, EMAIL, id="replaced"),
        pytest.param({"$trim": {"input": "$email", "chars": "a"}}, EMAIL, id="identifier trimmed of letters"),
        pytest.param({"$strLenCP": "$email"}, NULL, id="length of an identifier"),
        pytest.param({"$indexOfCP": ["$email", "a"]}, NULL, id="position in an identifier"),
        pytest.param({"$max": ["$email", "x"]}, EMAIL, id="largest"),
        pytest.param({"$getField": {"field": "x", "input": {"x": {"$toUpper": "$email"}}}}, EMAIL, id="within"),
        pytest.param({"$arrayElemAt": [{"$map": {"input": [1], "in": {"$toUpper": "$email"}}}, 0]}, EMAIL, id="map"),
        pytest.param({"$reduce": {"input": [1], "initialValue": "$email", "in": {"$toUpper": "$$value"}}}, EMAIL,
                     id="reduce"),
        pytest.param({"$cond": [True, {"$toUpper": "$email"}, "$status"]}, EMAIL, id="either"),
        pytest.param("$note", DETECT, id="text itself"),
        pytest.param({"$toLower": "$note"}, SCRUB, id="text in lower case"),
        pytest.param({"$concat": ["$status", ": ", "$note"]}, SCRUB, id="text joined"),
        pytest.param({"$concat": ["9", "$note"]}, EMAIL, id="text joined where it hides"),
        pytest.param({"$concat": ["$status", "$note"]}, EMAIL, id="text joined with nothing between"),
        pytest.param({"$concat": [{"$substrCP": ["$note", 0, 9]}, " "]}, EMAIL, id="piece joined"),
        pytest.param(
            {"$substrCP": ["$note", 0, 200]},
            Treatment(handling=Handling.SCRUB, is_cut=True, starts_whole=True, cut_length=200),
            id="beginning of a text",
        ),
        pytest.param({"$substrCP": ["$note", 9, 8]}, CUT, id="piece of a text"),
        pytest.param({"$substr": ["$note", 9, -1]}, CUT, id="rest of a text"),
        pytest.param({"$substrCP": [{"$substrCP": ["$note", 0, 9]}, 0, 20]}, CUT, id="piece of a piece"),
        pytest.param({"$trim": {"input": {"$substrCP": ["$note", 0, 9]}}}, CUT, id="piece trimmed"),
        pytest.param({"$substrCP": [{"$substrCP": ["$note", 5, 8]}, 7, 8]}, EMAIL, id="end of a piece"),
        pytest.param({"$substrCP": [{"$arrayElemAt": [{"$split": ["$note", " "]}, 1]}, 9, 8]}, EMAIL, id="end of word"),
        pytest.param({"$substrCP": ["$note", {"$indexOfCP": ["$note", "timeout"]}, 40]}, CUT, id="piece from a word"),
        pytest.param({"$max": ["$note", "m"]}, EMAIL, id="text or a guess, the larger"),
        pytest.param({"$bsonSize": {"a": "$email"}}, NULL, id="size of an identifier"),
        pytest.param({"$substrCP": ["$note", 0, 7]}, EMAIL, id="short piece"),
        pytest.param({"$substrCP": ["$note", 0, {"$sqrt": 64}]}, EMAIL, id="piece of a calculated length"),
        pytest.param({"$split": ["$note", ": "]}, CUT, id="text split"),
        pytest.param({"$split": ["$note", "@"]}, EMAIL, id="text split within values"),
        pytest.param({"$strLenCP": "$note"}, DETECT, id="length of a text"),
        pytest.param({"$regexFind": {"input": "$note", "regex": "a.*"}}, NULL, id="match"),
        pytest.param({"$replaceOne": {"input": "$note", "find": "@", "replacement": ""}}, EMAIL, id="text replaced"),
        pytest.param({"$toUpper": "$never_seen"}, SCRUB, id="field that the sample lacks"),
        pytest.param({"$multiply": ["$total", 2]}, DETECT, id="number that is not personal"),
        pytest.param({"$dateToString": {"date": "$at", "format": "%Y"}}, DETECT, id="date"),
        pytest.param({"$size": "$phones"}, DETECT, id="size"),
        pytest.param({"$type": "$email"}, DETECT, id="type"),
        pytest.param({"$map": {"input": {"$objectToArray": "$contact"}, "in": "$$this.v"}}, DETECT, id="values"),
    ],
)  # fmt: skip
def test_treated_by_what_is_left_of_the_value_when_computed(ask, expression, treatment):
    outputs = ask().outputs(pipeline=[{"$project": {"x": expression}}])
    assert outputs.treatment("x") == treatment


@pytest.mark.parametrize(
    ("pipeline", "name", "treatment"),
    [
        pytest.param([{"$group": {"_id": {"$toLower": "$email"}}}], "_id", EMAIL, id="group"),
        pytest.param([{"$group": {"_id": None, "m": {"$min": "$email"}}}], "m", EMAIL, id="min"),
        pytest.param([{"$group": {"_id": None, "n": {"$sum": "$cpf"}}}], "n",
                     Treatment(handling=Handling.WHOLE, mask=None, detector="cpf"), id="sum"),
        pytest.param([{"$group": {"_id": None, "n": {"$sum": 1}}}], "n", DETECT, id="count"),
        pytest.param([{"$addFields": {"y": {"$toUpper": "$email"}}}, {"$addFields": {"z": "$y"}}], "z", EMAIL,
                     id="copy"),
        pytest.param([{"$addFields": {"y": {"$toUpper": "$email"}}}, {"$project": {"a": "$$ROOT"}}], "a", DETECT,
                     id="root"),
        pytest.param([{"$facet": {"a": [{"$project": {"y": {"$toLower": "$note"}}}]}}], "a", SCRUB, id="facet"),
        pytest.param([{"$group": {"_id": {"p": {"$substrCP": ["$note", 0, 30]}, "s": "$status"}}}], "_id",
                     Treatment(handling=Handling.SCRUB, is_cut=True, starts_whole=True, cut_length=30), id="prefix"),
        pytest.param([{"$replaceWith": {"$arrayToObject": [[["k", "$email"]]]}}], "k", DETECT, id="name of a field"),
    ],
)  # fmt: skip
def test_treated_alike_when_stages_carry_it_on(ask, pipeline, name, treatment):
    assert ask().outputs(pipeline=pipeline).treatment(name) == treatment


@pytest.mark.parametrize(
    ("fields", "document", "expected"),
    [
        pytest.param({"a": {"b": {"$toUpper": "$email"}}}, {"a": {"b": "X"}}, {"a": {"b": EMAIL_MASK}}, id="nested"),
        pytest.param(
            {"a": {"b": {"$toUpper": "$email"}}}, {"a": {"b": None}}, {"a": {"b": None}}, id="null that stays"
        ),
        pytest.param({"a": {"b": {"$substrCP": ["$email", 0, 1]}}}, {"a": {}}, {"a": {"b": EMAIL_MASK}}, id="nothing"),
        pytest.param({"a": {"$indexOfCP": ["$email", "x"]}}, {"a": -1}, {"a": None}, id="number"),
        pytest.param({"a": {"$indexOfCP": ["$email", "x"]}}, {}, {"a": None}, id="number that is not there"),
        pytest.param(
            {"a": [{"b": {"$toUpper": "$email"}}]}, {"a": [{"b": "X"}]}, {"a": [{"b": EMAIL_MASK}]}, id="list"
        ),
    ],
)
def test_nested_values_replaced_before_the_masker_sees_them_when_computed(ask, fields, document, expected):
    assert ask().outputs(pipeline=[{"$project": {"_id": 0, **fields}}]).applied(document) == expected


@pytest.mark.parametrize(
    "expression", [{"$toLower": "$email"}, {"$substrCP": ["$note", 0, 3]}], ids=["whole", "opaque"]
)
def test_refused_in_place_of_masked_when_derived_values_are_denied(ask, expression):
    asked = ask(derived=DerivedAction.DENY)
    with pytest.raises(RelayError) as caught:
        asked.inspect(pipeline=[{"$project": {"x": expression}}])
    assert caught.value.reason is Reason.COLUMN_NOT_ALLOWED
    assert caught.value.hint


def test_scrubbed_all_the_same_when_derived_values_are_denied(ask):
    outputs = ask(derived=DerivedAction.DENY).outputs(pipeline=[{"$project": {"x": {"$toLower": "$note"}}}])
    assert outputs.treatment("x") == SCRUB


@pytest.mark.parametrize(
    ("arguments", "unsampled"),
    [
        pytest.param({}, (), id="whole documents"),
        pytest.param({"filter": {"a": 1, "b": {"$in": [1]}, "c": {"$exists": True}}}, (), id="equality"),
        pytest.param({"projection": {"a": 1}}, (), id="projection"),
        pytest.param({"filter": {"a": {"$gt": 1}}}, ("new",), id="range"),
        pytest.param({"sort": {"a": 1}}, ("new",), id="sort"),
        pytest.param({"pipeline": [{"$group": {"_id": "$a", "n": {"$sum": 1}}}]}, (), id="group"),
        pytest.param({"pipeline": [{"$group": {"_id": "$a", "n": {"$sum": "$b"}}}]}, ("new",), id="sum"),
        pytest.param({"pipeline": [{"$lookup": {"from": "people", "localField": "a", "foreignField": "b", "as": "c"}},
                                   {"$sort": {"c.status": 1}}]}, (), id="of a collection that is known"),
    ],
)  # fmt: skip
def test_sample_asked_for_only_when_the_answer_depends_on_it(ask, arguments, unsampled):
    statement = ask().inspect(collection="new", **arguments)
    assert tuple(table.name for table in statement.unsampled) == unsampled
    assert (statement.plan is None) is bool(unsampled)


@pytest.mark.parametrize("depth", [12, 40])
def test_statement_refused_when_its_values_multiply(ask, depth):
    stages = [{"$addFields": {f"a{number}": ["$$ROOT", {"x": "$$ROOT"}]}} for number in range(depth)]
    with pytest.raises(RelayError) as caught:
        ask({"people.email": "mask"}).inspect(pipeline=[*stages, {"$project": {"x": {"$objectToArray": "$$ROOT"}}}])
    assert caught.value.reason in (Reason.QUERY_BLOCKED, Reason.COLUMN_NOT_ALLOWED)


SHARED = [{"$addFields": {"a": {"x": "$a", "y": "$a"}}} for _ in range(26)]
PIECES = [{"$addFields": {"a": [{"$substrCP": ["$note", start, 90_000]} for start in range(300)]}}]


@pytest.mark.parametrize(
    "pipeline",
    [
        pytest.param([*SHARED, {"$match": {"$expr": {"$lt": ["$note", "$a"]}}}], id="constants within constants"),
        pytest.param([*SHARED, {"$project": {"x": {"$max": ["$a", "$note"]}}}], id="constants beside a text"),
        pytest.param([*SHARED, {"$group": {"_id": {"$concatArrays": ["$a", "$a"]}}}], id="groups of the same"),
        pytest.param(
            [*PIECES, *([{"$addFields": {"a": [{"$substrCP": ["$a", start, 80_000]} for start in range(12)]}}] * 9),
             {"$match": {"a": {"$regex": "x"}}}],
            id="pieces of pieces",
        ),
    ],
)  # fmt: skip
def test_statement_refused_soon_when_what_it_makes_is_shared_or_multiplied(ask, pipeline):
    with pytest.raises(RelayError) as caught:
        ask().inspect(pipeline=pipeline)
    assert caught.value.reason in (Reason.QUERY_BLOCKED, Reason.COLUMN_NOT_ALLOWED)


def test_answered_when_an_identifier_is_compared_with_a_long_list_of_constants(ask):
    values = [f"a{number}@b.example" for number in range(9_000)]
    assert ask().inspect(pipeline=[{"$match": {"$expr": {"$in": ["$email", values]}}}]).plan is not None
