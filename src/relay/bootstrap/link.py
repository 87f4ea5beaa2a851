"""Maps the configuration to the link's settings."""

from __future__ import annotations

from pathlib import Path

from relay import __version__
from relay.adapters.inbound.ws_jsonrpc.settings import LinkSettings, LinkTimings, TlsSettings
from relay.bootstrap.config.control_plane import ControlPlaneSettings


def link_settings(settings: ControlPlaneSettings, relay_id: str) -> LinkSettings:
    """Return where to dial and as whom; the proxy may hold a password, so it is read here and never printed."""
    tls = settings.tls
    return LinkSettings(
        url=settings.url,
        tenant_id=settings.tenant_id,
        relay_id=relay_id,
        version=__version__,
        read_token=settings.token.read,
        proxy=None if settings.proxy is None else settings.proxy.read(),
        tls=TlsSettings(
            ca_file=_path(tls.ca_file),
            cert_file=_path(tls.cert_file),
            key_file=_path(tls.key_file),
            pinned_sha256=tls.pinned_sha256,
        ),
        timings=LinkTimings(
            initial_delay_s=settings.reconnect.initial_delay_ms / 1000,
            max_delay_s=settings.reconnect.max_delay_ms / 1000,
        ),
        legacy_query_auth=settings.legacy_query_auth,
    )


def _path(text: str | None) -> Path | None:
    return None if text is None else Path(text)
