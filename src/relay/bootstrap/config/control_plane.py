"""The `controlPlane` section."""

from __future__ import annotations

import ipaddress
import re
from typing import Annotated
from urllib.parse import SplitResult, urlsplit

from pydantic import AfterValidator, Field

from relay.bootstrap.config.base import SettingsModel, Text
from relay.bootstrap.config.secret import SecretSource

_VISIBLE = re.compile(r"[!-~]+")
_SHA256 = re.compile(r"[0-9a-f]{64}")


def split_url(url: str) -> SplitResult | None:
    """Take an address apart; None if it has no host, a port that is none, or a host that no name can have."""
    try:
        parts = urlsplit(url)
        usable = bool(parts.hostname) and parts.port != 0 and _VISIBLE.fullmatch(url) is not None
    except ValueError:
        return None
    return parts if usable and "\\" not in url else None


def is_loopback(host: str) -> bool:
    """Whether a host is `localhost` or written as a loopback address; other names are not looked up."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _check_url(url: str) -> str:
    parts = split_url(url)
    if parts is None or parts.scheme not in {"wss", "ws"}:
        raise ValueError("must be an address such as wss://api.example.com/v1/relay/connect")
    if parts.username is not None or parts.password is not None or parts.query or parts.fragment:
        raise ValueError("must hold no user, query or fragment: addresses are logged, the token has its own key")
    return url


def _check_proxy(url: str) -> None:
    parts = split_url(url)
    if parts is None or parts.scheme not in {"http", "https"} or parts.path not in {"", "/"} or parts.query:
        raise ValueError("must be an address such as http://proxy.internal:3128")


def _check_header_text(value: str) -> str:
    if not _VISIBLE.fullmatch(value):
        raise ValueError("must be visible ASCII characters without spaces, since it travels in a header")
    return value


def _check_token(value: str) -> None:
    _check_header_text(value)


def _check_pin(value: str) -> str:
    digest = value.replace(":", "").lower()
    if not _SHA256.fullmatch(digest):
        raise ValueError("must be the SHA-256 of the certificate: 64 hexadecimal digits, colons allowed")
    return digest


def _token(secret: SecretSource) -> SecretSource:
    return secret.requiring(_check_token).validate()


def _proxy(secret: SecretSource | None) -> SecretSource | None:
    return None if secret is None else secret.requiring(_check_proxy).validate()


class TlsSettings(SettingsModel):
    """The `controlPlane.tls` section."""

    ca_file: Text | None = Field(
        default=None, description="PEM file of the authorities to trust for the control plane, instead of the system's."
    )
    cert_file: Text | None = Field(default=None, description="PEM file of the client certificate (mTLS).")
    key_file: Text | None = Field(default=None, description="PEM file of the client certificate's private key.")
    pinned_sha256: Annotated[str, AfterValidator(_check_pin)] | None = Field(
        default=None,
        description=(
            "SHA-256 of the control plane's own certificate (DER), in hexadecimal, as "
            "`openssl x509 -noout -fingerprint -sha256` prints it. Checked before the token is sent."
        ),
    )


class ReconnectSettings(SettingsModel):
    """The `controlPlane.reconnect` section."""

    initial_delay_ms: int = Field(
        default=1000,
        ge=10,
        le=3_600_000,
        description="First delay before a new connection, in milliseconds; it doubles with each failure.",
    )
    max_delay_ms: int = Field(
        default=60_000, ge=10, le=3_600_000, description="Longest delay before a new connection, in milliseconds."
    )


class ControlPlaneSettings(SettingsModel):
    """The `controlPlane` section."""

    url: Annotated[Text, AfterValidator(_check_url)] = Field(
        description=(
            "Address that Relay dials, `wss://…`. `ws://` only to a loopback address, or with `allowInsecure`. "
            "It holds no user and no query, since it is logged."
        )
    )
    token: Annotated[SecretSource, AfterValidator(_token)] = Field(
        description="Token of this Relay. From `${file:…}` it is read again before each handshake."
    )
    tenant_id: Annotated[Text, AfterValidator(_check_header_text)] = Field(
        max_length=256, description="Tenant that this Relay belongs to."
    )
    allow_insecure: bool = Field(
        default=False,
        description="Allow `ws://` to any host: token and rows then travel unencrypted. For tests only.",
    )
    legacy_query_auth: bool = Field(
        default=False,
        description=(
            "Also send the token and the tenant in the address's query, for older control planes that look only "
            "there. The token may then end up in the logs of whatever is in between."
        ),
    )
    proxy: Annotated[SecretSource | None, AfterValidator(_proxy)] = Field(
        default=None,
        description=(
            "HTTP CONNECT proxy, `http://proxy.internal:3128`, with `user:password@` if it wants one. "
            "Without it `HTTPS_PROXY` and `NO_PROXY` of the environment are honoured."
        ),
    )
    tls: TlsSettings = Field(default_factory=TlsSettings, description="Trust, client certificate and pin.")
    reconnect: ReconnectSettings = Field(default_factory=ReconnectSettings, description="Delays between connections.")
