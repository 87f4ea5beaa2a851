from __future__ import annotations

import asyncio
import json
import os
import time
from typing import Any

import anyio
import pytest

from relay.adapters.outbound.audit.chain_hash import ZERO_HASH
from relay.adapters.outbound.audit.chain_verification import verify_chain
from relay.domain.audit import AuditKind
from relay.domain.errors import Reason, RelayError

NO_SPACE = OSError(28, "No space left on device")


class FailingWrites:
    """Makes os.write fail for one descriptor, after so many bytes."""

    def __init__(self, monkeypatch, descriptor: int) -> None:
        self.failing = False
        self.room = 0
        self._descriptor = descriptor
        self._real = os.write
        monkeypatch.setattr(os, "write", self._write)

    def _write(self, descriptor: int, data: bytes) -> int:
        if not self.failing or descriptor != self._descriptor:
            return self._real(descriptor, data)
        if self.room <= 0:
            raise NO_SPACE
        taken = self._real(descriptor, data[: self.room])
        self.room -= taken
        return taken


@pytest.fixture(params=[True, False], ids=["file", "no-file"])
def audit_path(request, tmp_path):
    return tmp_path / "audit.jsonl" if request.param else None


@pytest.fixture
def fail_writes(monkeypatch):
    return lambda descriptor: FailingWrites(monkeypatch, descriptor)


def read_lines(data: bytes) -> list[dict[str, Any]]:
    assert data == b"" or data.endswith(b"\n")
    return [json.loads(line) for line in data.split(b"\n") if line]


def file_descriptor(trail) -> int:
    return trail.opened.writer._file._descriptor


async def refused(awaitable) -> RelayError:
    with pytest.raises(RelayError) as caught:
        await awaitable
    assert caught.value.reason is Reason.AUDIT_UNAVAILABLE
    return caught.value


@pytest.mark.parametrize("room", [0, 1, 200, 700], ids=["none", "a-byte", "half-a-line", "a-line-and-a-half"])
async def test_file_stays_whole_when_it_fails_and_recovers(open_sink, make_event, tmp_path, fail_writes, room) -> None:
    path = tmp_path / "audit.jsonl"
    with open_sink(path) as trail:
        await trail.sink.record(make_event(rowCount=1))
        disk = fail_writes(file_descriptor(trail))
        disk.failing, disk.room = True, room
        await refused(trail.sink.record(make_event(rowCount=2), make_event(rowCount=3)))
        await refused(trail.sink.record(make_event(rowCount=4)))
        in_file = path.read_bytes()
        assert in_file.endswith(b"\n")
        disk.failing = False
        await trail.sink.record(make_event(rowCount=5))
    report = verify_chain(path.read_bytes().splitlines())
    assert (report.ok, report.torn_lines) == (True, ())
    audit_on_stdout = [line for line in trail.pipe.finish().splitlines(keepends=True) if b'"audit":true' in line]
    assert b"".join(audit_on_stdout) == path.read_bytes()


@pytest.mark.parametrize("room", [0, 1, 200, 700], ids=["none", "a-byte", "half-a-line", "a-line-and-a-half"])
async def test_stdout_misses_and_tears_nothing_when_it_fails_and_recovers(
    open_sink, make_event, audit_path, fail_writes, room
) -> None:
    path = audit_path
    with open_sink(path) as trail:
        await trail.sink.record(make_event(rowCount=1))
        out = fail_writes(trail.pipe.write_end)
        out.failing, out.room = True, room
        await refused(trail.sink.record(make_event(rowCount=2), make_event(rowCount=3)))
        for number in range(4, 8):
            await refused(trail.sink.record(make_event(rowCount=number)))
        out.failing = False
        await trail.sink.record(make_event(rowCount=9))
    audit = [line for line in trail.pipe.finish().splitlines(keepends=True) if b'"audit":true' in line]
    report = verify_chain(audit)
    assert (report.ok, report.torn_lines) == (True, ())
    if path is not None:
        assert b"".join(audit) == path.read_bytes()
    counts = [json.loads(line)["rowCount"] for line in audit]
    assert counts[0] == 1
    assert counts[-1] == 9
    assert not {4, 5, 6, 7} & set(counts), "what is refused while an output owes is written nowhere"


async def test_failure_and_recovery_are_logged_once_when_the_file_fails(
    open_sink, make_event, tmp_path, fail_writes
) -> None:
    with open_sink(tmp_path / "audit.jsonl") as trail:
        disk = fail_writes(file_descriptor(trail))
        disk.failing = True
        for _ in range(5):
            await refused(trail.sink.record(make_event()))
        disk.failing = False
        await trail.sink.record(make_event())
    notices = [line for line in read_lines(trail.pipe.finish()) if "audit" not in line]
    assert [(line["level"], line["msg"]) for line in notices] == [
        ("error", "Audit output failed"), ("warn", "Audit output works again")
    ]  # fmt: skip
    assert notices[0]["error"] == "ENOSPC"


async def test_record_is_refused_when_stdout_is_a_full_device(open_sink, make_event) -> None:
    descriptor = os.open("/dev/full", os.O_WRONLY)
    with open_sink(descriptor=descriptor) as trail:
        await refused(trail.sink.record(make_event()))
        assert trail.sink.head == ZERO_HASH
    os.close(descriptor)


async def test_record_is_refused_when_the_reader_has_gone(open_sink, make_event, pipe) -> None:
    with open_sink() as trail:
        await trail.sink.record(make_event())
        pipe.close_reader()
        await refused(trail.sink.record(make_event()))
        await refused(trail.sink.record(make_event()))


@pytest.mark.parametrize("non_blocking", [True, False])
async def test_record_is_refused_in_two_seconds_and_the_loop_runs_on_when_the_reader_stalls(
    open_sink, make_event, pipe, non_blocking
) -> None:
    pipe.fill()
    if non_blocking:
        pipe.set_non_blocking()
    longest_pause_s = 0.0

    async def watch_loop() -> None:
        nonlocal longest_pause_s
        while True:
            before_s = time.monotonic()
            await asyncio.sleep(0.01)
            longest_pause_s = max(longest_pause_s, time.monotonic() - before_s - 0.01)

    with open_sink() as trail:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(watch_loop)
            started_s = time.monotonic()
            await refused(trail.sink.record(make_event(rowCount=1)))
            assert 1.9 < time.monotonic() - started_s < 10
            await anyio.sleep(0.1)
            started_s = time.monotonic()
            await refused(trail.sink.record(make_event(rowCount=2)))
            with pytest.raises(RelayError, match="AUDIT_UNAVAILABLE"):
                trail.sink.post(make_event(rowCount=3))
            assert time.monotonic() - started_s < 1.5, "refused at once while the writer is known to be stalled"
            pipe.start_reading()
            await anyio.sleep(0.2)
            await trail.sink.record(make_event(rowCount=4))
            tasks.cancel_scope.cancel()
    assert longest_pause_s < 0.25
    lines = read_lines(pipe.finish())
    assert [line["rowCount"] for line in lines if "audit" in line] == [1, 4]
    assert "Audit output stalled" in [line["msg"] for line in lines]


async def test_post_is_refused_when_the_queue_is_full(pipe, open_sink, make_event) -> None:
    pipe.fill()
    with open_sink() as trail:
        trail.opened.writer._capacity = 100
        refused_count = 0
        for _ in range(200):
            try:
                trail.sink.post(make_event())
            except RelayError:
                refused_count += 1
        assert 90 <= refused_count <= 100
        pipe.start_reading()


async def test_operational_lines_leave_room_for_records_when_they_flood(open_sink, make_event, pipe) -> None:
    pipe.fill()
    with open_sink() as trail:
        trail.opened.writer._capacity = 100
        for _ in range(500):
            trail.opened.writer.write_line(b'{"msg":"flood"}\n')
        trail.sink.post(make_event())
        pipe.start_reading()
        await trail.sink.record()
        await trail.sink.record()
    lines = read_lines(pipe.finish())
    assert sum("audit" in line for line in lines) == 1
    dropped = [line for line in lines if line["msg"] == "Log lines dropped"]
    assert dropped
    assert sum(line["msg"] == "flood" for line in lines) + sum(line["count"] for line in dropped) == 500


async def test_record_is_written_all_the_same_when_its_caller_is_cancelled(
    open_sink, make_event, tmp_path, pipe
) -> None:
    pipe.fill()
    path = tmp_path / "audit.jsonl"
    with open_sink(path) as trail:
        with anyio.move_on_after(0.05) as scope:
            await trail.sink.record(make_event())
        assert scope.cancelled_caught
        pipe.start_reading()
    assert path.read_bytes().count(b"\n") == 1


async def test_request_can_record_no_further_when_a_posted_record_of_it_was_lost(
    open_sink, make_event, tmp_path, fail_writes
) -> None:
    with open_sink(tmp_path / "audit.jsonl") as trail:
        disk = fail_writes(file_descriptor(trail))
        disk.failing = True
        trail.sink.post(make_event(AuditKind.REQUEST_RECEIVED, requestId="lost"))
        await refused(trail.sink.record())
        disk.failing = False
        await trail.sink.record(make_event(requestId="other"))
        assert "earlier record" in (await refused(trail.sink.record(make_event(requestId="lost")))).detail


async def test_writer_goes_on_when_a_record_can_not_be_laid_out(open_sink, make_event, monkeypatch, pipe) -> None:
    with open_sink() as trail:
        real = trail.sink._layout.lay_out
        calls = []

        def second_fails(event, at, seq):
            calls.append(seq)
            if len(calls) == 2:
                raise ZeroDivisionError
            return real(event, at, seq)

        monkeypatch.setattr(trail.sink._layout, "lay_out", second_fails)
        await refused(trail.sink.record(make_event(), make_event(requestId=["odd"])))
        await trail.sink.record(make_event())
    assert [json.loads(line)["seq"] for line in pipe.finish().splitlines()] == [1]


async def test_closing_ends_when_nobody_reads(open_sink, make_event, pipe) -> None:
    pipe.fill()
    pipe.set_non_blocking()
    with open_sink() as trail:
        trail.sink.post(make_event())
        started_s = time.monotonic()
    assert 1.5 < time.monotonic() - started_s < 10
    assert not trail.opened.writer._thread.is_alive()
