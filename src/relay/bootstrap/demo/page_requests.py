"""What the page of `relay demo --serve` may ask for, and who may ask: sans I/O."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

MAX_BODY_BYTES = 65_536
METHODS = frozenset({"execute", "list_resources", "describe_resource", "health_check"})


class BadRequestError(Exception):
    """Refused, with an HTTP status and a sentence."""

    def __init__(self, status: int, sentence: str) -> None:
        super().__init__(sentence)
        self.status = status
        self.sentence = sentence


@dataclass(frozen=True, slots=True, kw_only=True)
class SameOrigin:
    """Knows the page's own addresses: a name that was rebound to loopback, or another site's script, is neither."""

    port: int

    def check(self, method: str, headers: Mapping[str, str]) -> None:
        """Raise BadRequestError unless the request is for this page and, if it is a POST, comes from it."""
        if headers.get("Host", "") not in self._hosts():
            raise BadRequestError(403, f"open http://127.0.0.1:{self.port}/: this page has no other name")
        if method != "POST":
            return
        if headers.get("Origin") not in {f"http://{host}" for host in self._hosts()}:
            raise BadRequestError(403, "requests are taken from this page alone")
        if headers.get("Content-Type", "").partition(";")[0].strip() != "application/json":
            raise BadRequestError(415, "the body must be application/json")

    def _hosts(self) -> tuple[str, str]:
        return f"127.0.0.1:{self.port}", f"localhost:{self.port}"


def body_length(headers: Mapping[str, str]) -> int:
    """Return how long the body is. Raises BadRequestError if it is too long or does not say."""
    length = headers.get("Content-Length", "")
    if not (length.isascii() and length.isdigit()):
        raise BadRequestError(411, "the request must say how long its body is")
    # the number of digits first: int() is slow on a very long one
    if len(length) > len(str(MAX_BODY_BYTES)) or int(length) > MAX_BODY_BYTES:
        raise BadRequestError(413, f"the body may have {MAX_BODY_BYTES} bytes")
    return int(length)


def read_call(body: bytes) -> tuple[str, Mapping[str, Any] | None]:
    """Return the method and the params that a body asks for; what the params hold is for Relay to judge."""
    try:
        asked = json.loads(body)
    except (ValueError, RecursionError):
        raise BadRequestError(400, "the body is not JSON") from None
    if not isinstance(asked, dict) or str(asked.get("method")) not in METHODS:
        raise BadRequestError(400, f"method must be one of {', '.join(sorted(METHODS))}")
    params = asked.get("params")
    if not (params is None or isinstance(params, dict)):
        raise BadRequestError(400, "params must be an object")
    return asked["method"], params
