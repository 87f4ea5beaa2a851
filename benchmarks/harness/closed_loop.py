"""Measures a closed loop: some clients, each with one request open at a time."""

from __future__ import annotations

import math
import random
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field

import anyio

from harness.workloads import Ask, Workload

SEED = 7
ANSWER_TIMEOUT_S = 30.0

Serve = Callable[[Ask], Awaitable[int]]
"""Gets one answer and returns its size in bytes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One workload at one concurrency, for so long, after so much warming up."""

    workload: Workload
    concurrency: int
    seconds: float
    warm_up_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Speed:
    """What one step gave. `cpu_s_per_1000`: processor time of whoever answered, for 1,000 answers."""

    requests: int
    requests_per_s: float
    mb_per_s: float
    kb_per_answer: float
    p50_ms: float
    p95_ms: float
    p99_ms: float
    cpu_s_per_1000: float
    rows_per_s: float = 0.0
    asker_cpu_share: float = 0.0
    problems: tuple[str, ...] = field(default=())


@dataclass(slots=True)
class _Tally:
    latencies_ms: list[float] = field(default_factory=list)
    size: int = 0


async def measure(step: Step, serve: Serve, cpu_s: Callable[[], float]) -> Speed:
    """Warm up, then measure. Raises TimeoutError when an answer stays out."""
    rng = random.Random(SEED)  # noqa: S311 - which rows are read has to come out the same each time
    await _run(step, serve, rng, step.warm_up_s)
    cpu_before_s, begin = cpu_s(), time.perf_counter()
    tally = await _run(step, serve, rng, step.seconds)
    wall_s, cpu_used_s = time.perf_counter() - begin, cpu_s() - cpu_before_s
    latencies, count = sorted(tally.latencies_ms), len(tally.latencies_ms)
    return Speed(
        requests=count,
        requests_per_s=count / wall_s,
        mb_per_s=tally.size / wall_s / 1e6,
        kb_per_answer=tally.size / count / 1e3,
        p50_ms=percentile(latencies, 50),
        p95_ms=percentile(latencies, 95),
        p99_ms=percentile(latencies, 99),
        cpu_s_per_1000=cpu_used_s / count * 1_000,
    )


async def _run(step: Step, serve: Serve, rng: random.Random, seconds: float) -> _Tally:
    tally, clock = _Tally(), time.perf_counter
    until = clock() + seconds

    async def ask_on() -> None:
        while clock() < until:
            ask = step.workload.make(rng)
            begin = clock()
            size = await serve(ask)
            tally.size += size
            tally.latencies_ms.append((clock() - begin) * 1_000)

    with anyio.fail_after(seconds + ANSWER_TIMEOUT_S):
        async with anyio.create_task_group() as clients:
            for _ in range(step.concurrency):
                clients.start_soon(ask_on)
    return tally


def percentile(ordered: Sequence[float], percent: float) -> float:
    """Return the nearest-rank percentile of ordered numbers."""
    return ordered[max(0, math.ceil(percent / 100 * len(ordered)) - 1)]
