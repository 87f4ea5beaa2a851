"""What every request of every method goes through: records, session, replay, deadline, and one outcome."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeVar

import anyio

from relay.application.counters import RequestCounters
from relay.application.gatekeeper import Gatekeeper
from relay.application.in_flight import InFlight
from relay.application.ports.audit import AuditSink
from relay.application.ports.clock import Clock
from relay.application.ports.failures import FailureLog
from relay.application.ports.masking import Masker
from relay.application.trail import RequestTrail
from relay.domain.errors import Reason, RelayError
from relay.domain.request import DEFAULT_DEADLINE_MS, RequestContext

T = TypeVar("T")

LAST_RECORD_TIMEOUT_S = 3.0
"""For the record of how a request ended: longer than the 2 s in which the sink gives up by itself."""


class RequestLifecycle:
    """Runs the work of one request between its first record and its last. Shared by all use cases."""

    def __init__(
        self,
        *,
        audit: AuditSink,
        clock: Clock,
        counters: RequestCounters,
        failures: FailureLog,
        gatekeeper: Gatekeeper,
        in_flight: InFlight,
        masker: Masker,
    ) -> None:
        self._audit = audit
        self._clock = clock
        self._counters = counters
        self._failures = failures
        self._gatekeeper = gatekeeper
        self._in_flight = in_flight
        self._masker = masker

    async def run(
        self,
        context: RequestContext,
        work: Callable[[RequestTrail], Awaitable[T]],
        *,
        resource_id: str | None = None,
        operation: str | None = None,
        deadline_ms: int = DEFAULT_DEADLINE_MS,
    ) -> T:
        """Serve one request: `work` answers it and completes the trail, or raises.

        Whatever happens, the trail ends in exactly one record. Raises RelayError only, in words that went through
        the masker; cancellation from outside is recorded as CONNECTION_LOST and re-raised.
        """
        trail = RequestTrail(
            audit=self._audit,
            counters=self._counters,
            context=context,
            resource_id=resource_id,
            operation=operation,
            seal=lambda: self._in_flight.seal(context.key),
        )
        try:
            trail.received()
            self._gatekeeper.admit(context)
            left_s = deadline_ms / 1000 - (self._clock.monotonic_s() - context.received_at_s)
            return await self._in_flight.run(context.key, left_s, lambda: work(trail))
        except RelayError as error:
            raise await self._end(trail, self._masked(error)) from None
        except anyio.get_cancelled_exc_class():
            await self._end(trail, RelayError(Reason.CONNECTION_LOST, "the control plane's connection was lost"))
            raise
        except Exception as error:  # noqa: BLE001 - the last net: nothing unexpected may leave as it is
            self._failures.unexpected(error, request_id=context.request_id)
            raise await self._end(trail, _internal_error()) from None

    async def _end(self, trail: RequestTrail, error: RelayError) -> RelayError:
        """Write the last record, also while being cancelled; returns the error that the caller is to see."""
        if trail.ended:
            return error
        with anyio.CancelScope(shield=True, deadline=anyio.current_time() + LAST_RECORD_TIMEOUT_S):
            try:
                await trail.refused(error)
            except RelayError as unwritten:
                return unwritten
            return error
        return RelayError(Reason.AUDIT_UNAVAILABLE, "the audit trail can't be written;", hint="try again later")

    def _masked(self, error: RelayError) -> RelayError:
        return RelayError(
            error.reason,
            self._masker.mask_text(error.detail).text,
            hint=self._masker.mask_text(error.hint).text,
            position=error.position,
            retry_after_ms=error.retry_after_ms,
        )


def _internal_error() -> RelayError:
    return RelayError(Reason.INTERNAL_ERROR, "an unexpected error in the agent; its operator's log names it")
