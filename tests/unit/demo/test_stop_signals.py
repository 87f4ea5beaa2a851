"""Signals stop the demo at the right moment, once."""

import os
import signal

import pytest

from relay.bootstrap.demo.stop_signals import (
    STOP_SIGNALS,
    StoppedBySignal,
    raise_if_stopped,
    stop_signals,
    told_of_stop,
)


def _send(number: int) -> None:
    os.kill(os.getpid(), number)


@pytest.mark.parametrize("number", STOP_SIGNALS, ids=lambda number: number.name)
def test_the_first_signal_is_raised_when_it_is_looked_for(number):
    with stop_signals():
        raise_if_stopped()
        _send(number)
        _send(signal.SIGTERM)
        with pytest.raises(StoppedBySignal) as stopped:
            raise_if_stopped()
    assert stopped.value.number == number


def test_all_is_as_before_when_the_block_is_left():
    before = [signal.getsignal(number) for number in STOP_SIGNALS]
    with stop_signals():
        assert [signal.getsignal(number) for number in STOP_SIGNALS] != before
        _send(signal.SIGINT)
    assert [signal.getsignal(number) for number in STOP_SIGNALS] == before
    raise_if_stopped()


def test_only_the_innermost_is_told_when_a_signal_comes():
    told = []
    with stop_signals(), told_of_stop(lambda: told.append("outer")):
        with told_of_stop(lambda: told.append("inner")):
            _send(signal.SIGTERM)
        _send(signal.SIGTERM)
    assert told == ["inner"]


def test_the_outer_is_told_when_the_inner_has_ended():
    told = []
    with stop_signals(), told_of_stop(lambda: told.append("outer")):
        with told_of_stop(lambda: told.append("inner")):
            pass
        _send(signal.SIGTERM)
    assert told == ["outer"]


def test_it_is_told_at_once_when_the_signal_came_before():
    told = []
    with stop_signals():
        _send(signal.SIGHUP)
        with told_of_stop(lambda: told.append("late")):
            assert told == ["late"]
