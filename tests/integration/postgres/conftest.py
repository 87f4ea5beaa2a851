from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from relay.adapters.outbound.postgres.connection import PostgresConnection, PostgresSettings
from relay.application.ports.database import Database, RunLimits
from relay.domain.request import Operation


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
