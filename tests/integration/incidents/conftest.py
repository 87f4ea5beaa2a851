"""An agent on a shop in the middle of an incident."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import pytest
from canaries import postgres_world
from canaries.agent import CanaryAgent, canary_agent
from canaries.postgres_world import postgres_resource
from canaries.values import World

SCRIPT = Path(postgres_world.__file__).parent / "incident.sql"


@pytest.fixture(scope="module")
async def shop(postgres) -> World:
    world = World(seed=20265)
    await postgres.execute("CREATE SCHEMA shop; SET search_path = shop;" + world.fill(SCRIPT.read_text()))
    reader = postgres.reader
    await postgres.execute(
        f"GRANT USAGE ON SCHEMA shop TO {reader}; GRANT SELECT ON ALL TABLES IN SCHEMA shop TO {reader}"
    )
    return world


@pytest.fixture(scope="module")
async def agent(postgres, shop, tmp_path_factory) -> AsyncIterator[CanaryAgent]:
    resource = postgres_resource(postgres, "shop", columnRules=[], allowedFunctions=[])
    async with canary_agent([resource], tmp_path_factory.mktemp("incident")) as running:
        yield running


@pytest.fixture(scope="module")
async def connection(postgres, shop) -> AsyncIterator[asyncpg.Connection]:
    opened = await asyncpg.connect(postgres.admin_dsn)
    try:
        await opened.execute("SET search_path = shop; SET timezone = 'UTC'; SET intervalstyle = 'iso_8601'")
        yield opened
    finally:
        await opened.close(timeout=5)
