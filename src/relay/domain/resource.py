"""A database that Relay serves, and the bounds it is served within."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from relay.domain.policy import Policy


class ResourceStatus(StrEnum):
    """What Relay last saw of a resource; `refused`: the database role is one that the guard won't use."""

    UNKNOWN = "unknown"
    HEALTHY = "healthy"
    UNHEALTHY = "unhealthy"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class RateLimit:
    """A token bucket: `requests_per_minute` sustained, `burst_capacity` at once."""

    requests_per_minute: int = 600
    burst_capacity: int = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class ResourceLimits:
    """Bounds of one request, and of all requests, on a resource."""

    statement_timeout_ms: int = 30_000
    max_response_bytes: int = 8_388_608
    max_cell_bytes: int = 1_048_576
    pool_size: int = 5
    max_plan_cost: float | None = None
    rate: RateLimit = RateLimit()


@dataclass(frozen=True, slots=True, kw_only=True)
class Resource:
    """One configured resource; carries no credential.

    `allow_privileged_role`: the operator has said to use it although its role could do more than read.
    """

    resource_id: str
    type: str
    name: str
    database: str
    policy: Policy
    limits: ResourceLimits = ResourceLimits()
    allow_privileged_role: bool = False
