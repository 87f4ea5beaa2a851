"""Cancel a request that is being served."""

from __future__ import annotations

from relay.application.in_flight import InFlight
from relay.application.request_lifecycle import RequestLifecycle
from relay.application.trail import RequestTrail
from relay.domain.request import RequestContext


class CancelRequest:
    """Serves `cancel`; the cancelled request answers for itself, with REQUEST_CANCELLED."""

    def __init__(self, *, lifecycle: RequestLifecycle, in_flight: InFlight) -> None:
        self._lifecycle = lifecycle
        self._in_flight = in_flight

    async def execute(self, context: RequestContext, target: str | int | float) -> bool:
        """Return whether a request with the id `target` was running."""

        async def cancel(trail: RequestTrail) -> bool:
            if context.problem is not None:
                raise context.problem
            cancelled = target != context.key and self._in_flight.cancel(target)
            await trail.completed()
            return cancelled

        return await self._lifecycle.run(context, cancel)
