"""Gather what a heartbeat says. No count in it could carry data."""

from __future__ import annotations

from dataclasses import dataclass

from relay.application.counters import RequestCounters
from relay.application.in_flight import InFlight
from relay.application.ports.audit import AuditSink
from relay.application.ports.clock import Clock
from relay.application.registry import ResourceRegistry, ResourceSummary


@dataclass(frozen=True, slots=True, kw_only=True)
class Heartbeat:
    """One beat; `uptime_s` counts from the building of the use case."""

    uptime_s: int
    served: int
    denied: int
    failed: int
    in_flight: int
    resources: tuple[ResourceSummary, ...]
    audit_head: str


class ReportHeartbeat:
    """Serves the link's timer."""

    def __init__(
        self,
        *,
        audit: AuditSink,
        clock: Clock,
        counters: RequestCounters,
        in_flight: InFlight,
        registry: ResourceRegistry,
    ) -> None:
        self._audit = audit
        self._clock = clock
        self._counters = counters
        self._in_flight = in_flight
        self._registry = registry
        self._started_s = clock.monotonic_s()

    def execute(self) -> Heartbeat:
        """Return the figures of now."""
        return Heartbeat(
            uptime_s=int(self._clock.monotonic_s() - self._started_s),
            served=self._counters.served,
            denied=self._counters.denied,
            failed=self._counters.failed,
            in_flight=len(self._in_flight),
            resources=self._registry.summaries(),
            audit_head=self._audit.head,
        )
