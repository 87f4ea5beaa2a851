"""Values on the way out: BSON to plain JSON, as relaxed extended JSON with the contract's exceptions.

Source: manual page `reference/mongodb-extended-json` (v2, relaxed). Where the wire contract says more, it wins:
integers beyond 2^53-1 either way are strings, and dates are ISO 8601 for every year that it can write, 0001 to 9999.
"""

from __future__ import annotations

import base64
import math
from collections.abc import Callable, Mapping
from datetime import UTC, datetime

from bson.binary import Binary
from bson.code import Code
from bson.datetime_ms import DatetimeMS
from bson.dbref import DBRef
from bson.decimal128 import Decimal128
from bson.int64 import Int64
from bson.max_key import MaxKey
from bson.min_key import MinKey
from bson.objectid import ObjectId
from bson.regex import Regex
from bson.timestamp import Timestamp

from relay.domain.json_value import MAX_SAFE_INTEGER, JsonValue

MAX_VALUE_DEPTH = 128
"""Deeper values arrive as null; the server itself stores 100 levels at most."""
_REGEX_FLAGS = ((2, "i"), (8, "m"), (16, "s"), (32, "u"), (64, "x"))
"""Python's flag numbers, as bson.regex keeps them, in the alphabetical order that extended JSON wants."""


class TooDeep(Exception):  # noqa: N818 - a signal inside this module's callers, not an error that leaves
    """A value is nested deeper than MAX_VALUE_DEPTH."""


def to_json(value: object, depth: int = 0) -> JsonValue:
    """Return a BSON value as plain JSON types; TooDeep beyond MAX_VALUE_DEPTH levels."""
    row = _CONVERTERS.get(type(value))
    if row is not None:
        return row[1](value)
    if depth >= MAX_VALUE_DEPTH:
        raise TooDeep
    if isinstance(value, Mapping):
        return {str(key): to_json(item, depth + 1) for key, item in value.items()}
    if isinstance(value, list):
        return [to_json(item, depth + 1) for item in value]
    if isinstance(value, DBRef):
        return to_json(value.as_doc(), depth)
    if isinstance(value, Code) and value.scope is not None:
        return {"$code": str(value), "$scope": to_json(value.scope, depth + 1)}
    return {"$code": str(value)} if isinstance(value, Code) else None


def type_name(value: object) -> str:
    """Return MongoDB's own name of a value's type (manual: reference/bson-types)."""
    row = _CONVERTERS.get(type(value))
    if row is not None:
        name = row[0]
        return name if name != "int" or -(2**31) <= _integer_of(value) < 2**31 else "long"
    if isinstance(value, DBRef):
        return "object"
    if isinstance(value, Code):
        return "javascript" if value.scope is None else "javascriptWithScope"
    return "object" if isinstance(value, Mapping) else "array" if isinstance(value, list) else "unknown"


def _integer_of(value: object) -> int:
    return value if isinstance(value, int) else 0


def _int(value: int) -> JsonValue:
    return int(value) if -MAX_SAFE_INTEGER <= value <= MAX_SAFE_INTEGER else str(int(value))


def _float(value: float) -> JsonValue:
    if math.isfinite(value):
        return value
    return {"$numberDouble": "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"}


def _date(value: datetime) -> JsonValue:
    utc = value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
    fraction = f".{utc.microsecond // 1000:03d}" if utc.microsecond else ""
    return {"$date": f"{utc.replace(tzinfo=None, microsecond=0).isoformat()}{fraction}Z"}


def _far_date(value: DatetimeMS) -> JsonValue:
    return {"$date": {"$numberLong": str(int(value))}}


def _bytes(value: bytes) -> JsonValue:
    return _binary(Binary(value, 0))


def _binary(value: Binary) -> JsonValue:
    return {"$binary": {"base64": base64.b64encode(value).decode(), "subType": f"{value.subtype:02x}"}}


def _regex(value: Regex[str]) -> JsonValue:
    pattern = value.pattern if isinstance(value.pattern, str) else bytes(value.pattern).decode("utf-8", "replace")
    options = "".join(letter for flag, letter in _REGEX_FLAGS if value.flags & flag)
    return {"$regularExpression": {"pattern": pattern, "options": options}}


_CONVERTERS: Mapping[type, tuple[str, Callable[..., JsonValue]]] = {
    str: ("string", lambda value: value),
    bool: ("bool", lambda value: value),
    int: ("int", _int),
    Int64: ("long", _int),
    float: ("double", _float),
    type(None): ("null", lambda value: value),
    ObjectId: ("objectId", lambda value: {"$oid": str(value)}),
    datetime: ("date", _date),
    DatetimeMS: ("date", _far_date),
    Decimal128: ("decimal", lambda value: {"$numberDecimal": str(value)}),
    bytes: ("binData", _bytes),
    Binary: ("binData", _binary),
    Regex: ("regex", _regex),
    Timestamp: ("timestamp", lambda value: {"$timestamp": {"t": value.time, "i": value.inc}}),
    MinKey: ("minKey", lambda _: {"$minKey": 1}),
    MaxKey: ("maxKey", lambda _: {"$maxKey": 1}),
}
"""Python type to MongoDB's name of it and its form in JSON; each row is tested."""
