"""An HTTP proxy on the way: which one, and how a tunnel through it is opened (RFC 9110, section 9.3.6)."""

from __future__ import annotations

import base64
import ipaddress
import re
import urllib.request
from dataclasses import dataclass, field
from urllib.parse import unquote, urlsplit

import httpcore

MAX_ANSWER_BYTES = 16_384
DEFAULT_PORTS = {"http": 80, "https": 443}
STATUS_LINE = re.compile(rb"HTTP/1\.[01] (\d{3})(?: [^\r\n]*)?\r\n")


class ProxyRefused(httpcore.ProxyError):
    """The proxy opened no tunnel; `status` is what it said, 0 when it was no HTTP."""

    def __init__(self, status: int) -> None:
        super().__init__(f"the proxy answered {status}")
        self.status = status


@dataclass(frozen=True, slots=True, kw_only=True)
class ProxyAddress:
    """Where the proxy is; `authorization` is the ready header value."""

    host: str
    port: int
    is_tls: bool = False
    authorization: str | None = field(default=None, repr=False)


def parse_proxy(url: str) -> ProxyAddress:
    """Read `http://user:password@host:port`. Raises ValueError, in words without the credentials."""
    parts = urlsplit(url)
    if parts.scheme not in DEFAULT_PORTS or not parts.hostname:
        raise ValueError("a proxy is http://host:port or https://host:port")
    return ProxyAddress(
        host=parts.hostname,
        port=parts.port or DEFAULT_PORTS[parts.scheme],
        is_tls=parts.scheme == "https",
        authorization=_basic(parts.username, parts.password),
    )


def proxy_for(url: str, configured: str | None) -> ProxyAddress | None:
    """Choose the configured proxy, else that of HTTPS_PROXY / HTTP_PROXY / ALL_PROXY unless NO_PROXY excludes the host.

    A loopback address never goes through a proxy of the environment: the proxy would look for it on itself.
    """
    if configured is not None:
        return parse_proxy(configured)
    parts = urlsplit(url)
    host = parts.hostname or ""
    proxies = urllib.request.getproxies_environment()
    found = proxies.get("https" if parts.scheme == "wss" else "http") or proxies.get("all")
    if not found or _is_loopback(host) or urllib.request.proxy_bypass(host):
        return None
    return parse_proxy(found if "://" in found else f"http://{found}")


async def open_tunnel(stream: httpcore.AsyncNetworkStream, proxy: ProxyAddress, host: str, port: int) -> None:
    """Ask for a tunnel and wait for the yes. Raises ProxyRefused. The caller sets the time limit."""
    target = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    lines = [f"CONNECT {target} HTTP/1.1", f"Host: {target}"]
    if proxy.authorization is not None:
        lines.append(f"Proxy-Authorization: {proxy.authorization}")
    await stream.write("\r\n".join([*lines, "", ""]).encode("ascii"))
    answer = b""
    while b"\r\n\r\n" not in answer:
        more = await stream.read(4096)
        answer += more
        if not more or len(answer) > MAX_ANSWER_BYTES:
            raise ProxyRefused(0)
    status = STATUS_LINE.match(answer)
    if status is None or not status[1].startswith(b"2"):
        raise ProxyRefused(int(status[1]) if status else 0)
    if not answer.endswith(b"\r\n\r\n"):
        # the client speaks first in TLS and in HTTP: what comes before that is not the control plane's
        raise ProxyRefused(0)


def _basic(username: str | None, password: str | None) -> str | None:
    if username is None and password is None:
        return None
    pair = f"{unquote(username or '')}:{unquote(password or '')}"
    return "Basic " + base64.b64encode(pair.encode("utf-8")).decode("ascii")


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")
