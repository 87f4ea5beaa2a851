"""Turns on the event loop for work that holds it: reading a long statement takes a tenth of a second."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import anyio

UNNOTICED_S = 0.005
"""Work that holds the loop no longer than this is followed by no pause."""


class Turns:
    """One piece of work at a time; after a long one the loop is everybody else's for as long as it was held.

    Without it, sixty statements that arrive together would be read in one go, and a health check wait for them all.
    """

    def __init__(self) -> None:
        self._lock = anyio.Lock()
        self._next_at_s = float("-inf")

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """Wait for a turn, first come, first served, and hold it."""
        async with self._lock:
            await anyio.sleep_until(self._next_at_s)
            started_s = anyio.current_time()
            try:
                yield
            finally:
                ended_s = anyio.current_time()
                held_s = ended_s - started_s
                self._next_at_s = ended_s + (held_s if held_s > UNNOTICED_S else 0)
