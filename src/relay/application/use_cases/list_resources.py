"""List the configured resources."""

from __future__ import annotations

from relay.application.registry import ResourceRegistry, ResourceSummary
from relay.application.request_lifecycle import RequestLifecycle
from relay.application.trail import RequestTrail
from relay.domain.request import RequestContext


class ListResources:
    """Serves `list_resources`."""

    def __init__(self, *, lifecycle: RequestLifecycle, registry: ResourceRegistry) -> None:
        self._lifecycle = lifecycle
        self._registry = registry

    async def execute(self, context: RequestContext) -> tuple[ResourceSummary, ...]:
        """Return every resource with its last known status."""
        return await self._lifecycle.run(context, self._list)

    async def _list(self, trail: RequestTrail) -> tuple[ResourceSummary, ...]:
        await trail.completed()
        return self._registry.summaries()
