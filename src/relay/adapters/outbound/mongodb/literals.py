"""Values on the way in: JSON with extended JSON wrappers, brought to BSON types.

Source of the wrappers: the manual's page `reference/mongodb-extended-json` (v2), with the legacy spellings that
drivers still write. Parsed here, row by row, not by bson.json_util: that would build Code and DBRef, and reads the
operator `$regex` as a value.
"""

from __future__ import annotations

import base64
import binascii
import re
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import DecimalException
from types import MappingProxyType

from bson.binary import Binary
from bson.datetime_ms import DatetimeMS
from bson.decimal128 import Decimal128
from bson.int64 import Int64
from bson.max_key import MaxKey
from bson.min_key import MinKey
from bson.objectid import ObjectId
from bson.regex import Regex
from bson.timestamp import Timestamp

from relay.adapters.outbound.mongodb.findings import below, blocked, invalid, refuse_operator
from relay.adapters.outbound.mongodb.names import encodes
from relay.adapters.outbound.mongodb.regexes import check_options, check_pattern

INT32 = range(-(2**31), 2**31)
INT64 = range(-(2**63), 2**63)
UINT32 = range(2**32)
BYTE = range(256)
_INTEGER = re.compile(r"-?[0-9]{1,19}")
_DOUBLE = re.compile(r"-?([0-9]{1,400}(\.[0-9]{0,400})?|\.[0-9]{1,400})([eE][+-]?[0-9]{1,4})?|-?Infinity|NaN")
_DECIMAL = re.compile(r"[+-]?([0-9]{1,6200}(\.[0-9]{0,6200})?|\.[0-9]{1,6200})([eE][+-]?[0-9]{1,5})?|[+-]?Infinity|NaN")
_OBJECT_ID = re.compile(r"[0-9a-fA-F]{24}")
_SUBTYPE = re.compile(r"[0-9a-fA-F]{1,2}")
_UUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}|[0-9a-fA-F]{32}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Wrapper:
    """One spelling of extended JSON: its keys, all of them required but the optional ones, and how it is read."""

    keys: frozenset[str]
    optional: frozenset[str] = frozenset()
    parse: Callable[[Mapping[str, object], str], object]
    example: str


def _text(value: object, pattern: re.Pattern[str]) -> str:
    if not isinstance(value, str) or not pattern.fullmatch(value):
        raise ValueError
    return value


def _whole(value: object, allowed: range) -> int:
    if isinstance(value, str):
        value = int(_text(value, _INTEGER))
    if isinstance(value, bool) or not isinstance(value, int) or value not in allowed:
        raise ValueError
    return value


def _date(document: Mapping[str, object], _at: str) -> datetime | DatetimeMS:
    value = document["$date"]
    if isinstance(value, dict) and value.keys() == {"$numberLong"}:
        value = _whole(value["$numberLong"], INT64)
    if isinstance(value, str):
        parsed = datetime.fromisoformat(value)
        return parsed.replace(tzinfo=UTC) if parsed.tzinfo is None else parsed.astimezone(UTC)
    return DatetimeMS(_whole(value, INT64))


def _double(document: Mapping[str, object], _at: str) -> float:
    value = document["$numberDouble"]
    return value if isinstance(value, float) else float(_text(value, _DOUBLE))


def _binary(document: Mapping[str, object], _at: str) -> Binary:
    value, subtype = document["$binary"], document.get("$type", "00")
    if isinstance(value, dict):
        if value.keys() != {"base64", "subType"} or "$type" in document:
            raise ValueError
        value, subtype = value["base64"], value["subType"]
    number = subtype if isinstance(subtype, int) else int(_text(subtype, _SUBTYPE), 16)
    if not isinstance(value, str):
        raise TypeError
    return Binary(base64.b64decode(value, validate=True), _whole(number, BYTE))


def _timestamp(document: Mapping[str, object], _at: str) -> Timestamp:
    value = document["$timestamp"]
    if not isinstance(value, dict) or value.keys() != {"t", "i"}:
        raise ValueError
    return Timestamp(_whole(value["t"], UINT32), _whole(value["i"], UINT32))


def _regular_expression(document: Mapping[str, object], at: str) -> Regex[str]:
    value = document["$regularExpression"]
    if not isinstance(value, dict) or not {"pattern"} <= value.keys() <= {"pattern", "options"}:
        raise ValueError
    return Regex(check_pattern(value["pattern"], at), check_options(value.get("options", ""), at))


def _legacy_regex(document: Mapping[str, object], at: str) -> Regex[str]:
    return Regex(check_pattern(document["$regex"], at), check_options(document.get("$options", ""), at))


def _one(document: Mapping[str, object]) -> None:
    if next(iter(document.values())) != 1:
        raise ValueError


def _min_key(document: Mapping[str, object], _at: str) -> MinKey:
    _one(document)
    return MinKey()


def _max_key(document: Mapping[str, object], _at: str) -> MaxKey:
    _one(document)
    return MaxKey()


def _row(
    name: str, parse: Callable[[Mapping[str, object], str], object], example: str, *, optional: str = ""
) -> tuple[str, Wrapper]:
    keys = frozenset({name})
    return name, Wrapper(keys=keys, optional=frozenset(optional.split()), parse=parse, example=example)


WRAPPERS: Mapping[str, Wrapper] = MappingProxyType(
    dict(
        [
            _row("$oid", lambda d, _: ObjectId(_text(d["$oid"], _OBJECT_ID)), '{"$oid":"65a4f0c2d1e8b7a9c3f01234"}'),
            _row("$date", _date, '{"$date":"2024-01-31T12:00:00Z"}'),
            _row("$numberInt", lambda d, _: _whole(d["$numberInt"], INT32), '{"$numberInt":"7"}'),
            _row("$numberLong", lambda d, _: Int64(_whole(d["$numberLong"], INT64)), '{"$numberLong":"7"}'),
            _row("$numberDouble", _double, '{"$numberDouble":"0.5"}'),
            _row(
                "$numberDecimal",
                lambda d, _: Decimal128(_text(d["$numberDecimal"], _DECIMAL)),
                '{"$numberDecimal":"9.99"}',
            ),
            _row("$binary", _binary, '{"$binary":{"base64":"AQID","subType":"00"}}', optional="$type"),
            _row(
                "$uuid",
                lambda d, _: Binary.from_uuid(uuid.UUID(_text(d["$uuid"], _UUID))),
                '{"$uuid":"c8edabc3-f738-4ca3-b68d-ab92a91478a3"}',
            ),
            _row("$timestamp", _timestamp, '{"$timestamp":{"t":1700000000,"i":1}}'),
            _row("$regularExpression", _regular_expression, '{"$regularExpression":{"pattern":"^A","options":"i"}}'),
            _row("$minKey", _min_key, '{"$minKey":1}'),
            _row("$maxKey", _max_key, '{"$maxKey":1}'),
        ]
    )
)
LEGACY_REGEX = Wrapper(
    keys=frozenset({"$regex"}),
    optional=frozenset({"$options"}),
    parse=_legacy_regex,
    example='{"$regex":"^A","$options":"i"}',
)
"""Only where a value stands alone (in a list): as a field's condition the same words are the operator."""


def wrapper_of(document: Mapping[str, object]) -> Wrapper | None:
    """Return the wrapper that a document is, or claims to be."""
    for key in document:
        if key in WRAPPERS:
            return WRAPPERS[key]
    return None


def read_wrapper(wrapper: Wrapper, document: Mapping[str, object], at: str) -> object:
    """Return the BSON value of one extended JSON document, or raise INVALID_PARAMS."""
    name = min(wrapper.keys)
    if not wrapper.keys <= document.keys() <= wrapper.keys | wrapper.optional:
        invalid(f"{name} stands beside other keys", at, f"write it alone, as {wrapper.example}")
    try:
        return wrapper.parse(document, at)
    except (ValueError, TypeError, OverflowError, DecimalException, binascii.Error):
        pass
    return invalid(f"unreadable {name}", at, f"write it as {wrapper.example}")


def read_literal(value: object, at: str) -> object:
    """Return a plain value in BSON types: no operator, no code, no reference anywhere in it."""
    if isinstance(value, dict):
        return _read_document(value, at)
    if isinstance(value, list | tuple):
        return [read_literal(item, below(at, f"[{index}]")) for index, item in enumerate(value)]
    return read_scalar(value, at)


def read_scalar(value: object, at: str) -> object:
    """Return a JSON scalar as BSON can hold it, or raise INVALID_PARAMS."""
    if isinstance(value, str) and not encodes(value):
        invalid("a string is not valid Unicode", at, "remove the lone surrogate")
    if isinstance(value, int) and not isinstance(value, bool) and value not in INT64:
        invalid("an integer is beyond 64 bits", at, 'write it as {"$numberDecimal":"…"}')
    if value is None or isinstance(value, str | bool | int | float):
        return value
    return invalid("a value of no JSON type", at, "use strings, numbers, booleans, null, lists and objects")


def _read_document(document: Mapping[str, object], at: str) -> object:
    wrapper = LEGACY_REGEX if "$regex" in document else wrapper_of(document)
    if wrapper is not None:
        return read_wrapper(wrapper, document, at)
    for key in document:
        check_plain_key(key, at)
    return {key: read_literal(item, below(at, f".{key}")) for key, item in document.items()}


def check_plain_key(key: object, at: str) -> None:
    """Raise for a key that can't be a stored field's name."""
    if not isinstance(key, str) or "\x00" in key or not encodes(key):
        blocked("a key that can't be a field's name", at, "use text without NUL")
    if key.startswith("$"):
        refuse_operator(key, at, 'a plain value stands here; extended JSON such as {"$date":"…"} is understood')
