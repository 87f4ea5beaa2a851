from __future__ import annotations

import json
from typing import Any

import anyio
import pytest

from relay.adapters.outbound.audit import audit_file
from relay.adapters.outbound.audit.chain_hash import ZERO_HASH
from relay.adapters.outbound.audit.chain_verification import verify_chain
from relay.adapters.outbound.audit.disabled_sink import DisabledAuditSink
from relay.adapters.outbound.audit.operational_line import operational_line
from relay.domain.audit import AuditKind, Level
from relay.domain.errors import RelayError


def read_lines(data: bytes) -> list[dict[str, Any]]:
    assert data == b"" or data.endswith(b"\n")
    return [json.loads(line) for line in data.split(b"\n") if line]


async def test_line_is_that_of_the_contract_when_recorded(open_sink, make_event, pipe) -> None:
    with open_sink() as trail:
        await trail.sink.record(make_event(AuditKind.REQUEST_RECEIVED, method="execute", incidentId="inc"))
        head = trail.sink.head
    (line,) = read_lines(pipe.finish())
    assert list(line) == [
        "time", "level", "msg", "audit", "event", "seq", "requestId", "method", "relayId", "tenantId", "incidentId",
        "chainId", "prevHash", "hash",
    ]  # fmt: skip
    assert line["time"] == "2026-01-15T10:30:01.234Z"
    assert (line["level"], line["msg"], line["event"]) == ("info", "Request received", "request.received")
    assert (line["seq"], line["audit"], line["prevHash"]) == (1, True, ZERO_HASH)
    assert line["hash"] == head


async def test_both_outputs_hold_the_same_lines_when_a_file_is_set(open_sink, make_event, pipe, tmp_path) -> None:
    path = tmp_path / "audit.jsonl"
    with open_sink(path, key=b"k" * 16) as trail:
        for _ in range(10):
            await trail.sink.record(make_event(), make_event(AuditKind.REQUEST_COMPLETED))
    assert pipe.finish() == path.read_bytes()
    report = verify_chain(path.read_bytes().splitlines(), b"k" * 16)
    assert (report.ok, report.record_count, report.torn_lines) == (True, 20, ())
    assert "chainId" not in json.loads(path.read_bytes().splitlines()[0])


async def test_records_keep_the_order_of_the_calls_when_posted_and_recorded(open_sink, make_event, pipe) -> None:
    with open_sink() as trail:
        for number in range(50):
            trail.sink.post(make_event(rowCount=number))
        await trail.sink.record(make_event(rowCount=50))
    assert [line["rowCount"] for line in read_lines(pipe.finish())] == list(range(51))


async def test_record_waits_for_what_was_posted_when_it_has_no_event_itself(
    open_sink, make_event, tmp_path, pipe
) -> None:
    pipe.start_reading()
    path = tmp_path / "audit.jsonl"
    with open_sink(path) as trail:
        for _ in range(100):
            trail.sink.post(make_event())
        await trail.sink.record()
        assert path.read_bytes().count(b"\n") == 100


async def test_ten_thousand_records_keep_order_and_chain_when_concurrent(open_sink, make_event, pipe, tmp_path) -> None:
    path = tmp_path / "audit.jsonl"
    pipe.start_reading()
    with open_sink(path) as trail:
        async with anyio.create_task_group() as tasks:
            for number in range(10_000):
                tasks.start_soon(trail.sink.record, make_event(rowCount=number))
    data = path.read_bytes()
    lines = read_lines(data)
    assert [line["rowCount"] for line in lines] == list(range(10_000))
    assert [line["seq"] for line in lines] == list(range(1, 10_001))
    assert verify_chain(data.splitlines()).ok
    assert pipe.finish() == data


async def test_lines_do_not_interleave_when_operational_lines_share_the_output(open_sink, make_event, pipe) -> None:
    pipe.start_reading()
    with open_sink() as trail:
        for number in range(500):
            trail.opened.writer.write_line(operational_line(Level.INFO, "x" * 5000, {"count": number}))
            trail.sink.post(make_event(statement="y" * 5000))
        await trail.sink.record()
    lines = read_lines(pipe.finish())
    assert [line["count"] for line in lines if "audit" not in line] == list(range(500))
    assert [line["seq"] for line in lines if "audit" in line] == list(range(1, 501))


async def test_chain_goes_on_across_a_restart_when_there_is_a_file(open_sink, make_event, tmp_path) -> None:
    path = tmp_path / "audit.jsonl"
    details = []
    for _ in range(3):
        with open_sink(path) as trail:
            details.append(trail.opened.start_detail)
            await trail.sink.record(make_event(), make_event())
    assert details == [
        "a new hash chain", "the hash chain goes on after seq 2", "the hash chain goes on after seq 4"
    ]  # fmt: skip
    assert [json.loads(line)["seq"] for line in path.read_bytes().splitlines()] == [1, 2, 3, 4, 5, 6]
    assert verify_chain(path.read_bytes().splitlines()).ok


@pytest.mark.parametrize("kept", [1, 20, 300], ids=["a-byte", "some", "most"])
async def test_torn_last_line_is_closed_and_named_when_the_file_is_opened_again(
    open_sink, make_event, tmp_path, kept
) -> None:
    path = tmp_path / "audit.jsonl"
    with open_sink(path) as trail:
        await trail.sink.record(make_event(), make_event(), make_event())
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(lines[0] + lines[1] + lines[2][:kept])
    with open_sink(path) as trail:
        assert trail.opened.torn
        assert f"a torn last line of {kept} bytes was closed" in trail.opened.start_detail
        await trail.sink.record(make_event())
    report = verify_chain(path.read_bytes().splitlines())
    assert (report.ok, report.torn_lines, report.record_count) == (True, (3,), 3)


async def test_last_line_counts_as_whole_when_only_its_newline_is_missing(open_sink, make_event, tmp_path) -> None:
    path = tmp_path / "audit.jsonl"
    with open_sink(path) as trail:
        await trail.sink.record(make_event(), make_event())
    path.write_bytes(path.read_bytes()[:-1])
    with open_sink(path) as trail:
        assert not trail.opened.torn
        await trail.sink.record(make_event())
    report = verify_chain(path.read_bytes().splitlines())
    assert (report.ok, report.torn_lines, report.record_count) == (True, (), 3)


@pytest.mark.parametrize(
    ("content", "detail"),
    [
        (b"", "a new hash chain"),
        (b"not json\n", "a new hash chain: the audit file ends without a chained record"),
        (b"\x00" * 5_000_000, "a torn last line of"),
        (b'{"audit":true,"seq":"x","hash":7}\n', "ends without a chained record"),
        (b"\n" * 70_000, "ends without a chained record"),
    ],
    ids=["empty", "garbage", "zeros", "odd-record", "blank"],
)
async def test_new_chain_starts_when_the_file_holds_no_record(open_sink, make_event, tmp_path, content, detail) -> None:
    path = tmp_path / "audit.jsonl"
    path.write_bytes(content)
    with open_sink(path) as trail:
        assert detail in trail.opened.start_detail
        await trail.sink.record(make_event())
    last = json.loads(path.read_bytes().splitlines()[-1])
    assert (last["seq"], last["prevHash"]) == (1, ZERO_HASH)


async def test_last_record_is_found_when_much_follows_it(open_sink, make_event, tmp_path) -> None:
    path = tmp_path / "audit.jsonl"
    with open_sink(path) as trail:
        await trail.sink.record(make_event())
    path.write_bytes(path.read_bytes() + b"garbage\n" * 100_000)
    with open_sink(path) as trail:
        assert trail.opened.start_detail == "the hash chain goes on after seq 1"


async def test_records_carry_numbers_but_no_hash_when_the_chain_is_off(open_sink, make_event, tmp_path) -> None:
    path = tmp_path / "audit.jsonl"
    for _ in range(2):
        with open_sink(path, chain_enabled=False) as trail:
            await trail.sink.record(make_event())
            assert trail.sink.head == ""
    records = [json.loads(line) for line in path.read_bytes().splitlines()]
    assert [record["seq"] for record in records] == [1, 2]
    assert not any({"hash", "prevHash", "chainId"} & record.keys() for record in records)


async def test_each_process_has_its_own_chain_when_there_is_no_file(open_sink, make_event, pipe) -> None:
    for _ in range(2):
        with open_sink() as trail:
            await trail.sink.record(make_event(), make_event())
    data = pipe.finish()
    records = read_lines(data)
    assert [record["seq"] for record in records] == [1, 2, 1, 2]
    assert records[0]["chainId"] == records[1]["chainId"] != records[2]["chainId"]
    assert verify_chain(data.splitlines()).ok


async def test_everything_queued_is_written_when_the_writer_closes(open_sink, make_event, tmp_path, pipe) -> None:
    pipe.start_reading()
    path = tmp_path / "audit.jsonl"
    with open_sink(path) as trail:
        for _ in range(3000):
            trail.sink.post(make_event())
    assert path.read_bytes().count(b"\n") == 3000
    with pytest.raises(RelayError, match="AUDIT_UNAVAILABLE"):
        trail.sink.post(make_event())
    trail.opened.writer.write_line(b"late\n")


async def test_rotated_file_is_continued_in_a_new_one_when_renamed(
    open_sink, make_event, tmp_path, monkeypatch
) -> None:
    monkeypatch.setattr(audit_file, "ROTATION_CHECK_INTERVAL_S", 0.0)
    path = tmp_path / "audit.jsonl"
    with open_sink(path) as trail:
        trail.opened.writer._file._next_check_s = 0.0
        await trail.sink.record(make_event(), make_event())
        path.rename(tmp_path / "audit.jsonl.1")
        await trail.sink.record(make_event())
    assert (tmp_path / "audit.jsonl.1").read_bytes().count(b"\n") == 2
    assert path.read_bytes().count(b"\n") == 1
    both = ((tmp_path / "audit.jsonl.1").read_bytes() + path.read_bytes()).splitlines()
    assert verify_chain(both).ok


@pytest.mark.parametrize(
    "text",
    ["a\nb\r\n", "\x00", "\ud800", "\u2028\u2029\x85", "\x1b[2J", '"}\n{"audit":true', "x" * 10_000_000],
    ids=["newlines", "nul", "lone-surrogate", "separators", "terminal", "forged-record", "ten-megabytes"],
)
async def test_one_valid_line_is_written_when_a_string_is_hostile(open_sink, make_event, pipe, text) -> None:
    pipe.start_reading()
    with open_sink() as trail:
        await trail.sink.record(make_event(requestId=text, statement=text, detail=text, detections={text: [text]}))
    data = pipe.finish()
    assert len(data.decode().splitlines()) == 1
    assert json.loads(data)["audit"] is True
    assert verify_chain([data]).ok
    assert len(data) < 100_000


async def test_nothing_is_written_or_refused_when_the_trail_is_disabled(make_event) -> None:
    sink = DisabledAuditSink()
    sink.post(make_event())
    await sink.record(make_event())
    assert sink.head == ""
