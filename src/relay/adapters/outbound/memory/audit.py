"""An audit trail in a list."""

from __future__ import annotations

import hashlib

from relay.domain.audit import AuditEvent, AuditKind
from relay.domain.errors import Reason, RelayError


class MemoryAuditSink:
    """Keeps events in order; `broken` makes it refuse as a full disk would."""

    def __init__(self) -> None:
        self.events: list[AuditEvent] = []
        self.broken = False
        self._head = "0" * 64

    def post(self, event: AuditEvent) -> None:
        """See AuditSink."""
        if self.broken:
            raise RelayError(Reason.AUDIT_UNAVAILABLE, "the audit trail can't be written;", hint="try again later")
        self.events.append(event)
        self._head = hashlib.sha256(f"{self._head}{event!r}".encode()).hexdigest()

    async def record(self, *events: AuditEvent) -> None:
        """See AuditSink."""
        for event in events:
            self.post(event)

    @property
    def head(self) -> str:
        """See AuditSink."""
        return self._head

    @property
    def kinds(self) -> list[AuditKind]:
        """The kinds of the events, in order."""
        return [event.kind for event in self.events]
