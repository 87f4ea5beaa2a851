"""Reads what column rules are followed along."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

import asyncpg

from relay.adapters.outbound.postgres import rules_queries as queries
from relay.adapters.outbound.postgres.driver_types import Connection
from relay.adapters.outbound.postgres.rules_dependencies import Column, Dependencies, Key
from relay.adapters.outbound.postgres.rules_functions import FunctionCatalogue


async def read_dependencies(connection: Connection, edges: Iterable[asyncpg.Record]) -> Dependencies:
    """Read them in the transaction of `connection`; `edges`: rows of RELATIVES_SQL. Raises what the driver raises."""
    children: defaultdict[Key, set[Key]] = defaultdict(set)
    view_reads: defaultdict[Key, set[Key]] = defaultdict(set)
    for row in edges:
        if row["kind"] == "i":
            children[_other(row)].add(_key(row))
        elif row["kind"] == "v":
            view_reads[_key(row)].add(_other(row))
    view_columns: defaultdict[Key, set[Column]] = defaultdict(set)
    for row in await connection.fetch(queries.VIEW_COLUMNS_SQL):
        view_columns[_key(row)].update((_other(row), column) for column in row["columns"])
    view_functions: defaultdict[Key, set[int]] = defaultdict(set)
    for row in await connection.fetch(queries.VIEW_FUNCTIONS_SQL):
        view_functions[_key(row)].add(row["function"])
    return Dependencies(
        children=children,
        views={_key(row): row["definition"] for row in await connection.fetch(queries.VIEWS_SQL)},
        view_reads=view_reads,
        view_columns=view_columns,
        view_functions=view_functions,
        generated={
            (_key(row), row["column"]): set(row["sources"]) for row in await connection.fetch(queries.GENERATED_SQL)
        },
        functions=FunctionCatalogue(
            functions=await connection.fetch(queries.FUNCTIONS_SQL),
            parts=await connection.fetch(queries.FUNCTION_PARTS_SQL),
            operators=await connection.fetch(queries.OPERATORS_SQL),
        ),
        unreadable={_key(row): frozenset(row["columns"]) for row in await connection.fetch(queries.UNREADABLE_SQL)},
    )


def _key(row: asyncpg.Record) -> Key:
    return row["schema"], row["name"]


def _other(row: asyncpg.Record) -> Key:
    return row["other_schema"], row["other_name"]
