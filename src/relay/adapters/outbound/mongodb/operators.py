"""Query and projection operators that a find may use: an allowlist, a row each.

Source of each row: the manual's page `reference/operator/query/<name>` or `reference/operator/projection/<name>`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType


class Argument(StrEnum):
    """What an operator takes."""

    LITERAL = "any plain value"
    LITERALS = "a list of plain values"
    ALL = "a list of plain values or of $elemMatch"
    QUERIES = "a list of filters, not empty"
    CONDITION = "an object of operators, or a regular expression"
    ELEMENT = "a filter or an object of operators"
    EXPRESSION = "an aggregation expression"
    FLAG = "true or false"
    NUMBER = "a number"
    MODULO = "two numbers"
    TYPE = "a type's name or number, or a list of them"
    BITS = "a number, a list of positions, or $binary"
    REGEX = "a regular expression"
    REGEX_OPTIONS = "letters of imsxu"
    TEXT = 'an object such as {"$search":"coffee"}'
    GEOMETRY = "a geometry"
    STRING = "a string"


class Position(StrEnum):
    """Where an operator may stand."""

    FILTER = "in the place of a field name"
    FIELD = "as a field's condition"


@dataclass(frozen=True, slots=True, kw_only=True)
class QueryOperator:
    """One operator: where it may stand, what it takes, the manual's page, and an example of its argument."""

    position: Position
    argument: Argument
    page: str
    example: str


def _operator(position: Position, name: str, argument: Argument, example: str) -> tuple[str, QueryOperator]:
    page = f"reference/operator/query/{name.removeprefix('$')}"
    return name, QueryOperator(position=position, argument=argument, page=page, example=example)


def _filter(name: str, argument: Argument, example: str) -> tuple[str, QueryOperator]:
    return _operator(Position.FILTER, name, argument, example)


def _field(name: str, argument: Argument, example: str) -> tuple[str, QueryOperator]:
    return _operator(Position.FIELD, name, argument, example)


_POINT = '{"$geometry":{"type":"Point","coordinates":[-46.6,-23.5]},"$maxDistance":500}'
_BOX = '{"$box":[[0,0],[1,1]]}'

QUERY_OPERATORS: Mapping[str, QueryOperator] = MappingProxyType(
    dict(
        [
            _filter("$and", Argument.QUERIES, '[{"a":1},{"b":2}]'),
            _filter("$or", Argument.QUERIES, '[{"a":1},{"b":2}]'),
            _filter("$nor", Argument.QUERIES, '[{"a":1}]'),
            _filter("$expr", Argument.EXPRESSION, '{"$gt":["$a","$b"]}'),
            _filter("$text", Argument.TEXT, '{"$search":"coffee"}'),
            _filter("$sampleRate", Argument.NUMBER, "0.1"),
            _field("$eq", Argument.LITERAL, "1"),
            _field("$ne", Argument.LITERAL, "1"),
            _field("$gt", Argument.LITERAL, '{"$date":"2024-01-01T00:00:00Z"}'),
            _field("$gte", Argument.LITERAL, "1"),
            _field("$lt", Argument.LITERAL, "1"),
            _field("$lte", Argument.LITERAL, "1"),
            _field("$in", Argument.LITERALS, '["a","b"]'),
            _field("$nin", Argument.LITERALS, '["a","b"]'),
            _field("$not", Argument.CONDITION, '{"$gt":5}'),
            _field("$exists", Argument.FLAG, "true"),
            _field("$type", Argument.TYPE, '"string"'),
            _field("$mod", Argument.MODULO, "[4,0]"),
            _field("$regex", Argument.REGEX, '"^A"'),
            _field("$options", Argument.REGEX_OPTIONS, '"i"'),
            _field("$all", Argument.ALL, '["a","b"]'),
            _field("$elemMatch", Argument.ELEMENT, '{"sku":"A1","quantity":{"$gt":2}}'),
            _field("$size", Argument.NUMBER, "2"),
            _field("$bitsAllClear", Argument.BITS, "[1,5]"),
            _field("$bitsAllSet", Argument.BITS, "35"),
            _field("$bitsAnyClear", Argument.BITS, "[1,5]"),
            _field("$bitsAnySet", Argument.BITS, "35"),
            _field("$geoWithin", Argument.GEOMETRY, _BOX),
            _field("$geoIntersects", Argument.GEOMETRY, '{"$geometry":{"type":"Point","coordinates":[0,0]}}'),
            _field("$near", Argument.GEOMETRY, _POINT),
            _field("$nearSphere", Argument.GEOMETRY, "[-46.6,-23.5]"),
            _field("$maxDistance", Argument.NUMBER, "500"),
            _field("$minDistance", Argument.NUMBER, "10"),
            _field("$comment", Argument.STRING, '"why"'),
        ]
    )
)
BOTH_POSITIONS = frozenset({"$comment"})
"""Allowed in either place."""

PROJECTION_OPERATORS: Mapping[str, str] = MappingProxyType(
    {
        "$elemMatch": '{"sku":"A1"}',
        "$slice": "[0,5]",
        "$meta": '"textScore"',
    }
)
"""Name to an example; they pick parts of a field. Anything else in a projection computes, and counts as aggregation."""

META_WORDS = frozenset({"textScore", "geoNearDistance", "geoNearPoint"})
"""Manual: reference/operator/aggregation/meta. `indexKey` and the search words are not among them."""

TYPE_NAMES = frozenset(
    {
        "double", "string", "object", "array", "binData", "undefined", "objectId", "bool", "date", "null", "regex",
        "dbPointer", "javascript", "symbol", "javascriptWithScope",
        "int", "timestamp", "long", "decimal", "minKey", "maxKey", "number",
    }
)  # fmt: skip
"""Manual: reference/operator/query/type."""
TYPE_NUMBERS = frozenset({*range(1, 20), -1, 127})

TEXT_KEYS: Mapping[str, type] = MappingProxyType(
    {"$search": str, "$language": str, "$caseSensitive": bool, "$diacriticSensitive": bool}
)
"""Manual: reference/operator/query/text."""
GEOMETRY_KEYS = frozenset({"$geometry", "$box", "$polygon", "$center", "$centerSphere", "$maxDistance", "$minDistance"})
"""Manual: geospatial-queries, geospatial specifiers."""
GEOJSON_TYPES = frozenset(
    {"Point", "LineString", "Polygon", "MultiPoint", "MultiLineString", "MultiPolygon", "GeometryCollection"}
)
