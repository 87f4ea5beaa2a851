from __future__ import annotations

import json
import os
import resource
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from relay.adapters.outbound.audit.chain_verification import ChainReport, verify_chain

KEY = b"0123456789abcdef"
STAND_IN = Path(__file__).with_name("agent_stand_in.py")
FOREVER = "1000000"


def start(path: Path | None, workers: int, count: str, **options: object) -> subprocess.Popen[bytes]:
    arguments = [sys.executable, str(STAND_IN), str(path or ""), str(workers), count]
    return subprocess.Popen(arguments, **options)  # type: ignore[call-overload, no-any-return]


def verify(path: Path) -> ChainReport:
    return verify_chain(path.read_bytes().splitlines(), KEY)


def written_ids(path: Path) -> list[str]:
    records = []
    for line in path.read_bytes().splitlines():
        try:
            record = json.loads(line)
        except ValueError:
            continue
        if record.get("audit"):
            records.append(record["requestId"])
    return records


def promised_ids(log: Path, word: str = "done") -> list[str]:
    lines = log.read_text().split("\n")[:-1]
    return [line.split()[1] for line in lines if line.startswith(word)]


@pytest.mark.parametrize("delay_s", [0.1, 0.25, 0.4])
@pytest.mark.parametrize("where", ["file", "stdout"])
def test_every_record_that_returned_is_there_when_the_process_is_killed(
    tmp_path: Path, where: str, delay_s: float
) -> None:
    audit, out, log = tmp_path / "audit.jsonl", tmp_path / "out.jsonl", tmp_path / "log"
    with out.open("ab") as stdout, log.open("wb") as stderr:
        agent = start(audit if where == "file" else None, 16, FOREVER, stdout=stdout, stderr=stderr)
        deadline_s = time.monotonic() + 20
        while not log.stat().st_size:
            assert time.monotonic() < deadline_s, "the process recorded nothing"
            time.sleep(0.01)
        time.sleep(delay_s)
        agent.send_signal(signal.SIGKILL)
        agent.wait()
    target = audit if where == "file" else out
    promised = promised_ids(log)
    assert len(promised) > 50
    assert set(promised) <= set(written_ids(target))
    report = verify(target)
    assert report.ok
    assert len(report.torn_lines) <= 1
    if where == "file":
        again = start(audit, 1, "3", stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        assert again.wait(20) == 0
        assert verify(audit).ok
        assert verify(audit).record_count == report.record_count + 3


def test_records_are_refused_and_the_file_stays_whole_when_the_disk_is_full(tmp_path: Path) -> None:
    audit, log = tmp_path / "audit.jsonl", tmp_path / "log"

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))

    with log.open("wb") as stderr:
        agent = start(audit, 8, "50", stdout=subprocess.PIPE, stderr=stderr, preexec_fn=limit)
        output = agent.communicate(timeout=30)[0]
    assert agent.returncode == 0
    done, refused = promised_ids(log), promised_ids(log, "refused")
    assert len(done) + len(refused) == 400
    assert refused
    assert set(done) <= set(written_ids(audit))
    assert not set(refused) & set(written_ids(audit))
    assert audit.stat().st_size <= 100_000
    report = verify(audit)
    assert (report.ok, report.torn_lines) == (True, ())
    assert [
        line for line in output.splitlines(keepends=True) if b'"audit":true' in line
    ] == audit.read_bytes().splitlines(keepends=True)
    assert b'"error":"EFBIG"' in output


def test_process_ends_in_good_time_when_nobody_reads_its_output(tmp_path: Path) -> None:
    read_end, write_end = os.pipe()
    with (tmp_path / "log").open("wb") as stderr:
        agent = start(tmp_path / "audit.jsonl", 200, "3", stdout=write_end, stderr=stderr)
        os.close(write_end)
        try:
            assert agent.wait(20) == 0
        finally:
            os.close(read_end)
    refused, done = promised_ids(tmp_path / "log", "refused"), promised_ids(tmp_path / "log")
    assert refused
    assert len(done) + len(refused) == 600
    report = verify(tmp_path / "audit.jsonl")
    assert (report.ok, report.torn_lines) == (True, ())


def test_records_are_refused_when_the_reader_of_the_output_has_gone(tmp_path: Path) -> None:
    read_end, write_end = os.pipe()
    os.close(read_end)
    with (tmp_path / "log").open("wb") as stderr:
        agent = start(None, 4, "5", stdout=write_end, stderr=stderr)
        os.close(write_end)
        assert agent.wait(20) == 0
    assert len(promised_ids(tmp_path / "log", "refused")) == 20


def test_second_process_is_turned_away_when_the_file_is_taken(tmp_path: Path) -> None:
    audit, log = tmp_path / "audit.jsonl", tmp_path / "log"
    with log.open("wb") as stderr:
        first = start(audit, 1, FOREVER, stdout=subprocess.DEVNULL, stderr=stderr)
        try:
            deadline_s = time.monotonic() + 20
            while not log.stat().st_size:
                assert time.monotonic() < deadline_s, "the process recorded nothing"
                time.sleep(0.01)
            second = start(audit, 1, "1", stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
            assert b"another process writes it" in second.communicate(timeout=20)[1]
            assert second.returncode != 0
        finally:
            first.kill()
            first.wait()
    assert verify(audit).ok
