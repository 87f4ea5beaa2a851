"""Looks at every resource side by side and keeps the registry's status true."""

from __future__ import annotations

from dataclasses import dataclass

import anyio

from relay.application.lifecycle_trail import LifecycleTrail
from relay.application.ports.clock import Clock
from relay.application.ports.database import Probe
from relay.application.ports.failures import FailureLog
from relay.application.ports.role_log import RoleLog
from relay.application.registry import ResourceEntry, ResourceRegistry
from relay.application.rule_check import RuleCheck
from relay.domain.audit import AuditKind
from relay.domain.errors import Reason, RelayError
from relay.domain.resource import ResourceStatus

PROBE_TIMEOUT_S = 5.0
ROLE_REFUSED = "the database role could do more than read, and Relay will not use it"


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
        self,
        *,
        registry: ResourceRegistry,
        trail: LifecycleTrail,
        clock: Clock,
        failures: FailureLog,
        role_log: RoleLog,
        rule_check: RuleCheck,
    ) -> None:
        self._rule_check = rule_check
        self._registry = registry
        self._trail = trail
        self._clock = clock
        self._failures = failures
        self._role_log = role_log

    async def probe_all(self) -> tuple[ResourceHealth, ...]:
        """Look at all resources at the same time, each within 5 s."""
        async with anyio.create_task_group() as group:
            for entry in self._registry.entries.values():
                group.start_soon(self._look_at, entry)
        return tuple(_health(entry) for entry in self._registry.entries.values())

    async def admit(self, entry: ResourceEntry) -> RelayError | None:
        """Return why no statement may run on a resource; a resource never looked at is looked at now."""
        if not entry.accepted:
            with anyio.move_on_after(PROBE_TIMEOUT_S):
                await self._look_at(entry)
        if entry.accepted:
            return None
        if entry.status is ResourceStatus.REFUSED:
            return RelayError(Reason.RESOURCE_UNAVAILABLE, f"{ROLE_REFUSED};", hint="its operator finds why in the log")
        error = entry.error or "the database did not answer in time"
        return RelayError(Reason.RESOURCE_UNAVAILABLE, f"{error};", hint="try again later")

    async def _look_at(self, entry: ResourceEntry) -> None:
        """Probe one resource; whoever comes while that goes on waits for it and takes what it found."""
        seen = entry.probes
        async with entry.probing:
            if entry.probes == seen:
                self._store(entry, await self._probe(entry))
                entry.probes += 1
                if entry.status is ResourceStatus.HEALTHY:
                    with anyio.move_on_after(PROBE_TIMEOUT_S):
                        await self._rule_check.look(entry)

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
        status = ResourceStatus.HEALTHY if probe.healthy else ResourceStatus.UNHEALTHY
        error = probe.error
        if probe.healthy and not self._accepts(entry, probe):
            status, error = ResourceStatus.REFUSED, ROLE_REFUSED
        changed = self._registry.update(
            entry, status=status, latency_ms=probe.latency_ms, error=error, fingerprint=probe.fingerprint
        )
        if not changed:
            return
        about = {"resourceId": entry.resource.resource_id, "type": entry.resource.type}
        if status is ResourceStatus.HEALTHY:
            self._trail.post(AuditKind.RESOURCE_HEALTHY, **about, latencyMs=probe.latency_ms)
        else:
            self._trail.post(AuditKind.RESOURCE_UNHEALTHY, **about, error=error)

    def _accepts(self, entry: ResourceEntry, probe: Probe) -> bool:
        """Decide on the role, and tell the operator when it is not what it was. An outage changes nothing here."""
        role = probe.role
        entry.accepted = role is None or not role.dangerous or entry.resource.allow_privileged_role
        if role is not None and role != entry.role:
            self._role_log.examined(entry.resource.resource_id, role, accepted=entry.accepted)
        entry.role = role
        return entry.accepted


def _health(entry: ResourceEntry) -> ResourceHealth:
    return ResourceHealth(
        resource_id=entry.resource.resource_id,
        type=entry.resource.type,
        healthy=entry.status is ResourceStatus.HEALTHY,
        latency_ms=entry.latency_ms or 0,
        error=entry.error,
    )
