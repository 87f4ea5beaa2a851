"""httpx over a pool of ours, which adds the credentials below everything that httpx logs or puts into exceptions."""

from __future__ import annotations

from collections.abc import AsyncIterable, AsyncIterator
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self
from urllib.parse import quote

import httpcore
import httpx


@dataclass(frozen=True, slots=True, kw_only=True)
class Credentials:
    """What goes with the handshake, and nowhere else."""

    token: str = field(repr=False)
    tenant_id: str
    in_query: bool = False
    """Older control planes look only there."""

    @property
    def headers(self) -> list[tuple[bytes, bytes]]:
        """Handshake headers."""
        return [
            (b"Authorization", b"Bearer " + self.token.encode("ascii")),
            (b"X-Tenant-Id", self.tenant_id.encode("utf-8")),
        ]

    def target(self, path: bytes) -> bytes:
        """Return the request target, with the query that older control planes want."""
        if not self.in_query:
            return path
        query = f"token={quote(self.token, safe='')}&tenantId={quote(self.tenant_id, safe='')}"
        return path + (b"&" if b"?" in path else b"?") + query.encode("ascii")


class HandshakeTransport(httpx.AsyncBaseTransport):
    """Sends one request through an httpcore pool."""

    def __init__(self, *, pool: httpcore.AsyncConnectionPool, credentials: Credentials) -> None:
        self._pool = pool
        self._credentials = credentials

    async def __aenter__(self) -> Self:
        await self._pool.__aenter__()
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None = None,
        exc_value: BaseException | None = None,
        traceback: TracebackType | None = None,
    ) -> None:
        await self._pool.__aexit__(exc_type, exc_value, traceback)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send with credentials; errors are httpcore's own."""
        url = request.url
        answer = await self._pool.handle_async_request(
            httpcore.Request(
                method=request.method,
                url=httpcore.URL(
                    scheme=url.raw_scheme,
                    host=url.raw_host,
                    port=url.port,
                    target=self._credentials.target(url.raw_path),
                ),
                headers=[*request.headers.raw, *self._credentials.headers],
                extensions=request.extensions,
            )
        )
        return httpx.Response(
            status_code=answer.status,
            headers=answer.headers,
            stream=_Body(answer.stream),
            extensions=answer.extensions,
        )


class _Body(httpx.AsyncByteStream):
    """The body of the answer, so that httpx can close it; nobody reads it."""

    def __init__(self, stream: object) -> None:
        self._stream = stream

    async def __aiter__(self) -> AsyncIterator[bytes]:
        if isinstance(self._stream, AsyncIterable):
            async for piece in self._stream:
                yield piece

    async def aclose(self) -> None:
        close = getattr(self._stream, "aclose", None)
        if close is not None:
            await close()
