"""Put on record what was refused before any method could be found for it."""

from __future__ import annotations

from relay.application.request_lifecycle import RequestLifecycle
from relay.application.trail import RequestTrail
from relay.domain.errors import RelayError
from relay.domain.request import RequestContext


class RefuseRequest:
    """Serves what is not JSON, not a request, of no known method, or `execute` as a notification."""

    def __init__(self, *, lifecycle: RequestLifecycle) -> None:
        self._lifecycle = lifecycle

    async def execute(self, context: RequestContext, error: RelayError) -> RelayError:
        """Record the refusal; returns the error to answer with, which is another one if it can't be recorded."""

        async def refuse(_: RequestTrail) -> None:
            raise error

        try:
            await self._lifecycle.run(context, refuse)
        except RelayError as answer:
            return answer
        return error
