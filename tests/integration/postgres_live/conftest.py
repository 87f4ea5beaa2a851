"""An agent whose role may do everything, a database that hides canaries, and one that watches what changes."""

from __future__ import annotations

import base64
import contextlib
import functools
import importlib.util
import json
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import anyio
import asyncpg
import pytest
from dependency_injector import providers

from relay.adapters.outbound.memory import MemoryAuditSink
from relay.bootstrap.config.load import load_settings
from relay.bootstrap.container import RelayContainer
from relay.bootstrap.lifecycle import open_resources
from relay.domain.errors import RelayError
from relay.domain.request import Operation, QueryRequest, RequestContext

HERE = Path(__file__).parent
CORPUS = HERE.parents[1] / "unit" / "postgres_guard"
RESOURCE = "live"
OVERLOADED = "overloaded"
HURRIED = "hurried"
STATEMENT_TIMEOUT_MS = {RESOURCE: 5_000, OVERLOADED: 5_000, HURRIED: 700}
HANG_S = 20.0
"""Far above what a statement may take: what reaches it hangs."""
ACCEPTED = "ACCEPTED"


@dataclass(frozen=True, kw_only=True)
class Canaries:
    """Values that exist only in the database; `text` is in a readable column, the others nowhere readable."""

    token: str = field(default_factory=lambda: f"kanari{secrets.token_hex(8)}")
    cpf: str = field(
        default_factory=lambda: "{:03}.{:03}.{:03}-{:02}".format(*map(secrets.randbelow, (1000,) * 3 + (100,)))
    )
    text: str = field(default_factory=lambda: f"visibl{secrets.token_hex(8)}")

    def hidden_in(self, reply: str) -> list[str]:
        """Return the forms of hidden values that a reply holds."""
        return [form for value in (self.token, self.cpf) for form in forms_of(value) if form in reply.lower()]


def forms_of(value: str) -> Iterator[str]:
    """Yield a value as it is, reversed, in hexadecimal and in base64 at each alignment; all in lower case."""
    octets = value.encode()
    yield value
    yield value[::-1]
    yield octets.hex()
    yield octets[::-1].hex()
    for shift in range(3):
        # the edges depend on what stands beside the value
        yield base64.b64encode(b"x" * shift + octets).decode()[4:-4].lower()
    if any(mark in value for mark in ".-"):
        yield value.replace(".", "").replace("-", "")


@dataclass(frozen=True, kw_only=True)
class Reply:
    """What an agent would get: the reason (ACCEPTED for rows), and every byte; `log` is the audit trail's part."""

    reason: str
    text: str
    log: str
    rows: tuple[dict[str, Any], ...] = ()
    fields: tuple[tuple[str, str], ...] = ()


@dataclass(kw_only=True)
class LiveRelay:
    """One agent as the container wires it, masking off, its trail in memory."""

    container: RelayContainer
    audit: MemoryAuditSink
    number: int = 0

    async def ask(
        self, sql: str = "", *, resource: str = RESOURCE, operation: str = Operation.QUERY, **arguments: Any
    ) -> Reply:
        """Send one request through the use case."""
        self.number += 1
        seen = len(self.audit.events)
        context = RequestContext(
            request_id=f"r{self.number}",
            method="execute",
            received_at_s=self.container.clock().monotonic_s(),
            key=f"r{self.number}",
        )
        request = QueryRequest(
            context=context, resource_id=resource, operation=operation, arguments={"sql": sql, **arguments}
        )
        try:
            with anyio.fail_after(HANG_S):
                result = await self.container.handle_request().execute(request)
        except RelayError as error:
            text = f"{error.message} {error.detail} {error.hint}"
            return Reply(reason=str(error.reason), text=text, log=repr(self.audit.events[seen:]))
        fields = tuple((column.name, column.type) for column in result.fields)
        text = f"{b' '.join(result.rows).decode()} {fields} {result.warnings}"
        rows = tuple(json.loads(row) for row in result.rows)
        return Reply(reason=ACCEPTED, text=text, log=repr(self.audit.events[seen:]), rows=rows, fields=fields)

    def pool(self, resource: str) -> asyncpg.Pool:
        return self.container.registry().entries[resource].database.runner._pool


@dataclass(kw_only=True)
class Watch:
    """Looks at the whole server's state from outside."""

    connection: asyncpg.Connection
    role: str
    last: frozenset[str] = frozenset()

    async def state(self) -> frozenset[str]:
        return frozenset(row["one"] for row in await self.connection.fetch("SELECT one FROM watch.state"))

    async def changes(self) -> frozenset[str]:
        """Return what is not as it was when last asked."""
        before, self.last = self.last, await self.state()
        return before ^ self.last

    async def running(self) -> int:
        """Count the statements of the agent's role that still run."""
        return await self.connection.fetchval(
            "SELECT count(*) FROM pg_stat_activity WHERE usename = $1 AND state <> 'idle'", self.role
        )


def configuration(postgres, schemas: Mapping[str, list[str]]) -> dict[str, Any]:
    connection = {
        "host": postgres.host,
        "port": postgres.port,
        "database": postgres.database,
        "user": postgres.reader,
        "password": postgres.password,
    }
    resources = [
        {
            "id": name,
            "type": "postgres",
            "connection": connection,
            "schemas": shown,
            "blockedTables": ["secrets", "ledger", "hidden_*", "trace"],
            "statementTimeoutMs": STATEMENT_TIMEOUT_MS[name],
            "maxRowsPerQuery": 1000,
            "rateLimit": {"requestsPerMinute": 1_000_000, "burstCapacity": 100_000},
            "allowPrivilegedRole": True,
        }
        for name, shown in schemas.items()
    ]
    control_plane = {"url": "ws://127.0.0.1:1/", "token": "t", "tenantId": "t"}
    return {"controlPlane": control_plane, "resources": resources, "masking": {"enabled": False}}


@contextlib.asynccontextmanager
async def agent(postgres, folder: Path, schemas: Mapping[str, list[str]]) -> AsyncIterator[LiveRelay]:
    """Run an agent's use cases on a database with an all-powerful role."""
    await postgres.execute(f"ALTER ROLE {postgres.reader} SUPERUSER")
    path = folder / "relay.yaml"
    path.write_text(json.dumps(configuration(postgres, schemas)))
    relay = LiveRelay(
        container=RelayContainer(settings=providers.Object(load_settings(path, {}))), audit=MemoryAuditSink()
    )
    relay.container.audit.override(providers.Object(relay.audit))
    async with open_resources(relay.container):
        for health in await relay.container.prober().probe_all():
            assert health.healthy, health.error
        yield relay


@pytest.fixture(scope="module")
def canaries() -> Canaries:
    return Canaries()


@pytest.fixture(scope="module")
async def stage(postgres, canaries) -> None:
    """Fill the database with what must not come out."""
    script = (HERE / "stage.sql").read_text()
    await postgres.execute(script.format(token=canaries.token, cpf=canaries.cpf, text=canaries.text))
    await postgres.execute((HERE / "digest.sql").read_text())


@pytest.fixture(scope="module")
async def relay(postgres, stage, tmp_path_factory) -> AsyncIterator[LiveRelay]:
    schemas = {RESOURCE: ["public"], HURRIED: ["public"], OVERLOADED: ["public", "overloads"]}
    async with agent(postgres, tmp_path_factory.mktemp("live"), schemas) as running:
        yield running


@pytest.fixture(scope="module")
async def watch(postgres, stage) -> AsyncIterator[Watch]:
    connection = await asyncpg.connect(postgres.admin_dsn)
    try:
        looking = Watch(connection=connection, role=postgres.reader)
        await looking.changes()
        yield looking
    finally:
        await connection.close()


@pytest.fixture(scope="module")
def hurried(relay) -> Callable[[str], Awaitable[Reply]]:
    """Ask the resource with the short time limit."""
    return functools.partial(relay.ask, resource=HURRIED)


@pytest.fixture(scope="module")
async def honest_relay(postgres, tmp_path_factory) -> AsyncIterator[LiveRelay]:
    """An agent on the honest corpus's own tables, nothing hidden."""
    spec = importlib.util.spec_from_file_location("guard_stage", HERE.parent / "postgres_guard" / "conftest.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    await postgres.execute(module.SCHEMA)
    async with agent(postgres, tmp_path_factory.mktemp("honest"), {RESOURCE: ["guard_check"]}) as running:
        yield running
