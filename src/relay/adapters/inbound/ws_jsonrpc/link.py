"""The link to the control plane: one connection at a time, for as long as the agent runs."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace

import anyio
import structlog

from relay.adapters.inbound.ws_jsonrpc.backoff import Backoff
from relay.adapters.inbound.ws_jsonrpc.dialer import DialError, dial, read_token
from relay.adapters.inbound.ws_jsonrpc.dispatcher import Dispatcher
from relay.adapters.inbound.ws_jsonrpc.ending import Ending, EndReason
from relay.adapters.inbound.ws_jsonrpc.link_socket import LinkSocket
from relay.adapters.inbound.ws_jsonrpc.notices import Notices
from relay.adapters.inbound.ws_jsonrpc.session import GOING_AWAY, Session
from relay.adapters.inbound.ws_jsonrpc.settings import LinkSettings
from relay.adapters.inbound.ws_jsonrpc.token_life import read_token_life
from relay.application.in_flight import InFlight
from relay.application.lifecycle_trail import LifecycleTrail
from relay.application.ports.clock import Clock
from relay.application.ports.failures import FailureLog
from relay.application.readiness import Readiness
from relay.application.registry import ResourceRegistry
from relay.application.use_cases.report_heartbeat import ReportHeartbeat
from relay.domain.audit import AuditKind
from relay.domain.errors import Reason, RelayError

log = structlog.get_logger()

LAST_ANSWERS_S = 1.0
"""For cancelled requests to say so, and for the last replies to be written."""
LAST_CLOSE_S = 1.0
"""For the closing handshake when the agent stops."""
LAST_CLEANUP_S = 5.0
"""For what must not be interrupted: the last records, and statements being ended on their servers."""


class ControlPlaneLink:
    """Dials, serves, and dials again. A ResourceListener: it registers itself with the registry.

    `run` goes on until `drain` was called, or until it is cancelled. `on_state` is told of each change between
    connected and not connected; it must return at once and not raise.
    """

    def __init__(
        self,
        *,
        settings: LinkSettings,
        dispatcher: Dispatcher,
        report_heartbeat: ReportHeartbeat,
        registry: ResourceRegistry,
        readiness: Readiness,
        trail: LifecycleTrail,
        in_flight: InFlight,
        clock: Clock,
        failures: FailureLog,
        on_state: Callable[[bool], None] = lambda _: None,
        draw: Callable[[], float] = random.random,
    ) -> None:
        self._settings = settings
        self._dispatcher = dispatcher
        self._report_heartbeat = report_heartbeat
        self._registry = registry
        self._readiness = readiness
        self._trail = trail
        self._in_flight = in_flight
        self._clock = clock
        self._failures = failures
        self._on_state = on_state
        self._draw = draw
        timings = settings.timings
        self._backoff = Backoff.fresh(initial_s=timings.initial_delay_s, max_s=timings.max_delay_s)
        self._session: Session | None = None
        self._socket: LinkSocket | None = None
        self._is_stopping = False
        self._running: anyio.CancelScope | None = None
        self._left = anyio.Event()
        registry.listeners.append(self)

    def resources_changed(self) -> None:
        """Send the list of resources again, if there is a connection; a new one begins with it anyway."""
        if self._session is not None:
            self._session.resources_changed()

    async def run(self) -> None:
        """Keep a connection until `drain`; cancelling it closes the connection within the close timeout."""
        try:
            # made here, since an agent may be built before there is an event loop
            with anyio.CancelScope() as self._running:
                while not self._is_stopping:
                    ending = await self._connect_and_serve()
                    if not self._is_stopping:
                        await self._pause(ending)
        finally:
            self._left.set()

    async def drain(self, timeout_s: float) -> None:
        """Stop: refuse what comes, answer what is in flight, close with 1001, and let `run` return.

        What is not answered in time is cancelled and says so. Takes at most `timeout_s`, of which the last two
        seconds are for that and for the close. Call it while `run` runs, at most once.
        """
        self._is_stopping = True
        session, socket = self._session, self._socket
        if session is not None and socket is not None:
            with anyio.move_on_after(max(0.0, timeout_s - LAST_ANSWERS_S - LAST_CLOSE_S)):
                await session.stop_taking()
            if self._in_flight.cancel_all(RelayError(Reason.REQUEST_CANCELLED, "the agent is stopping")):
                with anyio.move_on_after(LAST_ANSWERS_S):
                    await session.stop_taking()
            socket.close_timeout_s = min(socket.close_timeout_s, LAST_CLOSE_S)
            socket.end(Ending(reason=EndReason.STOPPED, close_code=GOING_AWAY))
        if self._running is not None:
            self._running.cancel()
            with anyio.move_on_after(LAST_CLEANUP_S):
                await self._left.wait()

    async def _connect_and_serve(self) -> Ending:
        try:
            token = await read_token(self._settings)
            async with dial(self._settings, token) as socket:
                return await self._serve(socket, token)
        except DialError as failed:
            return failed.ending
        except Exception as error:  # noqa: BLE001 - the last net: a defect ends this connection, not the agent
            self._failures.unexpected(error)
            return Ending(reason=EndReason.UNEXPECTED, error=type(error).__name__)

    async def _serve(self, socket: LinkSocket, token: str) -> Ending:
        started_s = self._clock.monotonic_s()
        notices = Notices(
            settings=self._settings,
            report_heartbeat=self._report_heartbeat,
            registry=self._registry,
            clock=self._clock,
            token_life=read_token_life(token, self._clock.now().timestamp()),
        )
        session = Session(socket=socket, dispatcher=self._dispatcher, notices=notices, bounds=self._settings.bounds)
        self._session, self._socket = session, socket
        self._connected()
        try:
            ending = await session.run()
        finally:
            self._session = self._socket = None
            self._disconnected(socket.ending)
        return replace(ending, uptime_s=self._clock.monotonic_s() - started_s)

    def _connected(self) -> None:
        self._trail.post(AuditKind.RELAY_CONNECTED, url=self._settings.public_url)
        self._readiness.link_connected()
        self._on_state(True)

    def _disconnected(self, ending: Ending) -> None:
        self._on_state(False)
        self._trail.post(
            AuditKind.RELAY_DISCONNECTED, url=self._settings.public_url, detail=ending.reason.value, code=ending.code
        )

    async def _pause(self, ending: Ending) -> None:
        if ending.uptime_s >= self._settings.timings.stable_after_s:
            self._backoff = self._backoff.reset()
        if ending.is_refusal:
            delay_s = self._settings.timings.max_delay_s
        else:
            delay_s = self._backoff.wait_s(self._draw)
            self._backoff = self._backoff.longer()
        log.warning(
            "Control plane not connected",
            url=self._settings.public_url,
            reason=ending.reason.value,
            code=ending.code,
            error=ending.error,
            delayS=round(delay_s, 3),
        )
        await anyio.sleep(delay_s)
