"""Looks at every resource side by side and keeps the registry's status true."""

from __future__ import annotations

from dataclasses import dataclass

import anyio

from relay.application.lifecycle_trail import LifecycleTrail
from relay.application.ports.clock import Clock
from relay.application.ports.database import Probe
from relay.application.ports.failures import FailureLog
from relay.application.registry import ResourceEntry, ResourceRegistry
from relay.domain.audit import AuditKind
from relay.domain.resource import ResourceStatus

PROBE_TIMEOUT_S = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ResourceHealth:
    """One resource at one moment; `error` is a public sentence."""

    resource_id: str
    type: str
    healthy: bool
    latency_ms: int
    error: str | None = None


class HealthProber:
    """Probes; a change of status is recorded once, not each time it is seen again."""

    def __init__(
        self, *, registry: ResourceRegistry, trail: LifecycleTrail, clock: Clock, failures: FailureLog
    ) -> None:
        self._registry = registry
        self._trail = trail
        self._clock = clock
        self._failures = failures

    async def probe_all(self) -> tuple[ResourceHealth, ...]:
        """Probe all resources at the same time, each within 5 s."""
        found: dict[str, ResourceHealth] = {}
        async with anyio.create_task_group() as group:
            for entry in self._registry.entries.values():
                group.start_soon(self._probe_into, entry, found)
        return tuple(found[resource_id] for resource_id in self._registry.entries)

    async def _probe_into(self, entry: ResourceEntry, found: dict[str, ResourceHealth]) -> None:
        probe = await self._probe(entry)
        self._store(entry, probe)
        found[entry.resource.resource_id] = ResourceHealth(
            resource_id=entry.resource.resource_id,
            type=entry.resource.type,
            healthy=probe.healthy,
            latency_ms=probe.latency_ms,
            error=probe.error,
        )

    async def _probe(self, entry: ResourceEntry) -> Probe:
        started_s = self._clock.monotonic_s()
        error = "no answer within 5 s"
        with anyio.move_on_after(PROBE_TIMEOUT_S):
            try:
                return await entry.database.inspector.probe()
            except Exception as unexpected:  # noqa: BLE001 - a probe that breaks is an unhealthy one, not a dead agent
                self._failures.unexpected(unexpected)
                error = "the probe failed"
        latency_ms = round((self._clock.monotonic_s() - started_s) * 1000)
        return Probe(healthy=False, latency_ms=latency_ms, error=error)

    def _store(self, entry: ResourceEntry, probe: Probe) -> None:
        changed = self._registry.update(
            entry,
            status=ResourceStatus.HEALTHY if probe.healthy else ResourceStatus.UNHEALTHY,
            latency_ms=probe.latency_ms,
            error=probe.error,
            fingerprint=probe.fingerprint,
        )
        if not changed:
            return
        about = {"resourceId": entry.resource.resource_id, "type": entry.resource.type}
        if probe.healthy:
            self._trail.post(AuditKind.RESOURCE_HEALTHY, **about, latencyMs=probe.latency_ms)
        else:
            self._trail.post(AuditKind.RESOURCE_UNHEALTHY, **about, error=probe.error)
