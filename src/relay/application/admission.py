"""Bounded concurrency: so many statements at once on a resource and in all, so many waiting, then OVERLOADED."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import anyio

from relay.domain.errors import Reason, RelayError
from relay.domain.resource import Resource

MAX_WAITING_PER_RESOURCE = 64
MAX_REQUESTS_IN_ALL = 512
RETRY_AFTER_MS = 1000


class AdmissionControl:
    """Gives out places. A resource has as many as its pool has connections, so one can't starve another."""

    def __init__(self, *, max_waiting: int = MAX_WAITING_PER_RESOURCE, max_in_all: int = MAX_REQUESTS_IN_ALL) -> None:
        self._places: dict[str, anyio.Semaphore] = {}
        self._waiting: dict[str, int] = {}
        self._max_waiting = max_waiting
        self._max_in_all = max_in_all
        self._in_all = 0

    @asynccontextmanager
    async def place(self, resource: Resource) -> AsyncIterator[None]:
        """Hold a place while the statement runs. Raises OVERLOADED at once when too many wait already."""
        key = resource.resource_id
        places = self._places.setdefault(key, anyio.Semaphore(resource.limits.pool_size))
        if self._in_all >= self._max_in_all:
            raise _overloaded()
        self._in_all += 1
        try:
            await self._take(key, places)
            try:
                yield
            finally:
                places.release()
        finally:
            self._in_all -= 1

    async def _take(self, key: str, places: anyio.Semaphore) -> None:
        try:
            places.acquire_nowait()
        except anyio.WouldBlock:
            waiting = self._waiting.get(key, 0)
            if waiting >= self._max_waiting:
                raise _overloaded() from None
            self._waiting[key] = waiting + 1
            try:
                await places.acquire()
            finally:
                self._waiting[key] -= 1


def _overloaded() -> RelayError:
    return RelayError(
        Reason.OVERLOADED,
        "too many requests are waiting for this resource;",
        hint="try again in a second",
        retry_after_ms=RETRY_AFTER_MS,
    )
