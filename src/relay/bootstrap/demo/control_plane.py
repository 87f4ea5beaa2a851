"""A control plane on loopback, for the demo, the tests and the benchmark. It holds one relay, as deployed ones do."""

from __future__ import annotations

import hmac
import ipaddress
import itertools
import json
import ssl
from collections import deque
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, Self, TypeAlias
from urllib.parse import parse_qs, urlsplit

import anyio
from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response

PATH = "/v1/relay/connect"
MAX_MESSAGE_BYTES = 67_108_864
KEPT_MESSAGES = 1000
DISPLACED = 4000
ANSWER_TIMEOUT_S = 30.0

Document: TypeAlias = dict[str, Any]
RequestId: TypeAlias = str | int | float


class RelayGoneError(Exception):
    """No relay is connected, or it left before it answered."""


@dataclass(slots=True, kw_only=True)
class _Waiting:
    arrived: anyio.Event = field(default_factory=anyio.Event)
    answer: Document | None = None


class ControlPlane:
    """Accepts one relay; a second connection displaces the first. Used inside `async with plane.open()`."""

    def __init__(
        self,
        *,
        token: str,
        tenant_id: str,
        host: str = "127.0.0.1",
        port: int = 0,
        tls: ssl.SSLContext | None = None,
        reads_query_auth: bool = False,
    ) -> None:
        if not ipaddress.ip_address(host).is_loopback:
            raise ValueError("this control plane serves on a loopback address only")
        self.token = token
        self.tenant_id = tenant_id
        self.handshakes: list[HTTPStatus] = []
        """What each handshake so far was answered with."""
        self.most_at_once = 0
        """Relays connected at the same time, at most."""
        self.heartbeats: deque[Document] = deque(maxlen=KEPT_MESSAGES)
        self.resource_updates: deque[Document] = deque(maxlen=KEPT_MESSAGES)
        self.unmatched: deque[Any] = deque(maxlen=KEPT_MESSAGES)
        """Answers with a null id, batches, and whatever else fits no call that waits."""
        self._host = host
        self._port = port
        self._tls = tls
        self._reads_query_auth = reads_query_auth
        self._relay: ServerConnection | None = None
        self._connections = 0
        self._something_happened = anyio.Event()
        self._waiting: dict[str, deque[_Waiting]] = {}
        self._ids = itertools.count(1)

    @property
    def url(self) -> str:
        """Where a relay dials; known once open."""
        host = f"[{self._host}]" if ":" in self._host else self._host
        return f"{'ws' if self._tls is None else 'wss'}://{host}:{self._port}{PATH}"

    @property
    def is_connected(self) -> bool:
        """Whether a relay is there now."""
        return self._relay is not None

    @asynccontextmanager
    async def open(self) -> AsyncIterator[Self]:
        """Listen; what is connected is closed when the block is left."""
        server = await serve(
            self._hold,
            self._host,
            self._port,
            ssl=self._tls,
            process_request=self._check,
            max_size=MAX_MESSAGE_BYTES,
            compression=None,
            close_timeout=2,
        )
        try:
            self._port = next(iter(server.sockets)).getsockname()[1]
            yield self
        finally:
            server.close()
            with anyio.CancelScope(shield=True, deadline=anyio.current_time() + 5):
                await server.wait_closed()

    async def wait_until(self, condition: Callable[[], bool], timeout_s: float = 10.0) -> None:
        """Wait until `condition()` holds; it is looked at after each message and connection. Raises TimeoutError."""
        with anyio.fail_after(timeout_s):
            while not condition():
                await self._something_happened.wait()

    async def wait_connected(self, timeout_s: float = 10.0) -> None:
        """Wait for a relay. Raises TimeoutError."""
        await self.wait_until(lambda: self._relay is not None, timeout_s)

    async def wait_disconnected(self, timeout_s: float = 10.0) -> None:
        """Wait until no relay is there. Raises TimeoutError."""
        await self.wait_until(lambda: self._relay is None, timeout_s)

    async def call(
        self,
        method: str,
        params: Mapping[str, Any] | None = None,
        *,
        request_id: RequestId | None = None,
        timeout_s: float = ANSWER_TIMEOUT_S,
    ) -> Document:
        """Send a request and return the whole answer to it. Raises TimeoutError or RelayGoneError."""
        own_id = f"req-{next(self._ids)}" if request_id is None else request_id
        request: Document = {"jsonrpc": "2.0", "id": own_id, "method": method}
        if params is not None:
            request["params"] = dict(params)
        waiting = _Waiting()
        self._waiting.setdefault(_key(own_id), deque()).append(waiting)
        try:
            await self.send_raw(json.dumps(request))
            with anyio.fail_after(timeout_s):
                await waiting.arrived.wait()
        finally:
            self._forget(own_id, waiting)
        if waiting.answer is None:
            raise RelayGoneError
        return waiting.answer

    async def notify(self, method: str, params: Mapping[str, Any]) -> None:
        """Send a notification."""
        await self.send_raw(json.dumps({"jsonrpc": "2.0", "method": method, "params": dict(params)}))

    async def send_raw(self, message: str | bytes | Sequence[str] | Sequence[bytes]) -> None:
        """Send a text frame, a binary one, or (for a sequence) one message in fragments. Raises RelayGoneError."""
        if self._relay is None:
            raise RelayGoneError
        try:
            await self._relay.send(message)
        except ConnectionClosed:
            raise RelayGoneError from None

    async def disconnect(self, code: int = 1000, reason: str = "") -> None:
        """Close the relay's connection."""
        if self._relay is not None:
            await self._relay.close(code, reason)

    def abort(self) -> None:
        """Cut the relay's connection without a word."""
        if self._relay is not None:
            self._relay.transport.abort()

    def _check(self, connection: ServerConnection, request: Request) -> Response | None:
        status = HTTPStatus.SWITCHING_PROTOCOLS if self._knows(request) else HTTPStatus.UNAUTHORIZED
        self.handshakes.append(status)
        self._notice()
        if status is HTTPStatus.UNAUTHORIZED:
            return connection.respond(status, "unknown identity\n")
        return None

    def _knows(self, request: Request) -> bool:
        token = request.headers.get("Authorization", "").removeprefix("Bearer ")
        tenant_id = request.headers.get("X-Tenant-Id", "")
        if self._reads_query_auth:
            query = parse_qs(urlsplit(request.path).query)
            token, tenant_id = query.get("token", [""])[0], query.get("tenantId", [""])[0]
        return hmac.compare_digest(token.encode(), self.token.encode()) and tenant_id == self.tenant_id

    async def _hold(self, connection: ServerConnection) -> None:
        displaced, self._relay = self._relay, connection
        self._connections += 1
        self.most_at_once = max(self.most_at_once, self._connections)
        self._notice()
        try:
            if displaced is not None:
                await displaced.close(DISPLACED, "displaced by a newer connection")
            with suppress(ConnectionClosed):
                async for message in connection:
                    self._take(message)
                    self._notice()
        finally:
            self._connections -= 1
            if self._relay is connection:
                self._leave()
            self._notice()

    def _leave(self) -> None:
        self._relay = None
        for line in self._waiting.values():
            for waiting in line:
                waiting.arrived.set()

    def _take(self, message: str | bytes) -> None:
        document = json.loads(message)
        if isinstance(document, dict) and document.get("method") == "heartbeat":
            self.heartbeats.append(document)
        elif isinstance(document, dict) and document.get("method") == "resource_update":
            self.resource_updates.append(document)
        elif not self._answers(document):
            self.unmatched.append(document)

    def _answers(self, document: Any) -> bool:  # noqa: ANN401 - JSON
        line = self._waiting.get(_key(document.get("id"))) if isinstance(document, dict) else None
        for waiting in line or ():
            if waiting.answer is None:
                waiting.answer = document
                waiting.arrived.set()
                return True
        return False

    def _forget(self, request_id: RequestId, waiting: _Waiting) -> None:
        line = self._waiting[_key(request_id)]
        line.remove(waiting)
        if not line:
            del self._waiting[_key(request_id)]

    def _notice(self) -> None:
        self._something_happened.set()
        self._something_happened = anyio.Event()


def _key(request_id: object) -> str:
    return json.dumps(request_id)
