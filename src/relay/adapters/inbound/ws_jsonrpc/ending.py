"""How a connection, or an attempt at one, came to its end."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

REFUSING_STATUSES = frozenset({401, 403})
REFUSING_CLOSE_CODES = frozenset({4001, 1008})


class EndReason(StrEnum):
    """The constant words for logs and records."""

    CLOSED_BY_PEER = "closed by the control plane"
    CONNECTION_LOST = "the connection was lost"
    NO_PONG = "no answer to a ping"
    WRITE_STALLED = "the control plane stopped reading"
    MESSAGE_TOO_BIG = "a message was longer than 1 MiB"
    PROTOCOL_ERROR = "broken WebSocket framing"
    REPLIES_PILED_UP = "too many replies wait for the control plane"
    STOPPED = "the agent is stopping"
    IDENTITY_REFUSED = "the control plane refused this identity"
    TOKEN_UNREADABLE = "the token can't be read"  # noqa: S105 - words for a log
    TLS_FILES = "the TLS files can't be used"
    UNREACHABLE = "unreachable"
    TIMED_OUT = "no answer in time"
    TLS_FAILED = "the TLS handshake failed"
    PIN_MISMATCH = "the certificate is not the pinned one"
    PROXY_REFUSED = "the proxy opened no tunnel"
    HANDSHAKE_REFUSED = "the WebSocket handshake was refused"
    NOT_A_WEBSOCKET = "the answer was no WebSocket handshake"
    UNEXPECTED = "an unexpected error in the agent"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """Why it ended; `code` is a WebSocket close code or an HTTP status, `close_code` what we close with, if we do."""

    reason: EndReason
    code: int | None = None
    close_code: int | None = None
    error: str | None = None
    """Type name of the exception behind it."""
    uptime_s: float = 0.0

    @property
    def is_refusal(self) -> bool:
        """Whether the control plane refused our identity."""
        return self.reason is EndReason.IDENTITY_REFUSED


def closed_by_peer(code: int) -> Ending:
    """Read the peer's close code."""
    refused = code in REFUSING_CLOSE_CODES
    return Ending(reason=EndReason.IDENTITY_REFUSED if refused else EndReason.CLOSED_BY_PEER, code=code)


def refused_by_status(status: int) -> Ending:
    """Read the status of a handshake that was not accepted."""
    refused = status in REFUSING_STATUSES
    return Ending(reason=EndReason.IDENTITY_REFUSED if refused else EndReason.HANDSHAKE_REFUSED, code=status)
