"""BSON values on their way out: each type, the edges, and what becomes of what can't be shown."""

from __future__ import annotations

import datetime as dt
import json
import math

import bson
import pytest
from bson import Binary, Code, DBRef, Decimal128, Int64, MaxKey, MinKey, ObjectId, Regex, Timestamp, json_util
from bson.datetime_ms import DatetimeMS

from relay.adapters.outbound.mongodb.rows import DOCUMENT_CODEC, RowMaker
from relay.adapters.outbound.mongodb.values import _CONVERTERS, MAX_VALUE_DEPTH, TooDeep, to_json, type_name

OID = ObjectId("65a4f0c2d1e8b7a9c3f01234")
NOON = dt.datetime(2024, 1, 31, 12, tzinfo=dt.UTC)
ROWS = [
    ("text", "string", "text"),
    (True, "bool", True),
    (7, "int", 7),
    (2**53 - 1, "long", 2**53 - 1),
    (2**53, "long", "9007199254740992"),
    (-(2**53), "long", "-9007199254740992"),
    (Int64(7), "long", 7),
    (Int64(-(2**63)), "long", "-9223372036854775808"),
    (1.5, "double", 1.5),
    (math.nan, "double", {"$numberDouble": "NaN"}),
    (math.inf, "double", {"$numberDouble": "Infinity"}),
    (-math.inf, "double", {"$numberDouble": "-Infinity"}),
    (None, "null", None),
    (OID, "objectId", {"$oid": str(OID)}),
    (NOON, "date", {"$date": "2024-01-31T12:00:00Z"}),
    (NOON.replace(microsecond=7_000), "date", {"$date": "2024-01-31T12:00:00.007Z"}),
    (NOON.replace(year=1950), "date", {"$date": "1950-01-31T12:00:00Z"}),
    (NOON.replace(year=1), "date", {"$date": "0001-01-31T12:00:00Z"}),
    (DatetimeMS(-62135596800001), "date", {"$date": {"$numberLong": "-62135596800001"}}),
    (Decimal128("9.90"), "decimal", {"$numberDecimal": "9.90"}),
    (Decimal128("NaN"), "decimal", {"$numberDecimal": "NaN"}),
    (b"\1\2\3", "binData", {"$binary": {"base64": "AQID", "subType": "00"}}),
    (Binary(b"\1" * 16, 4), "binData", {"$binary": {"base64": "AQEBAQEBAQEBAQEBAQEBAQ==", "subType": "04"}}),
    (Regex("^a", "im"), "regex", {"$regularExpression": {"pattern": "^a", "options": "im"}}),
    (Timestamp(5, 6), "timestamp", {"$timestamp": {"t": 5, "i": 6}}),
    (MinKey(), "minKey", {"$minKey": 1}),
    (MaxKey(), "maxKey", {"$maxKey": 1}),
    (Code("x"), "javascript", {"$code": "x"}),
    (Code("x", {"a": OID}), "javascriptWithScope", {"$code": "x", "$scope": {"a": {"$oid": str(OID)}}}),
    (DBRef("c", OID, "d"), "object", {"$ref": "c", "$id": {"$oid": str(OID)}, "$db": "d"}),
    ({"a": {"b": [Int64(2**60)]}}, "object", {"a": {"b": [str(2**60)]}}),
    ([1, [OID]], "array", [1, [{"$oid": str(OID)}]]),
    (object(), "unknown", None),
]


@pytest.mark.parametrize(
    ("value", "kind", "expected"), ROWS, ids=[f"{kind}-{n}" for n, (_, kind, _) in enumerate(ROWS)]
)
def test_value_becomes_plain_json(value, kind, expected):
    assert to_json(value) == expected
    assert type_name(value) == kind
    json.dumps(to_json(value), allow_nan=False)
    plain(to_json(value))


def plain(value: object) -> None:
    assert type(value) in (str, int, float, bool, type(None), list, dict)
    for item in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        plain(item)


def test_each_converter_is_tested():
    assert {type(value) for value, _, _ in ROWS} >= _CONVERTERS.keys()


@pytest.mark.parametrize("value", [value for value, kind, _ in ROWS if kind not in ("unknown", "long")], ids=repr)
def test_same_value_comes_back_when_read_as_extended_json(value):
    text = json.dumps({"v": to_json(value)})
    options = json_util.JSONOptions(
        json_mode=json_util.JSONMode.RELAXED, tz_aware=True, datetime_conversion=bson.DatetimeConversion.DATETIME_AUTO
    )
    back = json_util.loads(text, json_options=options)["v"]
    if isinstance(value, float) and math.isnan(value):
        assert math.isnan(back)
    elif isinstance(value, dict):
        assert back == to_json(value)
    else:
        assert back == value


def test_too_deep_value_is_refused_and_arrives_as_null():
    deep: object = 1
    for _ in range(MAX_VALUE_DEPTH + 1):
        deep = [deep]
    with pytest.raises(TooDeep):
        to_json(deep)
    maker = RowMaker(max_cell_bytes=1_000_000)
    assert maker.row({"a": deep, "b": 1}) == {"a": None, "b": 1}
    assert maker.warnings == ("1 values that are nested too deeply arrive as null.",)


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        ([1, 2], "int"),
        ([1, Int64(2)], "long"),
        ([None, "x"], "string"),
        (["x", None], "string"),
        ([None], "null"),
        (["x", 1], "mixed"),
        (["x", 1, "x"], "mixed"),
        ([1, 1.5], "mixed"),
    ],
)
def test_field_type_is_joined_over_rows(values, kind):
    maker = RowMaker(max_cell_bytes=1_000)
    for value in values:
        maker.row({"a": value})
    assert [(field.name, field.type) for field in maker.fields] == [("a", kind)]


def test_fields_are_a_union_in_the_order_first_seen():
    maker = RowMaker(max_cell_bytes=1_000)
    for document in ({"b": 1}, {"a": 1, "b": 2}, {"c": 1}):
        maker.row(document)
    assert [field.name for field in maker.fields] == ["b", "a", "c"]


@pytest.mark.parametrize(("value", "kept"), [("x" * 10, True), ("x" * 11, False), ("é" * 5, True), ("é" * 6, False)])
def test_cell_is_measured_in_bytes(value, kept):
    maker = RowMaker(max_cell_bytes=10)
    assert maker.row({"a": value}) == {"a": value if kept else None}


def test_broken_text_and_far_dates_are_read_when_stored():
    broken = bson.encode({"a": "xx", "d": DatetimeMS(2**60)}).replace(b"xx", b"\xff\xfe")
    row = RowMaker(max_cell_bytes=1_000).row(bson.decode(broken, DOCUMENT_CODEC))
    assert row == {"a": "\ufffd\ufffd", "d": {"$date": {"$numberLong": str(2**60)}}}
