"""One tree of errors. Every refusal and failure that leaves Relay is a RelayError with a Reason."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

MAX_MESSAGE_LENGTH = 500


class Reason(StrEnum):
    """Why a request was refused or failed: the words of the wire contract."""

    PARSE_ERROR = "PARSE_ERROR"
    INVALID_REQUEST = "INVALID_REQUEST"
    METHOD_NOT_FOUND = "METHOD_NOT_FOUND"
    INVALID_PARAMS = "INVALID_PARAMS"
    RESOURCE_NOT_FOUND = "RESOURCE_NOT_FOUND"
    OPERATION_NOT_ALLOWED = "OPERATION_NOT_ALLOWED"
    TABLE_NOT_ALLOWED = "TABLE_NOT_ALLOWED"
    FUNCTION_NOT_ALLOWED = "FUNCTION_NOT_ALLOWED"
    COLUMN_NOT_ALLOWED = "COLUMN_NOT_ALLOWED"
    REPLAY_REFUSED = "REPLAY_REFUSED"
    DUPLICATE_ID = "DUPLICATE_ID"
    QUERY_BLOCKED = "QUERY_BLOCKED"
    QUERY_FAILED = "QUERY_FAILED"
    QUERY_TIMEOUT = "QUERY_TIMEOUT"
    RESOURCE_UNAVAILABLE = "RESOURCE_UNAVAILABLE"
    AUDIT_UNAVAILABLE = "AUDIT_UNAVAILABLE"
    INTERNAL_ERROR = "INTERNAL_ERROR"
    SESSION_DENIED = "SESSION_DENIED"
    REQUEST_CANCELLED = "REQUEST_CANCELLED"
    RATE_LIMITED = "RATE_LIMITED"
    OVERLOADED = "OVERLOADED"
    APPROVAL_REQUIRED = "APPROVAL_REQUIRED"
    CONNECTION_LOST = "CONNECTION_LOST"
    """In audit records only: there is nobody left to answer."""


class Outcome(StrEnum):
    """How a request ended, as the audit trail calls it."""

    SUCCESS = "success"
    DENIED = "denied"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReasonTraits:
    """What is fixed for each reason: its JSON-RPC code, whether trying again can help, and how it is audited."""

    code: int
    retryable: bool
    outcome: Outcome


def _denied(code: int, *, retryable: bool = False) -> ReasonTraits:
    return ReasonTraits(code=code, retryable=retryable, outcome=Outcome.DENIED)


def _failed(code: int, *, retryable: bool = False) -> ReasonTraits:
    return ReasonTraits(code=code, retryable=retryable, outcome=Outcome.FAILED)


TRAITS: Mapping[Reason, ReasonTraits] = MappingProxyType(
    {
        Reason.PARSE_ERROR: _denied(-32700),
        Reason.INVALID_REQUEST: _denied(-32600),
        Reason.METHOD_NOT_FOUND: _denied(-32601),
        Reason.INVALID_PARAMS: _denied(-32602),
        Reason.RESOURCE_NOT_FOUND: _denied(-32602),
        Reason.OPERATION_NOT_ALLOWED: _denied(-32600),
        Reason.TABLE_NOT_ALLOWED: _denied(-32600),
        Reason.FUNCTION_NOT_ALLOWED: _denied(-32600),
        Reason.COLUMN_NOT_ALLOWED: _denied(-32600),
        Reason.REPLAY_REFUSED: _denied(-32600),
        Reason.DUPLICATE_ID: _denied(-32600),
        Reason.QUERY_BLOCKED: _denied(-32602),
        Reason.QUERY_FAILED: _failed(-32603),
        Reason.QUERY_TIMEOUT: _failed(-32603, retryable=True),
        Reason.RESOURCE_UNAVAILABLE: _failed(-32603, retryable=True),
        Reason.AUDIT_UNAVAILABLE: _failed(-32603, retryable=True),
        Reason.INTERNAL_ERROR: _failed(-32603),
        Reason.SESSION_DENIED: _denied(-32001),
        Reason.REQUEST_CANCELLED: _failed(-32002),
        Reason.RATE_LIMITED: _denied(-32010, retryable=True),
        Reason.OVERLOADED: _denied(-32010, retryable=True),
        Reason.APPROVAL_REQUIRED: _denied(-32011),
        Reason.CONNECTION_LOST: _failed(-32603, retryable=True),
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Position:
    """A place in the caller's statement; line and column count from 1, columns in code points."""

    line: int
    column: int

    def __str__(self) -> str:
        return f"{self.line}:{self.column}"


class RelayError(Exception):
    """A refusal or failure in words that are safe to send.

    `detail` and `hint` are built only from what the caller wrote as identifiers, from positions and from
    constants; never from a value, a parameter, a credential or a driver's text.
    """

    def __init__(
        self,
        reason: Reason,
        detail: str,
        *,
        hint: str = "",
        position: Position | None = None,
        retry_after_ms: int | None = None,
    ) -> None:
        super().__init__(detail)
        self.reason = reason
        self.detail = detail
        self.hint = hint
        self.position = position
        self.retry_after_ms = retry_after_ms

    @property
    def code(self) -> int:
        """The JSON-RPC error code."""
        return TRAITS[self.reason].code

    @property
    def retryable(self) -> bool:
        """Whether the same request may succeed later, unchanged."""
        return TRAITS[self.reason].retryable

    @property
    def outcome(self) -> Outcome:
        """How the audit trail records it."""
        return TRAITS[self.reason].outcome

    @property
    def message(self) -> str:
        """`REASON: detail hint`, at most 500 characters."""
        text = f"{self.reason}: {self.detail} {self.hint}".rstrip()
        return text if len(text) <= MAX_MESSAGE_LENGTH else text[: MAX_MESSAGE_LENGTH - 1] + "…"

    def __str__(self) -> str:
        return self.message
