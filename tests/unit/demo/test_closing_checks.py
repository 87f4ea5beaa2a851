"""The checks at the end can fail."""

import os

import pytest

from relay.bootstrap.demo import closing_checks as checks
from relay.bootstrap.demo.tour import TourResult

BEFORE = {"orders": (2, "a"), "events": (1, "b")}


@pytest.mark.parametrize(
    ("after", "holds"),
    [
        (BEFORE, True),
        ({"orders": (1, "a"), "events": (1, "b")}, False),
        ({"orders": (2, "changed"), "events": (1, "b")}, False),
        ({"orders": (2, "a")}, False),
        ({**BEFORE, "planted": (0, "")}, False),
    ],
    ids=["same", "count", "content", "gone", "new"],
)
def test_a_change_is_found_when_the_databases_differ(after, holds):
    assert checks._unchanged(BEFORE, after).holds is holds


def test_a_surprise_is_told_when_the_tour_had_one():
    check = checks._tour(TourResult(answered=1, surprises=["“A write” was answered"]))
    assert not check.holds
    assert "A write" in check.sentence


def test_a_vanished_process_is_no_proof_when_its_sockets_are_looked_for():
    assert not checks._sockets(2**22 + 1).holds


def test_a_listening_process_is_found_out_when_looked_at(monkeypatch):
    monkeypatch.setattr(checks, "listening_sockets", lambda _: ("tcp 0.0.0.0:80",))
    assert checks._sockets(os.getpid()).sentence == "The agent listens on tcp 0.0.0.0:80"


class _Agent:
    def __init__(self, lines):
        self._lines = lines

    def lines(self):
        return self._lines


def test_an_empty_trail_is_no_proof_when_the_chain_is_checked():
    assert not checks._chain(_Agent([]), "key").holds


def test_a_broken_chain_is_told_when_a_record_is_not_chained():
    assert not checks._chain(_Agent([b'{"audit":true,"seq":1}\n']), "key").holds
