"""Keep the status of every resource true while the agent runs."""

from __future__ import annotations

import anyio

from relay.application.health import HealthProber
from relay.application.readiness import Readiness
from relay.application.registry import ResourceRegistry

PROBE_INTERVAL_S = 30.0
MIN_INTERVAL_S = 1.0
"""Between probes that requests ask for: an outage seen by a hundred requests is looked at once a second."""


class MonitorResources:
    """Probes at start, every 30 s, and soon after a request has seen something else than the last probe did."""

    def __init__(self, *, prober: HealthProber, registry: ResourceRegistry, readiness: Readiness) -> None:
        self._prober = prober
        self._registry = registry
        self._readiness = readiness

    async def run(self) -> None:
        """Run until cancelled."""
        while True:
            self._registry.probe_wanted = anyio.Event()
            await self._prober.probe_all()
            self._readiness.resources_probed()
            await anyio.sleep(MIN_INTERVAL_S)
            with anyio.move_on_after(PROBE_INTERVAL_S - MIN_INTERVAL_S):
                await self._registry.probe_wanted.wait()
