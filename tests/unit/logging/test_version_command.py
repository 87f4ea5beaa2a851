from __future__ import annotations

import argparse
import json
import platform

import pytest

from relay import __version__
from relay.bootstrap.cli import version_command


def run(*arguments: str) -> int:
    parser = argparse.ArgumentParser()
    version_command.add_parser(parser.add_subparsers())
    parsed = parser.parse_args(["version", *arguments])
    return int(parsed.func(parsed))


def test_versions_are_one_object_when_asked_for_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("--json") == 0
    versions = json.loads(capsys.readouterr().out)
    assert (versions["relay"], versions["python"]) == (__version__, platform.python_version())
    assert set(versions["drivers"]) == {"asyncpg", "motor", "pymongo"}
    assert all(versions["drivers"].values())


def test_versions_are_lines_when_a_person_asks(capsys: pytest.CaptureFixture[str]) -> None:
    assert run() == 0
    shown = capsys.readouterr().out.splitlines()
    assert shown[0].split() == ["relay", __version__]
    assert len(shown) == 5


def test_driver_is_said_to_be_missing_when_not_installed(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(version_command, "DRIVERS", ("no-such-driver",))
    assert run() == 0
    assert "no-such-driver not installed" in capsys.readouterr().out
