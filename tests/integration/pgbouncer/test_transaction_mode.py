"""Relay through PgBouncer in transaction mode: two server connections, each transaction on any of them."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager

import anyio
import asyncpg
import psutil
import pytest

from relay.adapters.outbound.postgres.guard.plans import QueryPlan
from relay.application.ports.database import InspectedStatement, RunLimits
from relay.bootstrap.demo.child_process import child_process, wait_until_ready
from relay.bootstrap.demo.embedded_postgres import READER, embedded_postgres
from relay.bootstrap.demo.postgres_binaries import unprivileged_user
from relay.domain.errors import Reason, RelayError
from relay.domain.facts import StatementFacts
from relay.domain.request import Operation

SERVER_CONNECTIONS = 2
ENDLESS = "SELECT count(*) FROM generate_series(1, 100000000000)"
HANG_S = 30.0

SCHEMA = """
CREATE SCHEMA sales;
CREATE TYPE mood AS ENUM ('sad', 'glad');
CREATE TYPE pair AS (x int, y text);
CREATE TABLE people AS SELECT g AS id, 'person ' || g AS name, g * 1.5 AS money, now() AS seen,
  'glad'::mood AS mood, ROW(g, 'y')::pair AS pair, ARRAY[g, g + 1] AS numbers, '{"a": [1]}'::jsonb AS data
  FROM generate_series(1, 2000) g;
CREATE TABLE sales.people (id int);
"""


@pytest.fixture(scope="module", autouse=True)
async def schema(postgres):
    await postgres.execute(SCHEMA)
    await postgres.execute(
        f"GRANT USAGE ON SCHEMA sales TO {postgres.reader}; GRANT SELECT ON sales.people TO {postgres.reader}"
    )


@pytest.fixture(scope="module")
async def database(bouncer):
    async with bouncer.relay() as opened:
        assert (await opened.inspector.probe()).healthy
        yield opened


async def rows_of(database, statement: InspectedStatement, **changes) -> list[dict]:
    limits = RunLimits(**({"max_rows": 5000, "max_cell_bytes": 1 << 20, "timeout_s": 10.0} | changes))
    found: list[dict] = []
    async with database.runner.run(statement, limits) as stream:
        async for batch in stream.batches():
            found.extend(batch.rows)
    return found


async def ask(database, sql: str, *parameters: object, **limits) -> list[dict]:
    statement = await database.guard.inspect(Operation.QUERY, {"sql": sql, "parameters": list(parameters)})
    return await rows_of(database, statement, **limits)


async def unchecked(database, sql: str, **limits) -> list[dict]:
    """Run what no guard saw."""
    plan = QueryPlan(operation=Operation.QUERY, pieces=(sql,))
    statement = InspectedStatement(operation=Operation.QUERY, facts=StatementFacts(), text=sql, redacted="", plan=plan)
    return await rows_of(database, statement, **limits)


async def backends(postgres, condition: str = "true") -> int:
    found = await postgres.fetch(
        f"SELECT count(*) AS n FROM pg_stat_activity WHERE usename = $1 AND backend_type = 'client backend' "
        f"AND {condition}",
        postgres.reader,
    )
    return found[0]["n"]


async def idle_again(postgres) -> None:
    with anyio.fail_after(HANG_S):
        while await backends(postgres, "(state <> 'idle' OR xact_start IS NOT NULL)"):
            await anyio.sleep(0.05)


async def on_every_server_connection(bouncer, sql: str) -> list[object]:
    """Ask each server connection of the pool, by holding all of them at once."""
    clients = [await bouncer.client() for _ in range(SERVER_CONNECTIONS)]
    try:
        for client in clients:
            await client.execute("BEGIN")
        answers = [
            await client.fetchrow(f"SELECT pg_backend_pid() AS pid, ({sql})::text AS answer") for client in clients
        ]
        assert len({row["pid"] for row in answers}) == SERVER_CONNECTIONS
        return [row["answer"] for row in answers]
    finally:
        for client in clients:
            await client.close()


async def test_many_requests_answered_over_two_server_connections(database, postgres) -> None:
    answers: dict[int, list[dict]] = {}
    most = 0

    async def one(number: int) -> None:
        answers[number] = await ask(database, "SELECT name FROM people WHERE id = $1 OR id = $2", number, number + 1000)

    async with anyio.create_task_group() as group:
        for number in range(1, 101):
            group.start_soon(one, number)
        while len(answers) < 100:
            most = max(most, await backends(postgres))
            await anyio.sleep(0.01)
    assert all(
        sorted(row["name"] for row in answers[number]) == sorted([f"person {number}", f"person {number + 1000}"])
        for number in range(1, 101)
    )
    assert 1 <= most <= SERVER_CONNECTIONS


@pytest.mark.parametrize(
    ("sql", "parameters"),
    [
        ("SELECT * FROM people ORDER BY id", ()),
        ("SELECT id FROM people WHERE money > $1 AND seen > $2 ORDER BY id", ("2990", "2000-01-01T00:00:00Z")),
        ("SELECT name FROM people WHERE id = ANY($1) ORDER BY 1", ([1, 2, 3],)),
        ("SELECT $1::numeric AS n, $2::date AS d, $3::interval AS i", ("1.50", "0044-03-15 BC", "1 month")),
        ("SELECT DATE 'infinity' AS forever, '24:00'::time AS late, 'NaN'::float8 AS none", ()),
        ("SELECT now() IS NOT NULL AS known, count(*) AS n FROM people GROUP BY mood", ()),
    ],
    ids=["every-type", "compared", "array", "converted", "odd-values", "aggregate"],
)
async def test_same_answer_as_without_pgbouncer(bouncer, database, postgres, sql, parameters) -> None:
    async with bouncer.relay(port=postgres.port, host=postgres.host, statement_cache=True) as direct:
        assert (await direct.inspector.probe()).healthy
        wanted = await ask(direct, sql, *parameters)
    assert wanted
    for _ in range(SERVER_CONNECTIONS + 1):
        assert await ask(database, sql, *parameters) == wanted


async def test_plan_cost_and_explain_work_through_it(database) -> None:
    with pytest.raises(RelayError) as caught:
        await ask(database, "SELECT count(*) FROM people a, people b", max_plan_cost=10.0)
    assert caught.value.reason is Reason.QUERY_BLOCKED
    statement = await database.guard.inspect(Operation.EXPLAIN, {"sql": "SELECT * FROM people", "parameters": []})
    assert "Plan" in (await rows_of(database, statement))[0]["plan"]


async def test_role_and_catalogue_read_through_it(database) -> None:
    probe = await database.inspector.probe()
    assert (probe.healthy, probe.role.dangerous) == (True, ())
    assert probe.role.shared
    listed = await database.guard.inspect(Operation.LIST_TABLES, {})
    assert [row["name"] for row in await rows_of(database, listed)] == ["people"]


async def test_every_statement_ended_on_the_server_when_all_are_cancelled(database, postgres) -> None:
    with anyio.move_on_after(0.5) as scope:
        async with anyio.create_task_group() as group:
            for _ in range(6):  # four of them wait in PgBouncer
                group.start_soon(ask, database, ENDLESS)
            await anyio.sleep(HANG_S)
    assert scope.cancelled_caught
    await idle_again(postgres)
    assert await ask(database, "SELECT 1 AS one") == [{"one": 1}]


async def test_timeout_of_the_server_reported_through_it(database, postgres) -> None:
    with pytest.raises(RelayError) as caught:
        await ask(database, ENDLESS, timeout_s=0.3)
    assert caught.value.reason is Reason.QUERY_TIMEOUT
    await idle_again(postgres)


async def test_nothing_of_relay_s_session_seen_by_the_next_client(bouncer, postgres) -> None:
    async with bouncer.relay(schemas=("sales", "public")) as database, anyio.create_task_group() as group:
        assert (await database.inspector.probe()).healthy
        for number in range(10):
            group.start_soon(unchecked, database, f"SELECT set_config('search_path', 'sales', {number % 2 == 0})")
    names = ("search_path", "statement_timeout", "lock_timeout", "timezone", "datestyle", "intervalstyle",
             "bytea_output", "idle_in_transaction_session_timeout", "transaction_read_only")  # fmt: skip
    settings = " || ' ' || ".join(f"current_setting('{name}')" for name in names)
    expected = (await postgres.fetch(f"SELECT {settings} AS all"))[0]["all"]
    assert await on_every_server_connection(bouncer, f"SELECT {settings}") == [expected] * SERVER_CONNECTIONS


async def test_nothing_of_another_client_s_session_seen_by_relay(bouncer, database) -> None:
    clients = [await bouncer.client() for _ in range(SERVER_CONNECTIONS)]
    for client in clients:  # settings of a session stay on the server connection: PgBouncer's known price
        await client.execute("BEGIN; SET search_path = sales; SET timezone = 'Asia/Tokyo'; SET statement_timeout = 1; "
                             "SET default_transaction_read_only = off; SET datestyle = 'German'")  # fmt: skip
    for client in clients:
        await client.execute("COMMIT")
    try:
        for _ in range(SERVER_CONNECTIONS + 1):
            assert await ask(database, "SELECT count(*) AS n FROM people") == [{"n": 2000}]
            (row,) = await ask(database, "SELECT TIMESTAMPTZ '2024-01-01 00:00Z' AS t")
            assert row["t"] == "2024-01-01T00:00:00+00:00"
            with pytest.raises(RelayError):
                await unchecked(database, "WITH d AS (DELETE FROM people RETURNING 1) SELECT * FROM d")
    finally:
        for client in clients:
            await client.execute("BEGIN; RESET ALL")
        for client in clients:
            await client.execute("COMMIT")
            await client.close()


async def test_advisory_locks_released_when_the_server_connection_goes_back(bouncer, database, postgres) -> None:
    for number in range(6):
        await unchecked(database, f"SELECT pg_advisory_lock({number}), pg_advisory_lock_shared(99)")
    assert await postgres.fetch("SELECT 1 FROM pg_locks WHERE locktype = 'advisory'") == []


async def test_no_prepared_statement_left_when_statements_of_all_kinds_ran(bouncer, database) -> None:
    for sql in ("SELECT * FROM people", "SELECT mood, pair FROM people WHERE id = $1"):
        await ask(database, sql, *([1] if "$1" in sql else []))
    await database.inspector.probe()
    left = await on_every_server_connection(bouncer, "SELECT count(*) FROM pg_prepared_statements")
    assert left == ["0"] * SERVER_CONNECTIONS


async def stopped(server) -> list[str]:
    """End the server, and return the command that starts it again."""
    command = psutil.Process(server.process_id).cmdline()
    os.kill(server.process_id, signal.SIGINT)
    with anyio.fail_after(HANG_S):
        while (server.log_file.parent / "data" / "postmaster.pid").exists():
            await anyio.sleep(0.05)
    return command


@contextmanager
def started(server, command: list[str]) -> Iterator[None]:
    folder = server.log_file.parent
    log_file = folder / "second_log"
    with child_process(
        command, folder=folder, log_file=log_file, user=unprivileged_user(), end_signal=signal.SIGINT
    ) as process:
        wait_until_ready(
            process, lambda: b"ready to accept" in log_file.read_bytes(), timeout_s=HANG_S, name="PostgreSQL",
            log_file=log_file,
        )  # fmt: skip
        yield


async def attempt(database) -> object:
    """Ask within a deadline, as the use case does: PgBouncer lets its clients wait for a server for two minutes."""
    with anyio.move_on_after(0.5):
        try:
            return await ask(database, "SELECT 1 AS one")
        except RelayError as error:
            return error.reason
    return "waits"


async def test_next_request_works_when_the_server_was_restarted(bouncer_for) -> None:
    with embedded_postgres() as server:
        login = {"user": READER, "password": server.passwords[READER], "database": server.database}
        with bouncer_for(host=server.host, port=server.port, **login) as bouncer:
            async with bouncer.relay() as database:
                assert (await database.inspector.probe()).healthy
                command = await stopped(server)
                with anyio.fail_after(HANG_S):
                    while_down = {str(await attempt(database)) for _ in range(3)}
                assert while_down <= {Reason.RESOURCE_UNAVAILABLE, "waits"}
                with started(server, command), anyio.fail_after(HANG_S):
                    while await attempt(database) != [{"one": 1}]:
                        await anyio.sleep(0.2)
                    assert (await database.inspector.probe()).healthy


async def test_start_up_parameters_are_those_that_pgbouncer_knows(bouncer) -> None:
    client = await bouncer.client()
    assert await client.fetchval("SELECT 1") == 1
    await client.close()
    with pytest.raises(asyncpg.ProtocolViolationError):
        await asyncpg.connect(
            host="127.0.0.1", port=bouncer.port, user=bouncer.user, password=bouncer.password,
            database=bouncer.database, server_settings={"jit": "off"},
        )  # fmt: skip
