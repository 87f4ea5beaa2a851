"""What the types of columns are, as far as masking goes: domains followed to what they are over."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType

import asyncpg

from relay.adapters.outbound.postgres.guard.catalogue import UNKNOWN_TYPE, ColumnType, TypeFamily

Key = tuple[str, str]
Columns = Mapping[Key, Mapping[str, ColumnType]]

_FAMILIES: Mapping[str, TypeFamily] = MappingProxyType(
    {
        **dict.fromkeys(("text", "varchar", "bpchar", "name"), TypeFamily.TEXT),
        **dict.fromkeys(("int2", "int4", "int8"), TypeFamily.INTEGER),
        "numeric": TypeFamily.NUMERIC,
        "uuid": TypeFamily.UUID,
        **dict.fromkeys(("json", "jsonb", "xml", "tsvector", "tsquery", "bytea", "jsonpath"), TypeFamily.DOCUMENT),
        # their bounds are numbers of any size
        **dict.fromkeys(("int8range", "numrange", "int8multirange", "nummultirange"), TypeFamily.DOCUMENT),
    }
)
"""Types of pg_catalog; others there hold numbers, times, places or addresses."""
_WIDE_NUMBERS = frozenset(("int8", "numeric", "float8", "money"))
_COMPARABLE_KINDS = frozenset(("e", "r", "m"))
_MAX_DOMAINS = 32
"""Domains over domains; a loop can't be, and is not waited for."""


class ColumnTypes:
    """The types of one database, by oid."""

    def __init__(self, types: Iterable[asyncpg.Record]) -> None:
        self._rows: dict[int, asyncpg.Record] = {row["oid"]: row for row in types}
        self._known: dict[int, ColumnType] = {}

    def of(self, relations: Iterable[asyncpg.Record]) -> Columns:
        """Return each relation's columns with their types."""
        return {
            (row["schema"], row["name"]): {
                column: self.type_of(oid) for column, oid in zip(row["columns"], row["types"], strict=True)
            }
            for row in relations
            if row["columns"]
        }

    def type_of(self, oid: int) -> ColumnType:
        """Return a type; a domain counts as what it is over."""
        if oid not in self._known:
            self._known[oid] = self._made(self._base(oid))
        return self._known[oid]

    def _base(self, oid: int) -> asyncpg.Record | None:
        row = self._rows.get(oid)
        for _ in range(_MAX_DOMAINS):
            if row is None or row["kind"] != "d":
                break
            row = self._rows.get(row["parts"][1])
        return row

    def _made(self, row: asyncpg.Record | None) -> ColumnType:
        if row is None:
            return UNKNOWN_TYPE
        name = row["name"]
        if _is_array(row):
            return self._array(row)
        return ColumnType(
            name=name,
            family=_family(row),
            is_groupable=self._is_groupable(row),
            may_identify=not row["of_user"] and name in _WIDE_NUMBERS,
        )

    def _array(self, row: asyncpg.Record) -> ColumnType:
        element = self.type_of(row["parts"][0])
        # of wide numbers too: some of them may be a personal value, others not
        may_hold = element.may_identify or element.family in (TypeFamily.TEXT, TypeFamily.DOCUMENT)
        return ColumnType(
            name=row["name"],
            family=TypeFamily.DOCUMENT if may_hold else TypeFamily.OTHER,
            is_groupable=element.is_groupable,
            may_identify=element.may_identify,
        )

    def _is_groupable(self, row: asyncpg.Record) -> bool:
        if row["kind"] == "c":
            return all(self.type_of(oid).is_groupable for oid in row["columns"])
        return bool(row["kind"] in _COMPARABLE_KINDS or row["has_equality"])


def _is_array(row: asyncpg.Record) -> bool:
    return bool(row["category"] == "A" and row["parts"][0])


def _family(row: asyncpg.Record) -> TypeFamily:
    """Return a type's family; of one that is not built in, text may be inside, enums aside."""
    if row["kind"] == "e":
        return TypeFamily.OTHER
    if row["name"] == "citext" and row["category"] == "S":
        return TypeFamily.TEXT
    if row["of_user"]:
        return TypeFamily.DOCUMENT
    return _FAMILIES.get(row["name"], TypeFamily.DOCUMENT if row["kind"] == "c" else TypeFamily.OTHER)


def primary_keys_of(rows: Sequence[asyncpg.Record]) -> Mapping[Key, tuple[str, ...]]:
    """Return the columns of each table's primary key."""
    return {(row["schema"], row["name"]): tuple(row["columns"]) for row in rows}
