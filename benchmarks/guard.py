"""The PostgreSQL guard's statements a second, side by side with a yardstick: sqlglot reading the same statements.

Run: python benchmarks/guard.py [--rounds N] [--profile]

`guard` is what a request costs: text to facts, plan and redacted form, and the policy's decision. `redact` is its
redaction alone. `sqlglot` only reads the text into a tree; statements that it can't read, or that take it for a
command, are left out of both sides. `query check -` is the whole command as a process of its own, its start left out.
Processor time, medians over the rounds; all sides take turns, so trust a ratio more than a figure.
"""

# ruff: noqa: INP001, S311 - a script of its own; its random numbers are no secrets
from __future__ import annotations

import argparse
import asyncio
import cProfile
import json
import logging
import os
import pstats
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from relay.adapters.outbound.postgres.guard import PostgresStatementGuard
from relay.domain.errors import RelayError
from relay.domain.policy import Policy
from relay.domain.request import Operation

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "scripts"))
from guard_attack import soup  # noqa: E402 - scripts are no package
from guard_attack.grammar import Writer  # noqa: E402

ROUNDS = 5
GENERATED = 300
REPEATS = 10
"""How often the command gets the statements, so that its start weighs little."""

POLICY = Policy(allowed_operations=frozenset(Operation), max_rows=1000, schemas=("public",))
CONFIGURATION = """
controlPlane: {url: "ws://127.0.0.1:1/v1/relay/connect", token: token, tenantId: tenant}
resources:
  - id: shop
    type: postgres
    name: Shop
    connection: {host: 127.0.0.1, port: 5432, database: shop, user: reader, password: none}
    allowedOperations: [query]
    maxRowsPerQuery: 1000
"""
PROFILED_LINES = 22


def suites() -> Mapping[str, list[str]]:
    """Return the statements to read, by where they come from."""
    everything = soup.corpus()
    hostile = len((soup.CASES / "hostile.jsonl").read_text().splitlines())
    return {
        "hostile corpus": everything[:hostile],
        "honest corpus": everything[hostile:],
        "generated reports": [Writer(random.Random(seed)).statement() for seed in range(GENERATED)],
    }


def readable(sql: str) -> bool:
    """Whether sqlglot makes a tree of a statement."""
    try:
        return not any(isinstance(tree, exp.Command) for tree in sqlglot.parse(sql, dialect="postgres"))
    except (SqlglotError, RecursionError):
        return False


async def guard_all(guard: PostgresStatementGuard, statements: Sequence[str]) -> int:
    """Decide on all statements; return how many are allowed."""
    allowed = 0
    for sql in statements:
        try:
            POLICY.check_statement((await guard.inspect(Operation.QUERY, {"sql": sql})).facts)
        except RelayError:
            continue
        allowed += 1
    return allowed


def seconds_of(work: Callable[[], object]) -> float:
    """Return the processor seconds of one call."""
    started = time.process_time()
    work()
    return time.process_time() - started


def command_seconds(statements: Sequence[str], configuration: Path) -> float:
    """Return the processor seconds of `relay query check -`, its start included."""
    command = [sys.executable, "-m", "relay.bootstrap.cli.main", "query", "check", "--resource", "shop"]
    lines = "".join(json.dumps({"id": number, "sql": sql}) + "\n" for number, sql in enumerate(statements))
    before = os.times()
    answers = subprocess.run(  # noqa: S603 - our own command
        [*command, "--config", str(configuration), "-"], input=lines, capture_output=True, text=True, check=False
    ).stdout
    if len(answers.splitlines()) != len(statements):
        raise SystemExit("relay query check did not answer each line")
    after = os.times()
    return after.children_user + after.children_system - before.children_user - before.children_system


def measure(statements: Sequence[str], rounds: int, configuration: Path) -> Mapping[str, float]:
    """Return the median seconds of each side for the same statements."""
    guard = PostgresStatementGuard()
    sides: Mapping[str, Callable[[], float]] = {
        "guard": lambda: seconds_of(lambda: asyncio.run(guard_all(guard, statements))),
        "redact": lambda: seconds_of(lambda: [guard.redact("query", {"sql": sql}) for sql in statements]),
        "sqlglot": lambda: seconds_of(lambda: [sqlglot.parse(sql, dialect="postgres") for sql in statements]),
        "query check -": lambda: (
            (command_seconds([*statements] * REPEATS, configuration) - command_seconds([], configuration)) / REPEATS
        ),
    }
    taken: dict[str, list[float]] = {name: [] for name in sides}
    for _ in range(rounds):
        for name, side in sides.items():
            taken[name].append(side())
    return {name: statistics.median(times) for name, times in taken.items()}


def profile(statements: Sequence[str]) -> None:
    """Print where the guard's time goes."""
    guard, profiler = PostgresStatementGuard(), cProfile.Profile()
    asyncio.run(guard_all(guard, statements))
    profiler.runcall(lambda: asyncio.run(guard_all(guard, statements)))
    pstats.Stats(profiler).sort_stats("tottime").print_stats(PROFILED_LINES)


def main() -> None:
    """Read the arguments, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--profile", action="store_true", help="print where the guard's time goes instead")
    chosen = parser.parse_args()
    logging.getLogger("sqlglot").setLevel(logging.CRITICAL)
    found = suites()
    if chosen.profile:
        profile([sql for statements in found.values() for sql in statements])
        return
    with tempfile.TemporaryDirectory() as folder:
        configuration = Path(folder) / "relay.yaml"
        configuration.write_text(CONFIGURATION)
        for name, statements in found.items():
            kept = [sql for sql in statements if readable(sql)]
            times = measure(kept, chosen.rounds, configuration)
            tokens = sum(map(len, kept)) / len(kept)
            sys.stdout.write(f"{name}: {len(kept)} of {len(statements)} statements, {tokens:.0f} characters each\n")
            for side, seconds in times.items():
                share = times["sqlglot"] / seconds
                sys.stdout.write(
                    f"  {side:<14} {len(kept) / seconds:9.0f} statements/s {1e6 * seconds / len(kept):8.0f} µs each"
                    f" {share:7.2f} x sqlglot\n"
                )


if __name__ == "__main__":
    main()
