"""Requests that are being served: bounded by a deadline each, and cancellable by id."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import TypeVar

import anyio

from relay.domain.errors import Reason, RelayError

T = TypeVar("T")
Key = str | int | float


@dataclass(slots=True, kw_only=True)
class _Running:
    scope: anyio.CancelScope
    error: RelayError | None = field(default=None)
    is_sealed: bool = False
    """Its success is being recorded: too late to cancel it."""


class InFlight:
    """Knows every running request; ids count for one connection, null ids are never compared."""

    def __init__(self) -> None:
        self._running: dict[object, _Running] = {}

    def __len__(self) -> int:
        return len(self._running)

    async def run(self, key: Key | None, timeout_s: float, work: Callable[[], Awaitable[T]]) -> T:
        """Run `work` until it ends, its time is up (QUERY_TIMEOUT) or someone cancels it (REQUEST_CANCELLED).

        Raises DUPLICATE_ID when a request with this key is still running.
        """
        slot: object = object() if key is None else _slot(key)
        if slot in self._running:
            raise RelayError(
                Reason.DUPLICATE_ID, "a request with this id is still running;", hint="use a new id for each request"
            )
        if timeout_s <= 0:
            raise timed_out()
        running = _Running(scope=anyio.CancelScope(deadline=anyio.current_time() + timeout_s))
        self._running[slot] = running
        try:
            with running.scope:
                return await work()
        finally:
            del self._running[slot]
        raise running.error or timed_out()

    def cancel(self, key: Key) -> bool:
        """Cancel the request with this id: False if none is running."""
        running = self._running.get(_slot(key))
        if running is None or running.is_sealed:
            return False
        self._stop(running, RelayError(Reason.REQUEST_CANCELLED, "cancelled by the control plane"))
        return True

    def seal(self, key: Key | None) -> None:
        """Let nothing cancel the request with this id any more: it is about to be answered."""
        running = None if key is None else self._running.get(_slot(key))
        if running is not None:
            running.is_sealed = True

    def cancel_all(self, error: RelayError) -> int:
        """Cancel everything that runs; each request ends with `error`. Returns how many."""
        for running in self._running.values():
            self._stop(running, error)
        return len(self._running)

    @staticmethod
    def _stop(running: _Running, error: RelayError) -> None:
        if running.error is None:
            running.error = error
        running.scope.cancel()


def timed_out() -> RelayError:
    """Return the error of a request whose time is up."""
    return RelayError(
        Reason.QUERY_TIMEOUT, "the request took longer than its time limit;", hint="narrow it, or ask for less"
    )


def _slot(key: Key) -> tuple[str, Key]:
    # 1 and "1" are two ids, 1 and 1.0 are one number
    return ("text" if isinstance(key, str) else "number", key)
