"""The resources of this Relay, and what was last seen of each."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import anyio

from relay.application.ports.control_plane import ResourceListener
from relay.application.ports.database import Database
from relay.domain.errors import Reason, RelayError
from relay.domain.resource import Resource, ResourceStatus
from relay.domain.role import RoleExamination


@dataclass(slots=True, kw_only=True)
class ResourceEntry:
    """One resource with its ports; the fields after these change as it is probed.

    `accepted`: its role was examined, and may be used; until then no statement runs.
    """

    resource: Resource
    database: Database
    status: ResourceStatus = ResourceStatus.UNKNOWN
    latency_ms: int | None = None
    error: str | None = None
    fingerprint: str | None = None
    role: RoleExamination | None = None
    accepted: bool = False
    probing: anyio.Lock = field(default_factory=anyio.Lock)
    probes: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ResourceSummary:
    """What the control plane is told of one resource."""

    resource_id: str
    type: str
    name: str
    database: str
    capabilities: tuple[str, ...]
    status: ResourceStatus
    fingerprint: str | None = None
    latency_ms: int | None = None


@dataclass(slots=True, kw_only=True)
class ResourceRegistry:
    """Finds resources by id; tells listeners when what they would send has changed."""

    entries: Mapping[str, ResourceEntry] = field(default_factory=dict)
    listeners: list[ResourceListener] = field(default_factory=list)
    probe_wanted: anyio.Event = field(default_factory=anyio.Event)

    @classmethod
    def of(cls, entries: Iterable[ResourceEntry]) -> ResourceRegistry:
        """Build from entries; ids are unique by configuration."""
        return cls(entries={entry.resource.resource_id: entry for entry in entries})

    def get(self, resource_id: str) -> ResourceEntry:
        """Return the entry, or raise RESOURCE_NOT_FOUND naming the ids that exist."""
        entry = self.entries.get(resource_id)
        if entry is None:
            known = ", ".join(sorted(self.entries)) or "none"
            raise RelayError(Reason.RESOURCE_NOT_FOUND, "no such resource;", hint=f"configured resources: {known}")
        return entry

    def summaries(self) -> tuple[ResourceSummary, ...]:
        """Return all resources, in the order of the configuration."""
        return tuple(_summary(entry) for entry in self.entries.values())

    def update(
        self,
        entry: ResourceEntry,
        *,
        status: ResourceStatus,
        latency_ms: int | None,
        error: str | None,
        fingerprint: str | None,
    ) -> bool:
        """Store what a probe saw; returns whether the status changed. A fingerprint that is None keeps the last."""
        status_changed = entry.status is not status
        fingerprint_changed = fingerprint is not None and fingerprint != entry.fingerprint
        entry.status, entry.latency_ms, entry.error = status, latency_ms, error
        entry.fingerprint = fingerprint or entry.fingerprint
        if status_changed or fingerprint_changed:
            for listener in self.listeners:
                listener.resources_changed()
        return status_changed

    def want_probe(self) -> None:
        """Ask for a probe before its time, because a request saw the status change."""
        self.probe_wanted.set()


def _summary(entry: ResourceEntry) -> ResourceSummary:
    resource = entry.resource
    return ResourceSummary(
        resource_id=resource.resource_id,
        type=resource.type,
        name=resource.name,
        database=resource.database,
        capabilities=tuple(sorted(resource.policy.allowed_operations & entry.database.capabilities)),
        status=entry.status,
        fingerprint=entry.fingerprint,
        latency_ms=entry.latency_ms,
    )
