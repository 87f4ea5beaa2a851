"""Hashed columns through PgBouncer in transaction mode: the key is there for one transaction, and for nobody else."""

from __future__ import annotations

import anyio
import pytest

from relay.adapters.outbound.postgres.connection import PostgresConnection
from relay.application.ports.database import RunLimits
from relay.domain.policy import ColumnRule
from relay.domain.protection import ColumnAction, Protection
from relay.domain.request import Operation

SCHEMA = """
CREATE TABLE users (id int PRIMARY KEY, email text);
INSERT INTO users SELECT g, 'user' || g || '@corp.example' FROM generate_series(1, 500) g;
"""
AT_ONCE = 20
SETTINGS_SQL = "SELECT current_setting('relay.hash_inner', true), current_setting('relay.hash_outer', true)"


@pytest.fixture(scope="module")
async def relays(postgres, bouncer):
    """Two resources with a key each, on one pool of server connections."""
    await postgres.execute(SCHEMA)
    rules = [ColumnRule(table="users", column="email", action=ColumnAction.HASH)]
    one, other = (
        PostgresConnection(
            settings=bouncer.settings(),
            schemas=("public",),
            shows_table=lambda *_: True,
            rules=rules,
            protection=Protection(hash_key=key),
        )
        for key in (b"a" * 32, b"b" * 32)
    )
    async with one.open() as first, other.open() as second:
        for database in (first, second):
            assert (await database.inspector.probe()).healthy
        yield first, second


async def tokens(database) -> list[str]:
    statement = await database.guard.inspect(Operation.QUERY, {"sql": "SELECT email FROM users ORDER BY id"})
    found: list[str] = []
    limits = RunLimits(max_rows=1000, max_cell_bytes=1 << 20, timeout_s=20)
    async with database.runner.run(statement, limits) as stream:
        async for batch in stream.batches():
            found += [row["email"] for row in batch.rows]
    return found


async def test_each_resource_has_tokens_of_its_own_when_connections_are_shared(relays):
    expected = [await tokens(database) for database in relays]
    assert not set(expected[0]) & set(expected[1])
    assert all(len(set(one)) == 500 for one in expected)
    answers: dict[int, list[str]] = {}

    async def ask(number: int) -> None:
        answers[number] = await tokens(relays[number % 2])

    async with anyio.create_task_group() as group:
        for number in range(AT_ONCE):
            group.start_soon(ask, number)
    assert all(answers[number] == expected[number % 2] for number in range(AT_ONCE))


async def test_no_other_client_finds_the_key(relays, bouncer):
    await tokens(relays[0])
    clients = [await bouncer.client() for _ in range(2)]
    try:
        for client in clients:
            assert not any(await client.fetchrow(SETTINGS_SQL))
    finally:
        for client in clients:
            await client.close()
