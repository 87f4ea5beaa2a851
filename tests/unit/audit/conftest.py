from __future__ import annotations

import fcntl
import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import pytest

from relay.adapters.outbound.audit.jsonl_sink import JsonLinesAuditSink
from relay.adapters.outbound.audit.open_trail import AuditTrail, open_audit_trail
from relay.domain.audit import AuditEvent, AuditKind

RELAY_ID = "5f0c1d3e-0000-4000-8000-000000000001"


class FixedClock:
    def now(self) -> datetime:
        return datetime(2026, 1, 15, 10, 30, 1, 234567, tzinfo=UTC)

    def monotonic_s(self) -> float:
        return 0.0


class Pipe:
    """A pipe with a reader that can be held back, and closed."""

    def __init__(self) -> None:
        self.read_end, self.write_end = os.pipe()
        self._chunks: list[bytes] = []
        self._thread: threading.Thread | None = None

    def start_reading(self) -> None:
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def _read(self) -> None:
        while chunk := os.read(self.read_end, 65_536):
            self._chunks.append(chunk)

    def close_reader(self) -> None:
        os.close(self.read_end)
        self.read_end = -1

    def finish(self) -> bytes:
        """Close the writing end and return all that was written."""
        if self.write_end >= 0:
            os.close(self.write_end)
            self.write_end = -1
        if self._thread is None and self.read_end >= 0:
            self.start_reading()
        if self._thread is not None:
            self._thread.join(5)
        return b"".join(self._chunks)

    def end(self) -> None:
        """Close what is open, the reading end last: its thread must not read from a number that is taken again."""
        if self.write_end >= 0:
            os.close(self.write_end)
        if self._thread is not None:
            self._thread.join(5)
        if self.read_end >= 0:
            os.close(self.read_end)

    def fill(self) -> None:
        """Write until nothing more fits, so that the next write blocks."""
        flags = fcntl.fcntl(self.write_end, fcntl.F_GETFL)
        self.set_non_blocking()
        for size in (4096, 1):
            while True:
                try:
                    os.write(self.write_end, b"\n" * size)
                except BlockingIOError:
                    break
        fcntl.fcntl(self.write_end, fcntl.F_SETFL, flags)

    def set_non_blocking(self) -> None:
        os.set_blocking(self.write_end, False)


@dataclass
class Trail:
    """A sink at work."""

    sink: JsonLinesAuditSink
    opened: AuditTrail
    path: Path | None
    pipe: Pipe
    clock: FixedClock = field(default_factory=FixedClock)


@pytest.fixture
def pipe() -> Iterator[Pipe]:
    made = Pipe()
    yield made
    made.end()


@pytest.fixture
def make_event() -> Callable[..., AuditEvent]:
    def make(kind: AuditKind = AuditKind.REQUEST_STARTED, **fields: object) -> AuditEvent:
        return AuditEvent(kind=kind, fields={"requestId": "req-1", **fields})  # type: ignore[dict-item]

    return make


@pytest.fixture
def open_sink(pipe: Pipe) -> Callable[..., object]:
    """Give a context manager that opens a running sink, on the test's pipe unless told otherwise."""

    @contextmanager
    def open_it(
        path: Path | None = None,
        *,
        scrub: Callable[[str], str] = str,
        key: bytes | None = None,
        chain_enabled: bool = True,
        descriptor: int | None = None,
        timeout_s: float = 2.0,
    ) -> Iterator[Trail]:
        opened = open_audit_trail(
            file=path,
            key=key,
            chain_enabled=chain_enabled,
            descriptor=pipe.write_end if descriptor is None else descriptor,
        )
        sink = JsonLinesAuditSink(
            writer=opened.writer,
            clock=FixedClock(),
            chain=opened.chain,
            relay_id=RELAY_ID,
            tenant_id="acme",
            scrub=scrub,
            timeout_s=timeout_s,
        )
        with opened.writer:
            yield Trail(sink=sink, opened=opened, path=path, pipe=pipe)

    return open_it
