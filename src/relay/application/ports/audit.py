"""Port of the audit trail."""

from __future__ import annotations

from typing import Protocol

from relay.domain.audit import AuditEvent


class AuditSink(Protocol):
    """Writes records in the order of the calls, each whole, never interleaved, off the event loop.

    When `audit.enabled` is false a sink that drops everything takes its place.
    """

    def post(self, event: AuditEvent) -> None:
        """Queue a record without waiting for it. Raises AUDIT_UNAVAILABLE if it can't be queued."""
        ...

    async def record(self, *events: AuditEvent) -> None:
        """Queue the records and wait until they, and all posted before them, are handed to the operating system.

        Raises AUDIT_UNAVAILABLE when that fails or takes longer than 2 s. Safe to cancel: a queued record is
        written all the same.
        """
        ...

    @property
    def head(self) -> str:
        """Hash of the newest record written; 64 zeros before the first, empty without a chain."""
        ...
