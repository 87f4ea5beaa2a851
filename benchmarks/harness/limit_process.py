"""Starts the limit's process and gives it steps."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import anyio
import orjson
from anyio.streams.buffered import BufferedByteReceiveStream

from harness.closed_loop import Speed, Step

BENCHMARKS = Path(__file__).resolve().parent.parent
MAX_LINE_BYTES = 65_536
GRACE_S = 60.0


class LimitProcess:
    """Measures one step at a time."""

    def __init__(self, process: anyio.abc.Process) -> None:
        if process.stdin is None or process.stdout is None:
            raise ValueError("the process needs pipes")
        self._stdin, self._lines = process.stdin, BufferedByteReceiveStream(process.stdout)

    async def measure(self, mode: str, step: Step) -> Speed:
        """Run a step; raises TimeoutError, or anyio.IncompleteRead when the process is gone."""
        order = {
            "mode": mode,
            "workload": step.workload.name,
            "concurrency": step.concurrency,
            "seconds": step.seconds,
            "warm_up_s": step.warm_up_s,
        }
        await self._stdin.send(orjson.dumps(order) + b"\n")
        with anyio.fail_after(step.seconds + step.warm_up_s + GRACE_S):
            return Speed(**orjson.loads(await self._lines.receive_until(b"\n", MAX_LINE_BYTES)))


@asynccontextmanager
async def limit_process(dsn: str) -> AsyncIterator[LimitProcess]:
    """Start it, and end it by closing its standard input."""
    command = [sys.executable, "-m", "harness.limit", dsn]
    async with await anyio.open_process(command, cwd=BENCHMARKS, stderr=None) as process:
        try:
            yield LimitProcess(process)
        finally:
            if process.stdin is not None:
                await process.stdin.aclose()
            with anyio.move_on_after(5, shield=True):
                await process.wait()
            if process.returncode is None:
                process.kill()
