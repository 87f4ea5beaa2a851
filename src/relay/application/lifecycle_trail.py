"""Records of the agent's own life. They refuse nothing, so a record that can't be written is only reported."""

from __future__ import annotations

from relay.application.ports.audit import AuditSink
from relay.application.ports.failures import FailureLog
from relay.domain.audit import AuditEvent, AuditKind
from relay.domain.errors import RelayError
from relay.domain.json_value import JsonValue


class LifecycleTrail:
    """Posts lifecycle events."""

    def __init__(self, *, audit: AuditSink, failures: FailureLog) -> None:
        self._audit = audit
        self._failures = failures

    def post(self, kind: AuditKind, **fields: JsonValue) -> None:
        """Queue one record; a field that is None is left out; never raises."""
        event = AuditEvent(kind=kind, fields={key: value for key, value in fields.items() if value is not None})
        try:
            self._audit.post(event)
        except RelayError as error:
            self._failures.unexpected(error)
