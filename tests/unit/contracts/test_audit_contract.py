"""What every AuditSink keeps."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from relay.adapters.outbound.audit.jsonl_sink import JsonLinesAuditSink
from relay.adapters.outbound.audit.open_trail import open_audit_trail
from relay.adapters.outbound.memory import FakeClock, MemoryAuditSink
from relay.application.ports.audit import AuditSink
from relay.domain.audit import AuditEvent, AuditKind
from relay.domain.errors import Reason, RelayError


@dataclass
class Harness:
    sink: AuditSink
    written: Any
    break_it: Any
    mend_it: Any


def memory_harness(_: Path) -> Iterator[Harness]:
    sink = MemoryAuditSink()
    yield Harness(
        sink=sink,
        written=lambda: [str(event.fields.get("requestId")) for event in sink.events],
        break_it=lambda: setattr(sink, "broken", True),
        mend_it=lambda: setattr(sink, "broken", False),
    )


def lines_harness(folder: Path) -> Iterator[Harness]:
    path = folder / "lines"
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND)
    full = os.open("/dev/full", os.O_WRONLY)
    spare = os.dup(descriptor)
    trail = open_audit_trail(descriptor=descriptor)
    sink = JsonLinesAuditSink(
        writer=trail.writer, clock=FakeClock(), chain=trail.chain, relay_id="r", tenant_id="t", scrub=str
    )

    def written() -> list[str]:
        return [record["requestId"] for record in map(json.loads, path.read_text().splitlines()) if record.get("audit")]

    with trail.writer:
        yield Harness(
            sink=sink,
            written=written,
            break_it=lambda: os.dup2(full, descriptor),
            mend_it=lambda: os.dup2(spare, descriptor),
        )
    for each in (descriptor, full, spare):
        os.close(each)


@pytest.fixture(params=[memory_harness, lines_harness], ids=["memory", "json-lines"])
def harness(request, tmp_path) -> Iterator[Harness]:
    yield from request.param(tmp_path)


def event(request_id: str) -> AuditEvent:
    return AuditEvent(kind=AuditKind.REQUEST_RECEIVED, fields={"requestId": request_id})


async def test_records_written_in_the_order_of_the_calls(harness) -> None:
    for number in range(0, 100, 2):
        harness.sink.post(event(str(number)))
        await harness.sink.record(event(str(number + 1)))
    assert harness.written() == [str(number) for number in range(100)]


async def test_posted_records_written_when_record_returns(harness) -> None:
    for number in range(50):
        harness.sink.post(event(str(number)))
    await harness.sink.record(event("last"), event("very last"))
    assert len(harness.written()) == 52


async def test_head_moves_with_each_record(harness) -> None:
    heads = {harness.sink.head}
    for number in range(3):
        await harness.sink.record(event(str(number)))
        heads.add(harness.sink.head)
    assert len(heads) == 4


async def test_unavailable_while_it_can_not_be_written_and_fine_afterwards(harness) -> None:
    await harness.sink.record(event("before"))
    harness.break_it()
    with pytest.raises(RelayError) as caught:
        await harness.sink.record(event("lost"))
    assert caught.value.reason is Reason.AUDIT_UNAVAILABLE
    harness.mend_it()
    await harness.sink.record(event("after"))
    assert [name for name in harness.written() if name != "lost"] == ["before", "after"]
