"""Statements that would never end do end, and nobody beside them notices."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import AsyncIterator
from contextlib import suppress

import anyio
import asyncpg
import psutil
import pytest

from relay.adapters.outbound.postgres import session
from relay.adapters.outbound.postgres.connection import PostgresConnection, PostgresSettings
from relay.adapters.outbound.postgres.guard.plans import QueryPlan
from relay.application.ports.database import Database, InspectedStatement, RunLimits
from relay.bootstrap.demo.embedded_postgres import READER, SUPERUSER, EmbeddedPostgres, embedded_postgres
from relay.domain.errors import Reason, RelayError
from relay.domain.facts import StatementFacts
from relay.domain.request import Operation

TIMEOUT_S = 0.8
GRACE_S = 8.0
"""Far above what ending takes, far below what the statements take: only a hang reaches it."""

RUNAWAYS = {
    "regex-with-backreference": "SELECT count(*) FROM generate_series(1, 1000000) g "
    "WHERE repeat(g::text, 500) ~ '(1|2|12)*(3|4|34)*5.*\\1\\2x'",
    "repeat-of-a-gigabyte": "SELECT length(repeat('x', 1000000000)) + length(repeat('y', 1000000000)) AS n",
    "repeat-for-each-row": "SELECT sum(length(repeat(md5(g::text), 100000))) FROM generate_series(1, 10000000) g",
    "cross-join": "SELECT count(*) FROM generate_series(1, 100000) a, generate_series(1, 100000) b",
    "cross-join-of-a-table": "SELECT count(*) FROM things a, things b, things c",
    "endless-recursion": "WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r) SELECT count(*) FROM r",
    "endless-recursion-that-grows": "WITH RECURSIVE r(n) AS (SELECT 1::numeric UNION ALL SELECT n + 1 FROM r, things) "
    "SELECT count(*) FROM r",
    "recursion-kept-and-sorted": "WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r) "
    "SELECT n FROM r ORDER BY n DESC",
    "factorial": "SELECT count(*) FROM generate_series(1, 100000) g WHERE factorial(30000 + g % 10) > 0",
    "rows-that-never-come": "SELECT g FROM generate_series(1, 100000000000) g WHERE g % 2 = 3",
    "set-returning-in-the-list": "SELECT generate_series(1, 1000000000), generate_series(1, 999999999) ORDER BY 1 DESC",
}


@pytest.fixture(scope="module", autouse=True)
async def schema(postgres):
    await postgres.execute("CREATE TABLE things AS SELECT g AS id FROM generate_series(1, 20000) g; ANALYZE things")


def statement_of(sql: str) -> InspectedStatement:
    """A statement that no guard saw."""
    plan = QueryPlan(operation=Operation.QUERY, pieces=(sql,))
    return InspectedStatement(operation=Operation.QUERY, facts=StatementFacts(), text=sql, redacted="", plan=plan)


async def run(database: Database, statement: InspectedStatement, timeout_s: float = TIMEOUT_S) -> list[dict]:
    limits = RunLimits(max_rows=100, max_cell_bytes=1 << 20, timeout_s=timeout_s)
    rows: list[dict] = []
    async with database.runner.run(statement, limits) as stream:
        async for batch in stream.batches():
            rows.extend(batch.rows)
    return rows


async def guarded(database: Database, sql: str, **limits) -> list[dict]:
    statement = await database.guard.inspect(Operation.QUERY, {"sql": sql, "parameters": []})
    return await run(database, statement, **limits)


async def busy(postgres) -> list[str]:
    rows = await postgres.fetch(
        "SELECT query FROM pg_stat_activity WHERE usename = $1 AND (state <> 'idle' OR xact_start IS NOT NULL)",
        postgres.reader,
    )
    return [row["query"] for row in rows]


async def nothing_left(postgres) -> None:
    with anyio.fail_after(GRACE_S):
        while await busy(postgres):
            await anyio.sleep(0.02)


@pytest.mark.parametrize("sql", RUNAWAYS.values(), ids=RUNAWAYS)
async def test_ends_at_the_timeout_and_hurts_nobody_when_it_would_run_for_ever(database, postgres, sql) -> None:
    assert (await database.inspector.probe()).healthy
    answered = 0
    ended: list[RelayError] = []

    async def runaway() -> None:
        with anyio.fail_after(TIMEOUT_S + GRACE_S), pytest.raises(RelayError) as caught:
            await guarded(database, sql)
        ended.append(caught.value)

    async with anyio.create_task_group() as group:
        group.start_soon(runaway)
        await anyio.sleep(0.1)
        while not ended:
            with anyio.fail_after(GRACE_S):
                assert await guarded(database, "SELECT 1 AS one", timeout_s=5.0) == [{"one": 1}]
            answered += 1
            await anyio.sleep(0.05)
    assert ended[0].reason is Reason.QUERY_TIMEOUT
    assert answered >= 1
    await nothing_left(postgres)


async def test_ended_by_the_client_s_deadline_when_the_server_s_timeout_is_gone(database, postgres) -> None:
    # from the second piece of rows on, no timeout of the server's holds
    endless = statement_of(
        "SELECT set_config('statement_timeout', '0', false), g "
        "FROM (SELECT generate_series(1, 100000000000) AS g) s WHERE g < 60 OR g > 99999999999"
    )
    with anyio.move_on_after(TIMEOUT_S + 0.7) as scope:
        await run(database, endless)
    assert scope.cancelled_caught
    assert await busy(postgres) == []
    (row,) = await run(database, statement_of("SELECT current_setting('statement_timeout') AS t"))
    assert row["t"] == "800ms"


async def test_lost_connection_reported_as_such_when_the_server_ends_it_in_the_middle(database, postgres) -> None:
    caught: list[RelayError] = []

    async def runs() -> None:
        with pytest.raises(RelayError) as error:
            await run(database, statement_of("SELECT pg_sleep(20)"), timeout_s=20)
        caught.append(error.value)

    async with anyio.create_task_group() as group:
        group.start_soon(runs)
        with anyio.fail_after(GRACE_S):
            while not await busy(postgres):
                await anyio.sleep(0.02)
        await postgres.fetch(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = $1 AND state = 'active'",
            postgres.reader,
        )
    assert caught[0].reason is Reason.RESOURCE_UNAVAILABLE
    assert await run(database, statement_of("SELECT 1 AS one")) == [{"one": 1}]


@pytest.fixture(scope="module")
async def freezable() -> AsyncIterator[tuple[EmbeddedPostgres, Database]]:
    """A server whose processes are ours to stop, and one place for requests."""
    with embedded_postgres() as server:
        settings = PostgresSettings(
            host=server.host, port=server.port, database=server.database, user=READER,
            read_password=lambda: server.passwords[READER], pool_size=1,
        )  # fmt: skip
        connection = PostgresConnection(settings=settings, schemas=("public",), shows_table=lambda *_: True)
        async with connection.open() as database:
            yield server, database


async def reader_pids(server: EmbeddedPostgres, condition: str) -> list[int]:
    admin = await asyncpg.connect(server.dsn(SUPERUSER))
    try:
        return [
            row["pid"]
            for row in await admin.fetch(f"SELECT pid FROM pg_stat_activity WHERE usename = $1 AND {condition}", READER)
        ]
    finally:
        await admin.close()


async def forgotten(server: EmbeddedPostgres, database: Database, pid: int) -> None:
    """Wait until a process has ended, and a probe has seen it."""
    with anyio.fail_after(GRACE_S):
        while await reader_pids(server, f"pid = {pid}"):
            await anyio.sleep(0.05)
    assert (await database.inspector.probe()).healthy


async def test_nothing_more_runs_while_two_processes_are_left_behind(freezable, monkeypatch) -> None:
    server, database = freezable
    monkeypatch.setattr(session, "CLOSE_TIMEOUT_S", 0.3)
    frozen: list[int] = []
    try:
        for _ in range(2):
            async with anyio.create_task_group() as group:
                group.start_soon(run, database, statement_of("SELECT pg_sleep(60)"), 60.0)
                await anyio.sleep(0.5)
                pids = await reader_pids(server, "state = 'active'")
                (pid,) = [pid for pid in pids if pid not in frozen]
                os.kill(pid, signal.SIGSTOP)
                frozen.append(pid)
                group.cancel_scope.cancel()
            if len(frozen) == 1:
                assert await run(database, statement_of("SELECT 1 AS one"), 5.0) == [{"one": 1}]
        for _ in range(2):
            with pytest.raises(RelayError) as caught:
                await run(database, statement_of("SELECT 1 AS one"), 5.0)
            assert caught.value.reason is Reason.RESOURCE_UNAVAILABLE
            assert "still running" in caught.value.detail
            assert (await database.inspector.probe()).healthy
    finally:
        for pid in frozen:
            os.kill(pid, signal.SIGCONT)
    for pid in frozen:
        await forgotten(server, database, pid)
    assert await run(database, statement_of("SELECT 1 AS one"), 5.0) == [{"one": 1}]


async def test_place_freed_when_the_server_process_is_frozen(freezable) -> None:
    server, database = freezable
    frozen: list[int] = []
    try:
        for _ in range(3):  # more often than there are places
            with anyio.move_on_after(1.5) as scope:
                async with anyio.create_task_group() as group:
                    group.start_soon(run, database, statement_of("SELECT pg_sleep(60)"), 60.0)
                    await anyio.sleep(0.5)
                    (pid,) = await reader_pids(server, "state = 'active'")
                    os.kill(pid, signal.SIGSTOP)
                    frozen.append(pid)
                    started_s = time.monotonic()
            assert scope.cancelled_caught
            assert time.monotonic() - started_s < 30
            assert await run(database, statement_of("SELECT 1 AS one"), 5.0) == [{"one": 1}]
            os.kill(frozen[-1], signal.SIGCONT)
            await forgotten(server, database, frozen[-1])
    finally:
        for pid in frozen:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGCONT)
    with anyio.fail_after(GRACE_S):
        while await reader_pids(server, "state <> 'idle'"):
            await anyio.sleep(0.05)


async def test_works_again_when_the_whole_server_was_frozen(freezable) -> None:
    server, database = freezable
    os.kill(server.process_id, signal.SIGSTOP)  # the postmaster: nobody gets a new connection, nor a cancellation
    pids = [child.pid for child in psutil.Process(server.process_id).children()]
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)
    try:
        with anyio.fail_after(60), anyio.move_on_after(1.0) as scope:
            await run(database, statement_of("SELECT 1 AS one"), 5.0)
        assert scope.cancelled_caught
    finally:
        for pid in (*pids, server.process_id):
            os.kill(pid, signal.SIGCONT)
    with anyio.fail_after(30):
        async with anyio.create_task_group() as group:
            for _ in range(4):
                group.start_soon(run, database, statement_of("SELECT 1 AS one"), 20.0)
