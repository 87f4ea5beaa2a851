"""Audit events: what happened, in words that carry no value."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType

from relay.domain.json_value import JsonValue


class Level(StrEnum):
    """Severity of a record."""

    DEBUG = "debug"
    INFO = "info"
    WARN = "warn"
    ERROR = "error"


class AuditKind(StrEnum):
    """The event names of the audit contract."""

    REQUEST_RECEIVED = "request.received"
    REQUEST_STARTED = "request.started"
    REQUEST_COMPLETED = "request.completed"
    MASKING_APPLIED = "masking.applied"
    REQUEST_REJECTED = "request.rejected"
    REQUEST_FAILED = "request.failed"
    REPLY_DROPPED = "reply.dropped"
    RELAY_STARTED = "relay.started"
    RELAY_CONNECTED = "relay.connected"
    RELAY_DISCONNECTED = "relay.disconnected"
    RELAY_READY = "relay.ready"
    RELAY_STOPPED = "relay.stopped"
    RESOURCE_HEALTHY = "resource.healthy"
    RESOURCE_UNHEALTHY = "resource.unhealthy"
    CONFIG_RELOADED = "config.reloaded"
    SESSION_STOPPED = "session.stopped"
    SESSION_RESUMED = "session.resumed"


@dataclass(frozen=True, slots=True, kw_only=True)
class KindTraits:
    """What is fixed for each kind: its level and the message that operators look for."""

    level: Level
    message: str


KINDS: Mapping[AuditKind, KindTraits] = MappingProxyType(
    {
        AuditKind.REQUEST_RECEIVED: KindTraits(level=Level.INFO, message="Request received"),
        AuditKind.REQUEST_STARTED: KindTraits(level=Level.INFO, message="Query started"),
        AuditKind.REQUEST_COMPLETED: KindTraits(level=Level.INFO, message="Query executed"),
        AuditKind.MASKING_APPLIED: KindTraits(level=Level.INFO, message="Masking applied"),
        AuditKind.REQUEST_REJECTED: KindTraits(level=Level.WARN, message="Request rejected by policy engine"),
        AuditKind.REQUEST_FAILED: KindTraits(level=Level.ERROR, message="Request failed"),
        AuditKind.REPLY_DROPPED: KindTraits(level=Level.WARN, message="Reply dropped"),
        AuditKind.RELAY_STARTED: KindTraits(level=Level.INFO, message="Relay starting"),
        AuditKind.RELAY_CONNECTED: KindTraits(level=Level.INFO, message="Connected to control plane"),
        AuditKind.RELAY_DISCONNECTED: KindTraits(level=Level.WARN, message="Disconnected from control plane"),
        AuditKind.RELAY_READY: KindTraits(level=Level.INFO, message="Relay ready"),
        AuditKind.RELAY_STOPPED: KindTraits(level=Level.INFO, message="Relay stopped"),
        AuditKind.RESOURCE_HEALTHY: KindTraits(level=Level.INFO, message="Resource healthy"),
        AuditKind.RESOURCE_UNHEALTHY: KindTraits(level=Level.WARN, message="Health check failed"),
        AuditKind.CONFIG_RELOADED: KindTraits(level=Level.INFO, message="Configuration reloaded"),
        AuditKind.SESSION_STOPPED: KindTraits(level=Level.WARN, message="Session stopped"),
        AuditKind.SESSION_RESUMED: KindTraits(level=Level.WARN, message="Session resumed"),
    }
)

FIELD_NAMES = frozenset(
    {
        "requestId", "method", "resourceId", "operation", "incidentId", "statement", "statementSha256",
        "rowCount", "bytes", "truncated", "maskedFieldCount", "patternsApplied", "detections", "executionMs",
        "outcome", "reason", "detail", "type", "url", "version", "error", "sqlstate", "code", "latencyMs",
    }
)  # fmt: skip
"""The only keys that an event may add to a record; the sink adds time, level, msg, audit, seq, ids and hashes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditEvent:
    """One record to be. `fields` hold no row value, no parameter, no literal and no credential."""

    kind: AuditKind
    fields: Mapping[str, JsonValue] = field(default_factory=lambda: MappingProxyType({}))

    def __post_init__(self) -> None:
        unknown = self.fields.keys() - FIELD_NAMES
        if unknown:
            raise ValueError(f"audit field not on the allow-list: {', '.join(sorted(unknown))}")

    @property
    def level(self) -> Level:
        """Severity, fixed by the kind."""
        return KINDS[self.kind].level

    @property
    def message(self) -> str:
        """The sentence that operators look for, fixed by the kind; only `execute` executes queries."""
        if self.kind is AuditKind.REQUEST_COMPLETED and self.fields.get("method") != "execute":
            return "Request completed"
        return KINDS[self.kind].message


def statement_sha256(redacted: str) -> str:
    """Return the hex SHA-256 of the whole redacted statement, before any cut.

    Never of the original: a hash of that would let anyone try out every CPF.
    """
    return hashlib.sha256(redacted.encode("utf-8", "surrogatepass")).hexdigest()
