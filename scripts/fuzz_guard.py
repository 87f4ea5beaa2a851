#!/usr/bin/env python
"""Attack both guards for a while, and say what came of it.

    python scripts/fuzz_guard.py --seconds 600 --seed 7
    python scripts/fuzz_guard.py --seconds 60 --only grammar wicked

SQL of a grammar, of characters, of tokens, and of both corpora with places changed goes to the PostgreSQL guard with
the live catalogue of an embedded server. What it and the policy accept, the server then takes apart (`judge.py`) and
runs, read-only. For MongoDB's guard there are documents of operators in any places. Wrong is: an error that is no
RelayError; a statement that takes the guard longer than a second; one that the server reports as a write; one that
reads or calls what the policy does not allow; one whose meaning the guard changed. Each is printed with its seed; exit
status 1.
"""

# ruff: noqa: T201, S311, S608 - results go to standard output; the randomness is no secret; statements are its product
from __future__ import annotations

import argparse
import asyncio
import sys
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from random import Random

import asyncpg
from guard_attack import judge, mongo_soup, soup
from guard_attack.grammar import Writer

from relay.adapters.outbound.mongodb.guard import MongoStatementGuard
from relay.adapters.outbound.postgres.guard import PostgresStatementGuard
from relay.adapters.outbound.postgres.live_catalogue import read_catalogue
from relay.application.ports.database import InspectedStatement, StatementGuard
from relay.bootstrap.demo.embedded_postgres import SUPERUSER, embedded_postgres
from relay.domain.errors import RelayError
from relay.domain.json_value import JsonValue
from relay.domain.request import Operation

HANG_S = 1.0
WRITES = "25006"
SLOWEST = 5
SQL_CORPUS = soup.corpus()
MONGO_CORPUS = mongo_soup.corpus()
Arguments = Mapping[str, JsonValue]
KINDS: Mapping[str, Callable[[Random], Arguments]] = {
    "grammar": lambda random: {"sql": Writer(random).statement()},
    "wicked": lambda random: {"sql": Writer(random, wicked=0.04).statement()},
    "mutation": lambda random: {"sql": soup.mutation(random, SQL_CORPUS)},
    "tokens": lambda random: {"sql": soup.tokens(random)},
    "characters": lambda random: {"sql": soup.characters(random)},
    "mongo": mongo_soup.arguments,
    "mongo mutation": lambda random: mongo_soup.mutation(random, MONGO_CORPUS),
}


@dataclass(slots=True, kw_only=True)
class Tally:
    """What one kind of input came to."""

    outcomes: Counter[str] = field(default_factory=Counter)
    slowest: list[tuple[float, str]] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)

    def took(self, seconds: float, what: str) -> None:
        """Keep the slowest."""
        self.slowest = sorted([*self.slowest, (seconds, what)], reverse=True)[:SLOWEST]


async def inspect(guard: StatementGuard, arguments: Arguments, tally: Tally, name: str) -> InspectedStatement | None:
    """Ask a guard and the policy; None if refused. Anything but a refusal is noted as wrong."""
    started = time.process_time()
    try:
        statement = await guard.inspect(Operation.QUERY, arguments)
        judge.POLICY.check_statement(statement.facts)
    except RelayError as refusal:
        tally.outcomes[f"refused {refusal.reason}"] += 1
        return None
    except Exception as error:  # noqa: BLE001 - this is what the search is for
        tally.wrong.append(f"{name}: {type(error).__name__} on {arguments!r}")
        return None
    finally:
        seconds = time.process_time() - started
        tally.took(seconds, name)
        if seconds > HANG_S:
            tally.wrong.append(f"{name}: {seconds:.1f} s for {str(arguments)[:500]!r}")
    tally.outcomes["accepted"] += 1
    return statement


async def confront(judged: judge.Judge, statement: InspectedStatement, asked: str, tally: Tally, name: str) -> None:
    """Hold an accepted statement against the server."""
    verdict = await judged.verdict(statement.text)
    if verdict.wrong:
        tally.wrong.append(f"{name}: {verdict.wrong} in {asked!r}")
        return
    if verdict.error is None:
        original = await judged.verdict(asked.rstrip().removesuffix(";"))
        if original.error is None and original.tree != verdict.tree and not verdict.filtered:
            tally.wrong.append(f"{name}: another meaning than {asked!r}")
    state = await run(judged.connection, statement.text)
    tally.outcomes["ran" if state is None else f"server {state[:2]}"] += 1
    if state == WRITES:
        tally.wrong.append(f"{name}: a write: {asked!r}")


async def run(connection: asyncpg.Connection, sql: str) -> str | None:
    """Run a statement read-only, some rows of it; return an SQLSTATE if it fails."""
    transaction = connection.transaction(readonly=True)
    await transaction.start()
    try:
        await connection.fetch(f"SELECT 1 FROM (\n{sql}\n) AS ran LIMIT 100")
    except asyncpg.PostgresError as error:
        return str(error.sqlstate)
    finally:
        await transaction.rollback()
    return None


async def attack(connection: asyncpg.Connection, kinds: list[str], seconds: float, seed: int) -> dict[str, Tally]:
    """Take turns among the kinds until the time is up."""
    await connection.execute(judge.SCHEMA_SQL)
    path = judge.SEARCH_PATHS[seed % len(judge.SEARCH_PATHS)]
    await connection.execute(f"SET search_path = {', '.join(path)}, pg_temp; SET statement_timeout = '500ms'")
    judged = await judge.make_judge(connection)
    sql_guard = PostgresStatementGuard(await read_catalogue(connection, list(path)))
    tallies = {kind: Tally() for kind in kinds}
    until, number = time.monotonic() + seconds, 0
    while time.monotonic() < until:
        kind = kinds[number % len(kinds)]
        name, tally = f"{kind} {seed}:{number}", tallies[kind]
        arguments = KINDS[kind](Random(f"{seed}:{number}"))
        number += 1
        if "sql" not in arguments:
            await inspect(MongoStatementGuard(), arguments, tally, name)
        elif (statement := await inspect(sql_guard, arguments, tally, name)) is not None:
            await confront(judged, statement, str(arguments["sql"]), tally, name)
    return tallies


def report(tallies: Mapping[str, Tally]) -> int:
    """Print what was found; return how much of it was wrong."""
    for kind, tally in tallies.items():
        slowest = ", ".join(f"{1000 * seconds:.0f} ms ({name})" for seconds, name in tally.slowest[:2])
        print(f"{kind}: {dict(tally.outcomes.most_common())}; slowest {slowest}")
        for wrong in tally.wrong[:20]:
            print(f"  WRONG {wrong}")
    return sum(len(tally.wrong) for tally in tallies.values())


async def main() -> int:
    """Read the arguments, start a server, attack."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--seed", type=int, default=1, help="an odd one with the unfortunate search path")
    parser.add_argument("--only", nargs="+", choices=KINDS, default=list(KINDS), metavar="KIND")
    chosen = parser.parse_args()
    with embedded_postgres() as server:
        connection = await asyncpg.connect(server.dsn(SUPERUSER))
        tallies = await attack(connection, chosen.only, chosen.seconds, chosen.seed)
        await connection.close()
    return int(report(tallies) > 0)


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
