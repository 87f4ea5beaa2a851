"""How each PostgreSQL type travels: which are read natively, which PostgreSQL itself turns into text.

asyncpg's own codecs bend some types (infinity becomes a date, years before Christ and `24:00` raise, a month becomes
30 days, a `real` gets digits that it never had), so all but the plainest types are turned into text by the server, with
`to_json`: it writes dates and times in ISO 8601 and everything else as the type's own output function does.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from asyncpg.types import Attribute, Type

from relay.adapters.outbound.postgres.lossless_json import loads
from relay.domain.json_value import MAX_SAFE_INTEGER, JsonValue
from relay.domain.results import Field

Convert = Callable[[object], JsonValue]

CATALOGUE_SCHEMA = "pg_catalog"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """How one type is read: `expression` is applied on the server, `convert` to what arrives (None: as it is)."""

    expression: str = "{}"
    convert: Convert | None = None


def _integer(value: object) -> JsonValue:
    if isinstance(value, int) and -MAX_SAFE_INTEGER <= value <= MAX_SAFE_INTEGER:
        return value
    return str(value)


def _double(value: object) -> JsonValue:
    if isinstance(value, float) and math.isfinite(value):
        return value
    if value != value:  # noqa: PLR0124 - NaN is the one value that differs from itself
        return "NaN"
    return "Infinity" if isinstance(value, float) and value > 0 else "-Infinity"


def _text(value: object) -> JsonValue:
    return str(value)


def _json(value: object) -> JsonValue:
    return loads(str(value))


def _bytes(value: object) -> JsonValue:
    return "\\x" + bytes(value).hex() if isinstance(value, (bytes, bytearray, memoryview)) else str(value)


def _each(convert: Convert | None) -> Convert:
    def elements(value: object) -> JsonValue:
        if isinstance(value, list):
            return [None if item is None else elements(item) for item in value]
        return convert(value) if convert is not None else _plain(value)

    return elements


def _plain(value: object) -> JsonValue:
    return value if isinstance(value, (str, int, float, bool)) else str(value)


# PostgreSQL 18 manual, chapter 8. What is not listed takes AS_JSON: right for every type, a little slower.
NATIVE: dict[str, Reading] = {
    "bool": Reading(),
    "int2": Reading(),
    "int4": Reading(),
    "oid": Reading(),
    "text": Reading(),
    "varchar": Reading(),
    "bpchar": Reading(),
    "name": Reading(),
    "int8": Reading(convert=_integer),
    "float8": Reading(convert=_double),
    "uuid": Reading(convert=_text),
    "json": Reading(convert=_json),
    "jsonb": Reading(convert=_json),
    "bytea": Reading(convert=_bytes),
    "numeric": Reading(expression="CAST({} AS pg_catalog.text)"),
}
NATIVE_ARRAYS: dict[str, Reading] = {  # by element
    name: Reading(convert=_each(NATIVE[name].convert))
    for name in ("bool", "int2", "int4", "int8", "float8", "text", "varchar", "uuid")
} | {"numeric": Reading(expression="CAST({} AS pg_catalog.text[])", convert=_each(None))}
AS_TEXT = Reading(expression="pg_catalog.to_json({}) #>> '{{}}'")
TEXT_TYPES = frozenset(
    {
        "date", "time", "timetz", "timestamp", "timestamptz", "interval", "money", "inet", "cidr", "macaddr",
        "macaddr8", "bit", "varbit", "xml", "tsvector", "tsquery", "point", "line", "lseg", "box", "path", "polygon",
        "circle", "int4range", "int8range", "numrange", "daterange", "tsrange", "tstzrange", "pg_lsn", "regclass",
        "regtype", "regproc", "regprocedure", "regoper", "regoperator", "regrole", "regnamespace", "regconfig",
        "regdictionary", "regcollation", "char", "xid", "xid8", "cid", "tid", "jsonpath", "pg_snapshot",
    }
)  # fmt: skip
AS_JSON = Reading(expression="pg_catalog.to_json({})", convert=_json)
"""Arrays, composites, records, enums, multiranges, extension types: JSON made by the server, read without loss."""


def reading_of(column: Type) -> Reading:
    """Return how a column of this type is read."""
    if column.schema != CATALOGUE_SCHEMA:
        return AS_JSON
    if column.kind == "array":
        return NATIVE_ARRAYS.get(element_name(column)) or AS_JSON
    if column.name in TEXT_TYPES:
        return AS_TEXT
    return NATIVE.get(column.name) or AS_JSON


def element_name(array: Type) -> str:
    """Return the name of an array's element type; the driver writes `text[]` for what PostgreSQL calls `_text`."""
    return array.name.removesuffix("[]")


def short_name(column: Type) -> str:
    """Return PostgreSQL's own name of a type."""
    return f"_{element_name(column)}" if column.kind == "array" else column.name


@dataclass(frozen=True, slots=True, kw_only=True)
class ResultShape:
    """The columns of one statement, as they are named in the answer and as they are read."""

    fields: tuple[Field, ...]
    readings: tuple[Reading, ...]
    renamed: bool = False
    """Whether two columns had one name."""

    @property
    def is_native(self) -> bool:
        """Whether the server has nothing to convert."""
        return all(reading.expression == "{}" for reading in self.readings)


def shape_of(attributes: Sequence[Attribute]) -> ResultShape:
    """Name and read the columns of a prepared statement; the second `a` becomes `a_2`."""
    names = distinct_names([attribute.name for attribute in attributes])
    return ResultShape(
        fields=tuple(
            Field(name=name, type=short_name(attribute.type)) for name, attribute in zip(names, attributes, strict=True)
        ),
        readings=tuple(reading_of(attribute.type) for attribute in attributes),
        renamed=names != [attribute.name for attribute in attributes],
    )


def distinct_names(names: Sequence[str]) -> list[str]:
    """Make names distinct by a number behind, never one that another column already bears."""
    given = set(names)
    used: set[str] = set()
    distinct = []
    for name in names:
        candidate, number = name, 2
        while candidate in used or (candidate != name and candidate in given):
            candidate, number = f"{name}_{number}", number + 1
        used.add(candidate)
        distinct.append(candidate)
    return distinct
