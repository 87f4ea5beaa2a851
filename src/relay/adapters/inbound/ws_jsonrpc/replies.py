"""Answers as bytes, in the contract's shapes and order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from relay.application.health import ResourceHealth
from relay.application.registry import ResourceSummary
from relay.application.use_cases.describe_resource import ResourceDescription
from relay.domain.errors import RelayError
from relay.domain.results import QueryResult

MAX_REQUEST_ID_CHARACTERS = 128


def success(id_json: bytes, result: object) -> bytes:
    """Wrap a result."""
    return orjson.dumps({"jsonrpc": "2.0", "id": orjson.Fragment(id_json), "result": result})


def failure(id_json: bytes, error: RelayError, *, request_id: str) -> bytes:
    """Wrap an error; `position` and `retryAfterMs` are there when they are known."""
    data: dict[str, object] = {
        "reason": error.reason.value,
        "detail": error.detail,
        "requestId": request_id[:MAX_REQUEST_ID_CHARACTERS],
        "retryable": error.retryable,
        "hint": error.hint,
    }
    if error.position is not None:
        data["position"] = {"line": error.position.line, "column": error.position.column}
    if error.retry_after_ms is not None:
        data["retryAfterMs"] = error.retry_after_ms
    body = {"code": error.code, "message": error.message, "data": data}
    return orjson.dumps({"jsonrpc": "2.0", "id": orjson.Fragment(id_json), "error": body})


def batch(answers: Sequence[bytes]) -> bytes:
    """Put finished answers into one array."""
    return b"[" + b",".join(answers) + b"]"


def execute_result(result: QueryResult) -> Mapping[str, object]:
    """Shape the answer to `execute`; rows are spliced in as they were encoded."""
    return {
        "rows": _rows(result),
        "rowCount": result.row_count,
        "fields": [{"name": field.name, "type": field.type} for field in result.fields],
        "executionTimeMs": result.execution_ms,
        "masked": result.masked_value_count > 0,
        "maskedFieldCount": result.masked_value_count,
        "detections": [{"detector": name, "count": count} for name, count in result.detector_counts.items()],
        "warnings": list(result.warnings),
        "truncated": result.truncated,
        "metadata": {
            "masked": result.masking_enabled,
            "maskedFieldCount": result.masked_value_count,
            "executionMs": result.execution_ms,
            "resourceId": result.resource_id,
            "clamped": result.clamped,
            "truncated": result.truncated,
        },
    }


def description_result(description: ResourceDescription) -> Mapping[str, object]:
    """Shape the answer to `describe_resource`."""
    return {
        "tables": _rows(description.tables),
        "type": description.type,
        "database": description.database,
        "truncated": description.tables.truncated,
        "warnings": list(description.tables.warnings),
    }


def resources_result(resources: Sequence[ResourceSummary]) -> list[Mapping[str, object]]:
    """Shape the answer to `list_resources`."""
    return [
        {
            "resourceId": resource.resource_id,
            "type": resource.type,
            "name": resource.name,
            "database": resource.database,
            "readOnly": True,
            "capabilities": list(resource.capabilities),
            "status": resource.status.value,
        }
        for resource in resources
    ]


def health_result(resources: Sequence[ResourceHealth]) -> list[Mapping[str, object]]:
    """Shape the answer to `health_check`."""
    return [_health(resource) for resource in resources]


def _health(resource: ResourceHealth) -> Mapping[str, object]:
    shape: dict[str, object] = {
        "resourceId": resource.resource_id,
        "type": resource.type,
        "healthy": resource.healthy,
        "latencyMs": resource.latency_ms,
    }
    if resource.error is not None:
        shape["error"] = resource.error
    return shape


def _rows(result: QueryResult) -> Any:  # noqa: ANN401 - orjson declares no type for it
    return orjson.Fragment(b"[" + b",".join(result.rows) + b"]")
