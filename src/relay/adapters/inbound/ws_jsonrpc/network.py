"""The network below httpx: deadlines on each step, the pin, the way through a proxy."""

from __future__ import annotations

import ssl
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import anyio
import httpcore

from relay.adapters.inbound.ws_jsonrpc.proxy import ProxyAddress, open_tunnel
from relay.adapters.inbound.ws_jsonrpc.settings import LinkTimings
from relay.adapters.inbound.ws_jsonrpc.tls import TlsFailed, check_pin

WRITE_SLICE_BYTES = 262_144
"""A large message is slow, not stuck, as long as each slice of it gets through in time."""


class LinkStream(httpcore.AsyncNetworkStream):
    """A stream whose every write has a deadline, and every read before the upgrade (those that httpcore times)."""

    def __init__(self, inner: httpcore.AsyncNetworkStream, *, timings: LinkTimings, pin: bytes | None) -> None:
        self._inner = inner
        self._timings = timings
        self._pin = pin
        self._handshake_until_s = anyio.current_time() + timings.handshake_timeout_s

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ASYNC109 - httpcore's signature
        """Read; with a timeout, a peer that trickles bytes can't hold the handshake up for ever either."""
        if timeout is not None:
            timeout = max(0.0, min(timeout, self._handshake_until_s - anyio.current_time()))
        return await self._inner.read(max_bytes, timeout)

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ARG002, ASYNC109 - httpcore's signature
        """Write all; each slice within the write timeout, or WriteTimeout."""
        view = memoryview(buffer)
        for start in range(0, len(view), WRITE_SLICE_BYTES):
            piece = bytes(view[start : start + WRITE_SLICE_BYTES])
            await self._inner.write(piece, self._timings.write_timeout_s)

    async def aclose(self) -> None:
        """Close at once; what is not sent yet is dropped."""
        await self._inner.aclose()

    async def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ASYNC109 - httpcore's signature
    ) -> httpcore.AsyncNetworkStream:
        """Shake hands and check the pin, before a byte of HTTP is written."""
        try:
            secured = await self._inner.start_tls(ssl_context, server_hostname, timeout)
        except httpcore.ConnectError as error:
            # httpcore's pool drops the cause on its way up
            raise TlsFailed(type(error.__cause__ or error).__name__) from None
        try:
            check_pin(self._pin, secured.get_extra_info("ssl_object").getpeercert(binary_form=True))
        except httpcore.ConnectError:
            await secured.aclose()
            raise
        return LinkStream(secured, timings=self._timings, pin=self._pin)

    def get_extra_info(self, info: str) -> Any:  # noqa: ANN401 - httpcore's signature
        """Pass through."""
        return self._inner.get_extra_info(info)


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkBackend(httpcore.AsyncNetworkBackend):
    """Opens the one connection, through a proxy if there is one."""

    timings: LinkTimings
    pin: bytes | None = None
    proxy: ProxyAddress | None = None
    proxy_tls: ssl.SSLContext | None = field(default=None, repr=False)
    inner: httpcore.AsyncNetworkBackend = field(default_factory=httpcore.AnyIOBackend)

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ARG002, ASYNC109 - httpcore's signature
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Connect within the connect timeout, name resolution and the proxy's answer included."""
        limit_s = self.timings.connect_timeout_s
        address = (host, port) if self.proxy is None else (self.proxy.host, self.proxy.port)
        stream = await self.inner.connect_tcp(*address, limit_s, local_address, socket_options)
        if self.proxy is not None:
            stream = await self._tunnel(stream, self.proxy, host, port)
        return LinkStream(stream, timings=self.timings, pin=self.pin)

    async def _tunnel(
        self, stream: httpcore.AsyncNetworkStream, proxy: ProxyAddress, host: str, port: int
    ) -> httpcore.AsyncNetworkStream:
        limit_s = self.timings.connect_timeout_s
        try:
            if self.proxy_tls is not None:
                stream = await stream.start_tls(self.proxy_tls, proxy.host, limit_s)
            with anyio.fail_after(limit_s):
                await open_tunnel(stream, proxy, host, port)
        except BaseException as error:
            with anyio.CancelScope(shield=True, deadline=anyio.current_time() + 1):
                await stream.aclose()
            if isinstance(error, TimeoutError):
                raise httpcore.ConnectTimeout("the proxy does not answer") from None
            raise
        return stream
