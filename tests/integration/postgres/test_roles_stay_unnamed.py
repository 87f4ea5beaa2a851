"""No system view that a statement may read names a database role."""

from __future__ import annotations

import pytest

from relay.adapters.outbound.postgres.connection import PostgresConnection
from relay.application.ports.database import RunLimits
from relay.domain.request import Operation


@pytest.fixture
async def answer(connection_settings):
    connection = PostgresConnection(
        settings=connection_settings(), schemas=("public",), shows_table=lambda _, __=(): True
    )
    async with connection.open() as database:
        assert (await database.inspector.probe()).healthy

        async def run(sql: str):
            statement = await database.guard.inspect(Operation.QUERY, {"sql": sql})
            limits = RunLimits(max_rows=10, max_cell_bytes=1 << 20, timeout_s=10)
            async with database.runner.run(statement, limits) as stream:
                return [row async for batch in stream.batches() for row in batch.rows], stream.fields

        yield run


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT * FROM information_schema.schemata",
        "TABLE information_schema.schemata",
        "SELECT s.schema_name, s.schema_owner FROM information_schema.schemata AS s",
    ],
)
async def test_owner_is_null_when_schemas_are_asked_for(answer, postgres, sql) -> None:
    # a role sees the schemas that it owns
    await postgres.execute(f"ALTER SCHEMA public OWNER TO {postgres.reader}")
    rows, _ = await answer(sql)
    assert [(row["schema_name"], row["schema_owner"]) for row in rows] == [("public", None)]


async def test_columns_and_types_are_the_server_s_when_the_owner_is_left_out(answer, postgres) -> None:
    _, fields = await answer("SELECT * FROM information_schema.schemata")
    described = await postgres.fetch(
        "SELECT a.attname::text AS name, coalesce(nullif(b.typname, ''), t.typname)::text AS type"
        " FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid LEFT JOIN pg_type b ON b.oid = t.typbasetype"
        " WHERE a.attrelid = 'information_schema.schemata'::regclass ORDER BY a.attnum"
    )
    assert [(field.name, field.type) for field in fields] == [(row["name"], row["type"]) for row in described]
