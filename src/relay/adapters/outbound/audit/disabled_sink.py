"""What takes the audit trail's place when it is switched off."""

from __future__ import annotations

from relay.domain.audit import AuditEvent


class DisabledAuditSink:
    """AuditSink for `audit.enabled: false`: drops everything and refuses nothing."""

    @property
    def head(self) -> str:
        """Empty: there is no chain."""
        return ""

    def post(self, event: AuditEvent) -> None:
        """Drop the record."""

    async def record(self, *events: AuditEvent) -> None:
        """Drop the records."""
