from __future__ import annotations

import os
import stat
import threading
import time
from pathlib import Path

import pytest

from relay.adapters.outbound.audit import audit_file
from relay.adapters.outbound.audit.audit_file import AuditFile
from relay.adapters.outbound.audit.line_output import LineOutput
from relay.domain.errors import Reason, RelayError


class Scripted:
    """Stands in for os.write: takes so many bytes of each call, or fails."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *steps: int | OSError) -> None:
        self.taken = b""
        self._steps = list(steps)
        monkeypatch.setattr(os, "write", self._write)

    def _write(self, _: int, data: memoryview) -> int:
        step = self._steps.pop(0) if self._steps else len(data)
        if isinstance(step, OSError):
            raise step
        self.taken += bytes(data[:step])
        return min(step, len(data))


NO_SPACE = OSError(28, "No space left on device")


def test_all_lines_are_written_when_the_system_takes_them_piecemeal(monkeypatch: pytest.MonkeyPatch) -> None:
    script = Scripted(monkeypatch, 1, 2, 3)
    progress = LineOutput(9, name="stdout").write([b"one\n", b"two\n"])
    assert (progress.whole, progress.begun, script.taken) == (2, 2, b"one\ntwo\n")


@pytest.mark.parametrize(
    ("taken", "whole", "begun"),
    [(0, 0, 0), (1, 0, 1), (3, 0, 1), (4, 1, 1), (5, 1, 2), (8, 2, 2), (11, 2, 3)],
)
def test_progress_counts_lines_when_a_write_fails_half_way(
    monkeypatch: pytest.MonkeyPatch, taken: int, whole: int, begun: int
) -> None:
    Scripted(monkeypatch, *([taken] if taken else []), NO_SPACE)
    output = LineOutput(9, name="stdout")
    progress = output.write([b"one\n", b"two\n", b"six\n"])
    assert (progress.whole, progress.begun, output.problem) == (whole, begun, "ENOSPC")


def test_rest_of_a_torn_line_comes_first_when_there_is_room_again(monkeypatch: pytest.MonkeyPatch) -> None:
    script = Scripted(monkeypatch, 6, NO_SPACE, NO_SPACE, 1, NO_SPACE)
    output = LineOutput(9, name="stdout")
    output.write([b"one\n", b"two\n", b"six\n"])
    assert not output.settle()
    assert not output.settle()
    assert output.settle()
    assert script.taken == b"one\ntwo\n"
    output.write([b"new\n"])
    assert script.taken == b"one\ntwo\nnew\n"
    assert output.problem == ""


def test_write_waits_when_a_non_blocking_descriptor_is_full() -> None:
    read_end, write_end = os.pipe()
    os.set_blocking(write_end, False)
    output = LineOutput(write_end, name="stdout")
    line = b"x" * 300_000 + b"\n"
    got: list[bytes] = []

    def read_slowly() -> None:
        while sum(map(len, got)) < len(line):
            time.sleep(0.01)
            got.append(os.read(read_end, 65_536))

    reader = threading.Thread(target=read_slowly)
    reader.start()
    assert output.write([line]).whole == 1
    reader.join()
    assert b"".join(got) == line
    os.close(read_end)
    os.close(write_end)


def test_write_stops_when_told_to_give_up() -> None:
    read_end, write_end = os.pipe()
    os.set_blocking(write_end, False)
    output = LineOutput(write_end, name="stdout")
    threading.Timer(0.1, output.give_up).start()
    progress = output.write([b"x" * 300_000 + b"\n"])
    assert (progress.whole, progress.begun, output.problem) == (0, 1, "EAGAIN")
    os.close(read_end)
    os.close(write_end)


def test_problem_is_named_when_the_descriptor_is_closed() -> None:
    read_end, write_end = os.pipe()
    os.close(read_end)
    output = LineOutput(write_end, name="stdout")
    assert output.write([b"x\n"]).begun == 0
    assert output.problem == "EPIPE"
    os.close(write_end)
    output.write([b"x\n"])
    assert output.problem == "EBADF"


def test_file_is_for_its_owner_alone_when_new(tmp_path: Path) -> None:
    old = os.umask(0)
    try:
        file = AuditFile(tmp_path / "audit.jsonl")
    finally:
        os.umask(old)
    assert stat.S_IMODE((tmp_path / "audit.jsonl").stat().st_mode) == 0o600
    file.close()


def test_half_line_is_taken_back_when_a_file_write_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "audit.jsonl"
    file = AuditFile(path)
    real_write, calls = os.write, []

    def torn(descriptor: int, data: memoryview) -> int:
        calls.append(1)
        if len(calls) > 1:
            raise NO_SPACE
        return real_write(descriptor, data[:6])

    monkeypatch.setattr(os, "write", torn)
    progress = file.write([b"one\n", b"two\n"])
    monkeypatch.setattr(os, "write", real_write)
    assert (progress.whole, progress.begun, path.read_bytes()) == (1, 1, b"one\n")
    assert file.settle()
    file.write([b"new\n"])
    assert path.read_bytes() == b"one\nnew\n"
    file.close()


def test_half_line_is_finished_when_it_can_not_be_taken_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "audit.jsonl"
    file = AuditFile(path)
    real_write, calls = os.write, []

    def torn(descriptor: int, data: memoryview) -> int:
        calls.append(1)
        if len(calls) > 1:
            raise NO_SPACE
        return real_write(descriptor, data[:6])

    def no_truncate(*_: object) -> None:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(os, "ftruncate", no_truncate)
    monkeypatch.setattr(os, "write", torn)
    assert file.write([b"one\n", b"two\n", b"six\n"]).begun == 2
    monkeypatch.setattr(os, "write", real_write)
    assert file.settle()
    assert path.read_bytes() == b"one\ntwo\n"
    file.close()


@pytest.mark.parametrize("after", ["renamed", "removed", "replaced"])
def test_new_file_is_opened_when_the_path_was_rotated(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, after: str
) -> None:
    monkeypatch.setattr(audit_file, "ROTATION_CHECK_INTERVAL_S", 0.0)
    path = tmp_path / "audit.jsonl"
    file = AuditFile(path)
    file.write([b"one\n"])
    path.rename(tmp_path / "old")
    if after == "removed":
        (tmp_path / "old").unlink()
    if after == "replaced":
        path.write_bytes(b"torn")
    assert file.settle()
    file.write([b"two\n"])
    assert path.read_bytes() == (b"torn\ntwo\n" if after == "replaced" else b"two\n")
    if after == "renamed":
        assert (tmp_path / "old").read_bytes() == b"one\n"
    file.close()


def test_file_fails_until_the_directory_is_back_when_it_was_moved_away(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(audit_file, "ROTATION_CHECK_INTERVAL_S", 0.0)
    (tmp_path / "logs").mkdir()
    file = AuditFile(tmp_path / "logs" / "audit.jsonl")
    (tmp_path / "logs").rename(tmp_path / "away")
    assert not file.settle()
    assert file.problem == "ENOENT"
    (tmp_path / "logs").mkdir()
    assert file.settle()
    file.write([b"x\n"])
    assert (tmp_path / "logs" / "audit.jsonl").read_bytes() == b"x\n"
    file.close()


def refuse_open(path: Path) -> RelayError:
    with pytest.raises(RelayError) as caught:
        AuditFile(path)
    assert caught.value.reason is Reason.AUDIT_UNAVAILABLE
    assert str(path) not in str(caught.value)
    return caught.value


def test_open_is_refused_when_the_path_is_not_a_plain_file(tmp_path: Path) -> None:
    (tmp_path / "target").write_bytes(b"")
    (tmp_path / "link").symlink_to(tmp_path / "target")
    os.mkfifo(tmp_path / "fifo")
    assert "symbolic link" in refuse_open(tmp_path / "link").hint
    assert "regular file" in refuse_open(tmp_path / "fifo").hint
    assert "regular file" in refuse_open(Path("/dev/null")).hint
    assert "EISDIR" in refuse_open(tmp_path).detail
    assert "directory" in refuse_open(tmp_path / "no" / "file").hint


def test_open_is_refused_when_another_writer_holds_the_file(tmp_path: Path) -> None:
    file = AuditFile(tmp_path / "audit.jsonl")
    assert "another process" in refuse_open(tmp_path / "audit.jsonl").hint
    file.close()
    AuditFile(tmp_path / "audit.jsonl").close()
