"""What the MongoDB tests share: a database of its own for each, and every command that was sent."""

from __future__ import annotations

import asyncio
import json
import struct
import uuid
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass

import bson
import pymongo
import pytest
from dependency_injector import providers
from pymongo.monitoring import CommandListener

from relay.adapters.outbound.memory import FakeSessionGate, MemoryAuditSink, RecordingFailureLog, RecordingRoleLog
from relay.adapters.outbound.mongodb.connection import MongoConnection
from relay.application.ports.database import RunLimits
from relay.application.registry import ResourceEntry
from relay.bootstrap.config.load import load_settings
from relay.bootstrap.container import RelayContainer
from relay.bootstrap.lifecycle import open_resources
from relay.domain.errors import RelayError
from relay.domain.request import Operation, QueryRequest, RequestContext
from relay.domain.results import QueryResult


class Commands(CommandListener):
    """Every command that the driver sent, in order."""

    def __init__(self) -> None:
        self.sent: list[dict] = []

    def started(self, event) -> None:
        self.sent.append({"$name": event.command_name, **event.command})

    def succeeded(self, event) -> None:
        pass

    def failed(self, event) -> None:
        pass

    def named(self, name: str) -> list[dict]:
        return [command for command in self.sent if command["$name"] == name]


@pytest.fixture
def database_name(mongo_uri) -> Iterator[str]:
    """A database of its own for each test, dropped afterwards."""
    name = f"relay_{uuid.uuid4().hex[:12]}"
    yield name
    with pymongo.MongoClient(mongo_uri) as client:
        client.drop_database(name)


@pytest.fixture
def seed(mongo_uri, database_name):
    """Write documents, as the customer's own application would."""
    with pymongo.MongoClient(mongo_uri) as client:
        yield client[database_name]


@pytest.fixture
def commands() -> Commands:
    return Commands()


@pytest.fixture
def connect(mongo_uri, database_name, commands):
    """Make a connection to the test's database; keywords override."""

    def make(**changes) -> MongoConnection:
        settings = {
            "read_uri": lambda: mongo_uri,
            "database": database_name,
            "shows_table": lambda _table: True,
            "listeners": [commands],
        }
        return MongoConnection(**(settings | changes))

    return make


@pytest.fixture
def limits():
    def make(*, max_rows: int = 1_001, max_cell_bytes: int = 1_048_576, timeout_s: float = 10.0) -> RunLimits:
        return RunLimits(max_rows=max_rows, max_cell_bytes=max_cell_bytes, timeout_s=timeout_s)

    return make


@pytest.fixture
def fetch(limits):
    """Inspect, run and read to the end: rows, fields, warnings."""

    async def read(database, operation: Operation, arguments: dict, **bounds):
        statement = await database.guard.inspect(operation, arguments)
        rows: list = []
        async with database.runner.run(statement, limits(**bounds)) as stream:
            async for batch in stream.batches():
                rows.extend(batch.rows)
            return rows, stream.fields, stream.warnings

    return read


class ScriptedServer:
    """Speaks MongoDB's wire protocol and answers what the test says: for what no embedded server can do.

    `answers` maps a command's name to a reply, or to an async function from the command to a reply; `hello` is added to
    what it says of itself.
    """

    def __init__(self) -> None:
        self.answers: dict = {}
        self.hello: dict = {}
        self.seen: list[dict] = []
        self.port = 0
        self._server: asyncio.Server | None = None
        self._writers: set[asyncio.StreamWriter] = set()

    @property
    def uri(self) -> str:
        return f"mongodb://127.0.0.1:{self.port}"

    def named(self, name: str) -> list[dict]:
        return [command for command in self.seen if next(iter(command)) == name]

    async def start(self) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        if self._server is not None:
            self._server.close()
            for writer in list(self._writers):
                writer.transport.abort()
            await self._server.wait_closed()
            self._server = None

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.add(writer)
        try:
            while True:
                size, number, _, opcode = struct.unpack("<iiii", await reader.readexactly(16))
                body = await reader.readexactly(size - 16)
                reply = await self._answer(_command(opcode, body))
                writer.write(_reply(opcode, number, bson.encode(reply)))
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            self._writers.discard(writer)
            writer.close()

    async def _answer(self, command: dict) -> dict:
        name = next(iter(command))
        if name.lower() in ("ismaster", "hello"):
            return _HELLO | self.hello
        self.seen.append(command)
        answer = self.answers.get(name, {"ok": 1})
        return await answer(command) if callable(answer) else answer


_HELLO = {
    "ok": 1,
    "isWritablePrimary": True,
    "ismaster": True,
    "maxBsonObjectSize": 16 * 1024 * 1024,
    "maxMessageSizeBytes": 48_000_000,
    "maxWriteBatchSize": 100_000,
    "logicalSessionTimeoutMinutes": 30,
    "minWireVersion": 0,
    "maxWireVersion": 21,
}


def _command(opcode: int, body: bytes) -> dict:
    if opcode == 2013:  # OP_MSG: flags, then one section of kind 0
        return bson.decode(body[5 : 5 + struct.unpack_from("<i", body, 5)[0]])
    start = body.index(b"\0", 4) + 1 + 8  # OP_QUERY: flags, namespace, two counts
    return bson.decode(body[start : start + struct.unpack_from("<i", body, start)[0]])


def _reply(opcode: int, number: int, document: bytes) -> bytes:
    head = struct.pack("<iB", 0, 0) if opcode == 2013 else struct.pack("<iqii", 8, 0, 0, 1)
    code = 2013 if opcode == 2013 else 1
    return struct.pack("<iiii", 16 + len(head) + len(document), 0, number, code) + head + document


@pytest.fixture
async def scripted():
    server = ScriptedServer()
    await server.start()
    yield server
    await server.stop()


@pytest.fixture
def connect_scripted(scripted):
    def make(**changes) -> MongoConnection:
        settings = {"read_uri": lambda: scripted.uri, "database": "shop", "shows_table": lambda _table: True}
        return MongoConnection(**(settings | changes))

    return make


@dataclass
class Agent:
    """A whole agent on one MongoDB resource, without its control plane."""

    container: RelayContainer
    roles: RecordingRoleLog

    @property
    def entry(self) -> ResourceEntry:
        return self.container.registry().entries["shop"]

    async def ask(self, **arguments: object) -> QueryResult | RelayError:
        """Put a query, or the operation named, and return the answer or the refusal."""
        operation = str(arguments.pop("operation", "query"))
        now_s = self.container.clock().monotonic_s()
        context = RequestContext(request_id="r", method="execute", received_at_s=now_s, key=uuid.uuid4().hex)
        request = QueryRequest(context=context, resource_id="shop", operation=operation, arguments=arguments)
        try:
            return await self.container.handle_request().execute(request)
        except RelayError as error:
            return error


@pytest.fixture
async def agent_on(tmp_path) -> AsyncIterator[Callable]:
    """Make an agent from a configuration file, on a server's address; keywords are the resource's other keys."""
    async with AsyncExitStack() as stack:

        async def make(
            uri: str,
            database: str = "shop",
            listeners: tuple = (),
            masking: dict | None = None,
            **keys: object,
        ) -> Agent:
            resource = {
                "id": "shop",
                "type": "mongodb",
                "name": "Shop",
                "connection": {"uri": uri, "database": database},
                "allowedOperations": ["query", "list_tables", "describe_table", "explain"],
                "allowAggregation": True,
                "rateLimit": {"requestsPerMinute": 100_000, "burstCapacity": 1_000},
                **keys,
            }
            link = {"url": "ws://127.0.0.1:1/v1/relay/connect", "token": "token", "tenantId": "tenant"}
            file = tmp_path / f"{uuid.uuid4().hex}.yaml"
            file.write_text(json.dumps({"controlPlane": link, "resources": [resource], "masking": masking or {}}))
            settings = load_settings(file, {})
            container, roles = RelayContainer(settings=providers.Object(settings)), RecordingRoleLog()
            container.audit.override(providers.Object(MemoryAuditSink()))
            container.session_gate.override(providers.Object(FakeSessionGate()))
            container.failures.override(providers.Object(RecordingFailureLog()))
            container.role_log.override(providers.Object(roles))
            connection = container.connections()["shop"]
            connection._listeners = listeners
            await stack.enter_async_context(open_resources(container))
            return Agent(container=container, roles=roles)

        yield make
