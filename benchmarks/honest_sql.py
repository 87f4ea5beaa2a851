#!/usr/bin/env python3
"""Honest SQL that others wrote, through the guard and directly: `make suites`.

Downloads the suites from their packages, starts an embedded PostgreSQL, and prints which share of their queries is
accepted, which share answers what a direct run answers, and why the others are refused. Exit status 1 for an answer
that differs, 3 without the packages or the server.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import anyio
import asyncpg
from suites import packages, regression, tpc
from suites.checking import Judge
from suites.packages import UnavailableError
from suites.tally import Tally, table
from suites.through_relay import check_through_relay

from relay.bootstrap.demo.child_process import ChildFailedError
from relay.bootstrap.demo.embedded_postgres import SUPERUSER, EmbeddedPostgres, embedded_postgres

RECOVERY_TIMEOUT_S = 60
FINE, WRONG, UNREACHABLE = 0, 1, 3
SUITES = (*tpc.SUITES, "postgresql")


def parse(argv: list[str] | None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--keep", type=Path, metavar="FOLDER", help="keep the downloads here, and use those there")
    parser.add_argument("--only", nargs="+", choices=SUITES, default=SUITES, metavar="SUITE", help=", ".join(SUITES))
    parser.add_argument("--scripts", nargs="+", metavar="NAME", help="of postgresql: only these, after test_setup")
    parser.add_argument("--all", action="store_true", help="name every refused statement, not three a cause")
    return parser.parse_args(argv)


def measure(arguments: argparse.Namespace, folder: Path) -> list[Tally]:
    """Get what is needed, and run every suite."""
    of_tpc = packages.fetch(packages.SQLGLOT, folder) if set(arguments.only) & set(tpc.SUITES) else folder
    of_postgresql = packages.fetch(packages.PGLAST, folder) if "postgresql" in arguments.only else folder
    with embedded_postgres(settings={"jit": "off"}) as server:
        try:
            return anyio.run(_suites, arguments, server, of_tpc, of_postgresql)
        finally:
            if arguments.keep:
                (arguments.keep / "server.log").write_bytes(server.log_file.read_bytes())


async def _suites(
    arguments: argparse.Namespace, server: EmbeddedPostgres, of_tpc: Path, of_postgresql: Path
) -> list[Tally]:
    tallies = [await _tpc(server, of_tpc, suite) for suite in tpc.SUITES if suite in arguments.only]
    if "postgresql" in arguments.only:
        tallies.append(await _regression(server, of_postgresql, arguments.scripts))
    return tallies


async def _tpc(server: EmbeddedPostgres, folder: Path, suite: str) -> Tally:
    tally, judge, schema = Tally(suite=suite), Judge(), suite.replace("-", "_")
    async with _connected(server) as connection:
        await connection.execute(f"CREATE SCHEMA {schema}; SET search_path = {schema}")
        await tpc.load(connection, folder, suite)
        await judge.look(connection)
    async with asyncpg.create_pool(server.dsn(SUPERUSER), min_size=1, max_size=1, reset=_no_reset) as pool:
        for number, sql in tpc.queries(folder, suite):
            tally.add(str(number), await check_through_relay(pool, judge, sql, (schema,)))
    return tally


async def _regression(server: EmbeddedPostgres, folder: Path, wanted: list[str] | None) -> Tally:
    tally, judge = Tally(suite="postgresql"), Judge()
    async with _connected(server) as connection:
        await connection.execute("CREATE DATABASE regression TEMPLATE template0 LOCALE 'C' ENCODING 'UTF8'")
    for file in regression.scripts(folder):
        if wanted and file.stem not in (*wanted, *regression.FIRST):
            continue
        sys.stderr.write(f"{file.stem}\n")
        try:
            await _script(server, tally, judge, file)
        except (asyncpg.PostgresConnectionError, asyncpg.CannotConnectNowError, ConnectionError) as error:
            sys.stderr.write(f"{file.stem} ended early: {error!r}\n")
    return tally


async def _script(server: EmbeddedPostgres, tally: Tally, judge: Judge, file: Path) -> None:
    script = await anyio.Path(file).read_text(errors="replace")
    async with _connected(server, database="regression") as connection:
        async for statement, outcome in regression.run_script(connection, judge, script):
            tally.add(f"{file.stem}:{statement.line}", outcome)


@asynccontextmanager
async def _connected(server: EmbeddedPostgres, database: str | None = None) -> AsyncIterator[asyncpg.Connection]:
    connection = await _connect(server, database or server.database)
    try:
        yield connection
    finally:
        connection.terminate()


async def _connect(server: EmbeddedPostgres, database: str) -> asyncpg.Connection:
    """Connect; wait for a server that is recovering from a crash, which a regression script may have brought about."""
    with anyio.fail_after(RECOVERY_TIMEOUT_S):
        while True:
            try:
                return await asyncpg.connect(server.dsn(SUPERUSER), database=database, statement_cache_size=0)
            except (asyncpg.CannotConnectNowError, ConnectionError):
                await anyio.sleep(0.5)


async def _no_reset(_: object) -> None:
    """Each transaction ends with a rollback."""


def main(argv: list[str] | None = None) -> int:
    """Run, print, and judge the answers."""
    arguments = parse(argv)
    try:
        with tempfile.TemporaryDirectory(prefix="relay-suites-") as scratch:
            folder = arguments.keep or Path(scratch)
            folder.mkdir(parents=True, exist_ok=True)
            tallies = measure(arguments, folder)
    except (UnavailableError, ChildFailedError, OSError) as error:
        sys.stderr.write(f"suites: {error}\n")
        return UNREACHABLE
    sys.stdout.write(f"{table(tallies, every_place=arguments.all)}\n")
    return WRONG if any(tally.differences for tally in tallies) else FINE


if __name__ == "__main__":
    sys.exit(main())
