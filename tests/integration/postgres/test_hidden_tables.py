# ruff: noqa: E501 - statements are easier to compare on one line each
"""Nothing about a table that the policy hides comes back: not its name, its columns, its indexes, its size."""

from __future__ import annotations

import json

import asyncpg
import pytest

from relay.adapters.outbound.postgres.connection import PostgresConnection
from relay.adapters.outbound.postgres.guard.system_views import SYSTEM_VIEWS, Rows
from relay.application.ports.database import RunLimits
from relay.domain.errors import Reason, RelayError
from relay.domain.policy import Policy
from relay.domain.request import Operation

# Everything about what is hidden has this word in it.
HIDDEN = "zebra"
SCHEMA = f"""
CREATE TABLE orders (id serial PRIMARY KEY, status text DEFAULT 'open', customer int);
CREATE INDEX orders_by_status ON orders (lower(status));
INSERT INTO orders (status) VALUES ('open'), ('paid');
CREATE VIEW open_orders AS SELECT id FROM orders WHERE status = 'open';
CREATE TABLE events (id int, note text) PARTITION BY RANGE (id);
CREATE TABLE events_low PARTITION OF events FOR VALUES FROM (0) TO (10);
CREATE INDEX events_by_id ON events (id);
INSERT INTO events VALUES (1, 'a');
CREATE TYPE address AS (street text, city text);
CREATE TABLE {HIDDEN}_pay (id serial PRIMARY KEY, {HIDDEN}_amount int DEFAULT 4711, note text);
CREATE INDEX {HIDDEN}_pay_by_amount ON {HIDDEN}_pay ({HIDDEN}_amount) WHERE {HIDDEN}_amount > 1000;
CREATE VIEW pay AS SELECT {HIDDEN}_amount FROM {HIDDEN}_pay;
CREATE MATERIALIZED VIEW pay_stored AS SELECT {HIDDEN}_amount FROM pay;
CREATE INDEX pay_stored_{HIDDEN} ON pay_stored ({HIDDEN}_amount);
CREATE TABLE logs (id int, {HIDDEN}_text text) PARTITION BY RANGE (id);
CREATE TABLE logs_{HIDDEN} PARTITION OF logs FOR VALUES FROM (0) TO (10);
CREATE SEQUENCE {HIDDEN}_free;
CREATE DOMAIN positive AS int CHECK (VALUE > 0);
CREATE TABLE "we""ird',{{}}\\ näme" ("a b" int);
CREATE INDEX "odd"";index" ON "we""ird',{{}}\\ näme" ("a b");
CREATE SCHEMA {HIDDEN}_schema;
CREATE TABLE {HIDDEN}_schema.orders (id serial PRIMARY KEY, {HIDDEN}_too int);
CREATE DOMAIN {HIDDEN}_schema.small AS int;
CREATE TYPE {HIDDEN}_schema.mood AS ENUM ('{HIDDEN}_label');
CREATE TYPE {HIDDEN}_schema.pair AS ({HIDDEN}_part int);
CREATE TYPE weather AS ENUM ('calm', 'tense');
"""
POLICY = Policy(
    allowed_operations=frozenset(Operation),
    max_rows=1000,
    schemas=("public",),
    blocked_tables=(f"{HIDDEN}*", f"*_{HIDDEN}"),
)
NEWER_VIEWS = ("pg_stat_io", "pg_stat_checkpointer")
"""Older versions do not have them."""
HIDDEN_TABLES = (f"{HIDDEN}_pay", "pay", "pay_stored", "logs", f"logs_{HIDDEN}", f"{HIDDEN}_schema.orders")


@pytest.fixture(scope="module", autouse=True)
async def schema(postgres):
    await postgres.execute(SCHEMA)
    # information_schema shows a role only what it may use: let it use everything.
    await postgres.execute(
        f"GRANT ALL ON ALL TABLES IN SCHEMA public, {HIDDEN}_schema TO {postgres.reader};"
        f"GRANT ALL ON ALL SEQUENCES IN SCHEMA public, {HIDDEN}_schema TO {postgres.reader};"
        f"GRANT ALL ON SCHEMA {HIDDEN}_schema TO {postgres.reader}; GRANT pg_read_all_stats TO {postgres.reader}"
    )


@pytest.fixture
async def opened(connection_settings):
    connection = PostgresConnection(
        settings=connection_settings(), schemas=("public",), shows_table=POLICY.allows_table
    )
    async with connection.open() as database:
        assert (await database.inspector.probe()).healthy
        yield database


@pytest.fixture
def answer(opened):
    async def run(sql: str = "", operation=Operation.QUERY, **arguments):
        statement = await opened.guard.inspect(operation, {"sql": sql} | arguments)
        POLICY.check_statement(statement.facts)
        limits = RunLimits(max_rows=1000, max_cell_bytes=1 << 20, timeout_s=10)
        rows = []
        async with opened.runner.run(statement, limits) as stream:
            async for batch in stream.batches():
                rows.extend(batch.rows)
            return [
                {field.name: value for field, value in zip(stream.fields, row.values(), strict=True)} for row in rows
            ]

    return run


@pytest.fixture
async def versions_views(postgres) -> frozenset[str]:
    rows = await postgres.fetch("SELECT schemaname || '.' || viewname AS name FROM pg_views")
    return frozenset(row["name"] for row in rows)


@pytest.mark.parametrize(("schema_name", "view"), SYSTEM_VIEWS)
async def test_view_tells_nothing_hidden_when_read(answer, versions_views, schema_name, view) -> None:
    name = f"{schema_name}.{view}"
    if name not in versions_views:
        assert view in NEWER_VIEWS
        return
    rows = await answer(f"SELECT * FROM {name}")
    told = json.dumps(rows, default=str)
    assert HIDDEN not in told
    assert '"pay' not in told
    assert '"logs' not in told


HONEST = [
    ("SELECT relname FROM pg_stat_user_tables WHERE relname NOT IN ('events', 'we\"ird'',{}\\ näme') ORDER BY 1", ["events_low", "orders"]),
    ("SELECT indexrelname FROM pg_stat_user_indexes WHERE relname LIKE '%e%s%' ORDER BY 1", ["events_low_id_idx", "orders_by_status", "orders_pkey"]),
    ("SELECT relname FROM pg_statio_user_sequences", ["orders_id_seq"]),
    ("SELECT i.indexname FROM pg_indexes AS i WHERE tablename = 'orders' ORDER BY 1", ["orders_by_status", "orders_pkey"]),
    ("SELECT n FROM pg_indexes AS i(s, t, n) WHERE t = 'orders' ORDER BY 1", ["orders_by_status", "orders_pkey"]),
    ("SELECT pg_catalog.pg_indexes.indexname FROM pg_indexes WHERE pg_indexes.tablename = 'orders' ORDER BY 1 LIMIT 1", ["orders_by_status"]),
    ("SELECT (pg_indexes).indexname FROM pg_indexes WHERE tablename = 'orders' ORDER BY 1 LIMIT 1", ["orders_by_status"]),
    ("SELECT row_to_json(p) ->> 'indexname' FROM ONLY pg_indexes p WHERE tablename = 'orders' ORDER BY 1 LIMIT 1", ["orders_by_status"]),
    ("SELECT count(*) FROM (TABLE pg_indexes ORDER BY indexname LIMIT 2) x", [2]),
    ("SELECT count(*) FROM (TABLE pg_catalog.pg_indexes *) x", [5]),
    ("WITH pg_indexes AS (SELECT 'mine' AS indexname) SELECT indexname FROM pg_indexes", ["mine"]),
    ("SELECT x.n FROM orders o CROSS JOIN LATERAL (SELECT count(*) AS n FROM pg_indexes p WHERE p.tablename = o.status || 'x') x LIMIT 1", [0]),
    ("SELECT relname FROM pg_stat_user_tables JOIN pg_statio_user_tables USING (relid, schemaname, relname) WHERE relname NOT LIKE 'we%' ORDER BY 1", ["events_low", "orders"]),
    ("SELECT table_name FROM information_schema.tables WHERE table_name NOT LIKE 'we%' ORDER BY 1", ["events", "events_low", "open_orders", "orders"]),
    ("SELECT column_name FROM information_schema.columns WHERE table_name = 'orders' ORDER BY ordinal_position", ["id", "status", "customer"]),
    ("SELECT schema_name FROM information_schema.schemata", ["public"]),
    ("SELECT domain_name FROM information_schema.domains", ["positive"]),
    ("SELECT sequence_name FROM information_schema.sequences", ["orders_id_seq"]),
    ("SELECT constraint_type FROM information_schema.table_constraints WHERE constraint_type = 'PRIMARY KEY'", ["PRIMARY KEY"]),
    ("SELECT count(*) > 0 FROM pg_locks WHERE pid = pg_backend_pid()", [True]),
    ("SELECT relation::regclass::text FROM pg_locks, orders WHERE relation = 'orders'::regclass LIMIT 1", ["orders"]),
    ("SELECT relation::regclass FROM pg_locks, orders WHERE relation = 'orders'::regclass LIMIT 1", ["orders"]),
    ("SELECT count(*) FROM pg_stat_database WHERE datname IS NOT NULL", [1]),
    ("SELECT pg_total_relation_size(relid) > 0 FROM pg_stat_user_tables WHERE relname = 'orders'", [True]),
    ("SELECT x.size > 0 FROM pg_stat_user_tables s CROSS JOIN LATERAL (SELECT pg_table_size(s.relid) AS size) x WHERE s.relname = 'orders'", [True]),
    ("SELECT pg_indexes_size('public.orders') > 0", [True]),
    ("SELECT pg_relation_size('orders_pkey') > 0", [True]),
    ("SELECT pg_relation_size('orders'::regclass, 'main') > 0", [True]),
    ("SELECT pg_database_size(current_database()) > 0", [True]),
    ("SELECT pg_database_size(datname) > 0 FROM pg_stat_database WHERE datname IS NOT NULL", [True]),
    ("SELECT pg_typeof(id) FROM orders LIMIT 1", ["integer"]),
    ("SELECT pg_typeof(1)::text", ["integer"]),
    ("SELECT pg_typeof(1) = 'int4'::regtype", [True]),
    ("SELECT tableoid::regclass::text FROM events", ["events_low"]),
    ("SELECT e.tableoid::regclass::text FROM events e", ["events_low"]),
    ("SELECT last_value FROM orders_id_seq", [2]),
    ("SELECT (ROW('a', 'b')::address).city", ["b"]),
    ("SELECT pg_input_is_valid('1', 'int4')", [True]),
    ("SELECT indexname FROM pg_indexes WHERE indexname LIKE 'odd%'", ['odd";index']),
    ("SELECT pg_indexes_size('\"we\"\"ird'',{}\\ näme\"') > 0", [True]),
]  # fmt: skip


@pytest.mark.parametrize(("sql", "expected"), HONEST, ids=[row[0] for row in HONEST])
async def test_honest_rows_come_back_when_asked(answer, postgres, sql, expected) -> None:
    if "pg_input_is_valid" in sql and int((await postgres.fetch("SHOW server_version_num"))[0][0]) < 160_000:
        return
    assert [next(iter(row.values())) for row in await answer(sql)] == expected


REFUSED = [
    # an oid is a name
    "SELECT {oid}::regclass",
    "SELECT {oid}::regclass::text",
    "SELECT '{oid}'::regclass::text",
    "SELECT ({oid}::oid)::regclass::text",
    "SELECT CAST({oid} AS regclass)",
    "SELECT regclass '{oid}'",
    "SELECT ({oid}::oid).regclass",
    "SELECT ('{oid}').regclassin",
    "SELECT g.regclass FROM unnest(ARRAY[{oid}]) g",
    "SELECT regclass({oid})",
    "SELECT (ARRAY[{oid}]::regclass[])[1]::text",
    "SELECT ('{{{oid}}}'::_regclass)[1]::text",
    "SELECT n::regclass::text FROM generate_series({oid}, {oid}) n",
    "SELECT relid::regclass::text FROM (SELECT {oid}::oid AS relid) x",
    "SELECT relid::regclass::text FROM (SELECT {oid}::oid AS relid) x FULL JOIN pg_stat_user_tables s USING (relid)",
    "SELECT relid::regclass::text FROM (SELECT {oid}::oid AS relid) x NATURAL LEFT JOIN pg_stat_user_tables s",
    "SELECT s.relid::regclass::text FROM (SELECT {oid}::oid AS relid) s",
    "SELECT s.relid::regclass::text FROM (SELECT {oid}::oid AS relid) s WHERE EXISTS (SELECT 1 FROM pg_locks s)",
    "SELECT (SELECT s.relid::regclass::text FROM pg_stat_user_tables LIMIT 1) FROM (SELECT {oid}::oid AS relid) s",
    "WITH s AS (SELECT {oid}::oid AS relid) SELECT s.relid::regclass::text FROM s",
    "WITH pg_locks AS (SELECT {oid}::oid AS relation) SELECT relation::regclass::text FROM pg_locks",
    "WITH pg_locks AS (SELECT {oid}::oid AS relation) SELECT pg_locks.relation::regclass::text FROM pg_locks",
    "SELECT l.relid::regclass::text FROM pg_stat_user_tables AS l(a, relid)",
    "SELECT (SELECT x.c FROM (SELECT relid::regclass::text AS c) x, pg_stat_user_tables LIMIT 1) FROM (SELECT {oid}::oid AS relid) q",
    "SELECT (SELECT f FROM pg_table_size(relid) f, pg_stat_user_tables LIMIT 1) FROM (SELECT {oid}::oid AS relid) q",
    "SELECT u.relid::regclass::text FROM (SELECT {oid}::oid AS relid) x LEFT JOIN pg_stat_user_tables s USING (relid) AS u",
    "SELECT j.relid::regclass::text FROM ((SELECT {oid}::oid AS relid) a CROSS JOIN (SELECT 1) b) j, pg_stat_user_tables",
    "SELECT 1 FROM ((SELECT {oid}::oid AS relid) s JOIN orders ON s.relid::regclass::text <> '') j, pg_stat_user_tables s",
    # types that others take on
    "SELECT 'orders'::regclass UNION ALL SELECT {oid}",
    "SELECT coalesce('orders'::regclass, {oid})",
    "SELECT CASE WHEN true THEN {oid} ELSE 'orders'::regclass END",
    "SELECT nullif('orders'::regclass, {oid})",
    "SELECT greatest('orders'::regclass, {oid})",
    "SELECT ARRAY['orders'::regclass, {oid}]",
    "VALUES ('orders'::regclass), ({oid})",
    "SELECT lag('orders'::regclass, 1, {oid}) OVER ()",
    "SELECT coalesce(nullif(pg_typeof(1), pg_typeof(1)), {type_oid})",
    "SELECT ARRAY[pg_typeof(1), {type_oid}]",
    "SELECT * FROM (SELECT pg_typeof(1) AS t) x UNION ALL SELECT {type_oid}",
    "SELECT {type_oid}::regtype",
    "SELECT {type_oid}::regtype::text",
    "SELECT (1).pg_typeof",
    "SELECT format_type({type_oid}, NULL)",
    "SELECT oidvectortypes('{type_oid}'::oidvector)",
    "SELECT {schema_oid}::regnamespace",
    'SELECT * FROM json_to_record(\'{{"a": "{oid}"}}\') AS t(a regclass)',
    # names are looked up, too
    "SELECT 'zebra_pay'::regclass",
    "SELECT ('zebra_pay').regclass",
    "SELECT ('zebra' || '_pay')::regclass",
    "SELECT 'orders'::regclass = 'zebra_pay'",
    "SELECT relation::regclass = 'zebra_pay' FROM pg_locks",
    "SELECT 'orders'::regclass = 'zebra_pay'::text FROM orders",
    "SELECT 'orders'::regclass IN ('zebra_pay')",
    "SELECT to_regclass('zebra_pay')",
    "SELECT to_regtype('zebra_pay')",
    "SELECT to_regtypemod('zebra_pay')",
    "SELECT to_regnamespace('zebra_schema')",
    "SELECT 'zebra_pay'::regtype",
    "SELECT pg_typeof(1) = 'zebra_pay'",
    "SELECT 'zebra_schema'::regnamespace",
    "SELECT pg_input_is_valid('zebra_pay', 'regclass')",
    "SELECT pg_input_is_valid('(1,2,x)', 'zebra_pay')",
    "SELECT * FROM pg_input_error_info('zebra_pay', 'reg' || 'class')",
    # sizes
    "SELECT pg_relation_size('zebra_pay')",
    "SELECT pg_relation_size({oid})",
    "SELECT pg_relation_size('{oid}')",
    "SELECT pg_relation_size('zebra_pay_by_amount')",
    "SELECT pg_table_size('zebra' || '_pay')",
    "SELECT pg_total_relation_size((SELECT {oid}::oid))",
    "SELECT ({oid}).pg_total_relation_size",
    "SELECT f.pg_relation_size FROM unnest(ARRAY[{oid}]) f",
    "SELECT pg_indexes_size(relid) FROM (SELECT {oid}::oid AS relid) x",
    "SELECT pg_relation_size('pay_stored')",
    "SELECT pg_database_size('postgres')",
    "SELECT pg_database_size(1)",
    # rows and row types
    "SELECT * FROM zebra_pay_id_seq",
    "SELECT * FROM logs_zebra",
    "SELECT * FROM pay_stored",
    "SELECT NULL::zebra_pay",
    "SELECT (ARRAY[NULL]::zebra_pay[])[1]",
    "SELECT ('{{}}'::_zebra_pay)[1]",
    "SELECT json_populate_record(NULL::pay, '{{}}')",
    # views that are shut
    "SELECT * FROM information_schema.constraint_column_usage",
    "SELECT * FROM information_schema.referential_constraints",
    "SELECT * FROM pg_indexes TABLESAMPLE SYSTEM (1)",
]


@pytest.mark.parametrize("sql", REFUSED)
async def test_refused_when_it_would_tell_of_a_hidden_table(opened, postgres, sql) -> None:
    (row,) = await postgres.fetch(
        "SELECT 'zebra_pay'::regclass::oid AS oid, 'zebra_pay'::regtype::oid AS type_oid,"
        " 'zebra_schema'::regnamespace::oid AS schema_oid"
    )
    with pytest.raises(RelayError) as caught:
        POLICY.check_statement((await opened.guard.inspect(Operation.QUERY, {"sql": sql.format(**row)})).facts)
    assert caught.value.reason in (Reason.FUNCTION_NOT_ALLOWED, Reason.TABLE_NOT_ALLOWED, Reason.QUERY_BLOCKED)
    assert caught.value.hint


AFTER_A_DOT = [
    "SELECT ('(1,2,x)').{}",
    "SELECT ('(1,2,x)'::text).{}",
    "SELECT (o).{} FROM orders o",
    "SELECT s.{} FROM concat('(1,2,x)') s",
    "SELECT (s).{} FROM (SELECT ROW(1, 2)) s",
]


@pytest.mark.parametrize("sql", AFTER_A_DOT)
async def test_answer_is_the_same_when_a_hidden_table_stands_after_a_dot(answer, sql) -> None:
    answers = []
    for name in ("zebra_pay", "zebra_nay"):
        with pytest.raises(RelayError) as caught:
            await answer(sql.format(name))
        answers.append(caught.value.message.replace(name, "it"))
    assert answers[0] == answers[1]


async def test_condition_is_tried_on_no_hidden_row_when_a_view_is_filtered(answer) -> None:
    # An error on a hidden row would tell that it is there.
    rows = await answer(
        "SELECT count(*) AS n FROM pg_indexes WHERE 1 / (CASE WHEN indexname LIKE 'zebra%' THEN 0 ELSE 1 END) = 1"
    )
    assert rows == [{"n": 5}]


@pytest.mark.parametrize(("schema_name", "view"), SYSTEM_VIEWS)
async def test_columns_and_types_stay_when_a_view_is_filtered(
    opened, postgres, versions_views, schema_name, view
) -> None:
    name = f"{schema_name}.{view}"
    if name not in versions_views:
        assert view in NEWER_VIEWS
        return
    statement = await opened.guard.inspect(Operation.QUERY, {"sql": f"SELECT * FROM {name}"})
    assert ("OFFSET 0" in statement.text) is (SYSTEM_VIEWS[schema_name, view].rows is not Rows.ALL)
    connection = await asyncpg.connect(postgres.reader_dsn)
    try:
        shapes = [
            [(column.name, column.type.name) for column in (await connection.prepare(sql)).get_attributes()]
            for sql in (f"SELECT * FROM {name}", statement.text)
        ]
    finally:
        await connection.close()
    assert shapes[0] == shapes[1]


async def test_tables_are_listed_as_queries_may_read_them(answer) -> None:
    names = {row["name"] for row in await answer(operation=Operation.LIST_TABLES)}
    assert names == {"orders", "open_orders", "events", "events_low", "we\"ird',{}\\ näme"}


@pytest.mark.parametrize("name", HIDDEN_TABLES)
async def test_hidden_table_is_not_described_when_asked(answer, name) -> None:
    with pytest.raises(RelayError) as caught:
        await answer(operation=Operation.DESCRIBE_TABLE, tableName=name)
    assert caught.value.reason is Reason.TABLE_NOT_ALLOWED


async def test_fingerprint_stays_when_only_a_hidden_table_changes(opened, postgres) -> None:
    before = (await opened.inspector.probe()).fingerprint
    await postgres.execute("CREATE OR REPLACE VIEW pay AS SELECT zebra_amount, 1 AS more FROM zebra_pay")
    assert (await opened.inspector.probe()).fingerprint == before


UNKNOWN = [
    "SELECT * FROM custmers",
    "SELECT NULL::mood",
    "SELECT pg_table_size('custmers')",
    "SELECT 'nothing'::regclass",
]


@pytest.mark.parametrize("sql", UNKNOWN)
async def test_relation_that_is_not_known_is_said_not_to_be_there(answer, sql) -> None:
    with pytest.raises(RelayError) as caught:
        await answer(sql)
    assert caught.value.reason is Reason.QUERY_FAILED
    assert "42P01 undefined_table" in caught.value.detail
    assert "list_tables" in caught.value.hint


async def test_new_table_is_read_only_after_it_was_looked_at(answer, opened, postgres) -> None:
    await postgres.execute("CREATE TABLE fresh AS SELECT 1 AS n")
    with pytest.raises(RelayError, match="42P01"):
        await answer("SELECT n FROM fresh")
    await opened.inspector.probe()
    assert await answer("SELECT n FROM fresh") == [{"n": 1}]
    await postgres.execute("DROP TABLE fresh")


@pytest.mark.parametrize(
    "sql",
    [
        f"SELECT enum_range(NULL::{HIDDEN}_schema.mood)",
        f"SELECT (NULL::{HIDDEN}_schema.pair).*",
        f"SELECT CAST(NULL AS {HIDDEN}_schema.missing)",
        f"SELECT NULL::{HIDDEN}_schema.mood[]",
    ],
)
async def test_type_of_a_hidden_schema_refused_whether_it_is_there_or_not(answer, sql) -> None:
    with pytest.raises(RelayError) as caught:
        await answer(sql)
    assert caught.value.reason is Reason.TABLE_NOT_ALLOWED


async def test_type_of_a_shown_schema_accepted(answer) -> None:
    assert await answer("SELECT enum_range(NULL::public.weather)::text AS one, 'calm'::weather::text AS two") == [
        {"one": "{calm,tense}", "two": "calm"}
    ]
