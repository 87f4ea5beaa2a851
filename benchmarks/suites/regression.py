"""PostgreSQL's own regression scripts: each statement runs in turn, each query that may be checked is checked first."""

from __future__ import annotations

import io
import re
from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg

from suites import psql_script, wisconsin
from suites.checking import DRIVER, Judge, Outcome, Verdict, check
from suites.psql_script import Statement

FIRST = ("test_setup", "create_index", "create_misc", "create_aggregate", "create_operator", "create_type")
"""Others use what these make."""
LEFT_OUT = {
    # script -> why
    "copy2": "about COPY and its files",
    "copydml": "about COPY and its files",
    "copyencoding": "about COPY and its files",
    "event_trigger": "stops other statements of its server",
    "event_trigger_login": "stops others from logging in",
    "infinite_recurse": "about a crash",
    "largeobject": "about files",
    "maintain_every": "runs for long",
    "stats_import": "writes into the statistics",
    "tablespace": "about files",
}
_QUERY = re.compile(r"[\s(]*(?:select|with|values|table)\b", re.IGNORECASE)
_COPY_FILE = re.compile(r"copy\s+(onek|tenk1)\s+from\b", re.IGNORECASE)
_COPY_STDIN = re.compile(r"copy\s+([\w.\"]+)\s*(?:\(([^()]*)\))?\s+from\s+std(?:in|out)\s*;?$", re.IGNORECASE)
STATEMENT_TIMEOUT_S = 20


def scripts(folder: Path) -> list[Path]:
    """Return the scripts in an order in which each finds what it needs."""
    every = sorted(folder.glob("*.sql"))
    first = {name: place for place, name in enumerate(FIRST)}
    return sorted(
        (file for file in every if file.stem not in LEFT_OUT), key=lambda file: first.get(file.stem, len(first))
    )


async def run_script(
    connection: asyncpg.Connection, judge: Judge, script: str
) -> AsyncIterator[tuple[Statement, Outcome]]:
    """Run one script; yield the outcome of each query in it that the server itself would answer read-only."""
    await connection.execute(f"SET statement_timeout = '{STATEMENT_TIMEOUT_S}s'")
    changed = True
    for statement in psql_script.statements(script):
        if _QUERY.match(statement.sql) and not statement.needs_psql:
            outcome, changed = await _checked(connection, judge, statement.sql, changed=changed)
            if outcome.verdict is not Verdict.NOT_COUNTED:
                yield statement, outcome
        else:
            changed = True
        await _run(connection, statement)
        if connection.is_closed():
            return


async def _checked(connection: asyncpg.Connection, judge: Judge, sql: str, *, changed: bool) -> tuple[Outcome, bool]:
    try:
        if changed:
            await judge.look(connection)
        return await check(connection, judge, sql), False
    except DRIVER:  # its transaction has failed already
        return Outcome(verdict=Verdict.NOT_COUNTED), True


async def _run(connection: asyncpg.Connection, statement: Statement) -> None:
    """Run a statement for what it leaves behind; many are meant to fail."""
    try:
        if (table := _COPY_FILE.match(statement.sql)) is not None:
            await connection.execute(wisconsin.fill_sql(table.group(1).lower()))
        elif statement.data is not None:
            await _copy(connection, statement)
        elif not statement.needs_psql:
            await connection.execute(statement.sql, timeout=2 * STATEMENT_TIMEOUT_S)
    except (*DRIVER, TimeoutError, UnicodeError):
        return


async def _copy(connection: asyncpg.Connection, statement: Statement) -> None:
    target = _COPY_STDIN.match(statement.sql)
    if target is None:
        return
    schema, _, table = target.group(1).lower().rpartition(".")
    columns = [name.strip() for name in target.group(2).split(",")] if target.group(2) else None
    data = io.BytesIO((statement.data or "").encode())
    await connection.copy_to_table(table, schema_name=schema or None, columns=columns, source=data)
