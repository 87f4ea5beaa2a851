"""One connection, from the handshake to its end: reads, serves side by side, writes, beats."""

from __future__ import annotations

import anyio
import httpcore
from anyio.abc import TaskGroup

from relay.adapters.inbound.ws_jsonrpc.dispatcher import Dispatcher
from relay.adapters.inbound.ws_jsonrpc.ending import Ending, EndReason
from relay.adapters.inbound.ws_jsonrpc.jsonrpc import Frame, parse_frame
from relay.adapters.inbound.ws_jsonrpc.link_socket import LinkSocket
from relay.adapters.inbound.ws_jsonrpc.notices import Notices
from relay.adapters.inbound.ws_jsonrpc.outbox import Letter, Outbox, OutboxClosedError
from relay.adapters.inbound.ws_jsonrpc.settings import LinkBounds
from relay.domain.errors import Reason, RelayError

GOING_AWAY = 1001
TRY_AGAIN_LATER = 1013
RETRY_AFTER_MS = 1000
MAX_REFUSALS = 64
"""Refusals that are being recorded at once; when there are more, the socket is not read until one is done."""


class Session:
    """Serves one connection. Whatever ends it, its requests are cancelled and none of them is replayed."""

    def __init__(self, *, socket: LinkSocket, dispatcher: Dispatcher, notices: Notices, bounds: LinkBounds) -> None:
        self._socket = socket
        self._dispatcher = dispatcher
        self._notices = notices
        self._bounds = bounds
        self._outbox = Outbox(max_bytes=bounds.max_reply_bytes)
        self._refusals = anyio.Semaphore(MAX_REFUSALS)
        self._requests = 0
        self._request_bytes = 0
        self._idle = anyio.Event()
        self._is_draining = False

    async def run(self) -> Ending:
        """Serve until the connection ends."""
        try:
            async with anyio.create_task_group() as group:
                group.start_soon(self._notices.run, self._post)
                group.start_soon(self._write, group)
                group.start_soon(self._watch_outbox, group)
                await self._read(group)
                group.cancel_scope.cancel()
        finally:
            for letter in self._outbox.close():
                self._dispatcher.dropped(letter, self._socket.ending.reason.value)
        return self._socket.ending

    def resources_changed(self) -> None:
        """Have the whole list of resources sent again."""
        self._notices.resources_changed()

    async def stop_taking(self) -> None:
        """Refuse what comes from now on, and wait until what is in flight has been answered and written."""
        self._is_draining = True
        while self._requests:
            await self._idle.wait()
        await self._outbox.flushed()

    async def _read(self, group: TaskGroup) -> None:
        async for message in self._socket.messages():
            frame = parse_frame(message)
            if not frame.items:
                continue
            refusal = self._refusal(frame, len(message))
            if refusal is None:
                self._requests += len(frame.items)
                self._request_bytes += len(message)
                group.start_soon(self._serve, frame, len(message))
            else:
                await self._refusals.acquire()
                group.start_soon(self._refuse, frame, refusal)

    def _refusal(self, frame: Frame, size: int) -> RelayError | None:
        bounds = self._bounds
        if self._is_draining:
            detail = "the agent is stopping;"
        elif self._requests + len(frame.items) > bounds.max_requests:
            detail = "too many requests are in flight;"
        elif self._request_bytes and self._request_bytes + size > bounds.max_request_bytes:
            detail = "the requests in flight are too large together;"
        else:
            return None
        return RelayError(Reason.OVERLOADED, detail, hint="try again in a second", retry_after_ms=RETRY_AFTER_MS)

    async def _serve(self, frame: Frame, size: int) -> None:
        try:
            self._answer(await self._dispatcher.serve(frame))
        finally:
            self._requests -= len(frame.items)
            self._request_bytes -= size
            self._idle.set()
            self._idle = anyio.Event()

    async def _refuse(self, frame: Frame, refusal: RelayError) -> None:
        try:
            self._answer(await self._dispatcher.serve(frame, refusal=refusal))
        finally:
            self._refusals.release()

    def _answer(self, letter: Letter | None) -> None:
        if letter is None:
            return
        try:
            self._outbox.put(letter)
        except OutboxClosedError:
            is_full = self._outbox.overflowed.is_set()
            reason = EndReason.REPLIES_PILED_UP if is_full else self._socket.ending.reason
            self._dispatcher.dropped(letter, reason.value)

    def _post(self, payload: bytes) -> None:
        try:
            self._outbox.put(Letter(payload=payload))
        except OutboxClosedError:
            return

    async def _write(self, group: TaskGroup) -> None:
        try:
            while True:
                letter = await self._outbox.next()
                await self._socket.send_frame(letter.payload)
                self._outbox.sent()
        except httpcore.WriteError:
            # the socket says why, once its reader has seen it too
            group.cancel_scope.cancel()

    async def _watch_outbox(self, group: TaskGroup) -> None:
        await self._outbox.overflowed.wait()
        self._socket.end(Ending(reason=EndReason.REPLIES_PILED_UP, close_code=TRY_AGAIN_LATER))
        group.cancel_scope.cancel()
