"""The agent of the demo: `relay run` in a process of its own, and what it writes on its standard output."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import anyio
import orjson
import yaml

from relay.bootstrap.demo.child_process import child_process, end_group, log_tail
from relay.bootstrap.demo.loopback import LOOPBACK

LAST_EVENTS = frozenset({"request.completed", "request.rejected", "request.failed"})
AUDIT_TIMEOUT_S = 3.0
POLL_INTERVAL_S = 0.01

Record = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentProcess:
    """A running agent. `output_file` is where its standard output goes."""

    process: subprocess.Popen[bytes]
    output_file: Path

    def lines(self) -> list[bytes]:
        """Return every whole line that it wrote so far."""
        return self.output_file.read_bytes().splitlines(keepends=True)

    def audit_records(self, *, after_seq: int = 0) -> list[Record]:
        """Return its audit records so far, after the one with this number."""
        records = []
        for line in self.lines():
            if line.endswith(b"\n") and b'"audit":true' in line:
                record: Record = orjson.loads(line)
                if record["seq"] > after_seq:
                    records.append(record)
        return records

    async def records_of(self, request_id: str, *, masked: bool) -> list[Record]:
        """Return the audit records of a request, waiting until it has the last of them, or AUDIT_TIMEOUT_S is over."""
        wanted = {"masking.applied"} if masked else set[str]()
        found: list[Record] = []
        with anyio.move_on_after(AUDIT_TIMEOUT_S):
            while True:
                found = [record for record in self.audit_records() if record.get("requestId") == request_id]
                events = {record["event"] for record in found}
                if events & LAST_EVENTS and wanted <= events:
                    break
                await anyio.sleep(POLL_INTERVAL_S)
        return found

    def log_tail(self) -> str:
        """Return the end of its output, for when it failed."""
        return log_tail(self.output_file)


@asynccontextmanager
async def agent_process(
    configuration: Mapping[str, Any], secrets: Mapping[str, str], folder: Path
) -> AsyncIterator[AgentProcess]:
    """Run the agent with this configuration until the block is left; `secrets` go into its environment."""
    config_file = folder / "relay-config.yaml"
    config_file.write_text(yaml.safe_dump(dict(configuration), sort_keys=False), encoding="utf-8")
    # its health file and whatever else it leaves must not meet those of a real agent on this machine
    own = {"RUNTIME_DIRECTORY": str(folder), "NO_PROXY": LOOPBACK, "no_proxy": LOOPBACK}
    command = [sys.executable, "-m", "relay.bootstrap.cli.main", "run", "--config", str(config_file)]
    output_file = folder / "agent.jsonl"
    environment = {**os.environ, **own, **secrets}
    with child_process(command, folder=folder, log_file=output_file, environment=environment) as process:
        try:
            yield AgentProcess(process=process, output_file=output_file)
        finally:
            # in a thread: the control plane must go on serving while the agent takes its leave
            with anyio.CancelScope(shield=True):
                await anyio.to_thread.run_sync(end_group, process)
