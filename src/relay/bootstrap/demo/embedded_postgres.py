"""A real PostgreSQL for the demo, the tests and the benchmarks: its own folder, its own port, gone afterwards."""

from __future__ import annotations

import os
import secrets
import shutil
import signal
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

from relay.bootstrap.demo.child_process import ChildFailedError, child_process, run_to_end, wait_until_ready
from relay.bootstrap.demo.loopback import LOOPBACK, free_port
from relay.bootstrap.demo.postgres_binaries import find_binaries, temporary_parent, unprivileged_user
from relay.bootstrap.demo.temporary_folder import temporary_folder

SUPERUSER = "postgres"
OWNER = "shop_owner"
READER = "relay_reader"
START_TIMEOUT_S = 20.0
PORT_ATTEMPTS = 3

SETTINGS: Mapping[str, str] = MappingProxyType(
    {
        "listen_addresses": LOOPBACK,
        "unix_socket_directories": "",  # a temporary folder's path may be longer than a socket's may be
        "fsync": "off",  # nothing here needs to outlive a crash
        "synchronous_commit": "off",
        "full_page_writes": "off",
        "max_wal_size": "256MB",
    }
)

# The reader may read what the owner makes and nothing else: no temporary tables, no write even by its own mistake.
ROLES = f"""
CREATE ROLE {OWNER} LOGIN PASSWORD :'owner_password';
CREATE ROLE {READER} LOGIN PASSWORD :'reader_password';
ALTER ROLE {READER} SET default_transaction_read_only = on;
CREATE DATABASE :"database" OWNER {OWNER};
REVOKE ALL ON DATABASE :"database" FROM PUBLIC;
GRANT CONNECT ON DATABASE :"database" TO {READER};
\\connect :"database"
ALTER SCHEMA public OWNER TO {OWNER};
ALTER DEFAULT PRIVILEGES FOR ROLE {OWNER} GRANT SELECT ON TABLES TO {READER};
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class EmbeddedPostgres:
    """A running server. Roles: `postgres` (superuser), `shop_owner` (owns the database), `relay_reader` (SELECT)."""

    host: str
    port: int
    database: str
    passwords: Mapping[str, str] = field(repr=False)
    process_id: int
    log_file: Path
    binaries: Path

    def dsn(self, role: str = READER) -> str:
        """Return the connection string of a role, its password inside."""
        return f"postgresql://{role}:{self.passwords[role]}@{self.host}:{self.port}/{self.database}"

    @property
    def uri(self) -> str:
        """The owner's connection string: whoever loads data."""
        return self.dsn(OWNER)

    def run_script(self, script: str, *, role: str = OWNER, database: str | None = None) -> str:
        """Run a psql script, which may hold COPY data, and return its output. Raises ChildFailedError."""
        command = [str(self.binaries / "psql"), "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-f", "-"]
        environment = {
            "PATH": os.defpath,
            "PGHOST": self.host,
            "PGPORT": str(self.port),
            "PGUSER": role,
            "PGPASSWORD": self.passwords[role],
            "PGDATABASE": database or self.database,
            "PGCLIENTENCODING": "UTF8",
        }
        return run_to_end(command, folder=self.binaries, environment=environment, given=script)


@contextmanager
def embedded_postgres(
    *, database: str = "shop", settings: Mapping[str, str] | None = None
) -> Iterator[EmbeddedPostgres]:
    """Start a server with an empty database, about 2 s; stop it and remove its files when the block is left.

    Several may run side by side. Works as root too. `settings` are server settings beside those of the demo.
    Raises ChildFailedError if it can't be started.
    """
    with ExitStack() as stack:
        folder = stack.enter_context(temporary_folder("relay-pg-", temporary_parent()))
        if (user := unprivileged_user()) is not None:
            shutil.chown(folder, user)
        binaries = find_binaries(folder / "install")
        passwords = {role: secrets.token_urlsafe(18) for role in (SUPERUSER, OWNER, READER)}
        _create_cluster(binaries, folder, passwords[SUPERUSER])
        port, process = _start(stack, binaries, folder, {**SETTINGS, **(settings or {})})
        server = EmbeddedPostgres(
            host=LOOPBACK,
            port=port,
            database=database,
            passwords=MappingProxyType(passwords),
            process_id=process.pid,
            log_file=folder / "log",
            binaries=binaries,
        )
        server.run_script(_roles_script(database, passwords), role=SUPERUSER, database="postgres")
        yield server


def _roles_script(database: str, passwords: Mapping[str, str]) -> str:
    # through standard input: arguments would show the passwords to everybody on the machine
    variables = {"owner_password": passwords[OWNER], "reader_password": passwords[READER], "database": database}
    return "".join(f"\\set {name} '{value}'\n" for name, value in variables.items()) + ROLES


def _create_cluster(binaries: Path, folder: Path, password: str) -> None:
    password_file = folder / "password"
    password_file.write_text(password + "\n")
    if (user := unprivileged_user()) is not None:
        shutil.chown(password_file, user)
    command = [str(binaries / "initdb"), "-D", str(folder / "data"), "-U", SUPERUSER, "--pwfile", str(password_file)]
    command += ["--auth=scram-sha-256", "--encoding=UTF8", "--no-sync", "--no-instructions"]
    command += ["--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
    run_to_end(command, folder=folder, environment={"PATH": os.defpath}, user=user)
    password_file.unlink()


def _start(
    stack: ExitStack, binaries: Path, folder: Path, settings: Mapping[str, str]
) -> tuple[int, subprocess.Popen[bytes]]:
    for _ in range(PORT_ATTEMPTS - 1):
        try:
            return _start_once(stack, binaries, folder, settings)
        except ChildFailedError as error:
            # between choosing the port and using it, somebody else may have taken it
            if "could not bind" not in str(error):
                raise
    return _start_once(stack, binaries, folder, settings)


def _start_once(
    stack: ExitStack, binaries: Path, folder: Path, settings: Mapping[str, str]
) -> tuple[int, subprocess.Popen[bytes]]:
    port, log_file = free_port(), folder / "log"
    command = [str(binaries / "postgres"), "-D", str(folder / "data"), "-p", str(port)]
    for name, value in settings.items():
        command += ["-c", f"{name}={value}"]
    process = stack.enter_context(
        child_process(
            command,
            folder=folder,
            log_file=log_file,
            user=unprivileged_user(),
            end_signal=signal.SIGINT,  # PostgreSQL's fast shutdown: it does not wait for clients to leave
        )
    )
    wait_until_ready(
        process,
        lambda: _is_ready(folder / "data" / "postmaster.pid"),
        timeout_s=START_TIMEOUT_S,
        name="PostgreSQL",
        log_file=log_file,
    )
    return port, process


def _is_ready(pid_file: Path) -> bool:
    try:
        return pid_file.read_text().splitlines()[-1].strip() == "ready"
    except (OSError, IndexError):
        return False
