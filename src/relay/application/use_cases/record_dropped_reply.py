"""Put on record that an answer could not be delivered."""

from __future__ import annotations

from relay.application.lifecycle_trail import LifecycleTrail
from relay.domain.audit import AuditKind


class RecordDroppedReply:
    """Serves the link, when a reply finds nobody to take it."""

    def __init__(self, *, trail: LifecycleTrail) -> None:
        self._trail = trail

    def execute(self, request_id: str, detail: str) -> None:
        """Post reply.dropped; never raises."""
        self._trail.post(AuditKind.REPLY_DROPPED, requestId=request_id, detail=detail)
