"""The audit trail of one request: received, perhaps started, then exactly one end."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import anyio
from anyio.lowlevel import checkpoint_if_cancelled

from relay.application.counters import RequestCounters
from relay.application.ports.audit import AuditSink
from relay.domain.audit import AuditEvent, AuditKind, statement_sha256
from relay.domain.errors import Outcome, RelayError
from relay.domain.json_value import JsonValue
from relay.domain.request import RequestContext
from relay.domain.results import Detection, QueryResult


class RequestTrail:
    """Writes the records of one request. Not reused."""

    def __init__(
        self,
        *,
        audit: AuditSink,
        counters: RequestCounters,
        context: RequestContext,
        resource_id: str | None = None,
        operation: str | None = None,
        seal: Callable[[], None] | None = None,
    ) -> None:
        """`seal` is called when success is about to be recorded: from there on nothing can cancel the request."""
        self._audit = audit
        self._counters = counters
        self._seal = seal
        base: dict[str, JsonValue] = {"requestId": context.request_id, "method": context.method}
        optional = {"resourceId": resource_id, "operation": operation, "incidentId": context.incident_id}
        self._base = base | {key: value for key, value in optional.items() if value is not None}
        self._statement: dict[str, JsonValue] = {}
        self.ended = False

    def received(self) -> None:
        """Post request.received."""
        self._audit.post(AuditEvent(kind=AuditKind.REQUEST_RECEIVED, fields=self._base))

    def about(self, redacted: str) -> None:
        """Name the statement, without its literals, in every record from here on."""
        if redacted:
            self._statement = {"statement": redacted, "statementSha256": statement_sha256(redacted)}

    async def started(self) -> None:
        """Write ahead that the statement is about to run; returns once the record is out of our hands."""
        await self._audit.record(self._event(AuditKind.REQUEST_STARTED, {}))

    async def completed(self, result: QueryResult | None = None) -> None:
        """Record success, just before the answer goes to the socket's writer."""
        events = [self._event(AuditKind.REQUEST_COMPLETED, _completion(result) | {"outcome": Outcome.SUCCESS.value})]
        if result is not None and result.detections:
            fields: dict[str, JsonValue] = {
                "maskedFieldCount": result.masked_value_count,
                "detections": [_detection(found) for found in result.detections],
            }
            events.append(self._event(AuditKind.MASKING_APPLIED, fields))
        await checkpoint_if_cancelled()
        if self._seal is not None:
            self._seal()
        # the record is queued at once: cancelled while it waits, the request would end a second time
        with anyio.CancelScope(shield=True):
            await self._audit.record(*events)
        self._end(Outcome.SUCCESS)

    async def refused(self, error: RelayError) -> None:
        """Record why there is no answer: request.rejected or request.failed, as the reason says."""
        kind = AuditKind.REQUEST_REJECTED if error.outcome is Outcome.DENIED else AuditKind.REQUEST_FAILED
        self._end(error.outcome)
        fields: dict[str, JsonValue] = {
            "reason": error.reason.value,
            "detail": f"{error.detail} {error.hint}".strip(),
            "outcome": error.outcome.value,
        }
        await self._audit.record(self._event(kind, fields))

    def _end(self, outcome: Outcome) -> None:
        self.ended = True
        self._counters.add(outcome)

    def _event(self, kind: AuditKind, fields: Mapping[str, JsonValue]) -> AuditEvent:
        return AuditEvent(kind=kind, fields={**self._base, **self._statement, **fields})


def _completion(result: QueryResult | None) -> dict[str, JsonValue]:
    if result is None:
        return {}
    return {
        "rowCount": result.row_count,
        "bytes": sum(map(len, result.rows)),
        "truncated": result.truncated,
        "maskedFieldCount": result.masked_value_count,
        "patternsApplied": sorted(result.detector_counts),
        "executionMs": result.execution_ms,
    }


def _detection(found: Detection) -> dict[str, JsonValue]:
    return {"detector": found.detector, "column": found.column, "count": found.count}
