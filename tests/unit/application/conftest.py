"""Use cases over in-memory twins, built by the container; swapping one back is a line."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass

import pytest
from dependency_injector import providers

from relay.adapters.outbound.memory import (
    FakeClock,
    FakeMasker,
    FakeSessionGate,
    MemoryAuditSink,
    MemoryConnection,
    MemoryDatabase,
    RecordingFailureLog,
    RecordingRoleLog,
)
from relay.bootstrap.config.load import load_settings
from relay.bootstrap.container import RelayContainer
from relay.bootstrap.lifecycle import open_resources
from relay.domain.policy import Policy
from relay.domain.request import Operation, QueryRequest, RequestContext
from relay.domain.resource import RateLimit, Resource, ResourceLimits

ENVIRONMENT = {
    "CONTROL_PLANE_URL": "ws://127.0.0.1:1/v1/relay/connect",
    "RELAY_TOKEN": "token",
    "TENANT_ID": "tenant",
    "RESOURCE_0_ID": "shop",
    "RESOURCE_0_TYPE": "postgres",
    "RESOURCE_0_NAME": "Shop",
    "RESOURCE_0_CONNECTION": '{"host": "127.0.0.1", "database": "shop", "user": "reader"}',
}


def resource(**limits: object) -> Resource:
    policy = Policy(
        allowed_operations=frozenset({Operation.QUERY, Operation.LIST_TABLES, Operation.DESCRIBE_TABLE}),
        max_rows=3,
        blocked_tables=("salaries",),
    )
    return Resource(
        resource_id="shop",
        type="postgres",
        name="Shop",
        database="shop",
        policy=policy,
        limits=ResourceLimits(**limits),
    )


@dataclass
class Relay:
    """One agent of fakes."""

    container: RelayContainer
    audit: MemoryAuditSink
    clock: FakeClock
    database: MemoryDatabase
    gate: FakeSessionGate
    failures: RecordingFailureLog
    roles: RecordingRoleLog

    def context(self, key: str | None = "1", *, method: str = "execute", **extra: object) -> RequestContext:
        return RequestContext(
            request_id=str(key), method=method, received_at_s=self.clock.monotonic_s(), key=key, **extra
        )

    def request(self, key: str = "1", *, table: object = "people", **extra: object) -> QueryRequest:
        settings: dict[str, object] = {
            "context": self.context(key),
            "resource_id": "shop",
            "operation": "query",
            "arguments": {"table": table},
        }
        return QueryRequest(**(settings | extra))


@pytest.fixture
async def make_relay() -> AsyncIterator[Callable[..., object]]:
    exits = []

    async def make(*, accepted: bool = True, **limits: object) -> Relay:
        database = MemoryDatabase(
            tables={"people": [{"name": f"person {number}"} for number in range(5)], "empty": [], "salaries": []}
        )
        relay = Relay(
            container=RelayContainer(settings=providers.Object(load_settings(None, ENVIRONMENT))),
            audit=MemoryAuditSink(),
            clock=FakeClock(),
            database=database,
            gate=FakeSessionGate(),
            failures=RecordingFailureLog(),
            roles=RecordingRoleLog(),
        )
        container = relay.container
        container.audit.override(providers.Object(relay.audit))
        container.clock.override(providers.Object(relay.clock))
        container.session_gate.override(providers.Object(relay.gate))
        container.failures.override(providers.Object(relay.failures))
        container.role_log.override(providers.Object(relay.roles))
        container.masker.override(providers.Object(FakeMasker("person 1")))
        container.resources.override(providers.Object((resource(**limits),)))
        container.connections.override(providers.Object({"shop": MemoryConnection(database)}))
        resources = open_resources(container)
        await resources.__aenter__()
        exits.append(resources)
        container.registry().entries["shop"].accepted = accepted
        return relay

    yield make
    for resources in exits:
        await resources.__aexit__(None, None, None)


@pytest.fixture
async def relay(make_relay: Callable[..., object]) -> Relay:
    return await make_relay(rate=RateLimit(requests_per_minute=60, burst_capacity=10))
