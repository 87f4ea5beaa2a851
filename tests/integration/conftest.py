"""Real servers: those that the environment names, else containers of images that are here, else embedded ones."""

from __future__ import annotations

import os
import secrets
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, unquote, urlsplit

import asyncpg
import docker
import pytest
from testcontainers.community.mongodb import MongoDbContainer
from testcontainers.community.postgres import PostgresContainer

from relay.adapters.outbound.postgres import inspector
from relay.bootstrap.demo.embedded_mongo import embedded_mongo
from relay.bootstrap.demo.embedded_postgres import SUPERUSER, embedded_postgres

POSTGRES_IMAGE = "postgres:17-alpine"
MONGO_IMAGE = "mongo:7"


@dataclass(frozen=True, kw_only=True)
class PostgresDatabase:
    """A database of its own, with an owner and a role that may only read."""

    admin_dsn: str
    host: str
    port: int
    database: str
    reader: str
    password: str

    async def execute(self, sql: str) -> None:
        """Run a script as the owner of everything."""
        connection = await asyncpg.connect(self.admin_dsn)
        try:
            await connection.execute(sql)
        finally:
            await connection.close()

    async def fetch(self, sql: str, *args: object) -> list[asyncpg.Record]:
        connection = await asyncpg.connect(self.admin_dsn)
        try:
            return await connection.fetch(sql, *args)
        finally:
            await connection.close()

    @property
    def reader_dsn(self) -> str:
        return f"postgresql://{self.reader}:{self.password}@{self.host}:{self.port}/{self.database}"


def _local_image(name: str) -> bool:
    """Whether a Docker engine answers here and holds the image; nothing is pulled."""
    host = os.environ.get("DOCKER_HOST", "unix:///var/run/docker.sock")
    if host.startswith("unix://") and not Path(host.removeprefix("unix://")).exists():
        return False
    try:
        client = docker.from_env(timeout=3)
    except docker.errors.DockerException:
        return False
    try:
        client.images.get(name)
    except docker.errors.DockerException:
        return False
    finally:
        client.close()
    return True


@contextmanager
def _container_postgres() -> Iterator[str]:
    with PostgresContainer(POSTGRES_IMAGE, driver=None) as server:
        yield server.get_connection_url()


@pytest.fixture(scope="session")
def postgres_admin_dsn() -> Iterator[str]:
    """The connection string of a role that may create databases and roles."""
    given = os.environ.get("RELAY_TEST_POSTGRES_DSN")
    if given:
        yield given
    elif _local_image(POSTGRES_IMAGE):
        with _container_postgres() as dsn:
            yield dsn
    else:
        with embedded_postgres() as server:
            yield server.dsn(SUPERUSER)


@pytest.fixture(scope="session")
def mongo_uri() -> Iterator[str]:
    """The connection string of a server that speaks MongoDB's protocol."""
    given = os.environ.get("RELAY_TEST_MONGO_URI")
    if given:
        yield given
    elif _local_image(MONGO_IMAGE):
        with MongoDbContainer(MONGO_IMAGE) as server:
            yield server.get_connection_url()
    else:
        with embedded_mongo() as server:
            yield server.uri


@pytest.fixture(scope="module")
async def postgres(postgres_admin_dsn) -> AsyncIterator[PostgresDatabase]:
    """An empty database for each test module; whoever reads from it must be granted to."""
    name = f"relay_{secrets.token_hex(6)}"
    password = secrets.token_hex(12)
    connection = await asyncpg.connect(postgres_admin_dsn)
    parts = urlsplit(postgres_admin_dsn)
    try:
        await connection.execute(f"CREATE ROLE {name} LOGIN PASSWORD '{password}'")
        await connection.execute(f"CREATE DATABASE {name}")
        user = quote(unquote(parts.username or ""), safe="")
        secret = quote(unquote(parts.password or ""), safe="")
        database = PostgresDatabase(
            admin_dsn=f"postgresql://{user}:{secret}@{parts.hostname}:{parts.port or 5432}/{name}",
            host=parts.hostname or "",
            port=parts.port or 5432,
            database=name,
            reader=name,
            password=password,
        )
        await database.execute(f"ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO {name}")
        yield database
    finally:
        await connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        await connection.execute(f"DROP ROLE IF EXISTS {name}")
        await connection.close()


@pytest.fixture(scope="session", autouse=True)
def every_probe_reads_all() -> Iterator[None]:
    """Tests make tables and functions between two probes, faster than a control plane may have them noticed."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(inspector, "READ_INTERVAL_S", 0.0)
        yield


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    return "asyncio"
