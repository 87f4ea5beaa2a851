"""Two schemas of one PostgreSQL database that differ in nothing but personal values."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

import asyncpg

from canaries.oracle import Oracle
from canaries.rules import COLUMN_RULES, FUNCTIONS
from canaries.values import Canary, World

HERE = Path(__file__).parent
SEEDS = {"first": 20261, "second": 20262}
"""Schema, which is also the resource's id, to the seed of its values."""
EXTRA = re.compile(r"^--- (\w+)\n", re.MULTILINE)
MISSING = (asyncpg.FeatureNotSupportedError, asyncpg.UndefinedFileError, asyncpg.DuplicateObjectError)
SERVER_DIGESTS: Mapping[str, Callable[[Canary], str | None]] = MappingProxyType(
    {
        "hashtext(v)": lambda canary: canary.text,
        "hashtextextended(v, 0)": lambda canary: canary.text,
        "hashint8(v::bigint)": lambda canary: canary.digits,
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class PostgresWorld:
    """The values of both schemas, and what finds them."""

    first: World
    second: World
    oracle: Oracle


async def make_postgres_world(connection: asyncpg.Connection, role: str) -> PostgresWorld:
    """Build both schemas and let a role read them."""
    worlds = {schema: World(seed=seed) for schema, seed in SEEDS.items()}
    for schema, world in worlds.items():
        await connection.execute(f'CREATE SCHEMA "{schema}"; SET search_path = "{schema}", public')
        await connection.execute(world.fill((HERE / "people.sql").read_text()))
        await _extra(connection, world)
        await connection.execute(
            f'GRANT USAGE ON SCHEMA "{schema}" TO {role}; GRANT SELECT ON ALL TABLES IN SCHEMA "{schema}" TO {role}'
        )
    await connection.execute("SET search_path = first; ANALYZE")
    oracle = Oracle(canary for world in worlds.values() for canary in world.canaries)
    await _learn_server_digests(connection, worlds["first"], oracle)
    return PostgresWorld(first=worlds["first"], second=worlds["second"], oracle=oracle)


async def _extra(connection: asyncpg.Connection, world: World) -> None:
    """Build what this server can; the rest is in no statement's way, since nothing then is there to leak."""
    _, *parts = EXTRA.split((HERE / "extra_types.sql").read_text())
    for script in parts[1::2]:
        try:
            async with connection.transaction():
                await connection.execute(world.fill(script))
        except MISSING:
            continue


async def _learn_server_digests(connection: asyncpg.Connection, world: World, oracle: Oracle) -> None:
    for call, pick in SERVER_DIGESTS.items():
        texts = {canary.name: text for canary in world.canaries if (text := pick(canary)) is not None}
        sql = f"SELECT {call}::text FROM unnest($1::text[]) WITH ORDINALITY u (v, n) ORDER BY n"  # noqa: S608
        digests = await connection.fetch(sql, list(texts.values()))
        for name, record in zip(texts, digests, strict=True):
            oracle.know(name, call.partition("(")[0], record[0])


def postgres_resource(database: Any, schema: str, **keys: object) -> Mapping[str, object]:  # noqa: ANN401 - a fixture
    """Return the configuration of one schema's resource."""
    connection = {
        "host": database.host,
        "port": database.port,
        "database": database.database,
        "user": database.reader,
        "password": database.password,
    }
    return {
        "id": schema,
        "type": "postgres",
        "connection": connection,
        "schemas": [schema],
        "columnRules": COLUMN_RULES,
        "allowedFunctions": [f"{schema}.{name}" for name in FUNCTIONS],
        "statementTimeoutMs": 10_000,
        "rateLimit": {"requestsPerMinute": 1_000_000, "burstCapacity": 100_000},
        **keys,
    }
