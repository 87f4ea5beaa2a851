"""What `relay demo` says, and what it leaves, when something in it does not work."""

import dataclasses
import tempfile

import pytest

from relay.bootstrap.demo import run_demo as run_demo_module
from relay.bootstrap.demo.run_demo import run_demo
from relay.bootstrap.demo.tour_steps import STEPS


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Where the demo's temporary folders go; it must be empty afterwards."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    yield tmp_path
    # as root, PostgreSQL's folder may stand elsewhere: see postgres_binaries.temporary_parent
    assert list(tmp_path.iterdir()) == []


def test_the_agents_words_are_told_when_it_does_not_start(folder, monkeypatch, capsys):
    make = run_demo_module.demo_configuration
    monkeypatch.setattr(run_demo_module, "demo_configuration", lambda **given: {**make(**given), "bogus": 1})
    assert run_demo() == 3
    told = capsys.readouterr().err
    assert told.startswith("relay demo: the agent ended with status 2")
    assert "bogus" in told


def test_the_wait_ends_when_a_database_is_never_healthy(folder, monkeypatch, capsys):
    make = run_demo_module.demo_configuration

    def wrong(**given):
        configuration = make(**given)
        configuration["resources"][0]["connection"]["port"] = 1
        return configuration

    monkeypatch.setattr(run_demo_module, "demo_configuration", wrong)
    monkeypatch.setattr(run_demo_module, "READY_TIMEOUT_S", 3.0)
    assert run_demo() == 3
    assert "was not ready within 3 s" in capsys.readouterr().err


def test_the_status_is_no_when_a_request_does_not_end_as_it_must(folder, monkeypatch, capsys):
    write = next(step for step in STEPS if step.title == "A write")
    monkeypatch.setattr(run_demo_module, "STEPS", (dataclasses.replace(write, refusal=None),))
    assert run_demo() == 1
    printed = capsys.readouterr().out
    assert "should have been answered, but was QUERY_BLOCKED" in " ".join(printed.split())
