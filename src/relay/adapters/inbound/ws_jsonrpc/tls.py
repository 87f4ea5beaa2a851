"""TLS of the link: which roots, which client certificate, and a pin on the control plane's own certificate."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
import ssl

import httpcore
import httpx

from relay.adapters.inbound.ws_jsonrpc.settings import TlsSettings

PIN_BYTES = 32


class PinMismatch(httpcore.ConnectError):
    """The control plane showed another certificate than the pinned one."""


class TlsFailed(httpcore.ConnectError):
    """There was no TLS handshake; `cause` is the type name of the error behind it."""

    def __init__(self, cause: str) -> None:
        super().__init__(cause)
        self.cause = cause


def parse_pin(text: str) -> bytes:
    """Read a SHA-256 as hex, with or without colons, or as base64; `sha256:` or `sha256/` may stand before it.

    Raises ValueError.
    """
    bare = re.sub(r"^sha256[:/]", "", text.strip(), flags=re.IGNORECASE)
    digits = re.sub(r"[:\s]", "", bare)
    try:
        pin = bytes.fromhex(digits) if len(digits) == 2 * PIN_BYTES else base64.b64decode(bare, validate=True)
    except (ValueError, binascii.Error):
        pin = b""
    if len(pin) != PIN_BYTES:
        raise ValueError("a pin is a SHA-256: 64 hex digits, with or without colons, or 44 characters of base64")
    return pin


def client_context(tls: TlsSettings) -> ssl.SSLContext:
    """Build the context for the control plane. Raises OSError (ssl.SSLError is one) for files that don't do."""
    context = server_roots(tls)
    if tls.cert_file is not None:
        context.load_cert_chain(tls.cert_file, tls.key_file, password=_no_password)
    return context


def server_roots(tls: TlsSettings) -> ssl.SSLContext:
    """Build a context that verifies and shows no certificate of its own."""
    context = httpx.create_ssl_context() if tls.ca_file is None else ssl.create_default_context(cafile=tls.ca_file)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


def check_pin(pin: bytes | None, certificate: bytes | None) -> None:
    """Raise PinMismatch unless there is no pin, or it is the SHA-256 of the certificate (DER)."""
    if pin is None:
        return
    if not hmac.compare_digest(hashlib.sha256(certificate or b"").digest(), pin):
        raise PinMismatch("the certificate is not the pinned one")


def _no_password() -> str:
    # without this, OpenSSL would ask for one on the terminal
    raise OSError("the key file is encrypted")
