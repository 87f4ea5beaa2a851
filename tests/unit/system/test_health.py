from __future__ import annotations

import json
import os
import resource
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from relay.adapters.outbound.system import health_state
from relay.adapters.outbound.system.health_file import HealthFile
from relay.adapters.outbound.system.health_state import MAX_AGE_S, boot_id, failed_check, process_start, state_path
from relay.bootstrap.cli.health_command import main

HEAVY_MODULES = [
    "anyio", "argparse", "asyncio", "dataclasses", "logging", "pathlib", "pydantic", "sqlglot", "structlog", "typing",
]  # fmt: skip
RUN_HEALTH = "import sys; from relay.bootstrap.cli.health_command import main; sys.exit(main([]))"


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("RUNTIME_DIRECTORY", str(tmp_path))
    return Path(state_path())


def rewrite(path: Path, **changes: object) -> None:
    path.write_text(json.dumps({**json.loads(path.read_text()), **changes}))


def test_health_is_fine_when_alive_and_connected(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert HealthFile().update(connected=True)
    assert main([]) == 0
    assert capsys.readouterr() == ("", "")


def test_health_says_so_when_not_connected(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    HealthFile().update(connected=False)
    assert main([]) == 1
    assert capsys.readouterr().err == "relay health: the agent is not connected to its control plane\n"


def test_state_is_that_of_the_last_update_when_written_again(path: Path) -> None:
    health = HealthFile()
    health.update(connected=True)
    health.update(connected=False)
    assert "not connected" in failed_check(str(path))
    health.update(connected=True)
    assert failed_check(str(path)) == ""
    assert [entry.name for entry in path.parent.iterdir()] == [path.name]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    health.remove()
    health.remove()
    assert "no state file" in failed_check(str(path))


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"bootId": "another"}, "before the last boot"),
        ({"monotonicS": time.monotonic() - MAX_AGE_S - 1}, "stale"),
        ({"monotonicS": time.monotonic() + 1e6}, "stale"),
        ({"monotonicS": float("nan")}, "stale"),
        ({"processStart": "1"}, "not running"),
        ({"pid": 2**22 + 1}, "not running"),
        ({"pid": -1, "processStart": ""}, "not running"),
        ({"pid": 0, "processStart": ""}, "not running"),
        ({"pid": 10**30, "processStart": ""}, "not running"),
        ({"connected": "yes"}, "not connected"),
        ({"connected": 1}, "not connected"),
        ({"pid": None}, "can't be read"),
        ({"monotonicS": "soon"}, "can't be read"),
    ],
)
def test_failing_check_is_named_when_the_state_does_not_hold(
    path: Path, changes: dict[str, object], problem: str
) -> None:
    HealthFile().update(connected=True)
    rewrite(path, **changes)
    assert problem in failed_check(str(path))


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"[]", b"{}", b"null", b"\xff\xfe", b"[" * 4000, b'{"pid":' + b"1" * 5000 + b"}"],
    ids=["empty", "torn", "array", "no-keys", "null", "not-utf8", "deep", "long"],
)
def test_state_is_refused_when_it_is_not_what_an_agent_writes(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    path.chmod(0o600)
    assert "can't be read" in failed_check(str(path))


def test_state_is_refused_when_it_is_a_link(path: Path) -> None:
    HealthFile(f"{path}.real").update(connected=True)
    path.symlink_to(f"{path}.real")
    assert "can't be opened" in failed_check(str(path))


def test_state_is_refused_when_it_is_not_a_file(path: Path) -> None:
    os.mkfifo(path)
    assert "not a regular file" in failed_check(str(path))


def test_state_is_refused_when_others_may_write_it(path: Path) -> None:
    HealthFile().update(connected=True)
    path.chmod(0o620)
    assert "others may write it" in failed_check(str(path))


def test_state_is_refused_when_another_user_owns_it(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    HealthFile().update(connected=True)
    monkeypatch.setattr(health_state.os, "geteuid", lambda: os.getuid() + 1)
    assert "another user owns it" in failed_check(str(path))


def test_planted_link_is_replaced_not_followed_when_the_agent_writes(path: Path, tmp_path: Path) -> None:
    (tmp_path / "victim").write_text("precious")
    path.symlink_to(tmp_path / "victim")
    assert HealthFile().update(connected=True)
    assert (tmp_path / "victim").read_text() == "precious"
    assert failed_check(str(path)) == ""


def test_agent_says_so_once_and_works_on_when_the_file_can_not_be_written(tmp_path: Path) -> None:
    health = HealthFile(str(tmp_path / "no" / "state.json"))
    with capture_logs() as logs:
        assert not health.update(connected=True)
        assert not health.update(connected=True)
    assert [entry["error"] for entry in logs] == ["ENOENT"]


def test_no_temporary_file_is_left_when_the_disk_is_full(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "write", lambda _, data: len(data) - 1)
    with capture_logs() as logs:
        assert not HealthFile().update(connected=True)
    assert [entry["error"] for entry in logs] == ["ENOSPC"]
    assert list(path.parent.iterdir()) == []


def test_agent_is_gone_when_its_process_is(path: Path) -> None:
    code = "from relay.adapters.outbound.system.health_file import HealthFile as H; H().update(connected=True)"
    subprocess.run([sys.executable, "-c", code], check=True)
    assert "is gone" in failed_check(str(path))


def test_start_of_a_process_is_known_only_while_it_runs() -> None:
    child = subprocess.Popen(["sleep", "30"])
    try:
        assert process_start(child.pid) == process_start(child.pid) != ""
        child.kill()
        os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
        assert process_start(child.pid) == "", "a zombie serves nobody"
    finally:
        child.wait()
    assert process_start(child.pid) == ""
    assert len(boot_id()) == 36


@pytest.mark.parametrize(
    ("directory", "expected"),
    [("/run/relay", "/run/relay"), ("/run/a:/run/b", "/run/a"), ("", "/tmp"), (None, "/tmp")],
)
def test_path_is_in_the_runtime_directory_when_there_is_one(
    monkeypatch: pytest.MonkeyPatch, directory: str | None, expected: str
) -> None:
    monkeypatch.delenv("RUNTIME_DIRECTORY", raising=False)
    if directory is not None:
        monkeypatch.setenv("RUNTIME_DIRECTORY", directory)
    assert state_path() == f"{expected}/relay-health-{os.geteuid()}.json"


@pytest.mark.parametrize(("arguments", "status"), [(["--help"], 0), (["-h"], 0), (["now"], 2), (["--json"], 2)])
def test_usage_is_shown_when_arguments_are_given(
    arguments: list[str], status: int, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) == status
    shown = capsys.readouterr()
    assert "usage: relay health" in (shown.err if status else shown.out)


def test_answer_costs_little_processor_time_when_asked_in_a_new_process(path: Path) -> None:
    HealthFile().update(connected=True)
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, "-c", RUN_HEALTH], check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime < 0.2


def test_nothing_heavy_is_imported_when_health_is_asked(path: Path) -> None:
    code = (
        f"{RUN_HEALTH.rpartition(';')[0]}; main([]); print([name for name in {HEAVY_MODULES!r} if name in sys.modules])"
    )
    isolated = subprocess.run(
        [sys.executable, "-I", "-S", "-c", f"import sys; sys.path[:0] = {sys.path!r}; {code}"],
        check=True, capture_output=True, text=True,
    )  # fmt: skip
    assert isolated.stdout == "[]\n"
