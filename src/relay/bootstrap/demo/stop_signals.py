"""SIGINT, SIGTERM and SIGHUP, looked at only where stopping does no harm: they never interrupt a clean-up."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class StoppedBySignal(KeyboardInterrupt):
    """A stop signal came; `number` says which."""

    def __init__(self, number: int) -> None:
        super().__init__()
        self.number = number


class _FirstSignal:
    """Keeps the first one; whoever is impatient and sends more changes nothing."""

    def __init__(self) -> None:
        self.number: int | None = None
        self.told: Callable[[], object] | None = None

    def take(self, number: int, _frame: FrameType | None) -> None:
        if self.number is None:
            self.number = number
            if self.told is not None:
                self.told()


# a process has one set of signal handlers, so there is one of these
_first = _FirstSignal()


@contextmanager
def stop_signals() -> Iterator[None]:
    """Keep stop signals for `raise_if_stopped` and `told_of_stop`, instead of being ended by them."""
    _first.number = None
    before = {number: signal.signal(number, _first.take) for number in STOP_SIGNALS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        _first.number = None


def raise_if_stopped() -> None:
    """Raise StoppedBySignal if one came."""
    if _first.number is not None:
        raise StoppedBySignal(_first.number)


@contextmanager
def told_of_stop(tell: Callable[[], object]) -> Iterator[None]:
    """Call `tell()` from the signal handler when a stop signal comes, or now if it came already. Nests."""
    before, _first.told = _first.told, tell
    try:
        if _first.number is not None:
            tell()
        yield
    finally:
        _first.told = before
