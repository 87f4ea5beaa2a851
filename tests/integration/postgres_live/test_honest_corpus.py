"""The guard's honest corpus through the whole way, against what the server itself says, column by column."""

from __future__ import annotations

import json
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import asyncpg
import pytest

CORPUS = Path(__file__).parents[2] / "unit" / "postgres_guard"
STATEMENTS = [
    *(f"select {text}" for text in (CORPUS / "honest_expressions.txt").read_text().splitlines()),
    *(CORPUS / "honest_statements.txt").read_text().splitlines(),
]
MAX_SAFE_INTEGER = 2**53 - 1
NEWEST = 18
NEW_NUMBERS = frozenset(f"select {number}" for number in ("1_000", "0x1F", "0o17", "0b101"))
"""Read by version 14 as a number and an alias; the guard gives all versions the meaning that they have since 16."""
SETTINGS = """SET search_path = guard_check; SET timezone = 'UTC'; SET intervalstyle = 'iso_8601';
SET datestyle = 'ISO, YMD'; SET bytea_output = 'hex'; SET lc_monetary = 'C'; SET statement_timeout = '20s'"""
UNSTABLE_AT_MOST = 60
"""Statements about now and about counters; of these only names and types are compared."""


def integer(text: str) -> Any:
    value = int(text)
    return value if abs(value) <= MAX_SAFE_INTEGER else text


def fraction(text: str) -> Any:
    value = float(text)
    return value if Decimal(repr(value)) == Decimal(text) else text


def json_value(text: str) -> Any:
    """Read JSON by the contract: what a JSON number can't hold exactly is a string."""
    return json.loads(text, parse_int=integer, parse_float=fraction)


def double(text: str) -> Any:
    return text if text in ("NaN", "Infinity", "-Infinity") else float(text)


def moment(text: str) -> str:
    """Turn `2024-01-31 10:20:30+00` into ISO 8601; infinity and years BC stay as PostgreSQL writes them."""
    iso = text if "BC" in text else text.replace(" ", "T", 1)
    return f"{iso}:00" if iso[-3:-2] in ("+", "-") and ":" in iso else iso


AS_TEXT: dict[str, Callable[[str], Any]] = {
    "bool": lambda text: text == "true",
    **dict.fromkeys(("int2", "int4", "int8", "oid"), integer),
    "float8": double,
    **dict.fromkeys(("text", "varchar", "name", "uuid", "numeric", "bytea", "date", "interval"), str),
    **dict.fromkeys(
        ("char", "inet", "cidr", "tsvector", "tsquery", "int4range", "daterange", "point", "time", "timetz"), str
    ),
    **dict.fromkeys(("timestamp", "timestamptz"), moment),
    "_numeric": lambda text: [None if item == "NULL" else item for item in text[1:-1].split(",")],
    **dict.fromkeys(("json", "jsonb"), json_value),
}
"""What a value's text becomes on the wire; types that are not here travel as the server's own to_json says."""


def expected(type_name: str, text: str | None, as_json: str | None) -> Any:
    if text is None:
        return None
    return AS_TEXT[type_name](text) if type_name in AS_TEXT else json_value(as_json)


def distinct(names: list[str]) -> list[str]:
    """Give the second `a` the name `a_2`."""
    return [name if name not in names[:place] else f"{name}_{names[: place + 1].count(name)}"
            for place, name in enumerate(names)]  # fmt: skip


async def direct(connection: asyncpg.Connection, sql: str) -> tuple[Any, Any]:
    """Return fields and rows as the contract would have them, or the SQLSTATE, without any part of the agent."""
    body = sql.rstrip().removesuffix(";")
    try:
        attributes = (await connection.prepare(body)).get_attributes()
        types = [f"_{a.type.name.removesuffix('[]')}" if a.type.kind == "array" else a.type.name for a in attributes]
        names = distinct([attribute.name for attribute in attributes])
        columns = [f"c{place}" for place in range(len(names))]
        values = ", ".join(f"d.{c}::text, pg_catalog.to_json(d.{c})::text" for c in columns)
        alias = f"d({', '.join(columns)})" if columns else "d"
        found = await connection.fetch(f"SELECT {values} FROM (\n{body}\n) AS {alias}")
    except asyncpg.PostgresError as error:
        return error.sqlstate, None
    rows = tuple(
        {
            name: expected(type_name, row[2 * place], row[2 * place + 1])
            for place, (name, type_name) in enumerate(zip(names, types, strict=True))
        }
        for row in found
    )
    return tuple(zip(names, types, strict=True)), rows


@pytest.fixture(scope="module")
async def connection(honest_relay, postgres):
    opened = await asyncpg.connect(postgres.reader_dsn)
    try:
        await opened.execute(SETTINGS)
        yield opened
    finally:
        await opened.close(timeout=5)


@pytest.fixture(scope="module")
def unstable():
    """Statements whose direct run differs from one moment to the next."""
    found: list[str] = []
    yield found
    assert len(found) <= UNSTABLE_AT_MOST, found


@pytest.mark.parametrize("sql", STATEMENTS)
async def test_answer_is_that_of_a_direct_run_when_honest(honest_relay, connection, unstable, sql):
    fields, rows = await direct(connection, sql)
    reply = await honest_relay.ask(sql)
    if rows is None:
        is_old = connection.get_server_version().major < NEWEST
        assert is_old or f"SQLSTATE {fields}" in reply.text, reply.text
        return
    assert reply.reason == "ACCEPTED", reply.text
    if sql in NEW_NUMBERS and reply.fields != fields:
        assert connection.get_server_version().major < 15
        assert reply.rows[0]["?column?"] > 0
        return
    assert reply.fields == fields
    if rows != reply.rows and (await direct(connection, sql))[1] != rows:
        unstable.append(sql)
        return
    assert reply.rows == rows
