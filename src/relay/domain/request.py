"""What a control plane asks for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType

from relay.domain.errors import RelayError
from relay.domain.json_value import JsonValue

DEFAULT_DEADLINE_MS = 28_000
"""Deployed control planes give up at 30 s."""


class Operation(StrEnum):
    """The operations of `execute`."""

    QUERY = "query"
    DESCRIBE_TABLE = "describe_table"
    LIST_TABLES = "list_tables"
    EXPLAIN = "explain"


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestContext:
    """What every request of every method carries.

    `received_at_s` is monotonic; `key` is the JSON-RPC id as it came (None for a null id or a notification),
    `request_id` its text form, or a generated one, for the audit trail.
    """

    request_id: str
    method: str
    received_at_s: float
    key: str | int | float | None = None
    incident_id: str | None = None
    nonce: str | None = None
    issued_at_ms: float | None = None
    problem: RelayError | None = None
    """What is wrong with the parameters, found at the edge; refused in its turn, after session, replay and rate."""


@dataclass(frozen=True, slots=True, kw_only=True)
class QueryRequest:
    """One `execute`. `arguments` are the operation's own parameters, still the caller's words and untrusted."""

    context: RequestContext
    resource_id: str
    operation: str
    arguments: Mapping[str, JsonValue] = field(default_factory=lambda: MappingProxyType({}))
    limit: JsonValue = None
    deadline_ms: int = DEFAULT_DEADLINE_MS
