"""Runs one statement directly and as Relay would, and says whether the answers are equal."""

from __future__ import annotations

import io
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from enum import StrEnum

import asyncpg

from relay.adapters.outbound.postgres.guard import PostgresStatementGuard
from relay.adapters.outbound.postgres.guard.catalogue import CatalogueSnapshot
from relay.adapters.outbound.postgres.guard.fidelity import check_fidelity
from relay.adapters.outbound.postgres.guard.limits import read_tokens
from relay.adapters.outbound.postgres.guard.refusal import RefusedStatement
from relay.adapters.outbound.postgres.live_catalogue import read_catalogue
from relay.application.ports.database import InspectedStatement
from relay.domain.errors import RelayError
from relay.domain.policy import Policy
from relay.domain.request import Operation

DRIVER = (asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError)
MAX_BYTES = 30_000_000
MAX_ROWS = 100_000

_SCHEMAS = """
SELECT nspname FROM pg_catalog.pg_namespace WHERE nspname NOT LIKE 'pg\\_toast%' AND nspname <> 'information_schema'
"""
_OWN_FUNCTIONS = """
SELECT DISTINCT n.nspname || '.' || p.proname FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_namespace n
  ON n.oid = p.pronamespace WHERE n.nspname NOT IN ('pg_catalog', 'information_schema')
UNION
SELECT n.nspname || '.' || o.oprname FROM pg_catalog.pg_operator o JOIN pg_catalog.pg_namespace n
  ON n.oid = o.oprnamespace WHERE n.nspname NOT IN ('pg_catalog', 'information_schema')
"""
_PATH = "SELECT pg_catalog.current_schemas(true)::pg_catalog.text[]"
"""Temporary tables among them: Relay's own session has none."""


class Verdict(StrEnum):
    """What became of one statement."""

    NOT_COUNTED = "not counted"
    """The server itself refuses it, it answers something else each time, or reads a view that Relay shows in part."""
    REFUSED = "refused"
    EQUAL = "equal"
    DIFFERENT = "different"


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """The verdict on one statement; `reason` and `cause` where it was refused or differs."""

    verdict: Verdict
    reason: str = ""
    cause: str = ""
    message: str = ""
    has_rows: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """Names and types of the columns, and the rows as the server's text."""

    columns: tuple[tuple[str, str], ...]
    rows: tuple[bytes, ...]


class TooLargeError(Exception):
    """More rows than this check looks at."""


class Judge:
    """Asks the guard and the policy, with the catalogue of one database."""

    def __init__(self) -> None:
        self.catalogue: CatalogueSnapshot | None = None
        self.policy = Policy(allowed_operations=frozenset(Operation), max_rows=MAX_ROWS)

    async def look(self, connection: asyncpg.Connection) -> None:
        """Read the catalogue anew: every schema is allowed, and every function and operator of the suite's own."""
        schemas = [row[0] for row in await connection.fetch(_SCHEMAS)]
        path = [name for name in await connection.fetchval(_PATH) if name != "pg_catalog"]
        functions = [row[0] for row in await connection.fetch(_OWN_FUNCTIONS)]
        self.policy = Policy(
            allowed_operations=frozenset(Operation),
            max_rows=MAX_ROWS,
            schemas=tuple(schemas),
            allowed_functions=frozenset([*functions, *(name.partition(".")[2] for name in functions)]),
        )
        self.catalogue = await read_catalogue(connection, path)

    async def inspect(self, sql: str) -> InspectedStatement:
        """Return what would run. Raises RelayError."""
        inspected = await PostgresStatementGuard(self.catalogue).inspect(Operation.QUERY, {"sql": sql})
        self.policy.check_statement(inspected.facts)
        return inspected


@asynccontextmanager
async def undone(connection: asyncpg.Connection) -> AsyncIterator[None]:
    """Do something read-only and leave no trace, inside a transaction or not."""
    inside = connection.is_in_transaction()
    await connection.execute("SAVEPOINT relay_check" if inside else "BEGIN")
    try:
        # strings as Relay's own session reads them, whatever the script has set
        await connection.execute(
            "SET LOCAL transaction_read_only = on; SET LOCAL statement_timeout = '10s';"
            "SET LOCAL standard_conforming_strings = on"
        )
        yield
    finally:
        await connection.execute(
            "ROLLBACK TO SAVEPOINT relay_check; RELEASE SAVEPOINT relay_check" if inside else "ROLLBACK"
        )


async def ask(connection: asyncpg.Connection, sql: str) -> Answer:
    """Run a statement as it is, in COPY, which adds nothing to it; rows in no order. Raises what the driver raises."""
    async with undone(connection):
        prepared = await connection.prepare(sql, name="")
        columns = tuple((each.name, f"{each.type.schema}.{each.type.name}") for each in prepared.get_attributes())
        buffer = io.BytesIO()

        async def take(data: bytes) -> None:
            if buffer.tell() > MAX_BYTES:
                raise TooLargeError
            buffer.write(data)

        await connection.copy_from_query(sql.rstrip().rstrip(";"), output=take)
    return Answer(columns=columns, rows=tuple(sorted(buffer.getvalue().split(b"\n"))))


async def check(connection: asyncpg.Connection, judge: Judge, sql: str) -> Outcome:
    """Judge one statement in a session of the suite's own. Raises only if the connection is lost."""
    try:
        asked = await ask(connection, sql)
    except (*DRIVER, TooLargeError, UnicodeError):
        return Outcome(verdict=Verdict.NOT_COUNTED)
    try:
        inspected = await judge.inspect(sql)
    except RelayError as refusal:
        return refused(refusal)
    return await _compared(connection, sql, inspected.text, asked)


async def _compared(connection: asyncpg.Connection, sql: str, text: str, asked: Answer) -> Outcome:
    """Run what the guard made of a statement and compare."""
    try:
        ran = await ask(connection, text)
        if asked == ran:
            return Outcome(verdict=Verdict.EQUAL, has_rows=any(asked.rows))
        if asked != await ask(connection, sql) or (asked.columns == ran.columns and _is_filtered(sql, text)):
            return Outcome(verdict=Verdict.NOT_COUNTED)
    except DRIVER as error:
        return Outcome(verdict=Verdict.DIFFERENT, reason="fails", cause=repr(error), message=text)
    cause = "columns" if asked.columns != ran.columns else "rows"
    return Outcome(verdict=Verdict.DIFFERENT, reason="answers", cause=cause, message=text)


def _is_filtered(sql: str, text: str) -> bool:
    """Whether other tokens run: a system view is read through a filter, which may leave rows out."""
    try:
        check_fidelity(read_tokens(sql), text)
    except RefusedStatement:
        return True
    return False


def refused(refusal: RelayError) -> Outcome:
    """Sort a refusal by its sentence without the place."""
    sentence = refusal.detail.rstrip(";")
    if refusal.position is not None:
        sentence = sentence.replace(f" at {refusal.position.line}:{refusal.position.column}", "")
    return Outcome(verdict=Verdict.REFUSED, reason=str(refusal.reason), cause=sentence, message=refusal.message)
