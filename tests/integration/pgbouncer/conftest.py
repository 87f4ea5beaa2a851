"""The real PgBouncer in transaction mode, two server connections wide, between the adapter and a server."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path

import asyncpg
import pytest

from relay.adapters.outbound.postgres.connection import PostgresConnection, PostgresSettings
from relay.application.ports.database import Database
from relay.bootstrap.demo.child_process import child_process, wait_until_ready
from relay.bootstrap.demo.loopback import LOOPBACK, free_port
from relay.bootstrap.demo.postgres_binaries import temporary_parent, unprivileged_user
from relay.bootstrap.demo.temporary_folder import temporary_folder

PACKAGES = ("pgbouncer", "libevent-2.1-7", "libc-ares2")
DOWNLOAD_TIMEOUT_S = 60
HOW_TO = "PgBouncer is not installed and could not be downloaded: apt-get install pgbouncer, or put it into PATH"
SERVER_CONNECTIONS = 2

# No ignore_startup_parameters: what the driver sends at the start must be known to PgBouncer.
CONFIGURATION = """
[databases]
* = host={host} port={port}
[pgbouncer]
listen_addr = {loopback}
listen_port = {listen_port}
unix_socket_dir =
auth_type = scram-sha-256
auth_file = {folder}/users
pool_mode = transaction
default_pool_size = {server_connections}
max_client_conn = 200
server_login_retry = 0
"""


@dataclass(frozen=True, kw_only=True)
class Program:
    path: str
    libraries: str = ""


@dataclass(frozen=True, kw_only=True)
class Bouncer:
    """A running PgBouncer, and the login that it knows."""

    port: int
    user: str
    password: str
    database: str

    def settings(self, **changes) -> PostgresSettings:
        values = {
            "host": LOOPBACK,
            "port": self.port,
            "database": self.database,
            "user": self.user,
            "read_password": lambda: self.password,
            "statement_cache": False,
            "pool_size": 20,
        }
        return PostgresSettings(**(values | changes))

    @asynccontextmanager
    async def relay(self, *, schemas=("public",), **changes) -> AsyncIterator[Database]:
        connection = PostgresConnection(settings=self.settings(**changes), schemas=schemas, shows_table=lambda *_: True)
        async with connection.open() as database:
            yield database

    async def client(self) -> asyncpg.Connection:
        """Another program's connection through the same pool."""
        return await asyncpg.connect(
            host=LOOPBACK, port=self.port, user=self.user, password=self.password, database=self.database,
            statement_cache_size=0,
        )  # fmt: skip


@pytest.fixture(scope="session")
def program(request) -> Program:
    """PgBouncer from the machine, else from the distribution's package, unpacked and not installed."""
    path = shutil.which("pgbouncer", path=os.pathsep.join((os.environ.get("PATH", ""), "/usr/sbin")))
    if path is not None:
        return Program(path=path)
    unpacked = _unpacked(request.config.cache.mkdir("pgbouncer"))
    if unpacked is not None:
        return unpacked
    if os.environ.get("CI"):
        pytest.fail(HOW_TO)
    pytest.skip(HOW_TO)


def _unpacked(folder: Path) -> Program | None:
    found = folder / "usr" / "sbin" / "pgbouncer"
    if not found.exists():
        try:
            subprocess.run(
                ["apt-get", "download", *PACKAGES], cwd=folder, check=True, capture_output=True,
                timeout=DOWNLOAD_TIMEOUT_S,
            )  # fmt: skip
            for package in folder.glob("*.deb"):
                subprocess.run(["dpkg", "-x", package.name, "."], cwd=folder, check=True, capture_output=True)
        except (OSError, subprocess.SubprocessError):
            return None
    libraries = [str(library.parent) for library in folder.glob("usr/lib/**/lib*.so.*")]
    return Program(path=str(found), libraries=os.pathsep.join(dict.fromkeys(libraries)))


@contextmanager
def running(program: Program, *, host: str, port: int, user: str, password: str, database: str) -> Iterator[Bouncer]:
    with temporary_folder("relay-pgbouncer-", temporary_parent()) as folder:
        listen_port = free_port()
        (folder / "users").write_text(f'"{user}" "{password}"\n')
        (folder / "ini").write_text(
            CONFIGURATION.format(
                host=host,
                port=port,
                loopback=LOOPBACK,
                listen_port=listen_port,
                folder=folder,
                server_connections=SERVER_CONNECTIONS,
            )
        )
        if (owner := unprivileged_user()) is not None:  # it refuses to run as root
            for path in (folder, *folder.iterdir()):
                shutil.chown(path, owner)
        log_file = folder / "log"
        environment = {"PATH": os.defpath, "LD_LIBRARY_PATH": program.libraries}
        command = [program.path, str(folder / "ini")]
        with child_process(command, folder=folder, log_file=log_file, user=owner, environment=environment) as process:
            wait_until_ready(
                process, lambda: b"process up" in log_file.read_bytes(), timeout_s=20, name="PgBouncer",
                log_file=log_file,
            )  # fmt: skip
            yield Bouncer(port=listen_port, user=user, password=password, database=database)


@pytest.fixture(scope="session")
def bouncer_for(program) -> Callable:
    return lambda **where: running(program, **where)


@pytest.fixture(scope="module")
def bouncer(bouncer_for, postgres) -> Iterator[Bouncer]:
    with bouncer_for(
        host=postgres.host,
        port=postgres.port,
        user=postgres.reader,
        password=postgres.password,
        database=postgres.database,
    ) as started:
        yield started
