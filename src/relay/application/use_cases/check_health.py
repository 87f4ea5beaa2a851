"""Probe every resource, side by side, because a control plane asked."""

from __future__ import annotations

from relay.application.health import HealthProber, ResourceHealth
from relay.application.request_lifecycle import RequestLifecycle
from relay.application.trail import RequestTrail
from relay.domain.request import RequestContext


class CheckHealth:
    """Serves `health_check`."""

    def __init__(self, *, lifecycle: RequestLifecycle, prober: HealthProber) -> None:
        self._lifecycle = lifecycle
        self._prober = prober

    async def execute(self, context: RequestContext) -> tuple[ResourceHealth, ...]:
        """Return one entry a resource, in the order of the configuration, within about 5 s."""
        return await self._lifecycle.run(context, self._check)

    async def _check(self, trail: RequestTrail) -> tuple[ResourceHealth, ...]:
        health = await self._prober.probe_all()
        await trail.completed()
        return health
