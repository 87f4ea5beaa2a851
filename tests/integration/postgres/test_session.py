"""The transaction around each statement, attacked on its own connection, as if no guard stood before it."""

from __future__ import annotations

from collections.abc import AsyncIterator

import asyncpg
import pytest

from relay.adapters.outbound.postgres.connection import PostgresConnection
from relay.adapters.outbound.postgres.driver_types import Connection, Pool
from relay.adapters.outbound.postgres.session import read_only
from relay.domain.errors import Reason, RelayError
from relay.domain.request import Operation

SCHEMAS = ("public",)


@pytest.fixture(scope="module", autouse=True)
async def schema(postgres):
    """A role that may do nearly everything: only the transaction stands before it."""
    await postgres.execute(
        f"CREATE TABLE things (id int); INSERT INTO things VALUES (1); GRANT ALL ON things TO {postgres.reader}; "
        f"CREATE SEQUENCE numbers; GRANT ALL ON SEQUENCE numbers TO {postgres.reader}; "
        f"GRANT CREATE ON SCHEMA public TO {postgres.reader}; ALTER ROLE {postgres.reader} CREATEROLE"
    )


@pytest.fixture
async def pool(connection_settings) -> AsyncIterator[Pool]:
    """The adapter's own pool, with one connection, so that the next user gets what the last one left."""
    connection = PostgresConnection(
        settings=connection_settings(pool_size=0), schemas=SCHEMAS, shows_table=lambda *_: True
    )
    opened = connection._pool()
    await opened
    yield opened
    await opened.close()


async def sqlstate_of(connection: Connection, sql: str) -> str:
    """Run a statement behind a savepoint, and return its error, or nothing."""
    await connection.execute("SAVEPOINT before_it")
    try:
        await connection.execute(sql)
    except asyncpg.PostgresError as error:
        return str(error.sqlstate)
    return ""


READ_WRITE = {
    "set-transaction": "SET TRANSACTION READ WRITE",
    "setting": "SET transaction_read_only = off",
    "local-setting": "SET LOCAL transaction_read_only = off",
    "function": "SELECT set_config('transaction_read_only', 'off', false)",
    "isolation": "SET TRANSACTION ISOLATION LEVEL SERIALIZABLE, READ WRITE",
    "begin": "BEGIN READ WRITE",
    "savepoint": "SAVEPOINT a; SET TRANSACTION READ WRITE",
}


RESETS = {
    "reset": "RESET transaction_read_only",
    "default": "SET LOCAL transaction_read_only TO DEFAULT",
    "function-with-null": "SELECT set_config('transaction_read_only', NULL, true)",
}
"""PostgreSQL 14 and 15 take these, whatever came before; there the guard and the role are what remains."""
REFUSED_SINCE = 160_000


@pytest.mark.parametrize("sql", (READ_WRITE | RESETS).values(), ids=READ_WRITE | RESETS)
async def test_transaction_stays_read_only_when_it_is_asked_to_write(pool, sql) -> None:
    async with read_only(pool, schemas=SCHEMAS, timeout_s=5) as connection:
        version = int(await connection.fetchval("SHOW server_version_num"))
        if sql in RESETS.values() and version < REFUSED_SINCE:
            pytest.skip(f"PostgreSQL {version // 10_000} undoes READ ONLY by a reset; docs/roles.md says so")
        refusal = await sqlstate_of(connection, sql)
        assert refusal in {"", "25001", "25006", "0A000", "55P02"}
        await connection.execute("ROLLBACK TO before_it" if refusal else "SELECT 1")
        assert await sqlstate_of(connection, "INSERT INTO things VALUES (2)") == "25006"


@pytest.mark.parametrize("call", ["set_config('transaction_read_only', NULL, true)", "setseed(0.42)"])
async def test_no_safe_function_when_it_changes_the_session(database, call) -> None:
    assert (await database.inspector.probe()).healthy
    statement = await database.guard.inspect(Operation.QUERY, {"sql": f"SELECT {call}", "parameters": []})
    assert [use.known_safe for use in statement.facts.functions] == [False]


async def test_opening_takes_the_snapshot_that_forbids_the_change(pool) -> None:
    async with read_only(pool, schemas=SCHEMAS, timeout_s=5) as connection:
        assert await sqlstate_of(connection, "SET TRANSACTION READ WRITE") == "25001"


async def test_control_without_the_snapshot_the_change_would_be_taken(connection_settings) -> None:
    settings = connection_settings()
    connection = await asyncpg.connect(
        host=settings.host, port=settings.port, user=settings.user, password=settings.read_password(),
        database=settings.database,
    )  # fmt: skip
    try:
        await connection.execute("BEGIN READ ONLY")
        await connection.execute("SET TRANSACTION READ WRITE; INSERT INTO things VALUES (3); ROLLBACK")
    finally:
        await connection.close()


WRITES = {
    "insert": "INSERT INTO things VALUES (2)",
    "create": "CREATE TABLE more (id int)",
    "create-role": "CREATE ROLE made_by_mistake",
    "sequence": "SELECT nextval('numbers')",
    "copy": "COPY things FROM STDIN",
    "truncate": "TRUNCATE things",
    "grant": "GRANT SELECT ON things TO PUBLIC",
    "comment": "COMMENT ON TABLE things IS 'x'",
    "row-lock": "SELECT * FROM things FOR UPDATE",
    "do-block": "DO $$ BEGIN INSERT INTO things VALUES (2); END $$",
}


@pytest.mark.parametrize("sql", WRITES.values(), ids=WRITES)
async def test_nothing_written_when_the_role_could(pool, postgres, sql) -> None:
    before = await postgres.fetch("SELECT * FROM things")
    with pytest.raises(RelayError) as caught:
        async with read_only(pool, schemas=SCHEMAS, timeout_s=5) as connection:
            await connection.execute(sql)
    assert caught.value.reason is Reason.QUERY_FAILED
    assert "25006" in caught.value.detail  # read_only_sql_transaction
    assert await postgres.fetch("SELECT * FROM things") == before


# What a statement could leave to the next one in the same server session, and a question that would show it.
LEFT_BEHIND = {
    "advisory-lock": ("SELECT pg_advisory_lock(4711)", "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'", 0),
    "shared-advisory-locks": (
        "SELECT pg_advisory_lock_shared(1), pg_advisory_lock_shared(1), pg_advisory_lock(2, 3)",
        "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'", 0,
    ),
    "setting": ("SET work_mem = '77MB'", "SELECT count(*) WHERE current_setting('work_mem') = '77MB'", 0),
    "setting-by-function": (
        "SELECT set_config('my.own', 'x', false)", "SELECT count(*) WHERE current_setting('my.own', true) = 'x'", 0,
    ),
    "search-path": ("SET search_path = pg_temp", "SELECT count(*) WHERE current_setting('search_path') = 'pg_temp'", 0),
    "role": ("SET ROLE pg_monitor", "SELECT count(*) WHERE current_user <> session_user", 0),
    "time-limit": (
        "SET statement_timeout = 1", "SELECT count(*) WHERE current_setting('statement_timeout') = '1ms'", 0,
    ),
    "read-write-by-default": (
        "SET SESSION CHARACTERISTICS AS TRANSACTION READ WRITE",
        "SELECT count(*) WHERE current_setting('transaction_read_only') = 'off'", 0,
    ),
    "temporary-table": ("CREATE TEMP TABLE mine (id int)", "SELECT count(*) FROM pg_class WHERE relname = 'mine'", 0),
    "temporary-sequence": ("CREATE TEMP SEQUENCE mine", "SELECT count(*) FROM pg_class WHERE relname = 'mine'", 0),
    "temporary-function": (
        "CREATE FUNCTION pg_temp.mine() RETURNS int LANGUAGE sql AS 'SELECT 1'",
        "SELECT count(*) FROM pg_proc WHERE proname = 'mine'", 0,
    ),
    "listen": ("LISTEN somebody", "SELECT count(*) FROM pg_listening_channels()", 0),
    "cursor": ("DECLARE mine CURSOR FOR SELECT 1", "SELECT count(*) FROM pg_cursors WHERE name = 'mine'", 0),
    "cursor-with-hold": (
        "DECLARE mine CURSOR WITH HOLD FOR SELECT 1", "SELECT count(*) FROM pg_cursors WHERE name = 'mine'", 0,
    ),
    # outlives it, and needs a statement of its own, which the extended protocol and the guard don't let through
    "prepared-statement": (
        "PREPARE mine AS SELECT 1", "SELECT count(*) FROM pg_prepared_statements WHERE name = 'mine'", 1,
    ),
}  # fmt: skip


REFUSED = ("SET ROLE", "CREATE")
"""What leaves nothing because it is not even taken."""


@pytest.mark.parametrize(("leaves", "question", "expected"), LEFT_BEHIND.values(), ids=LEFT_BEHIND)
async def test_next_request_finds_what_is_known_when_the_last_one_left_something(
    pool, leaves, question, expected
) -> None:
    try:
        async with read_only(pool, schemas=SCHEMAS, timeout_s=5) as connection:
            first = await connection.fetchval("SELECT pg_backend_pid()")
            await connection.execute(leaves)
    except RelayError:
        assert leaves.startswith(REFUSED)
    async with read_only(pool, schemas=SCHEMAS, timeout_s=5) as connection:
        assert await connection.fetchval("SELECT pg_backend_pid()") == first
        assert await connection.fetchval(question) == expected


async def test_seed_outlives_the_transaction_as_the_adapter_knows(pool) -> None:
    drawn = []
    for _ in range(2):
        async with read_only(pool, schemas=SCHEMAS, timeout_s=5) as connection:
            await connection.execute("SELECT setseed(0.42)")
        async with read_only(pool, schemas=SCHEMAS, timeout_s=5) as connection:
            drawn.append(await connection.fetchval("SELECT random()"))
    assert drawn[0] == drawn[1]
