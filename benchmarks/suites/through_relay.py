"""Runs a statement the whole way (guard, policy, session, runner) and compares its values with the server's own."""

from __future__ import annotations

import io
import json
import re

import asyncpg

from relay.adapters.outbound.postgres.runner import PostgresQueryRunner
from relay.adapters.outbound.postgres.session import opening_sql
from relay.adapters.outbound.postgres.strays import Strays
from relay.application.ports.database import InspectedStatement, RunLimits
from relay.domain.errors import RelayError
from suites.checking import MAX_ROWS, Judge, Outcome, Verdict, refused

TIMEOUT_S = 60.0
_LIMITS = RunLimits(max_rows=MAX_ROWS, max_cell_bytes=1 << 26, timeout_s=TIMEOUT_S)
_ESCAPES = {"\\t": "\t", "\\n": "\n", "\\r": "\r", "\\\\": "\\", "\\b": "\b", "\\f": "\f", "\\v": "\v"}
_ESCAPE = re.compile(r"\\[tnr\\bfv]")
_ISO = re.compile(r"(?<=\d)T(?=\d)|(?<=[+-]\d\d):00\b")
_FLOATS = ("float4", "float8")
_UNNAMED_VALUES = ("record", "_record")

Rows = list[tuple[str, ...]]


async def check_through_relay(pool: asyncpg.Pool, judge: Judge, sql: str, schemas: tuple[str, ...]) -> Outcome:
    """Judge one statement on committed tables; one that PostgreSQL itself fails at must fail alike."""
    direct, failed = b"", ""
    try:
        async with pool.acquire() as connection:
            direct = await _directly(connection, sql, schemas)
    except asyncpg.PostgresError as error:
        failed = f"SQLSTATE {error.sqlstate}"
    try:
        inspected = await judge.inspect(sql)
    except RelayError as refusal:
        return refused(refusal)
    try:
        types, rows = await _rows(pool, inspected, schemas)
    except RelayError as failure:
        if failed and failed in failure.detail:
            return Outcome(verdict=Verdict.NOT_COUNTED, cause=f"accepted, and {failed} both ways")
        return Outcome(verdict=Verdict.DIFFERENT, reason="fails", cause=failure.detail, message=inspected.text)
    if not failed and sorted(rows) == sorted(_essences(direct, types)):
        return Outcome(verdict=Verdict.EQUAL, has_rows=bool(rows))
    return Outcome(verdict=Verdict.DIFFERENT, reason="answers", cause=failed or "rows", message=inspected.text)


async def _rows(pool: asyncpg.Pool, inspected: InspectedStatement, schemas: tuple[str, ...]) -> tuple[list[str], Rows]:
    """Run what the guard made of it, as a request would."""
    runner = PostgresQueryRunner(pool=pool, strays=Strays(), schemas=schemas, shows_table=lambda _: True)
    async with runner.run(inspected, _LIMITS) as stream:
        types = [field.type for field in stream.fields]
        rows = [
            tuple(_essence(value, kind) for value, kind in zip(row.values(), types, strict=True))
            async for batch in stream.batches()
            for row in batch.rows
        ]
    return types, rows


async def _directly(connection: asyncpg.pool.PoolConnectionProxy, sql: str, schemas: tuple[str, ...]) -> bytes:
    """Run it as it is, under the settings of Relay's session; the rows as COPY writes them."""
    buffer = io.BytesIO()
    await connection.execute(opening_sql(schemas, TIMEOUT_S))
    try:
        await connection.copy_from_query(sql.rstrip().rstrip(";"), output=buffer)
    finally:
        await connection.execute("ROLLBACK")
    return buffer.getvalue()


def _essences(copied: bytes, types: list[str]) -> Rows:
    lines = copied.decode().split("\n")[:-1]
    if not types:
        return [() for _ in lines]
    return [
        tuple(
            _essence(None if cell == "\\N" else _ESCAPE.sub(lambda found: _ESCAPES[found.group()], cell), kind)
            for cell, kind in zip(line.split("\t"), types, strict=True)
        )
        for line in lines
    ]


def _essence(value: object, kind: str) -> str:
    """Return what a JSON value and the server's text of the same value have in common."""
    if value is None:
        return "NULL"
    if kind in _UNNAMED_VALUES:
        return ""  # JSON gives its fields names, text does not
    if isinstance(value, bool):
        return "t" if value else "f"
    if kind in _FLOATS:
        return f"{float(str(value)):.12g}"
    text = value if isinstance(value, str) else json.dumps(value, default=str, ensure_ascii=False)
    text = _ISO.sub("", text).replace("null", "NULL").replace("true", "t").replace("false", "f")
    # json keeps the order of its keys on both sides, jsonb has one of its own
    return "".join(char for char in text if char.isalnum() or char in "-.")
