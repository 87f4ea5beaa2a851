from __future__ import annotations

import secrets
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Any

import asyncpg
import pytest

from relay.adapters.outbound.postgres.connection import PostgresConnection, PostgresSettings
from relay.adapters.outbound.postgres.role import examine_role
from relay.application.ports.database import Database, RunLimits
from relay.domain.request import Operation
from relay.domain.role import RoleExamination


def settings_for(postgres, **changes: Any) -> PostgresSettings:
    values = {
        "host": postgres.host,
        "port": postgres.port,
        "database": postgres.database,
        "user": postgres.reader,
        "read_password": lambda: postgres.password,
    }
    return PostgresSettings(**(values | changes))


@pytest.fixture(scope="module")
def connection_settings(postgres) -> Callable[..., PostgresSettings]:
    return lambda **changes: settings_for(postgres, **changes)


@pytest.fixture(scope="module")
async def database(postgres) -> AsyncIterator[Database]:
    connection = PostgresConnection(
        settings=settings_for(postgres),
        schemas=("public", "sales"),
        shows_table=lambda table, _=(): not table.name.startswith("secret"),
    )
    async with connection.open() as opened:
        yield opened


class Answer:
    def __init__(self, stream, rows) -> None:
        self.fields = {field.name: field.type for field in stream.fields}
        self.rows = rows
        self.warnings = stream.warnings

    @property
    def row(self):
        (only,) = self.rows
        return only


@pytest.fixture(scope="module")
def ask(database):
    """Guard and run one operation, as the use case does, without its masking."""

    async def run(
        sql: str = "", *parameters: object, operation=Operation.QUERY, max_rows=100, max_cell_bytes=1 << 20,
        timeout_s=10.0, **arguments: object,
    ) -> Answer:  # fmt: skip
        if sql:
            arguments = {"sql": sql, "parameters": list(parameters)}
        # tables come and go in these tests; the agent looks every 30 s
        assert (await database.inspector.probe()).healthy
        statement = await database.guard.inspect(operation, arguments)
        limits = RunLimits(max_rows=max_rows, max_cell_bytes=max_cell_bytes, timeout_s=timeout_s)
        rows = []
        async with database.runner.run(statement, limits) as stream:
            async for batch in stream.batches():
                rows.extend(batch.rows)
            return Answer(stream, rows)

    return run


CREATES_SCHEMA_OBJECTS = """
CREATE SCHEMA shop;
CREATE TABLE shop.orders (id int, note text);
CREATE TABLE shop."Odd ""name" (id int);
CREATE VIEW shop.open_orders AS SELECT * FROM shop.orders;
CREATE SEQUENCE shop.numbers;
CREATE FUNCTION shop.cleans(int, text DEFAULT 'x') RETURNS int LANGUAGE sql AS 'SELECT 1';
REVOKE EXECUTE ON FUNCTION shop.cleans FROM PUBLIC;
"""


@dataclass(frozen=True, kw_only=True)
class Stage:
    """A database of its own, its maker, and a connection of the role in question."""

    admin: asyncpg.Connection
    reader: asyncpg.Connection
    me: str
    group: str
    database: str
    version: int

    def fill(self, text: str) -> str:
        for name in ("me", "group", "database"):
            text = text.replace(f"{{{name}}}", getattr(self, name))
        return text

    async def examine(self) -> RoleExamination:
        return await examine_role(self.reader, ["shop"], lambda table: "Odd" not in table.name)

    async def login(self, **changes) -> asyncpg.Connection:
        host, port = self.admin._addr
        return await asyncpg.connect(host=host, port=port, database=self.database, **changes)


@pytest.fixture
async def stage(postgres) -> AsyncIterator[Stage]:
    name = f"role_{secrets.token_hex(6)}"
    made = {row[0] for row in await postgres.fetch("SELECT quote_ident(rolname) FROM pg_roles")}
    await postgres.execute(f"CREATE DATABASE {name}")
    admin = await asyncpg.connect(postgres.admin_dsn, database=name)
    try:
        await admin.execute(CREATES_SCHEMA_OBJECTS)
        await admin.execute(
            f"CREATE ROLE {name} LOGIN PASSWORD 'x'; CREATE ROLE {name}_group; GRANT {name}_group TO {name}"
        )
        reader = await asyncpg.connect(host=postgres.host, port=postgres.port, user=name, password="x", database=name)
        version = int(await admin.fetchval("SHOW server_version_num"))
        yield Stage(admin=admin, reader=reader, me=name, group=f"{name}_group", database=name, version=version)
        await reader.close()
    finally:
        new = [row[0] for row in await admin.fetch("SELECT quote_ident(rolname) FROM pg_roles") if row[0] not in made]
        for role in new:  # what they hold is in this database and among the shared objects
            await admin.execute(f"REASSIGN OWNED BY {role} TO CURRENT_USER; DROP OWNED BY {role} CASCADE")
        await admin.execute("".join(f"DROP ROLE {role};" for role in new))
        await admin.close()
        await postgres.execute(f"DROP DATABASE {name} WITH (FORCE)")
