"""The timer and the listener behind what Relay says unasked, for one connection."""

from __future__ import annotations

from collections.abc import Callable

import anyio
import structlog

from relay.adapters.inbound.ws_jsonrpc.settings import LinkSettings
from relay.adapters.inbound.ws_jsonrpc.token_life import TokenLife
from relay.adapters.inbound.ws_jsonrpc.unasked import heartbeat_frame, resource_update_frame
from relay.application.ports.clock import Clock
from relay.application.registry import ResourceRegistry
from relay.application.use_cases.report_heartbeat import ReportHeartbeat

log = structlog.get_logger()


class Notices:
    """Sends a heartbeat and the resources at once, then heartbeats by the clock and resources as they change."""

    def __init__(
        self,
        *,
        settings: LinkSettings,
        report_heartbeat: ReportHeartbeat,
        registry: ResourceRegistry,
        clock: Clock,
        token_life: TokenLife | None,
    ) -> None:
        self._settings = settings
        self._report_heartbeat = report_heartbeat
        self._registry = registry
        self._clock = clock
        self._token_life = token_life
        self._has_warned = False
        self._changed = anyio.Event()

    def resources_changed(self) -> None:
        """Have the list sent again; changes that come before it is sent share one update."""
        self._changed.set()

    async def run(self, post: Callable[[bytes], None]) -> None:
        """Run until cancelled; `post` queues one frame."""
        async with anyio.create_task_group() as group:
            group.start_soon(self._beat, post)
            group.start_soon(self._announce, post)

    async def _beat(self, post: Callable[[bytes], None]) -> None:
        while True:
            post(self._heartbeat())
            await anyio.sleep(self._settings.timings.heartbeat_interval_s)

    async def _announce(self, post: Callable[[bytes], None]) -> None:
        while True:
            self._changed = anyio.Event()
            settings = self._settings
            resources = self._registry.summaries()
            post(resource_update_frame(resources, relay_id=settings.relay_id, tenant_id=settings.tenant_id))
            await self._changed.wait()

    def _heartbeat(self) -> bytes:
        left_s, is_ending = self._token()
        return heartbeat_frame(
            self._report_heartbeat.execute(),
            relay_id=self._settings.relay_id,
            tenant_id=self._settings.tenant_id,
            version=self._settings.version,
            token_left_s=left_s,
            token_is_ending=is_ending,
        )

    def _token(self) -> tuple[int | None, bool]:
        if self._token_life is None:
            return None, False
        now_s = self._clock.now().timestamp()
        left_s = self._token_life.left_s(now_s)
        is_ending = self._token_life.is_ending(now_s)
        if is_ending and not self._has_warned:
            self._has_warned = True
            log.warning("Control plane token is ending", expiresInS=left_s)
        return left_s, is_ending
