"""The driver's client of one resource: made when first needed, made anew when its connection string changed."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TypeAlias

import anyio
import anyio.to_thread
from motor.motor_asyncio import AsyncIOMotorClient
from pymongo.monitoring import CommandListener

from relay.adapters.outbound.mongodb.errors import settings_unusable
from relay.adapters.outbound.mongodb.server_pin import select_server

Client: TypeAlias = "AsyncIOMotorClient[dict[str, object]]"

SERVER_SELECTION_TIMEOUT_S = 5.0
CONNECT_TIMEOUT_S = 10.0
IDLE_LIFETIME_S = 30.0
CLOSE_TIMEOUT_S = 3.0
SPARE_CONNECTIONS = 2
"""Beyond the pool size, so that a probe and a kill never wait behind the requests."""


@dataclass(slots=True, kw_only=True, eq=False)
class _Held:
    """A client in use by `users` blocks; a retired one is closed by the last of them."""

    client: Client
    uri: str = field(repr=False)
    users: int = 0
    retired: bool = False


class ClientSource:
    """Lends the client. `read_uri` is asked again after `doubt`, so that a rotated credential is picked up.

    What the customer's connection string says about TLS, authentication, replica sets and compression holds; time
    limits and the pool are ours.
    """

    def __init__(
        self, *, read_uri: Callable[[], str], pool_size: int, listeners: Sequence[CommandListener] = ()
    ) -> None:
        self._read_uri = read_uri
        self._pool_size = pool_size
        self._listeners = tuple(listeners)
        self._held: _Held | None = None
        self._doubted = False
        self._lock = anyio.Lock()

    def doubt(self) -> None:
        """Read the connection string again before the next use."""
        self._doubted = True

    @asynccontextmanager
    async def lend(self) -> AsyncIterator[Client]:
        """Give the client for one request. RESOURCE_UNAVAILABLE if the connection string is not usable."""
        held = await self._current()
        held.users += 1
        try:
            yield held.client
        finally:
            held.users -= 1
            await self._close_if_done(held)

    async def close(self) -> None:
        """Close the client, now if nobody uses it, else with its last user; takes 3 s at most."""
        held, self._held = self._held, None
        if held is not None:
            held.retired = True
            await self._close_if_done(held)

    async def _current(self) -> _Held:
        async with self._lock:
            held = self._held
            if held is not None and not self._doubted:
                return held
            uri = await self._uri()
            self._doubted = False
            if held is None or held.uri != uri:
                self._held = _Held(client=await self._connect(uri), uri=uri)
                if held is not None:
                    held.retired = True
                    await self._close_if_done(held)
            current = self._held
            if current is None:
                raise settings_unusable()
            return current

    async def _uri(self) -> str:
        try:
            return await anyio.to_thread.run_sync(self._read_uri)
        except Exception:  # noqa: BLE001 - whatever a secret's source raises may name the secret
            raise settings_unusable() from None

    async def _connect(self, uri: str) -> Client:
        loop = asyncio.get_running_loop()
        try:
            return await anyio.to_thread.run_sync(
                lambda: AsyncIOMotorClient(uri, io_loop=loop, **self._options(uri))  # type: ignore[arg-type]
            )
        except Exception:  # noqa: BLE001 - the driver's text quotes the connection string
            raise settings_unusable() from None

    def _options(self, uri: str) -> Mapping[str, object]:
        options: dict[str, object] = {
            "appname": "relay",
            "connect": False,
            "maxPoolSize": self._pool_size + SPARE_CONNECTIONS,
            "maxIdleTimeMS": int(IDLE_LIFETIME_S * 1000),
            "serverSelectionTimeoutMS": int(SERVER_SELECTION_TIMEOUT_S * 1000),
            "connectTimeoutMS": int(CONNECT_TIMEOUT_S * 1000),
            "waitQueueTimeoutMS": int(SERVER_SELECTION_TIMEOUT_S * 1000),
            "retryReads": False,
            "retryWrites": False,
            "server_selector": select_server,
            "event_listeners": list(self._listeners),
        }
        given = uri.partition("?")[2].lower()
        if "readpreference=" not in given:
            options["readPreference"] = "primaryPreferred"
        if "readconcernlevel=" not in given:
            options["readConcernLevel"] = "local"
        return options

    async def _close_if_done(self, held: _Held) -> None:
        if not held.retired or held.users:
            return
        with anyio.move_on_after(CLOSE_TIMEOUT_S, shield=True):
            # Says goodbye over the network, so it may not run on the event loop.
            await anyio.to_thread.run_sync(held.client.close, abandon_on_cancel=True)
