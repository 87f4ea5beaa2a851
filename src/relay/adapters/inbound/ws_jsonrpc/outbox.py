"""What waits for the socket's writer, within a budget of bytes."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

import anyio

FRAME_OVERHEAD_BYTES = 256
"""Counted for each frame, so that many small ones are bounded too."""


class OutboxClosedError(Exception):
    """Nothing can be put in any more: the connection is at its end, or this frame did not fit."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """One frame to send, with the requests that it answers."""

    payload: bytes = field(repr=False)
    request_ids: tuple[str, ...] = ()

    @property
    def weight(self) -> int:
        """Bytes that it takes of the budget."""
        return len(self.payload) + FRAME_OVERHEAD_BYTES


class Outbox:
    """First in, first out. Overflowing it closes it: a peer that doesn't read gets no more."""

    def __init__(self, *, max_bytes: int) -> None:
        self._max_bytes = max_bytes
        self._letters: deque[Letter] = deque()
        self._bytes = 0
        self._is_open = True
        self._changed = anyio.Event()
        self.overflowed = anyio.Event()

    def put(self, letter: Letter) -> None:
        """Queue a frame. Raises OutboxClosedError, and sets `overflowed` when it did not fit."""
        if self._is_open and self._bytes + letter.weight > self._max_bytes:
            self._is_open = False
            self.overflowed.set()
        if not self._is_open:
            raise OutboxClosedError
        self._letters.append(letter)
        self._bytes += letter.weight
        self._wake()

    async def next(self) -> Letter:
        """Wait for the oldest frame. It stays in the queue until `sent`."""
        while not self._letters:
            await self._changed.wait()
        return self._letters[0]

    def sent(self) -> None:
        """Forget the oldest frame."""
        self._bytes -= self._letters.popleft().weight
        self._wake()

    async def flushed(self) -> None:
        """Wait until all is sent."""
        while self._letters:
            await self._changed.wait()

    def close(self) -> list[Letter]:
        """Take nothing more; returns what was not sent."""
        self._is_open = False
        left = list(self._letters)
        self._letters.clear()
        self._bytes = 0
        self._wake()
        return left

    def _wake(self) -> None:
        self._changed.set()
        self._changed = anyio.Event()
