"""The agent as a process of its own, between a real control plane and real databases."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import anyio
import pymongo
import pytest

from relay.bootstrap.demo.agent_process import AgentProcess, agent_process
from relay.bootstrap.demo.control_plane import ControlPlane

TOKEN = "canary-token-5f1d"
MONGO_DATABASE = "relay_agent_tests"

# Unique personal data: none of it may be found in any byte that leaves.
CANARIES = {
    "cpf": "529.982.247-25",
    "email": "canario.unico@exemplo-secreto.com.br",
    "card": "4539 1488 0343 6467",
    "phone": "(11) 98765-4321",
    "token": "Bearer abcDEF123456ghiJKL789mnoPQR",
}

SCHEMA = f"""
CREATE TABLE customers (id int PRIMARY KEY, name text, email text, cpf text, card text, phone text, notes text,
  profile jsonb);
INSERT INTO customers SELECT g, 'Cliente ' || g, '{CANARIES["email"]}', '{CANARIES["cpf"]}', '{CANARIES["card"]}',
  '{CANARIES["phone"]}', 'Ligou com {CANARIES["token"]} e {CANARIES["cpf"]}',
  jsonb_build_object('contact', jsonb_build_object('email', '{CANARIES["email"]}'), '{CANARIES["cpf"]}', 1)
  FROM generate_series(1, 1500) g;
CREATE TABLE salaries (id int, amount numeric);
CREATE TABLE throwaway (id int);
INSERT INTO throwaway VALUES (1), (2), (3);
"""


class Forwarder:
    """A TCP hop to a server that can be taken away and brought back, on one port."""

    def __init__(self, host: str, port: int) -> None:
        self._target = (host, port)
        self._scope: anyio.CancelScope | None = None
        self._group: Any = None
        self.port = 0

    @asynccontextmanager
    async def running(self) -> AsyncIterator[Forwarder]:
        async with anyio.create_task_group() as group:
            self._group = group
            await self.up()
            yield self
            self.down()
            group.cancel_scope.cancel()

    async def up(self) -> None:
        listener = await anyio.create_tcp_listener(local_host="127.0.0.1", local_port=self.port)
        self.port = listener.extra(anyio.abc.SocketAttribute.local_port)
        self._scope = anyio.CancelScope()
        self._group.start_soon(self._serve, listener, self._scope)

    def down(self) -> None:
        if self._scope is not None:
            self._scope.cancel()

    async def _serve(self, listener, scope: anyio.CancelScope) -> None:
        with scope:
            async with listener:
                await listener.serve(self._forward)

    async def _forward(self, client) -> None:
        async with client:
            try:
                server = await anyio.connect_tcp(*self._target)
            except OSError:
                return
            async with server, anyio.create_task_group() as group:
                group.start_soon(self._pump, client, server, group.cancel_scope)
                group.start_soon(self._pump, server, client, group.cancel_scope)

    @staticmethod
    async def _pump(source, sink, scope: anyio.CancelScope) -> None:
        try:
            async for piece in source:
                await sink.send(piece)
        except (anyio.BrokenResourceError, anyio.ClosedResourceError):
            pass
        scope.cancel()


@pytest.fixture(scope="module")
def mongo_data(mongo_uri) -> Iterator[str]:
    with pymongo.MongoClient(mongo_uri) as client:
        events = client[MONGO_DATABASE]["events"]
        events.drop()
        events.insert_many(
            {
                "_id": number,
                "n": number,
                "kind": "login",
                "user": {"email": CANARIES["email"], "cpf": CANARIES["cpf"]},
                "ok": True,
            }
            for number in range(20)
        )
        yield mongo_uri
        client.drop_database(MONGO_DATABASE)


@dataclass
class Stage:
    """Everything that stands around one agent."""

    plane: ControlPlane
    agent: AgentProcess
    postgres: Any
    folder: Path
    break_glass: Path
    audit_file: Path
    forwarder: Forwarder

    async def call(self, method: str, params: dict | None = None, **extra: Any) -> dict:
        return await self.plane.call(method, params, **extra)

    async def execute(self, resource: str, operation: str, *, request_id=None, **params: Any) -> dict:
        return await self.plane.call(
            "execute", {"resourceId": resource, "operation": operation, "params": params}, request_id=request_id
        )

    async def sql(self, sql: str, *, resource: str = "main-pg", request_id=None, **extra: Any) -> dict:
        return await self.execute(resource, "query", sql=sql, request_id=request_id, **extra)


def configuration(postgres, plane_url: str, mongo_uri: str, folder: Path, port: int) -> dict[str, Any]:
    connection = {"host": "127.0.0.1", "port": port, "database": postgres.database, "user": postgres.reader}
    connection["password"] = "${PG_PASSWORD}"
    return {
        "controlPlane": {"url": plane_url, "token": "${RELAY_TOKEN}", "tenantId": "tenant-1",
                         "reconnect": {"initialDelayMs": 50, "maxDelayMs": 400}},
        "resources": [
            {"id": "main-pg", "type": "postgres", "name": "Main", "connection": connection, "maxRowsPerQuery": 1000,
             "blockedTables": ["salaries"], "statementTimeoutMs": 20000},
            {"id": "tiny-pg", "type": "postgres", "name": "Tiny", "connection": connection, "poolSize": 1,
             "statementTimeoutMs": 700, "rateLimit": {"requestsPerMinute": 6000, "burstCapacity": 1000}},
            {"id": "slow-pg", "type": "postgres", "name": "Slow", "connection": connection,
             "rateLimit": {"requestsPerMinute": 1, "burstCapacity": 2}},
            {"id": "read-only", "type": "postgres", "name": "List only", "connection": connection,
             "allowedOperations": ["query"]},
            {"id": "events", "type": "mongodb", "name": "Events",
             "connection": {"uri": mongo_uri, "database": MONGO_DATABASE}},
        ],
        "masking": {"patterns": [{"name": "employee", "regex": "EMP-\\d{6}", "replacement": "EMP-******"}]},
        "audit": {"file": str(folder / "audit.jsonl"), "hashChain": {"key": "${AUDIT_KEY}"}},
        "session": {"breakGlassFile": str(folder / "stop")},
    }  # fmt: skip


@pytest.fixture(scope="module")
async def stage(postgres, mongo_data, tmp_path_factory) -> AsyncIterator[Stage]:
    folder = tmp_path_factory.mktemp("agent")
    await postgres.execute(SCHEMA)
    plane = ControlPlane(token=TOKEN, tenant_id="tenant-1")
    forwarder = Forwarder(postgres.host, postgres.port)
    async with forwarder.running(), plane.open():
        settings = configuration(postgres, plane.url, mongo_data, folder, forwarder.port)
        secrets = {"PG_PASSWORD": postgres.password, "RELAY_TOKEN": TOKEN, "AUDIT_KEY": "k" * 32}
        async with agent_process(settings, secrets, folder) as agent:
            await plane.wait_connected(20)
            yield Stage(
                plane=plane,
                agent=agent,
                postgres=postgres,
                folder=folder,
                break_glass=folder / "stop",
                audit_file=folder / "audit.jsonl",
                forwarder=forwarder,
            )


@pytest.fixture(scope="session")
def canaries() -> dict[str, str]:
    return {**CANARIES, "control plane token": TOKEN}
