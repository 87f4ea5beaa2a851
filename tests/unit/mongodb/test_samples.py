"""What a sample keeps of documents, and what is kept of a sample."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from bson import Int64, ObjectId

from relay.adapters.outbound.mongodb.protection.classes import EMPTY_LIFETIME_S, LIFETIME_S, LearntClasses
from relay.adapters.outbound.mongodb.protection.samples import MAX_TEXT_LENGTH, MAX_VALUES, PathSamples
from relay.domain.protection import ColumnClass, ColumnKind

NEITHER = {"a": ColumnClass(kind=ColumnKind.NEITHER)}


def sampled(*documents: dict) -> dict:
    found = PathSamples()
    for document in documents:
        found.add(document)
    return {sample.name: sample for sample in found.samples()}


@pytest.mark.parametrize(
    ("document", "values"),
    [
        pytest.param({"a": "x", "n": None}, {"a": ("x",), "n": ()}, id="text and null"),
        pytest.param({"a": {"b": {"c": 1}}}, {"a.b.c": (1,)}, id="nested"),
        pytest.param({"a": ["x", "y"]}, {"a": ("x", "y")}, id="list"),
        pytest.param({"a": [{"b": 1}, {"b": 2}]}, {"a.b": (1, 2)}, id="list of documents"),
        pytest.param({"a": {"0": {"b": 1}}}, {"a.b": (1,)}, id="positions as keys"),
        pytest.param({"m": {"ana@shop.example": 1}}, {"m.*": (1,)}, id="keys that are values"),
        pytest.param({"a": Int64(2**60)}, {"a": (str(2**60),)}, id="wide number"),
        pytest.param({"_id": ObjectId("65a4f0c2d1e8b7a9c3f01234")}, {"_id": ()}, id="id"),
        pytest.param({"a": "x" * 9_999}, {"a": ("x" * MAX_TEXT_LENGTH,)}, id="long text"),
        pytest.param({"a": [1] * 100}, {"a": (1,) * 100}, id="list as long as is looked at"),
    ],
)
def test_values_kept_by_path_when_a_document_is_taken_apart(document, values):
    assert {name: sample.values for name, sample in sampled(document).items()} == values


def test_values_bounded_when_a_path_has_many():
    assert len(sampled(*[{"a": [1] * 100}] * 50)["a"].values) == MAX_VALUES


@pytest.mark.parametrize(
    ("values", "type_name", "is_text"),
    [
        pytest.param(["x"], "string", True, id="text"),
        pytest.param([1, None], "int", False, id="number"),
        pytest.param([1, "x"], "mixed", True, id="mixed"),
        pytest.param([b"x"], "binData", True, id="bytes"),
        pytest.param([None], "null", False, id="null"),
    ],
)
def test_type_told_when_values_are_seen(values, type_name, is_text):
    sample = sampled(*({"a": value} for value in values))["a"]
    assert (sample.type, sample.is_text) == (type_name, is_text)


def test_path_is_harmless_only_when_every_value_is():
    found = PathSamples()
    found.add({"at": datetime.now(UTC), "id": ObjectId(), "flag": True, "mixed": True, "null": None, "some": None})
    found.add({"mixed": "x", "some": datetime.now(UTC)})
    assert found.harmless == {"at", "id", "flag", "some"}


@pytest.mark.parametrize(
    ("classes", "lifetime_s"),
    [pytest.param(NEITHER, LIFETIME_S, id="known"), pytest.param({}, EMPTY_LIFETIME_S, id="nothing learnt")],
)
def test_classes_forgotten_when_their_time_is_over(classes, lifetime_s):
    now = [100.0]
    learnt = LearntClasses(now_s=lambda: now[0])
    assert learnt.of("people") is None
    learnt.learn("people", classes)
    now[0] += lifetime_s - 1
    assert learnt.of("people") == classes
    now[0] += 2
    assert learnt.of("people") is None
    learnt.learn("people", classes)
    learnt.forget("people")
    assert learnt.of("people") is None


@pytest.mark.parametrize("value", ["x" * 1_000_000, b"x" * 1_000_000], ids=["text", "bytes"])
def test_sample_is_full_when_values_are_long(value):
    found = PathSamples()
    for number in range(4):
        assert not found.is_full
        found.add({"a": value, "n": number})
    assert found.is_full


@pytest.mark.parametrize(
    "document",
    [
        pytest.param({"a": [[["x"] * 100] * 100] * 100}, id="lists of lists"),
        pytest.param({f"k{number}": number for number in range(1_000_000)}, id="fields"),
        pytest.param({"a": [[[True] * 100] * 100] * 100}, id="lists of harmless values"),
    ],
)
def test_sample_is_full_when_one_document_holds_a_million_values(document):
    found = PathSamples()
    found.add(document)
    assert found.is_full
