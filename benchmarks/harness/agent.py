"""The agent as a process of its own: its configuration, its start and stop, what it uses."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import anyio
import orjson
import psutil

from harness.control_plane import TENANT, BenchControlPlane
from harness.workloads import RESOURCE
from relay.bootstrap.demo.child_process import ChildFailedError, child_process, log_tail
from relay.bootstrap.demo.embedded_postgres import READER, EmbeddedPostgres

START_TIMEOUT_S = 60.0
STOP_TIMEOUT_S = 12.0
IDLE_S = 1.5
"""How long a fresh agent is left alone before its memory counts as idle."""

WATCH_EVERY_S = 0.05
MEGABYTE = 1e6


@dataclass(slots=True, kw_only=True)
class AgentRun:
    """One life of the agent; the numbers fill up as it goes on."""

    process: psutil.Process
    log: Path
    connected_s: float = 0.0
    """From the start of the process until its connection is accepted."""
    healthy_s: float = 0.0
    """Until it reported its database as healthy."""
    start_cpu_s: float = 0.0
    idle_mb: float = 0.0
    peak_mb: float = 0.0
    stop_s: float = 0.0
    problems: list[str] = field(default_factory=list)

    def cpu_s(self) -> float:
        """Return the processor time used so far, of user and system, all threads."""
        times = self.process.cpu_times()
        return float(times.user + times.system)

    def look_at_memory(self) -> float:
        """Return the resident memory, and keep the most."""
        now_mb: float = self.process.memory_info().rss / MEGABYTE
        self.peak_mb = max(self.peak_mb, now_mb)
        return now_mb


def write_config(path: Path, *, url: str, postgres: EmbeddedPostgres) -> None:
    """Write a configuration as in production, with rate limits that don't throttle. JSON is YAML."""
    resource = {
        "id": RESOURCE,
        "type": "postgres",
        "connection": {
            "host": postgres.host,
            "port": postgres.port,
            "database": postgres.database,
            "user": READER,
            "password": "${PG_PASSWORD}",
            "sslmode": "disable",
        },
        "maxRowsPerQuery": 1_000,
        "poolSize": 5,
        "rateLimit": {"requestsPerMinute": 1_000_000, "burstCapacity": 100_000},
    }
    config = {
        "controlPlane": {"url": url, "token": "${RELAY_TOKEN}", "tenantId": TENANT},
        "resources": [resource],
        "masking": {"enabled": True},
        "audit": {"enabled": True, "hashChain": {"enabled": True}},
        "session": {"breakGlassFile": str(path.parent / "stop")},
    }
    path.write_bytes(orjson.dumps(config, option=orjson.OPT_INDENT_2))


@asynccontextmanager
async def run_agent(plane: BenchControlPlane, postgres: EmbeddedPostgres, folder: Path) -> AsyncIterator[AgentRun]:
    """Start an agent, its files in the new `folder`, wait until it is ready, and stop it at the end.

    Raises ChildFailedError when it does not get ready.
    """
    plane.expect_agent()
    began = time.perf_counter()
    with _started(plane, postgres, folder) as (process, run):
        await _ready(plane, process, run.log)
        run.connected_s, run.healthy_s = plane.connected_at - began, plane.healthy_at - began
        run.start_cpu_s = run.cpu_s()
        await anyio.sleep(IDLE_S)
        run.idle_mb = run.look_at_memory()
        async with anyio.create_task_group() as watching:
            watching.start_soon(_watch, run)
            yield run
            watching.cancel_scope.cancel()
        # while the control plane is still there to take its leave
        with anyio.CancelScope(shield=True):
            await anyio.to_thread.run_sync(_stop, run, process)


@contextmanager
def _started(
    plane: BenchControlPlane, postgres: EmbeddedPostgres, folder: Path
) -> Iterator[tuple[subprocess.Popen[bytes], AgentRun]]:
    folder.mkdir()
    config, log = folder / "relay.yaml", folder / "agent.log"
    write_config(config, url=plane.url, postgres=postgres)
    command = [sys.executable, "-m", "relay.bootstrap.cli.main", "run", "--config", config]
    secrets = {"RELAY_TOKEN": plane.token, "PG_PASSWORD": postgres.passwords[READER]}
    environment = os.environ | secrets | {"RUNTIME_DIRECTORY": str(folder)}
    with child_process(command, folder=folder, log_file=log, environment=environment) as process:
        yield process, AgentRun(process=psutil.Process(process.pid), log=log)


async def _ready(plane: BenchControlPlane, process: subprocess.Popen[bytes], log: Path) -> None:
    with anyio.move_on_after(START_TIMEOUT_S):
        while process.poll() is None:
            with anyio.move_on_after(0.2):
                await plane.is_healthy.wait()
                return
    raise ChildFailedError(f"the agent did not get ready; the end of its log:\n{log_tail(log)}")


async def _watch(run: AgentRun) -> None:
    while True:
        run.look_at_memory()
        await anyio.sleep(WATCH_EVERY_S)


def _stop(run: AgentRun, process: subprocess.Popen[bytes]) -> None:
    began = time.perf_counter()
    process.terminate()
    try:
        status = process.wait(STOP_TIMEOUT_S)
    except subprocess.TimeoutExpired:
        run.problems.append(f"the agent did not stop within {STOP_TIMEOUT_S:g} s")
        return
    run.stop_s = time.perf_counter() - began
    if status != 0:
        run.problems.append(f"the agent ended with status {status}")
