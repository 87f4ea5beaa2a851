"""The audit trail as JSON lines."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Sequence
from datetime import datetime

import anyio

from relay.adapters.outbound.audit.hash_chain import ChainState, HashChain
from relay.adapters.outbound.audit.line_writer import LineWriter
from relay.adapters.outbound.audit.record import RecordLayout
from relay.application.ports.clock import Clock
from relay.domain.audit import AuditEvent
from relay.domain.errors import Reason, RelayError

RECORD_TIMEOUT_S = 2.0
_MAX_LOST_IDS = 4096


class JsonLinesAuditSink:
    """AuditSink over a LineWriter. Numbers, hashes and scrubbing are the writer's thread's work.

    A request one of whose posted records was lost can't record any further: its trail would have a hole.
    """

    def __init__(
        self,
        *,
        writer: LineWriter,
        clock: Clock,
        chain: HashChain,
        relay_id: str,
        tenant_id: str,
        scrub: Callable[[str], str],
        timeout_s: float = RECORD_TIMEOUT_S,
    ) -> None:
        self._writer = writer
        self._clock = clock
        self._chain = chain
        self._layout = RecordLayout(relay_id=relay_id, tenant_id=tenant_id, scrub=scrub)
        self._timeout_s = timeout_s
        self._lost: OrderedDict[str | None, None] = OrderedDict()

    @property
    def head(self) -> str:
        """Hash of the newest record written; 64 zeros before the first, empty without a chain."""
        return self._chain.head

    def post(self, event: AuditEvent) -> None:
        """Queue a record without waiting for it. Raises AUDIT_UNAVAILABLE if it can't be queued."""
        self._submit(_Entry(self, (event,), at=self._clock.now()))

    async def record(self, *events: AuditEvent) -> None:
        """Queue the records and wait until they are handed to the operating system, 2 s at most.

        Raises AUDIT_UNAVAILABLE. Safe to cancel: a queued record is written all the same.
        """
        done = anyio.Event()
        entry = _Entry(self, events, at=self._clock.now(), loop=asyncio.get_running_loop(), done=done)
        self._submit(entry)
        with anyio.move_on_after(self._timeout_s):
            await done.wait()
        if not entry.written:
            raise _unavailable("the audit trail can't be written;")
        if any(self._lost.pop(_request_id(event), True) is None for event in events):
            raise _unavailable("an earlier record of this request was lost;")

    def render(self, events: Sequence[AuditEvent], at: datetime) -> tuple[list[bytes], list[ChainState]]:
        """Make the lines of some events, and the states of the chain after each; in the writer's thread."""
        before = self._chain.mark()
        lines, states = [], []
        try:
            for event in events:
                line, state = self._chain.seal(self._layout.lay_out(event, at, self._chain.next_seq))
                lines.append(line)
                states.append(state)
        except BaseException:
            self._chain.rewind(before)
            raise
        return lines, states

    def settle(self, state: ChainState | None) -> None:
        """Bring the chain to where the lines really got; in the writer's thread."""
        self._chain.settle(state)

    def lose(self, events: Sequence[AuditEvent]) -> None:
        """Remember requests that have a hole in their trail; in the writer's thread."""
        for event in events:
            request_id = _request_id(event)
            if request_id is not None:
                self._lost[request_id] = None
        while len(self._lost) > _MAX_LOST_IDS:
            self._lost.popitem(last=False)

    def _submit(self, entry: _Entry) -> None:
        if not self._writer.submit(entry):
            raise _unavailable("the audit trail is not keeping up;")


class _Entry:
    """Records that go together, on their way through the writer."""

    __slots__ = ("_at", "_done", "_events", "_sink", "_states", "loop", "written")

    def __init__(
        self,
        sink: JsonLinesAuditSink,
        events: tuple[AuditEvent, ...],
        *,
        at: datetime,
        loop: asyncio.AbstractEventLoop | None = None,
        done: anyio.Event | None = None,
    ) -> None:
        self._sink = sink
        self._events = events
        self._at = at
        self._states: list[ChainState] | None = None
        self.loop = loop
        self._done = done
        self.written = False

    def render(self) -> Sequence[bytes]:
        try:
            lines, self._states = self._sink.render(self._events, self._at)
        except Exception:  # noqa: BLE001 - a record that can't be laid out is one that can't be written
            return ()
        return lines

    def settle(self, *, begun: int, written: bool) -> None:
        self.written = written and self._states is not None
        self._sink.settle(self._states[begun - 1] if self._states and begun else None)
        if not self.written and self.loop is None:
            self._sink.lose(self._events)

    def wake(self) -> None:
        if self._done is not None:
            self._done.set()


def _request_id(event: AuditEvent) -> str | None:
    value = event.fields.get("requestId")
    return value if isinstance(value, str) else None


def _unavailable(detail: str) -> RelayError:
    return RelayError(Reason.AUDIT_UNAVAILABLE, detail, hint="try again later; the agent's operator must look")
