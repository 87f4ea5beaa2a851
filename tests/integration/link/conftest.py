"""A whole link over in-memory databases, and peers on loopback: well-behaved and otherwise."""

from __future__ import annotations

import base64
import hashlib
import ssl
import time
import warnings
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from types import SimpleNamespace

import anyio
import pytest
import trustme

from relay.adapters.inbound.ws_jsonrpc.dispatcher import Dispatcher
from relay.adapters.inbound.ws_jsonrpc.link import ControlPlaneLink
from relay.adapters.inbound.ws_jsonrpc.methods import Methods
from relay.adapters.inbound.ws_jsonrpc.settings import LinkBounds, LinkSettings, LinkTimings, TlsSettings
from relay.adapters.outbound.memory import (
    FakeExaminer,
    FakeMasker,
    FakeSessionGate,
    MemoryAuditSink,
    MemoryDatabase,
    RecordingFailureLog,
    RecordingMaskingObserver,
    RecordingRoleLog,
    RecordingRuleLog,
)
from relay.application.admission import AdmissionControl
from relay.application.counters import RequestCounters
from relay.application.gatekeeper import Gatekeeper
from relay.application.health import HealthProber
from relay.application.in_flight import InFlight
from relay.application.learn_columns import LearnColumns
from relay.application.lifecycle_trail import LifecycleTrail
from relay.application.readiness import Readiness
from relay.application.registry import ResourceEntry, ResourceRegistry
from relay.application.request_lifecycle import RequestLifecycle
from relay.application.rule_check import RuleCheck
from relay.application.use_cases.cancel_request import CancelRequest
from relay.application.use_cases.check_health import CheckHealth
from relay.application.use_cases.describe_resource import DescribeResource
from relay.application.use_cases.handle_request import HandleRequest
from relay.application.use_cases.list_resources import ListResources
from relay.application.use_cases.record_dropped_reply import RecordDroppedReply
from relay.application.use_cases.refuse_request import RefuseRequest
from relay.application.use_cases.report_heartbeat import ReportHeartbeat
from relay.bootstrap.demo.control_plane import ControlPlane
from relay.domain.policy import Policy
from relay.domain.replay import ReplayWindow
from relay.domain.request import Operation
from relay.domain.resource import Resource, ResourceLimits

TOKEN = "t0ken-that-nobody-may-see"
TENANT = "tenant-1"
FAST = {
    "connect_timeout_s": 2.0,
    "handshake_timeout_s": 2.0,
    "write_timeout_s": 1.0,
    "close_timeout_s": 1.0,
    "ping_interval_s": 20.0,
    "ping_timeout_s": 20.0,
    "heartbeat_interval_s": 30.0,
    "stable_after_s": 60.0,
    "initial_delay_s": 0.02,
    "max_delay_s": 0.1,
}


class RealClock:
    def now(self):
        return datetime.now(UTC)

    def monotonic_s(self):
        return time.monotonic()


class Agent(SimpleNamespace):
    """A link with everything around it that a test may look at."""

    def kinds(self, prefix=""):
        return [kind.value for kind in self.audit.kinds if kind.value.startswith(prefix)]

    def details(self, kind):
        return [dict(event.fields) for event in self.audit.events if event.kind.value == kind]

    async def until(self, condition, timeout_s=5.0):
        with anyio.fail_after(timeout_s):
            while not condition():
                await anyio.sleep(0.005)


def build_agent(url, *, timings=None, tls=None, proxy=None, bounds=None, read_token=lambda: TOKEN, **options):
    audit, clock, failures, masker = MemoryAuditSink(), RealClock(), RecordingFailureLog(), FakeMasker("ana@x.com")
    counters, in_flight, states = RequestCounters(), InFlight(), []
    database = MemoryDatabase(tables={"customers": [{"id": 1, "email": "ana@x.com"}]})
    limits = ResourceLimits(pool_size=1000)
    policy = Policy(allowed_operations=frozenset(Operation), max_rows=100)
    entries = [
        ResourceEntry(
            resource=Resource(resource_id=id_, type=type_, name=id_, database="app", policy=policy, limits=limits),
            database=database.ports(),
            accepted=True,
        )
        for id_, type_ in (("main", "postgres"), ("other", "sqlite"))
    ]
    registry = ResourceRegistry.of(entries)
    trail = LifecycleTrail(audit=audit, failures=failures)
    gatekeeper = Gatekeeper(gate=FakeSessionGate(), clock=clock, replay=ReplayWindow())
    gatekeeper.take_token = lambda _: None
    lifecycle = RequestLifecycle(
        audit=audit, clock=clock, counters=counters, failures=failures, gatekeeper=gatekeeper, in_flight=in_flight,
        masker=masker,
    )  # fmt: skip
    prober = HealthProber(
        registry=registry,
        trail=trail,
        clock=clock,
        failures=failures,
        role_log=RecordingRoleLog(),
        rule_check=RuleCheck(rule_log=RecordingRuleLog(), failures=failures),
    )
    handle = HandleRequest(
        lifecycle=lifecycle, gatekeeper=gatekeeper, registry=registry, admission=AdmissionControl(max_in_all=10_000),
        prober=prober, masker=masker, learn_columns=LearnColumns(examiner=FakeExaminer(), clock=clock),
        masking_observer=RecordingMaskingObserver(), clock=clock,
    )  # fmt: skip
    refuse = RefuseRequest(lifecycle=lifecycle)
    methods = Methods(
        handle_request=handle,
        list_resources=ListResources(lifecycle=lifecycle, registry=registry),
        describe_resource=DescribeResource(handle_request=handle, registry=registry),
        check_health=CheckHealth(lifecycle=lifecycle, prober=prober),
        cancel_request=CancelRequest(lifecycle=lifecycle, in_flight=in_flight),
        refuse_request=refuse,
    )
    dispatcher = Dispatcher(
        methods=methods,
        refuse_request=refuse,
        record_dropped_reply=RecordDroppedReply(trail=trail),
        clock=clock,
        failures=failures,
    )
    settings = LinkSettings(
        url=url, tenant_id=TENANT, relay_id="relay-1", version="0.1.0", read_token=read_token, proxy=proxy,
        tls=tls or TlsSettings(), timings=LinkTimings(**(FAST | (timings or {}))), bounds=bounds or LinkBounds(),
        **options,
    )  # fmt: skip
    link = ControlPlaneLink(
        settings=settings,
        dispatcher=dispatcher,
        report_heartbeat=ReportHeartbeat(
            audit=audit, clock=clock, counters=counters, in_flight=in_flight, registry=registry
        ),
        registry=registry,
        readiness=Readiness(trail=trail),
        trail=trail,
        in_flight=in_flight,
        clock=clock,
        failures=failures,
        on_state=states.append,
    )
    return Agent(
        link=link, audit=audit, database=database, registry=registry, prober=prober, states=states, failures=failures,
        in_flight=in_flight,
    )  # fmt: skip


@asynccontextmanager
async def running(agent):
    async with anyio.create_task_group() as group:
        group.start_soon(agent.link.run)
        try:
            yield agent
        finally:
            group.cancel_scope.cancel()
    assert agent.failures.errors == []


@pytest.fixture
def start():
    """Build an agent and run its link: `async with start(url) as agent`."""

    def started(url, **options):
        return running(build_agent(url, **options))

    return started


@pytest.fixture
def build():
    """Build an agent without running it."""
    return build_agent


@pytest.fixture
def make_plane():
    def make(**options):
        return ControlPlane(token=TOKEN, tenant_id=TENANT, **options)

    return make


def frame_head(opcode, size, *, fin=True):
    first = bytes([(0x80 if fin else 0) | opcode])
    if size < 126:
        return first + bytes([size])
    if size < 65_536:
        return first + bytes([126]) + size.to_bytes(2, "big")
    return first + bytes([127]) + size.to_bytes(8, "big")


class RawPeer:
    """One accepted connection of a server that speaks WebSocket by hand, or doesn't."""

    def __init__(self, stream, seen):
        self.stream = stream
        self.seen = seen

    async def read_head(self):
        head = b""
        while b"\r\n\r\n" not in head:
            head += await self.stream.receive()
        self.seen.append(head)
        return head

    async def upgrade(self, *, proof=None):
        head = await self.read_head()
        lines = dict(line.lower().split(b": ", 1) for line in head.split(b"\r\n")[1:] if b": " in line)
        raw = dict(line.split(b": ", 1) for line in head.split(b"\r\n")[1:] if b": " in line)
        key = next(value for name, value in raw.items() if name.lower() == b"sec-websocket-key")
        accept = proof or base64.b64encode(hashlib.sha1(key + b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11").digest())
        assert lines[b"upgrade"] == b"websocket"
        await self.stream.send(
            b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            b"Sec-WebSocket-Accept: " + accept + b"\r\n\r\n"
        )

    async def send_many(self, opcode, payload, times, *, fin=True):
        """Send one frame so many times, in one write."""
        await self.stream.send((frame_head(opcode, len(payload), fin=fin) + payload) * times)

    async def send_frame(self, opcode, payload=b"", *, fin=True, announce=None):
        head = frame_head(opcode, len(payload) if announce is None else announce, fin=fin)
        await self.stream.send(head + payload)

    async def read_frame(self):
        head = await self._exactly(2)
        size = head[1] & 0x7F
        if size == 126:
            size = int.from_bytes(await self._exactly(2), "big")
        elif size == 127:
            size = int.from_bytes(await self._exactly(8), "big")
        mask = await self._exactly(4)
        payload = await self._exactly(size)
        return head[0] & 0x0F, bytes(byte ^ mask[place % 4] for place, byte in enumerate(payload))

    async def read_until(self, opcode):
        while True:
            kind, payload = await self.read_frame()
            if kind == opcode:
                return payload

    async def _exactly(self, size):
        data = b""
        while len(data) < size:
            data += await self.stream.receive(size - len(data))
        return data


@pytest.fixture
def raw_server():
    """Serve `behave(peer)` for each connection: `async with raw_server(behave) as server`; `server.port`."""

    @asynccontextmanager
    async def serve(behave, *, tls=None):
        server = SimpleNamespace(seen=[], connections=0, port=0, open=0)

        async def handle(stream):
            server.connections += 1
            server.open += 1
            try:
                async with stream:
                    if tls is not None:
                        stream = await anyio.streams.tls.TLSStream.wrap(
                            stream, server_side=True, ssl_context=tls, standard_compatible=False
                        )
                    await behave(RawPeer(stream, server.seen))
            except (anyio.EndOfStream, anyio.BrokenResourceError, anyio.ClosedResourceError, ssl.SSLError):
                pass  # the agent left, which is what these tests make it do
            finally:
                server.open -= 1

        listener = await anyio.create_tcp_listener(local_host="127.0.0.1")
        server.port = listener.extra(anyio.abc.SocketAttribute.local_port)
        server.url = f"ws://127.0.0.1:{server.port}/v1/relay/connect"
        async with listener, anyio.create_task_group() as group:
            group.start_soon(listener.serve, handle)
            yield server
            group.cancel_scope.cancel()

    return serve


@pytest.fixture
def proxy_server():
    """An HTTP proxy that knows CONNECT only: `async with proxy_server() as proxy`; `proxy.port`, `proxy.heads`."""

    @asynccontextmanager
    async def serve(*, status=200):
        proxy = SimpleNamespace(heads=[], port=0)

        async def pump(source, target):
            with suppress(anyio.EndOfStream, anyio.BrokenResourceError, anyio.ClosedResourceError):
                while True:
                    await target.send(await source.receive())
            await target.aclose()

        async def handle(stream):
            async with stream:
                head = b""
                while b"\r\n\r\n" not in head:
                    head += await stream.receive()
                proxy.heads.append(head.decode())
                await stream.send(b"HTTP/1.1 %d Said\r\n\r\n" % status)
                if status != 200:
                    return
                host, port = head.split()[1].decode().rsplit(":", 1)
                async with await anyio.connect_tcp(host, int(port)) as target, anyio.create_task_group() as group:
                    group.start_soon(pump, stream, target)
                    group.start_soon(pump, target, stream)

        listener = await anyio.create_tcp_listener(local_host="127.0.0.1")
        proxy.port = listener.extra(anyio.abc.SocketAttribute.local_port)
        async with listener, anyio.create_task_group() as group:
            group.start_soon(listener.serve, handle)
            yield proxy
            group.cancel_scope.cancel()

    return serve


class Certificates:
    """A CA, a server certificate for 127.0.0.1 and a client certificate, made for this run."""

    def __init__(self, folder):
        self.folder = folder
        authority = trustme.CA()
        self.ca = folder / "ca.pem"
        authority.cert_pem.write_to_path(self.ca)
        self.server, self.server_key = self._leaf("server", authority.issue_cert("127.0.0.1"))
        self.client, self.client_key = self._leaf("client", authority.issue_cert("relay@example.com"))

    def server_context(self, *, needs_client=False, oldest=False):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.server, self.server_key)
        if oldest:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", DeprecationWarning)  # TLS 1.1 is old, which is the point
                context.minimum_version = ssl.TLSVersion.TLSv1
                context.maximum_version = ssl.TLSVersion.TLSv1_1
        if needs_client:
            context.load_verify_locations(self.ca)
            context.verify_mode = ssl.CERT_REQUIRED
        return context

    @property
    def server_pin(self):
        return self._pin(self.server)

    another_pin = "00" * 32

    def settings(self, **names):
        """Settings by the names of this class's attributes; any other name is a file that isn't there."""
        return TlsSettings(**{key: getattr(self, name, self.folder / name) for key, name in names.items()})

    @property
    def ca_pin(self):
        return self._pin(self.ca)

    @staticmethod
    def _pin(certificate):
        return hashlib.sha256(ssl.PEM_cert_to_DER_cert(certificate.read_text())).hexdigest()

    def _leaf(self, name, issued):
        key, certificate = self.folder / f"{name}.key", self.folder / f"{name}.pem"
        issued.private_key_pem.write_to_path(key)
        issued.cert_chain_pems[0].write_to_path(certificate)
        return certificate, key


@pytest.fixture(scope="session")
def certificates(tmp_path_factory):
    return Certificates(tmp_path_factory.mktemp("certificates"))
