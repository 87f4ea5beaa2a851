"""One WebSocket, bounded in memory and in time.

httpx-ws leaves to its user: a limit on the reassembled message, deadlines on writes and on the close, unsolicited
pongs, and a keepalive that stops. The class overrides the tasks that do this; a unit test fails if a new version of
the library names them otherwise.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import secrets
import socket
import struct
from collections.abc import AsyncIterator
from typing import Any

import anyio
import httpcore
import httpx
from httpx_ws import AsyncWebSocketSession, HTTPXWSException
from wsproto import events
from wsproto.connection import ConnectionState
from wsproto.frame_protocol import CloseReason
from wsproto.utilities import LocalProtocolError

from relay.adapters.inbound.ws_jsonrpc.ending import Ending, EndReason, closed_by_peer
from relay.adapters.inbound.ws_jsonrpc.message_buffer import MessageBuffer, MessageTooBigError

READ_BYTES = 16_384
"""Small, because a peer can put thousands of frames into it that are all read before anyone else has a turn."""
CUT_TIMEOUT_S = 1.0
DROP_UNSENT = struct.pack("ii", 1, 0)
LOST = (httpcore.NetworkError, httpcore.TimeoutException, anyio.BrokenResourceError, anyio.ClosedResourceError, OSError)
ACCEPT_SUFFIX = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
"""RFC 6455, section 1.3."""
CAN_CLOSE = frozenset({ConnectionState.OPEN, ConnectionState.REMOTE_CLOSING})


class LinkSocket(AsyncWebSocketSession):
    """A context manager, by httpx-ws. Inside: `messages`, `send_frame`, and `end` to choose how it closes."""

    close_timeout_s: float = 10.0

    def __init__(self, stream: httpcore.AsyncNetworkStream, **options: Any) -> None:  # noqa: ANN401 - httpx-ws declares them
        super().__init__(stream, **options)
        if self.response is not None:
            check_accept(self.response)
        self._ending: Ending | None = None
        self._is_closed = False
        self._is_broken = False
        self._reader_left = anyio.Event()
        self._awaited_pong: tuple[bytes, anyio.Event] | None = None

    async def messages(self) -> AsyncIterator[str | bytes]:
        """Yield whole messages until the connection ends; `ending` then says why."""
        async for event in self._receive_event:
            if isinstance(event, events.Message):
                yield event.data

    @property
    def ending(self) -> Ending:
        """Why the connection ended."""
        return self._ending or Ending(reason=EndReason.CONNECTION_LOST)

    def end(self, ending: Ending) -> None:
        """Settle how this connection ends; the first reason counts. Leaving the context then closes it so."""
        if self._ending is None:
            self._ending = ending

    async def send_frame(self, payload: bytes) -> None:
        """Send one text message. Raises httpcore.WriteError once the connection can't be written to any more."""
        await self._write_event(events.TextMessage(data=payload.decode("utf-8")))

    async def close(self, code: int = CloseReason.NORMAL_CLOSURE, reason: str | None = None) -> None:  # noqa: ARG002 - httpx-ws's signature
        """Close politely within the close timeout, else cut. httpx-ws calls this, shielded, on leaving the context."""
        if self._is_closed:
            return
        self._is_closed = True
        polite = False
        if not self._is_broken:
            with anyio.move_on_after(self.close_timeout_s):
                polite = await self._part(self.ending.close_code or code)
        await self._cut(drop_unsent=not polite)

    async def _background_receive(self, max_bytes: int) -> None:  # noqa: ARG002 - httpx-ws's signature
        buffer = MessageBuffer()
        try:
            while await self._receive_some(buffer):
                pass
            await self._say_close(self.ending.close_code or CloseReason.NORMAL_CLOSURE)
        except LOST as error:
            self.end(Ending(reason=EndReason.CONNECTION_LOST, error=type(error).__name__))
        finally:
            self._reader_left.set()
            self._send_event.close()

    async def _receive_some(self, buffer: MessageBuffer) -> bool:
        """Read once and deal with what came; False when the connection is at its end."""
        data = await self.stream.read(READ_BYTES)
        if not data:
            self.end(Ending(reason=EndReason.CONNECTION_LOST))
            self._is_broken = True
            return False
        self.connection.receive_data(data)
        for event in self.connection.events():
            if not await self._take(event, buffer):
                return False
        return True

    async def _take(self, event: events.Event, buffer: MessageBuffer) -> bool:
        if isinstance(event, events.Ping):
            await self._write_event(event.response())
        elif isinstance(event, events.Pong):
            self._take_pong(bytes(event.payload))
        elif isinstance(event, events.CloseConnection):
            self.end(self._closing(event))
            return False
        elif isinstance(event, (events.TextMessage, events.BytesMessage)):
            try:
                whole = buffer.add(event.data, is_last=event.message_finished, is_frame_end=event.frame_finished)
            except MessageTooBigError:
                self.end(Ending(reason=EndReason.MESSAGE_TOO_BIG, close_code=CloseReason.MESSAGE_TOO_BIG))
                return False
            if whole is not None:
                await self._send_event.send(_message(whole))
        return True

    def _closing(self, event: events.CloseConnection) -> Ending:
        if self.connection.state is ConnectionState.OPEN:
            # wsproto says so of its own accord when it can't read the peer's frames
            return Ending(reason=EndReason.PROTOCOL_ERROR, close_code=event.code)
        return closed_by_peer(event.code)

    async def _background_keepalive_ping(self, interval_seconds: float, timeout_seconds: float | None = None) -> None:
        """Ping; a peer that does not answer in time is gone."""
        while not self._is_broken:
            await anyio.sleep(interval_seconds)
            answered = anyio.Event()
            payload = secrets.token_bytes(8)
            self._awaited_pong = (payload, answered)
            try:
                await self._write_event(events.Ping(payload))
            except httpcore.WriteError:
                return
            with anyio.move_on_after(timeout_seconds):
                await answered.wait()
                continue
            self.end(Ending(reason=EndReason.NO_PONG))
            await self._cut(drop_unsent=True)

    def _take_pong(self, payload: bytes) -> None:
        # a pong that nobody asked for is allowed (RFC 6455, section 5.5.3) and means nothing
        if self._awaited_pong is not None and self._awaited_pong[0] == payload:
            self._awaited_pong[1].set()

    async def _write_event(self, event: events.Event) -> None:
        async with self._write_lock:
            if self._is_broken:
                raise httpcore.WriteError("the connection is broken")
            try:
                data = self.connection.send(event)
            except LocalProtocolError:
                raise httpcore.WriteError("the connection is closing") from None
            # broken until all of it is written: nothing may follow half a frame, not even a close
            self._is_broken = True
            try:
                await self.stream.write(data)
            except LOST as error:
                stalled = isinstance(error, httpcore.WriteTimeout)
                reason = EndReason.WRITE_STALLED if stalled else EndReason.CONNECTION_LOST
                self.end(Ending(reason=reason, error=type(error).__name__))
                await self._cut(drop_unsent=True)
                raise httpcore.WriteError("the connection is broken") from None
            self._is_broken = False

    async def _say_close(self, code: int) -> None:
        if not self._is_broken and self.connection.state in CAN_CLOSE:
            await self._write_event(events.CloseConnection(code))

    async def _part(self, code: int) -> bool:
        """Send our close unless that is done, and read on until the peer has closed the socket."""
        try:
            await self._say_close(code)
            await self._reader_left.wait()
            while await self.stream.read(READ_BYTES):
                pass
        except LOST:
            return False
        return True

    async def _cut(self, *, drop_unsent: bool) -> None:
        """Close the socket now. `drop_unsent`: with what the kernel still holds for a peer that doesn't read."""
        self._is_broken = True
        raw = self.stream.get_extra_info("socket")
        if drop_unsent and raw is not None:
            with contextlib.suppress(OSError):
                raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, DROP_UNSENT)
        with anyio.CancelScope(shield=True, deadline=anyio.current_time() + CUT_TIMEOUT_S):
            await self.stream.aclose()


def check_accept(response: httpx.Response) -> None:
    """Raise HTTPXWSException unless the peer proves that it read our key, which httpx-ws doesn't ask for."""
    key = response.request.headers["sec-websocket-key"].encode("ascii")
    proof = base64.b64encode(hashlib.sha1(key + ACCEPT_SUFFIX, usedforsecurity=False).digest()).decode("ascii")
    if response.headers.get("sec-websocket-accept") != proof:
        raise HTTPXWSException("the peer did not accept the WebSocket key")


def _message(data: str | bytes) -> events.Event:
    return events.TextMessage(data=data) if isinstance(data, str) else events.BytesMessage(data=data)
