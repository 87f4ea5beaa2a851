#!/usr/bin/env python3
"""How long a small request takes while large answers are masked beside it, end to end.

Run: python benchmarks/masking_latency.py [--seconds 5]
Starts an embedded PostgreSQL and the agent, and asks over the agent's WebSocket: one client asks for a large answer
again and again, another for `SELECT 1`. The small request's times are printed, alone first.
"""

# ruff: noqa: S311 - random rows, no secrets
from __future__ import annotations

import argparse
import random
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

import anyio
import asyncpg
import orjson
from harness.agent import run_agent
from harness.closed_loop import percentile
from harness.control_plane import BenchControlPlane
from harness.workloads import RESOURCE
from masking import ROWS, SEED, make_row, personal

from relay.bootstrap.demo.embedded_postgres import EmbeddedPostgres, embedded_postgres

SCHEMA = """
CREATE TABLE mixed (id bigint, name text, status text, plan text, city text, contact text, notes text, amount numeric,
  created_at timestamptz, trace_id uuid, profile jsonb, active bool);
CREATE TABLE cells (kind text, value text);
CREATE TABLE documents (id bigint, value jsonb);
"""
CELL_BYTES = 1_000_000
LARGE: Mapping[str, str | None] = {
    "alone": None,
    "1,000 rows x 12 columns": "SELECT * FROM mixed",
    "one cell of 1 MB, CPFs": "SELECT value FROM cells WHERE kind = 'dense'",
    "eight cells of 100 KB, mixed": "SELECT value FROM cells WHERE kind = 'middle'",
    "one cell of 1 MB, clean": "SELECT value FROM cells WHERE kind = 'clean'",
    "one document of 900 KB": "SELECT value FROM documents WHERE id = 1",
    "one document of 900 KB, CPFs": "SELECT value FROM documents WHERE id = 2",
}
PAUSE_S = 0.002
"""Between two small requests."""


async def load(uri: str) -> None:
    """As the owner, make the tables and fill them."""
    rng = random.Random(SEED)
    rows = [make_row(rng, number) for number in range(ROWS)]
    connection = await asyncpg.connect(uri)
    try:
        await connection.execute(SCHEMA)
        await connection.execute(
            "INSERT INTO mixed SELECT * FROM jsonb_populate_recordset(NULL::mixed, $1::jsonb)",
            orjson.dumps(rows).decode(),
        )
        words = "pedido entregue ao cliente sem demora "
        middle = [" ".join(f"{words}{personal(rng)}" for _ in range(1_600))[: CELL_BYTES // 10] for _ in range(8)]
        dense = "529.982.247-25 " * (CELL_BYTES // 15)
        cells = [
            ("dense", dense),
            ("clean", words * (CELL_BYTES // len(words))),
            *(("middle", text) for text in middle),
        ]
        await connection.executemany("INSERT INTO cells VALUES ($1, $2)", cells)
        lines = [{"at": place, "level": "info", "message": words, "ok": True} for place in range(8_000)]
        papers = [{"n": place, "cpf": "529.982.247-25", "to": "ana@example.com"} for place in range(13_000)]
        documents = [(1, orjson.dumps(lines).decode()), (2, orjson.dumps(papers).decode())]
        await connection.executemany("INSERT INTO documents VALUES ($1, $2)", documents)
    finally:
        await connection.close()


async def measure(plane: BenchControlPlane, sql: str | None, seconds: float) -> tuple[list[float], list[float]]:
    """Return the times of small and of large answers, in milliseconds."""
    small: list[float] = []
    large: list[float] = []

    async def ask(text: str, times: list[float]) -> None:
        began = time.perf_counter()
        answer = await plane.ask({"resourceId": RESOURCE, "operation": "query", "params": {"sql": text, "limit": ROWS}})
        times.append((time.perf_counter() - began) * 1e3)
        if b'"result"' not in answer[:200] and b'"result"' not in answer[-200:]:
            raise ValueError(answer[:500].decode())

    async def ask_large() -> None:
        while sql is not None:
            await ask(sql, large)

    async with anyio.create_task_group() as group:
        group.start_soon(ask_large)
        with anyio.move_on_after(seconds):
            while True:
                await ask("SELECT 1 AS one", small)
                await anyio.sleep(PAUSE_S)
        group.cancel_scope.cancel()
    return sorted(small), sorted(large)


async def run(server: EmbeddedPostgres, folder: Path, seconds: float) -> None:
    """Measure each kind of company against one agent."""
    await load(server.uri)
    sys.stdout.write(f"{'beside':<30}{'small: p50':>11}{'p95':>8}{'p99':>8}{'max ms':>8}{'large: p50 ms':>15}\n")
    async with BenchControlPlane().open() as plane, run_agent(plane, server, folder / "agent"):
        for name, sql in LARGE.items():
            await measure(plane, sql, 0.5)
            small, large = await measure(plane, sql, seconds)
            figures = "".join(f"{percentile(small, share):8.1f}" for share in (50, 95, 99, 100))
            slow = f"{percentile(large, 50):15.1f}" if large else ""
            sys.stdout.write(f"{name:<30}   {figures}{slow}  ({len(small)}, {len(large)} answers)\n")
            sys.stdout.flush()


def main() -> None:
    """Run and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=5.0, help="for each line (5)")
    arguments = parser.parse_args()
    with embedded_postgres() as server, tempfile.TemporaryDirectory(prefix="relay-bench-") as folder:
        anyio.run(run, server, Path(folder), arguments.seconds, backend_options={"use_uvloop": True})


if __name__ == "__main__":
    main()
