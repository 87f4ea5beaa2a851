"""Dial the control plane once: token, TLS, proxy, handshake, and what each way of failing means."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from urllib.parse import urlsplit, urlunsplit

import anyio
import httpcore
import httpx
from httpx_ws import AsyncWebSocketClient, HTTPXWSException, WebSocketUpgradeError

from relay.adapters.inbound.ws_jsonrpc.ending import Ending, EndReason, refused_by_status
from relay.adapters.inbound.ws_jsonrpc.link_socket import LinkSocket
from relay.adapters.inbound.ws_jsonrpc.network import LinkBackend
from relay.adapters.inbound.ws_jsonrpc.proxy import ProxyRefused, proxy_for
from relay.adapters.inbound.ws_jsonrpc.settings import LinkSettings
from relay.adapters.inbound.ws_jsonrpc.tls import PinMismatch, TlsFailed, client_context, parse_pin, server_roots
from relay.adapters.inbound.ws_jsonrpc.transport import Credentials, HandshakeTransport

FAILURES: tuple[tuple[type[BaseException], EndReason], ...] = (
    (PinMismatch, EndReason.PIN_MISMATCH),
    (ProxyRefused, EndReason.PROXY_REFUSED),
    (httpcore.TimeoutException, EndReason.TIMED_OUT),
    (httpcore.ConnectError, EndReason.UNREACHABLE),
    (httpcore.ProtocolError, EndReason.NOT_A_WEBSOCKET),
    (httpcore.NetworkError, EndReason.CONNECTION_LOST),
    (HTTPXWSException, EndReason.NOT_A_WEBSOCKET),
    (OSError, EndReason.UNREACHABLE),
)
"""First match counts."""

EXPECTED = tuple(kind for kind, _ in FAILURES)


class DialError(Exception):
    """The attempt is over; `ending` says how."""

    def __init__(self, ending: Ending) -> None:
        super().__init__(ending.reason.value)
        self.ending = ending


async def read_token(settings: LinkSettings) -> str:
    """Read the token anew, in a thread, within the connect timeout. Raises DialError."""
    error = "TimeoutError"
    with anyio.move_on_after(settings.timings.connect_timeout_s):
        try:
            token = await anyio.to_thread.run_sync(settings.read_token, abandon_on_cancel=True)
        except Exception as failed:  # noqa: BLE001 - whatever its source raises, the link goes on trying
            error = type(failed).__name__
        else:
            if token and token.isascii() and token.isprintable() and " " not in token:
                return token
            error = "ValueError"
    raise DialError(Ending(reason=EndReason.TOKEN_UNREADABLE, error=error))


@asynccontextmanager
async def dial(settings: LinkSettings, token: str) -> AsyncIterator[LinkSocket]:
    """Hold an open connection. Raises DialError when there is none; leaving the block closes the socket."""
    credentials = Credentials(token=token, tenant_id=settings.tenant_id, in_query=settings.legacy_query_auth)
    timings = settings.timings
    async with AsyncExitStack() as stack:
        try:
            transport = HandshakeTransport(pool=_pool(settings), credentials=credentials)
            client = await stack.enter_async_context(
                httpx.AsyncClient(transport=transport, timeout=timings.connect_timeout_s, trust_env=False)
            )
            websocket = AsyncWebSocketClient(
                client,
                keepalive_ping_interval_seconds=timings.ping_interval_s,
                keepalive_ping_timeout_seconds=timings.ping_timeout_s,
                session_class=LinkSocket,
            )
            socket = await stack.enter_async_context(websocket.connect(_http_url(settings.url)))
        except EXPECTED as error:
            raise DialError(_ending(error)) from None
        socket.close_timeout_s = timings.close_timeout_s
        yield socket


def _pool(settings: LinkSettings) -> httpcore.AsyncConnectionPool:
    try:
        # read anew for each attempt, since certificates are renewed in place
        is_tls = urlsplit(settings.url).scheme == "wss"
        context = client_context(settings.tls) if is_tls else None
        proxy = proxy_for(settings.url, settings.proxy)
        proxy_tls = server_roots(settings.tls) if proxy is not None and proxy.is_tls else None
    except OSError as error:
        raise DialError(Ending(reason=EndReason.TLS_FILES, error=type(error).__name__)) from None
    pin = settings.tls.pinned_sha256
    backend = LinkBackend(
        timings=settings.timings,
        pin=None if pin is None else parse_pin(pin),
        proxy=proxy,
        proxy_tls=proxy_tls,
    )
    return httpcore.AsyncConnectionPool(ssl_context=context, network_backend=backend, max_connections=1)


def _http_url(url: str) -> str:
    """Leave out a user (httpx would make credentials of it) and name the scheme that httpx knows."""
    parts = urlsplit(url)
    netloc = parts.netloc.rpartition("@")[2]
    return urlunsplit(("https" if parts.scheme == "wss" else "http", netloc, parts.path, parts.query, ""))


def _ending(error: BaseException) -> Ending:
    if isinstance(error, WebSocketUpgradeError):
        return refused_by_status(error.response.status_code)
    if isinstance(error, TlsFailed):
        return Ending(reason=EndReason.TLS_FAILED, error=error.cause)
    code = error.status if isinstance(error, ProxyRefused) else None
    reason = next(reason for kind, reason in FAILURES if isinstance(error, kind))
    return Ending(reason=reason, code=code, error=type(error).__name__)
