"""Turns SIGINT, SIGTERM and SIGHUP into one exception, at moments when it can do no harm."""

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


class _Waiting:
    """Where a signal goes: there is one set of signal handlers in a process, so there is one of these."""

    def __init__(self) -> None:
        self.holds = 0
        self.held: int | None = None
        self.instead: Callable[[int], None] | None = None

    def take(self, number: int, _frame: FrameType | None) -> None:
        if self.holds:
            self.held = number
        elif self.instead is not None:
            self.instead(number)
        else:
            raise StoppedBySignal(number)


_waiting = _Waiting()


@contextmanager
def stop_signals() -> Iterator[None]:
    """Raise StoppedBySignal in the main thread when a stop signal comes, except where one is held or diverted."""
    before = {number: signal.signal(number, _waiting.take) for number in STOP_SIGNALS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def hold_stop_signals() -> Iterator[None]:
    """Let a stop signal wait until the block is left: for starting and ending processes. Nests."""
    _waiting.holds += 1
    try:
        yield
    finally:
        _waiting.holds -= 1
    held = _waiting.held
    if held is not None and not _waiting.holds:
        _waiting.held = None
        raise StoppedBySignal(held)


@contextmanager
def divert_stop_signals(instead: Callable[[int], None]) -> Iterator[None]:
    """Call `instead(number)` for a stop signal: for an event loop, which an exception from nowhere would break."""
    _waiting.instead = instead
    try:
        yield
    finally:
        _waiting.instead = None
