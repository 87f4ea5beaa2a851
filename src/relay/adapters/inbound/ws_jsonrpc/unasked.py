"""What Relay says without being asked: heartbeats and the list of resources.

Each carries its fields twice, at top level and in `params`, because deployed control planes read the top level.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import orjson

from relay.application.registry import ResourceSummary
from relay.application.use_cases.report_heartbeat import Heartbeat

ANNOUNCED_TYPES = frozenset({"postgres", "mongodb"})
"""Deployed control planes reject a whole update that holds any other word."""


def heartbeat_frame(
    beat: Heartbeat,
    *,
    relay_id: str,
    tenant_id: str,
    version: str,
    token_left_s: int | None,
    token_is_ending: bool,
) -> bytes:
    """Encode a heartbeat; `tokenExpiresInS` is null for a token that doesn't say."""
    return _notification(
        "heartbeat",
        relay_id=relay_id,
        tenant_id=tenant_id,
        fields={
            "uptimeS": beat.uptime_s,
            "version": version,
            "requestsServed": beat.served,
            "requestsDenied": beat.denied,
            "requestsFailed": beat.failed,
            "requestsInFlight": beat.in_flight,
            "resources": [
                {
                    "resourceId": resource.resource_id,
                    "status": resource.status.value,
                    "latencyMs": resource.latency_ms,
                }
                for resource in beat.resources
            ],
            "auditHead": beat.audit_head,
            "tokenExpiresInS": token_left_s,
            "tokenIsEnding": token_is_ending,
        },
    )


def resource_update_frame(resources: Sequence[ResourceSummary], *, relay_id: str, tenant_id: str) -> bytes:
    """Encode the whole list, for the receiver replaces its own."""
    announced = [_resource(resource) for resource in resources if resource.type in ANNOUNCED_TYPES]
    return _notification("resource_update", relay_id=relay_id, tenant_id=tenant_id, fields={"resources": announced})


def _resource(resource: ResourceSummary) -> Mapping[str, object]:
    shape: dict[str, object] = {
        "resourceId": resource.resource_id,
        "type": resource.type,
        "name": resource.name,
        "database": resource.database,
        "readOnly": True,
        "status": resource.status.value,
    }
    if resource.fingerprint is not None:
        shape["schemaFingerprint"] = resource.fingerprint
    return shape


def _notification(method: str, *, relay_id: str, tenant_id: str, fields: Mapping[str, object]) -> bytes:
    whose = {"relayId": relay_id, "tenantId": tenant_id}
    return orjson.dumps(
        {"jsonrpc": "2.0", "method": method, "type": method, **whose, **fields, "params": {**whose, **fields}}
    )
