"""`explain` tells how a statement runs, and nothing of what stands behind the tables that it names."""

from __future__ import annotations

import json

import pytest

from relay.adapters.outbound.postgres.connection import PostgresConnection
from relay.adapters.outbound.postgres.plan_report import LEFT_OUT, read_plan
from relay.application.ports.database import RunLimits
from relay.domain.errors import Reason, RelayError
from relay.domain.policy import Policy
from relay.domain.request import Operation

# Everything that no plan may show has this word in it.
HIDDEN = "zebra"
SCHEMA = f"""
CREATE TABLE orders (id int PRIMARY KEY, status text);
CREATE VIEW some_orders AS SELECT id FROM orders WHERE status <> '{HIDDEN}';
CREATE SCHEMA {HIDDEN};
CREATE TABLE {HIDDEN}.{HIDDEN}_pay (id int, amount int);
CREATE INDEX {HIDDEN}_by_amount ON {HIDDEN}.{HIDDEN}_pay (amount);
CREATE VIEW published AS SELECT {HIDDEN}_alias.id FROM {HIDDEN}.{HIDDEN}_pay {HIDDEN}_alias;
CREATE VIEW published_cte AS WITH {HIDDEN}_step AS MATERIALIZED (SELECT id FROM orders) SELECT * FROM {HIDDEN}_step;
CREATE TABLE events (id int) PARTITION BY RANGE (id);
CREATE TABLE {HIDDEN}.events_{HIDDEN} PARTITION OF events FOR VALUES FROM (0) TO (10);
CREATE TABLE guarded (id int, tenant text);
CREATE POLICY own ON guarded USING (tenant = '{HIDDEN}');
ALTER TABLE guarded ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE FUNCTION labelled(int) RETURNS text LANGUAGE sql IMMUTABLE AS $$SELECT '{HIDDEN}' || $1$$;
"""
POLICY = Policy(
    allowed_operations=frozenset(Operation),
    max_rows=1000,
    schemas=("public",),
    allowed_functions=frozenset({"public.labelled"}),
)


@pytest.fixture
async def explain(connection_settings, postgres):
    await postgres.execute(f"DROP SCHEMA IF EXISTS {HIDDEN} CASCADE; DROP SCHEMA public CASCADE; CREATE SCHEMA public;")
    await postgres.execute(f"{SCHEMA} GRANT USAGE ON SCHEMA public TO {postgres.reader};")
    await postgres.execute(f"GRANT SELECT ON ALL TABLES IN SCHEMA public TO {postgres.reader}")
    connection = PostgresConnection(
        settings=connection_settings(), schemas=("public",), shows_table=POLICY.allows_table
    )
    async with connection.open() as database:
        assert (await database.inspector.probe()).healthy

        async def run(sql: str, *parameters: object):
            arguments = {"sql": sql, "parameters": list(parameters)}
            statement = await database.guard.inspect(Operation.EXPLAIN, arguments)
            POLICY.check_statement(statement.facts)
            limits = RunLimits(max_rows=1000, max_cell_bytes=1 << 20, timeout_s=10)
            async with database.runner.run(statement, limits) as stream:
                rows = [row async for batch in stream.batches() for row in batch.rows]
                return rows[0]["plan"]["Plan"], stream.warnings

        yield run


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT * FROM some_orders",
        "SELECT * FROM some_orders, orders",
        "SELECT * FROM published WHERE id = 1",
        "SELECT * FROM published_cte",
        "SELECT * FROM events",
        "SELECT * FROM guarded",
        "SELECT id FROM orders WHERE labelled(id) = 'a'",
        "SELECT (SELECT max(id) FROM published) FROM orders",
    ],
)
async def test_nothing_hidden_is_told_when_a_plan_is_asked_for(explain, sql) -> None:
    plan, warnings = await explain(sql)
    assert HIDDEN not in json.dumps(plan)
    assert plan["Total Cost"] > 0
    assert warnings == (LEFT_OUT,)


async def test_shown_table_is_named_when_a_view_reads_it(explain) -> None:
    plan, _ = await explain("SELECT * FROM some_orders")
    assert plan["Relation Name"] == "orders"


@pytest.mark.parametrize(
    ("sql", "parameters", "key", "told"),
    [
        ("SELECT * FROM orders WHERE status = 'a'", (), "Filter", "(orders.status = 'a'::text)"),
        ("SELECT * FROM orders o WHERE status = $1", ("b",), "Filter", "(o.status = 'b'::text)"),
        ("SELECT * FROM orders o WHERE false", (), "One-Time Filter", "false"),
        ("SELECT * FROM orders o", (), "Alias", "o"),
        ("SELECT * FROM orders ORDER BY status", (), "Sort Key", ["orders.status"]),
    ],
)
async def test_conditions_are_told_when_they_are_the_statement_s(explain, sql, parameters, key, told) -> None:
    plan, warnings = await explain(sql, *parameters)
    assert plan[key] == told
    assert warnings == ()
    assert "Output" not in plan
    assert "Schema" not in plan


def test_plan_is_refused_when_it_is_nested_too_deeply_to_be_read() -> None:
    with pytest.raises(RelayError) as refused:
        read_plan('[{"Plans": ' * 10_000 + "1" + "}]" * 10_000)
    assert refused.value.reason is Reason.QUERY_BLOCKED
