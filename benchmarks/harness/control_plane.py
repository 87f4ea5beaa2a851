"""A control plane that costs little: it matches answers by id, and leaves reading them for after the clock."""

from __future__ import annotations

import asyncio
import itertools
import re
import secrets
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from http import HTTPStatus
from typing import Self

import anyio
import orjson
from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response

PATH = "/v1/relay/connect"
TENANT = "bench"
HEALTHY = "healthy"
_ID = re.compile(rb'"id"\s*:\s*"(ask-\d+)"')
_HEAD_BYTES = 100


class AgentGoneError(Exception):
    """The agent's connection ended while answers were out."""


class BenchControlPlane:
    """Accepts one agent at a time. Times are `time.perf_counter()`."""

    def __init__(self) -> None:
        self.token = secrets.token_urlsafe(32)
        self.url = ""
        self.connected_at = 0.0
        self.healthy_at = 0.0
        self.is_healthy = anyio.Event()
        self._agent: ServerConnection | None = None
        self._waiting: dict[bytes, asyncio.Future[bytes]] = {}
        self._numbers = itertools.count(1)

    @asynccontextmanager
    async def open(self) -> AsyncIterator[Self]:
        """Listen on a free port of the loopback address."""
        async with serve(
            self._hold, "127.0.0.1", 0, process_request=self._admit, compression=None, max_size=None, max_queue=None,
            ping_interval=None, close_timeout=2,
        ) as server:  # fmt: skip
            self.url = f"ws://127.0.0.1:{next(iter(server.sockets)).getsockname()[1]}{PATH}"
            yield self

    def expect_agent(self) -> None:
        """Forget the agent before; called ahead of starting the next one."""
        self.connected_at = self.healthy_at = 0.0
        self.is_healthy = anyio.Event()

    async def ask(self, params: dict[str, object]) -> bytes:
        """Send one `execute` and return the answer's text. Raises AgentGoneError."""
        if self._agent is None:
            raise AgentGoneError
        request_id = f"ask-{next(self._numbers)}"
        answer: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
        self._waiting[request_id.encode()] = answer
        try:
            request = {"jsonrpc": "2.0", "id": request_id, "method": "execute", "params": params}
            await self._agent.send(orjson.dumps(request), text=True)
            return await answer
        except ConnectionClosed:
            raise AgentGoneError from None
        finally:
            self._waiting.pop(request_id.encode(), None)

    def _admit(self, connection: ServerConnection, request: Request) -> Response | None:
        if request.headers.get("Authorization") == f"Bearer {self.token}" and request.path == PATH:
            return None
        return connection.respond(HTTPStatus.UNAUTHORIZED, "unknown identity\n")

    async def _hold(self, agent: ServerConnection) -> None:
        self._agent, self.connected_at = agent, time.perf_counter()
        try:
            while True:
                self._take(await agent.recv(decode=False))
        except ConnectionClosed:
            pass
        finally:
            self._agent = None
            for answer in self._waiting.values():
                if not answer.done():
                    answer.set_exception(AgentGoneError())

    def _take(self, text: bytes) -> None:
        found = _ID.search(text, 0, _HEAD_BYTES) or _ID.search(text[-_HEAD_BYTES:])
        answer = self._waiting.get(found[1]) if found is not None else None
        if answer is not None and not answer.done():
            answer.set_result(text)
        elif found is None:
            self._note(orjson.loads(text))

    def _note(self, message: dict[str, object]) -> None:
        resources = message.get("resources")
        if isinstance(resources, list) and any(each["status"] == HEALTHY for each in resources):
            self.healthy_at = self.healthy_at or time.perf_counter()
            self.is_healthy.set()
