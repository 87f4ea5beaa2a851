"""What the link needs to know; bootstrap maps the configuration to it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit


@dataclass(frozen=True, slots=True, kw_only=True)
class TlsSettings:
    """`ca_file` replaces the public roots; `pinned_sha256` is of the control plane's own certificate (see tls.py)."""

    ca_file: Path | None = None
    cert_file: Path | None = None
    key_file: Path | None = None
    pinned_sha256: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkTimings:
    """Time limits and intervals, in seconds; the defaults are the contract's."""

    connect_timeout_s: float = 10.0
    handshake_timeout_s: float = 20.0
    write_timeout_s: float = 10.0
    close_timeout_s: float = 10.0
    ping_interval_s: float = 20.0
    ping_timeout_s: float = 20.0
    heartbeat_interval_s: float = 30.0
    stable_after_s: float = 60.0
    initial_delay_s: float = 1.0
    max_delay_s: float = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkBounds:
    """How much of it is held at once for one connection."""

    max_requests: int = 512
    max_request_bytes: int = 8_388_608
    """Frames of requests that run; parsed, JSON takes up to forty times its length."""
    max_reply_bytes: int = 67_108_864
    """Replies that wait for the socket; beyond it the peer has stopped reading."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkSettings:
    """Where to dial and as whom. `read_token` is called before each handshake, in a thread, and may raise."""

    url: str = field(repr=False)
    tenant_id: str
    relay_id: str
    version: str
    read_token: Callable[[], str] = field(repr=False)
    proxy: str | None = field(default=None, repr=False)
    tls: TlsSettings = TlsSettings()
    timings: LinkTimings = LinkTimings()
    bounds: LinkBounds = LinkBounds()
    legacy_query_auth: bool = False

    @property
    def public_url(self) -> str:
        """The URL for logs and records: no user, no query, no fragment."""
        parts = urlsplit(self.url)
        host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname or ""
        netloc = host if parts.port is None else f"{host}:{parts.port}"
        return urlunsplit((parts.scheme, netloc, parts.path, "", ""))
