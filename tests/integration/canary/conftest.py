"""A running agent on two databases that differ in personal values alone, and the attacks on them."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator, Iterator

import asyncpg
import pymongo
import pytest
from canaries.agent import CanaryAgent, canary_agent
from canaries.mongo_world import SEEDS as MONGO_SEEDS
from canaries.mongo_world import MongoWorld, make_mongo_world, mongo_resource
from canaries.postgres_world import SEEDS, PostgresWorld, make_postgres_world, postgres_resource
from canaries.rules import HASH_KEY

SAMPLED = ("ruled.status", "ruled_view.status", "ruled_kept.status", "vault.status", "visits.note", "children.school")


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
        for schema in SEEDS:
            # a mask takes the form of what a sample held: both schemas are to have been looked at
            for column in SAMPLED:
                await running.ask(schema, sql=f"SELECT left({column}, 9) FROM {column.partition('.')[0]}")
        yield running


@pytest.fixture(scope="module")
def mongo_client(mongo_uri) -> Iterator[pymongo.MongoClient]:
    with pymongo.MongoClient(mongo_uri) as client:
        yield client


@pytest.fixture(scope="module")
def mongo_world(mongo_client) -> Iterator[MongoWorld]:
    databases = {resource: f"relay_{secrets.token_hex(6)}" for resource in MONGO_SEEDS}
    yield make_mongo_world(mongo_client, databases)
    for database in databases.values():
        mongo_client.drop_database(database)


@pytest.fixture(scope="module")
async def mongo_agent(mongo_uri, mongo_world, tmp_path_factory) -> AsyncIterator[CanaryAgent]:
    resources = [mongo_resource(mongo_uri, mongo_world, resource) for resource in MONGO_SEEDS]
    async with canary_agent(resources, tmp_path_factory.mktemp("canary"), hashKey=HASH_KEY) as running:
        yield running
