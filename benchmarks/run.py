#!/usr/bin/env python3
"""Benchmark the agent side by side with the bare driver: `make bench`, or `python benchmarks/run.py --quick`.

Starts an embedded PostgreSQL, fills it, and alternates between the agent, driven over its WebSocket, and asyncpg with
an encoder. Exit status 1 for a wrong answer or an unmasked value, never for a slow one; 3 if something did not start
or stay up.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path

import anyio
import orjson
from harness import dataset, report
from harness.control_plane import AgentGoneError, BenchControlPlane
from harness.limit_process import limit_process
from harness.rounds import Bench, Plan, Round
from harness.workloads import WORKLOADS

from relay.bootstrap.demo.child_process import ChildFailedError
from relay.bootstrap.demo.embedded_postgres import EmbeddedPostgres, embedded_postgres
from relay.bootstrap.demo.stop_signals import StoppedBySignal, stop_signals

FINE, WRONG, NOT_UP, STOPPED = 0, 1, 3, 130
NAMES = tuple(workload.name for workload in WORKLOADS)


def parse(argv: list[str] | None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="one short round, under a minute")
    parser.add_argument("--rounds", type=int, help="rounds, each with a fresh agent (3; quick: 1)")
    parser.add_argument("--seconds", type=float, help="seconds that a step is measured (1.7; quick: 0.5)")
    parser.add_argument("--only", nargs="+", choices=NAMES, default=NAMES, metavar="WORKLOAD", help=", ".join(NAMES))
    parser.add_argument("--json", type=Path, metavar="FILE", help="write everything as JSON too")
    return parser.parse_args(argv)


def plan_of(arguments: argparse.Namespace) -> Plan:
    """Return how long everything takes."""
    rounds, seconds, warm_up_s = (1, 0.5, 0.2) if arguments.quick else (3, 1.7, 0.4)
    return Plan(
        rounds=arguments.rounds or rounds,
        seconds=arguments.seconds or seconds,
        warm_up_s=warm_up_s,
        workloads=frozenset(arguments.only),
    )


def measure(plan: Plan) -> list[Round]:
    """Bring everything up, run the rounds, and leave nothing behind."""
    with embedded_postgres() as server, tempfile.TemporaryDirectory(prefix="relay-bench-") as folder:
        sys.stderr.write(f"loading {dataset.CUSTOMERS} customers\n")
        return anyio.run(_rounds, plan, server, Path(folder), backend_options={"use_uvloop": True})


async def _rounds(plan: Plan, server: EmbeddedPostgres, folder: Path) -> list[Round]:
    await dataset.load(server.uri)
    async with BenchControlPlane().open() as plane, limit_process(server.dsn()) as limit:
        bench = Bench(plane=plane, postgres=server, limit=limit, plan=plan)
        rounds = []
        for number in range(1, plan.rounds + 1):
            sys.stderr.write(f"round {number} of {plan.rounds}\n")
            rounds.append(await bench.run_round(folder / f"agent-{number}"))
        return rounds


def main(argv: list[str] | None = None) -> int:
    """Run, print the table, and judge the answers."""
    arguments = parse(argv)
    plan, began = plan_of(arguments), time.perf_counter()
    rounds: list[Round] = []
    ended = FINE
    try:
        with stop_signals():
            rounds = measure(plan)
    except* StoppedBySignal:
        ended = STOPPED
    except* (AgentGoneError, ChildFailedError, TimeoutError, anyio.IncompleteRead) as group:
        sys.stderr.write(f"benchmark: {_first_of(group)!r}\n")
        ended = NOT_UP
    if not rounds:
        return ended
    sys.stdout.write(f"{report.table(rounds)}\ntook     {time.perf_counter() - began:.0f} s\n")
    if arguments.json:
        arguments.json.write_bytes(orjson.dumps(report.as_document(rounds, plan), option=orjson.OPT_INDENT_2))
    return _judge(rounds)


def _judge(rounds: list[Round]) -> int:
    problems = report.problems(rounds)
    for problem in problems:
        sys.stderr.write(f"wrong: {problem}\n")
    return WRONG if problems else FINE


def _first_of(error: BaseException) -> BaseException:
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error


if __name__ == "__main__":
    sys.exit(main())
