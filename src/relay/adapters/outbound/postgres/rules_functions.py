"""Which functions of the database's own may read a protected column."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import asyncpg

from relay.adapters.outbound.postgres.graph import reach

Key = tuple[str, str]

_WORD = re.compile(r"[\w$]+")
_READ_BY_TEXT = frozenset(("sql", "plpgsql"))
"""Languages whose bodies name what they read; code in another may read anything."""
_RUNS_TEXT = frozenset(
    [
        "execute",
        *("query_to_xml", "query_to_xmlschema", "query_to_xml_and_xmlschema", "cursor_to_xml", "table_to_xml"),
        *("table_to_xml_and_xmlschema", "schema_to_xml", "schema_to_xml_and_xmlschema", "database_to_xml"),
        *("database_to_xml_and_xmlschema", "ts_stat", "ts_rewrite", "crosstab", "connectby", "dblink"),
        *("dblink_open", "dblink_exec", "dblink_send_query", "xpath_table", "crosstab2", "crosstab3", "crosstab4"),
        *("crosstabn", "get_raw_page", "heap_page_items", "heap_page_item_attrs", "bt_page_items", "gist_page_items"),
        *("pg_read_file", "pg_read_binary_file", "pg_logical_slot_peek_changes", "pg_logical_slot_get_changes"),
    ]
)
"""Words of a body that runs SQL which it does not show, or reads storage; functions of these names are such."""
_ESCAPED_NAME = 'u&"'


@dataclass(frozen=True, slots=True, kw_only=True)
class FunctionCatalogue:
    """Functions, what each depends on, and operators: rows of the queries of those names."""

    functions: Sequence[asyncpg.Record]
    parts: Sequence[asyncpg.Record]
    operators: Sequence[asyncpg.Record]


class ProtectedFunctions:
    """Says which functions may read one of the relations given by name."""

    def __init__(self, catalogue: FunctionCatalogue, protected: Mapping[Key, str]) -> None:
        """`protected`: a protected column of each relation that has one."""
        self._catalogue = catalogue
        self._protected = protected
        self._reads = self._reading(protected)

    def column_of(self, oid: int) -> str | None:
        """Return a protected column that the function may read."""
        return self._reads.get(oid)

    def by_name(self) -> Mapping[Key, str]:
        """Return a protected column for each function or operator that may read one."""
        names = {row["oid"]: (row["schema"], row["name"]) for row in self._catalogue.functions}
        found = {names[oid]: column for oid, column in self._reads.items() if oid in names}
        if self._protected:
            found |= dict.fromkeys((("pg_catalog", name) for name in _RUNS_TEXT), min(self._protected.values()))
        for row in self._catalogue.operators:
            if row["function"] in self._reads:
                found[row["schema"], row["name"]] = self._reads[row["function"]]
        return found

    def _reading(self, protected: Mapping[Key, str]) -> Mapping[int, str]:
        if not protected:
            return {}
        reads: dict[int, str] = {}
        callers: defaultdict[int, set[int]] = defaultdict(set)
        for row in self._catalogue.parts:
            if row["function"]:
                callers[row["function"]].add(row["oid"])
            elif (row["schema"], row["name"]) in protected:
                reads[row["oid"]] = protected[row["schema"], row["name"]]
        self._read_bodies(protected, reads, callers)
        found: dict[int, str] = {}
        for oid, column in sorted(reads.items()):
            for caller in reach({oid}, callers):
                found.setdefault(caller, column)
        return found

    def _read_bodies(
        self, protected: Mapping[Key, str], reads: dict[int, str], callers: defaultdict[int, set[int]]
    ) -> None:
        relations = _by_last_name(protected)
        odd = [name for name in relations if not _WORD.fullmatch(name)]
        functions: defaultdict[str, set[int]] = defaultdict(set)
        for row in self._catalogue.functions:
            functions[row["name"].casefold()].add(row["oid"])
        any_column = min(protected.values())
        for row in self._catalogue.functions:
            body = row["source"].casefold()
            words = _words(body)
            if _hides_what_it_reads(row, words, body):
                reads.setdefault(row["oid"], any_column)
            if row["of_extension"]:
                continue
            named = [*(words & relations.keys()), *(name for name in odd if _unquoted(name) in body)]
            if named:
                reads.setdefault(row["oid"], relations[min(named)])
            for name in words & functions.keys():
                for other in functions[name] - {row["oid"]}:
                    callers[other].add(row["oid"])


@lru_cache(maxsize=4096)
def _words(body: str) -> frozenset[str]:
    return frozenset(_WORD.findall(body))


def _hides_what_it_reads(row: asyncpg.Record, words: frozenset[str], body: str) -> bool:
    if row["of_extension"]:
        return row["name"].casefold() in _RUNS_TEXT
    return row["language"] not in _READ_BY_TEXT or bool(words & _RUNS_TEXT) or _ESCAPED_NAME in body


def _by_last_name(protected: Mapping[Key, str]) -> dict[str, str]:
    return {name.casefold(): column for (_, name), column in sorted(protected.items())}


def _unquoted(name: str) -> str:
    return name.replace('"', '""')
