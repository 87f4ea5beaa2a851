from __future__ import annotations

import os
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from relay.adapters.outbound.system.break_glass import BreakGlassFile


def test_session_is_stopped_only_while_the_file_exists(tmp_path: Path) -> None:
    gate = BreakGlassFile(tmp_path / "stop")
    assert not gate.is_stopped()
    (tmp_path / "stop").touch()
    assert gate.is_stopped()
    (tmp_path / "stop").unlink()
    assert not gate.is_stopped()


@pytest.mark.parametrize("kind", ["directory", "dangling-link", "fifo"])
def test_session_is_stopped_when_anything_bears_the_name(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "stop"
    if kind == "directory":
        path.mkdir()
    elif kind == "dangling-link":
        path.symlink_to(tmp_path / "nowhere")
    else:
        os.mkfifo(path)
    assert BreakGlassFile(path).is_stopped()


def test_session_is_not_stopped_when_the_directory_is_missing(tmp_path: Path) -> None:
    assert not BreakGlassFile(tmp_path / "no" / "stop").is_stopped()


@pytest.mark.parametrize(
    ("name", "problem"),
    [("file/stop", "ENOTDIR"), ("x" * 300, "ENAMETOOLONG"), ("loop/stop", "ELOOP"), ("nul\0", "EINVAL")],
    ids=["parent-is-a-file", "too-long", "loop", "nul"],
)
def test_session_is_stopped_and_explained_once_when_the_file_can_not_be_looked_for(
    tmp_path: Path, name: str, problem: str
) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    gate = BreakGlassFile(f"{tmp_path}/{name}")
    with capture_logs() as logs:
        assert all(gate.is_stopped() for _ in range(5))
    assert [entry["error"] for entry in logs] == [problem]


def test_problem_is_explained_again_when_it_comes_back(tmp_path: Path) -> None:
    gate = BreakGlassFile(tmp_path / "dir" / "stop")
    with capture_logs() as logs:
        for _ in range(2):
            (tmp_path / "dir").touch()
            assert gate.is_stopped()
            (tmp_path / "dir").unlink()
            assert not gate.is_stopped()
    assert len(logs) == 2
