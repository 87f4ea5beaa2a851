"""Run as a process by the tests: records under load until it is killed, or until told how many.

Prints on standard error the sequence of each record once `record` has returned.
"""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

import anyio

from relay.adapters.outbound.audit.jsonl_sink import JsonLinesAuditSink
from relay.adapters.outbound.audit.open_trail import open_audit_trail
from relay.adapters.outbound.system.clock import SystemClock
from relay.domain.audit import AuditEvent, AuditKind
from relay.domain.errors import RelayError


async def load(sink: JsonLinesAuditSink, worker: int, count: int) -> None:
    for number in range(count):
        name = f"w{worker}-{number}"
        event = AuditEvent(kind=AuditKind.REQUEST_STARTED, fields={"requestId": name, "statement": "SELECT ? " * 50})
        try:
            await sink.record(event)
        except RelayError as error:
            os.write(2, f"refused {name} {error.reason}\n".encode())
        else:
            os.write(2, f"done {name}\n".encode())


async def main(sink: JsonLinesAuditSink, worker_count: int, count: int) -> None:
    async with anyio.create_task_group() as tasks:
        for worker in range(worker_count):
            tasks.start_soon(load, sink, worker, count)


if __name__ == "__main__":
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    trail = open_audit_trail(file=Path(sys.argv[1]) if sys.argv[1] else None, key=b"0123456789abcdef")
    the_sink = JsonLinesAuditSink(
        writer=trail.writer, clock=SystemClock(), chain=trail.chain, relay_id="r", tenant_id="t", scrub=str
    )
    with trail.writer:
        anyio.run(main, the_sink, int(sys.argv[2]), int(sys.argv[3]))
