"""What Python could do at most: asyncpg's pool and orjson, without masking, policy, audit or a control plane.

Runs as a process of its own: reads a step as a JSON line from standard input, answers with its speed as another.
`bare` fetches; `ro` fetches inside a read-only transaction with a statement timeout, as the agent has to.
"""

from __future__ import annotations

import sys
from dataclasses import asdict, replace
from decimal import Decimal

import anyio
import asyncpg
import orjson

from harness.answers import Answers
from harness.closed_loop import Step, measure
from harness.machine import own_cpu_s
from harness.workloads import WORKLOADS, Ask

POOL_SIZE = 5
WORKLOAD_BY_NAME = {workload.name: workload for workload in WORKLOADS}
MODES = ("ro", "bare")
OPENING = "BEGIN READ ONLY; SET LOCAL statement_timeout = 30000"


def main() -> None:
    """Serve steps until standard input ends."""
    anyio.run(_serve_steps, sys.argv[1], backend_options={"use_uvloop": True})


async def _serve_steps(dsn: str) -> None:
    async with asyncpg.create_pool(dsn, min_size=POOL_SIZE, max_size=POOL_SIZE) as pool:
        while line := await anyio.to_thread.run_sync(sys.stdin.readline):
            order = orjson.loads(line)
            workload = WORKLOAD_BY_NAME[order.pop("workload")]
            mode = order.pop("mode")
            speed = await _measure(pool, mode, Step(workload=workload, **order))
            sys.stdout.write(orjson.dumps(speed).decode() + "\n")
            sys.stdout.flush()


async def _measure(pool: asyncpg.Pool, mode: str, step: Step) -> dict[str, object]:
    answers = Answers(reads_small=False)
    fetch = {"ro": _fetch_read_only, "bare": _fetch}[mode]

    async def serve(ask: Ask) -> int:
        rows = await fetch(pool, ask)
        answer = {"jsonrpc": "2.0", "id": "ask", "result": {"rows": list(map(dict, rows))}}
        return answers.take(ask, orjson.dumps(answer, default=_encode_decimal))

    speed = await measure(step, serve, own_cpu_s)
    answers.read_samples(masked=False)
    rows_per_s = answers.rows_per_answer() * speed.requests_per_s
    return asdict(replace(speed, rows_per_s=rows_per_s, problems=tuple(answers.problems)))


async def _fetch(pool: asyncpg.Pool, ask: Ask) -> list[asyncpg.Record]:
    return await pool.fetch(ask.sql, *ask.arguments)


async def _fetch_read_only(pool: asyncpg.Pool, ask: Ask) -> list[asyncpg.Record]:
    async with pool.acquire() as connection:
        await connection.execute(OPENING)
        try:
            return await connection.fetch(ask.sql, *ask.arguments)
        finally:
            await connection.execute("COMMIT")


def _encode_decimal(value: object) -> str:
    if isinstance(value, Decimal):
        return str(value)
    raise TypeError(type(value).__name__)


if __name__ == "__main__":
    main()
