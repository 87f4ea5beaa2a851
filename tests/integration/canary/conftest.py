"""A running agent on two schemas that differ in personal values alone, and the attacks on them."""

from __future__ import annotations

from collections.abc import AsyncIterator

import asyncpg
import pytest
from canaries.agent import CanaryAgent, canary_agent
from canaries.postgres_world import SEEDS, PostgresWorld, make_postgres_world, postgres_resource
from canaries.rules import HASH_KEY


@pytest.fixture(scope="module")
async def world(postgres) -> PostgresWorld:
    connection = await asyncpg.connect(postgres.admin_dsn)
    try:
        return await make_postgres_world(connection, postgres.reader)
    finally:
        await connection.close()


@pytest.fixture(scope="module")
async def agent(postgres, world, tmp_path_factory) -> AsyncIterator[CanaryAgent]:
    resources = [postgres_resource(postgres, schema) for schema in SEEDS]
    async with canary_agent(resources, tmp_path_factory.mktemp("canary"), hashKey=HASH_KEY) as running:
        yield running
