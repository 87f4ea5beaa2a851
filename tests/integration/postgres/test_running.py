"""What surrounds a statement: the transaction, the limits, the errors, and the server afterwards."""

from __future__ import annotations

import time
from contextlib import suppress

import anyio
import pytest

from relay.adapters.outbound.postgres.connection import PostgresConnection
from relay.adapters.outbound.postgres.guard.plans import QueryPlan
from relay.application.ports.database import InspectedStatement, RunLimits
from relay.domain.errors import Reason, RelayError
from relay.domain.facts import StatementFacts
from relay.domain.request import Operation

SCHEMA = """
CREATE SCHEMA sales;
CREATE TABLE public.customers (
  id int PRIMARY KEY, email text NOT NULL UNIQUE, plan text DEFAULT 'free' CHECK (plan IN ('free', 'pro')),
  balance numeric(12, 2));
COMMENT ON COLUMN public.customers.email IS 'how to reach them';
CREATE TABLE sales.orders (id int PRIMARY KEY, customer_id int REFERENCES public.customers, secret int);
CREATE INDEX orders_by_customer ON sales.orders (customer_id, lower(id::text));
CREATE TABLE public.secret_things (id int);
CREATE TABLE sales.links (thing int, customer int REFERENCES public.customers);
CREATE TABLE public.hidden_from_role (id int);
CREATE VIEW public.rich AS SELECT * FROM customers WHERE balance > 1000;
INSERT INTO customers SELECT g, 'u' || g || '@example.com', 'pro', g * 1.5 FROM generate_series(1, 5000) g;
ANALYZE customers;
"""


@pytest.fixture(scope="module", autouse=True)
async def schema(postgres):
    await postgres.execute(SCHEMA)
    await postgres.execute(
        f"GRANT USAGE ON SCHEMA sales TO {postgres.reader}; GRANT SELECT ON ALL TABLES IN SCHEMA sales TO "
        f"{postgres.reader}; REVOKE ALL ON hidden_from_role FROM {postgres.reader}"
    )


async def activity(postgres) -> list[str]:
    rows = await postgres.fetch(
        "SELECT query FROM pg_stat_activity WHERE usename = $1 AND (state <> 'idle' OR xact_start IS NOT NULL)",
        postgres.reader,
    )
    return [row["query"] for row in rows]


def unchecked(sql: str) -> InspectedStatement:
    """A statement that no guard saw: what the session must withstand by itself."""
    plan = QueryPlan(operation=Operation.QUERY, pieces=(sql,))
    return InspectedStatement(operation=Operation.QUERY, facts=StatementFacts(), text=sql, redacted="", plan=plan)


async def run_unchecked(database, sql: str, *, timeout_s: float = 5.0) -> list[dict]:
    rows = []
    limits = RunLimits(max_rows=100, max_cell_bytes=1 << 20, timeout_s=timeout_s)
    async with database.runner.run(unchecked(sql), limits) as stream:
        async for batch in stream.batches():
            rows.extend(batch.rows)
    return rows


async def test_row_limit_stands_in_the_statement(ask) -> None:
    answer = await ask("SELECT id FROM customers ORDER BY id DESC", max_rows=3)
    assert [row["id"] for row in answer.rows] == [5000, 4999, 4998]


async def test_all_rows_arrive_in_order_over_many_pieces(ask) -> None:
    answer = await ask("SELECT id FROM customers ORDER BY id", max_rows=5001)
    assert [row["id"] for row in answer.rows] == list(range(1, 5001))


@pytest.mark.parametrize("limit", [49, 50, 51, 99, 100, 101, 550, 551])
async def test_no_row_lost_at_the_edges_of_pieces(ask, limit) -> None:
    assert len((await ask("SELECT id, email FROM customers", max_rows=limit)).rows) == limit


async def test_long_cells_arrive_as_null_with_a_warning(ask) -> None:
    answer = await ask("SELECT repeat('é', 600) AS a, 'x' AS b, ARRAY[repeat('x', 1100)] AS c", max_cell_bytes=1000)
    assert answer.row == {"a": None, "b": "x", "c": None}
    assert len(answer.warnings) == 1
    assert (await ask("SELECT repeat('x', 1000) AS a", max_cell_bytes=1000)).row == {"a": "x" * 1000}


async def test_timeout_when_the_statement_takes_too_long(ask, postgres) -> None:
    started_s = time.monotonic()
    with pytest.raises(RelayError) as caught:
        await ask("SELECT count(*) FROM generate_series(1, 1000000000)", timeout_s=0.3)
    assert caught.value.reason is Reason.QUERY_TIMEOUT
    assert time.monotonic() - started_s < 5
    assert await activity(postgres) == []


async def test_statement_ended_on_the_server_when_it_is_cancelled(ask, postgres) -> None:
    with anyio.move_on_after(0.3) as scope:
        await ask("SELECT count(*) FROM generate_series(1, 1000000000)")
    assert scope.cancelled_caught
    assert await activity(postgres) == []
    assert (await ask("SELECT 1 AS one")).row == {"one": 1}


@pytest.mark.parametrize(
    "sql",
    [
        "WITH gone AS (DELETE FROM customers RETURNING 1) SELECT * FROM gone",
        "SELECT nextval('pg_catalog.nothing')",
        "SELECT set_config('transaction_read_only', 'off', false)",
        "SELECT 1) AS relay_rows; COMMIT; DELETE FROM customers; SELECT (1",
    ],
)
async def test_nothing_written_even_when_the_guard_is_not_there(database, postgres, sql) -> None:
    with pytest.raises(RelayError) as caught:
        await run_unchecked(database, sql)
    assert caught.value.reason is Reason.QUERY_FAILED
    (count,) = await postgres.fetch("SELECT count(*) AS n FROM customers")
    assert count["n"] == 5000


async def test_no_large_object_stays_even_when_the_guard_is_not_there(database, postgres) -> None:
    # before version 16 a read-only transaction may make one; the rollback takes it back
    with suppress(RelayError):
        await run_unchecked(database, "SELECT lo_create(4711)")
    assert await postgres.fetch("SELECT oid FROM pg_largeobject_metadata") == []


async def test_settings_and_locks_do_not_outlive_the_request(database, postgres) -> None:
    # one connection only, so that the second request gets the first one's
    await run_unchecked(database, "SELECT pg_advisory_lock(77), set_config('search_path', 'sales', false) IS NULL")
    held = await postgres.fetch(
        "SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND database = (SELECT oid FROM pg_database WHERE "
        "datname = current_database())"
    )
    assert held == []
    (row,) = await run_unchecked(database, "SELECT current_setting('search_path') AS path")
    assert row["path"] == "public, sales, pg_temp"


@pytest.mark.parametrize(
    ("sql", "said"),
    [
        ("SELECT emial FROM customers", "42703 undefined_column (emial)"),
        ("SELECT c.emial FROM customers c", "42703 undefined_column (c.emial)"),
        ("SELECT 1 FROM custmers", "42P01 undefined_table (custmers)"),
        ("SELECT 1 / 0", "22012 division_by_zero"),
        ("SELECT email::int FROM customers", "22P02 invalid_text_representation"),
        ("SELECT id FROM hidden_from_role", "42501 insufficient_privilege"),
        ("SELECT max(id) FROM customers GROUP BY 1", "42803 grouping_error"),
    ],
)
async def test_error_says_what_is_safe_and_no_more(ask, sql, said) -> None:
    with pytest.raises(RelayError) as caught:
        await ask(sql)
    assert caught.value.reason is Reason.QUERY_FAILED
    assert caught.value.detail.rstrip(";").endswith(said)
    assert "@example.com" not in caught.value.message


async def test_tables_listed_as_policy_and_role_show_them(ask) -> None:
    answer = await ask(operation=Operation.LIST_TABLES)
    shown = [(row["schema"], row["name"], row["type"], row["rowCount"]) for row in answer.rows]
    assert shown == [
        ("public", "customers", "table", 5000),
        ("public", "rich", "view", None),
        ("sales", "links", "table", None),
        ("sales", "orders", "table", None),
    ]
    assert answer.rows[0]["table_name"] == "customers"


async def test_table_described_with_columns_constraints_and_indexes(ask) -> None:
    rows = (await ask(operation=Operation.DESCRIBE_TABLE, tableName="customers")).rows
    columns = [row for row in rows if row["kind"] == "column"]
    assert [row["name"] for row in columns] == ["id", "email", "plan", "balance"]
    assert columns[1] == {
        "kind": "column", "name": "email", "type": "text", "nullable": False, "default": None,
        "comment": "how to reach them", "column_name": "email", "data_type": "text",
    }  # fmt: skip
    assert (columns[3]["type"], columns[3]["data_type"]) == ("numeric", "numeric(12,2)")
    kinds = {row["kind"]: row for row in rows}
    assert kinds["primary_key"]["columns"] == ["id"]
    assert kinds["unique"]["columns"] == ["email"]
    assert "plan" in kinds["check"]["definition"]
    assert [row["unique"] for row in rows if row["kind"] == "index"] == [True, True]


@pytest.mark.parametrize("name", ["sales.orders", '"sales"."orders"', "orders"])
async def test_foreign_keys_and_expressions_described(ask, name) -> None:
    rows = (await ask(operation=Operation.DESCRIBE_TABLE, tableName=name)).rows
    (foreign,) = [row for row in rows if row["kind"] == "foreign_key"]
    assert foreign["references"] == {"schema": "public", "table": "customers", "columns": ["id"]}
    index = next(row for row in rows if row.get("name") == "orders_by_customer")
    assert index["columns"] == ["customer_id", "lower(id::text)"]


@pytest.mark.parametrize("name", ["secret_things", "hidden_from_role", "nothing", "sales.customers"])
async def test_no_such_table_when_policy_or_role_hide_it(ask, name) -> None:
    with pytest.raises(RelayError) as caught:
        await ask(operation=Operation.DESCRIBE_TABLE, tableName=name)
    assert "42P01" in caught.value.detail


async def test_plan_given_without_running_the_statement(ask) -> None:
    started_s = time.monotonic()
    answer = await ask("SELECT count(*) FROM generate_series(1, 1000000000) g", operation=Operation.EXPLAIN)
    assert time.monotonic() - started_s < 2
    assert answer.row["plan"]["Plan"]["Node Type"] == "Aggregate"
    answer = await ask("SELECT * FROM customers WHERE email = $1 AND id < $2", "x", 5, operation=Operation.EXPLAIN)
    assert "Plan" in answer.row["plan"]


async def test_probe_gives_a_fingerprint_that_follows_the_schema(database, postgres) -> None:
    first = await database.inspector.probe()
    assert (first.healthy, first.error) == (True, None)
    assert (await database.inspector.probe()).fingerprint == first.fingerprint
    await postgres.execute("ALTER TABLE secret_things ADD COLUMN more int")
    assert (await database.inspector.probe()).fingerprint == first.fingerprint
    await postgres.execute("ALTER TABLE sales.links ADD COLUMN more int")
    assert (await database.inspector.probe()).fingerprint != first.fingerprint


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"port": 1}, "the database can't be used at the moment"),
        ({"database": "no_such_database"}, "3D000"),
        ({"read_password": lambda: "wrong-s3cret"}, "28P01"),
        ({"host": "no-such-host.invalid"}, "the database can't be used at the moment"),
    ],
    ids=["port", "database", "password", "host"],
)
async def test_unhealthy_and_unavailable_when_it_can_not_be_reached(connection_settings, changes, said) -> None:
    connection = PostgresConnection(
        settings=connection_settings(**changes), schemas=("public",), shows_table=lambda *_: True
    )
    async with connection.open() as database:
        probe = await database.inspector.probe()
        assert probe.healthy is False
        assert said in probe.error
        assert "s3cret" not in probe.error
        with pytest.raises(RelayError) as caught:
            await run_unchecked(database, "SELECT 1")
        assert caught.value.reason is Reason.RESOURCE_UNAVAILABLE


async def test_next_request_works_when_the_server_ended_the_connections(ask, database, postgres) -> None:
    await ask("SELECT 1 AS one")
    await postgres.fetch("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = $1", postgres.reader)
    await anyio.sleep(0.1)
    assert (await ask("SELECT 1 AS one")).row == {"one": 1}


async def test_requests_run_side_by_side_and_the_probe_beside_them(connection_settings) -> None:
    connection = PostgresConnection(
        settings=connection_settings(pool_size=2), schemas=("public",), shows_table=lambda *_: True
    )
    async with connection.open() as database, anyio.create_task_group() as group:
        for _ in range(2):
            group.start_soon(run_unchecked, database, "SELECT pg_sleep(1.5)")
        await anyio.sleep(0.3)
        with anyio.fail_after(1):
            assert (await database.inspector.probe()).healthy
        group.cancel_scope.cancel()


async def test_works_without_a_statement_cache(connection_settings) -> None:
    connection = PostgresConnection(
        settings=connection_settings(statement_cache=False), schemas=("public",), shows_table=lambda *_: True
    )
    async with connection.open() as database:
        for _ in range(3):
            assert await run_unchecked(database, "SELECT now() IS NOT NULL AS t, 1.5 AS n") == [{"t": True, "n": "1.5"}]


async def test_changed_table_answered_although_the_statement_was_cached(ask, postgres) -> None:
    await postgres.execute("CREATE TABLE changing (a int); INSERT INTO changing VALUES (1)")
    for change in ("ADD COLUMN b text DEFAULT 'x'", "ALTER COLUMN a TYPE text", "DROP COLUMN b"):
        await ask("SELECT * FROM changing")
        await postgres.execute(f"ALTER TABLE changing {change}")
        answer = await ask("SELECT * FROM changing")
        assert len(answer.rows) == 1
    assert (answer.row, answer.fields) == ({"a": "1"}, {"a": "text"})


async def test_changed_type_answered_although_it_was_cached(ask, postgres) -> None:
    await postgres.execute(
        "CREATE TYPE pair AS (x int); CREATE TABLE pairs (p pair); INSERT INTO pairs VALUES (ROW(1)::pair)"
    )
    assert (await ask("SELECT p, ARRAY[p] AS ps FROM pairs")).row == {"p": {"x": 1}, "ps": [{"x": 1}]}
    await postgres.execute("ALTER TYPE pair ADD ATTRIBUTE y text")
    assert (await ask("SELECT p, ARRAY[p] AS ps FROM pairs")).row["p"] == {"x": 1, "y": None}
    await postgres.execute("DROP TABLE pairs; DROP TYPE pair; CREATE TYPE pair AS ENUM ('one')")
    assert (await ask("SELECT 'one'::pair AS p")).row == {"p": "one"}
