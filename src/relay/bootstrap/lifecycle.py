"""The agent from start to stop, as a nest of blocks in the order that they are read."""

from __future__ import annotations

import asyncio
import gc
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

import anyio
import structlog

from relay import __version__
from relay.application.registry import ResourceEntry
from relay.bootstrap.config.settings import Settings
from relay.bootstrap.container import RelayContainer
from relay.bootstrap.exception_hooks import asyncio_exception_handler, install_exception_hooks
from relay.bootstrap.logging import configure_logging
from relay.domain.audit import AuditEvent, AuditKind, Level
from relay.domain.errors import RelayError

SHUTDOWN_TIMEOUT_S = 8.0
"""For requests in flight; closing the pools may take what is left of the 10 s that a stop may take."""
KILLED_BY_SECOND_SIGNAL = 130
SWITCH_INTERVAL_S = 0.0005
"""What the event loop waits at most for a worker thread that masks; the interpreter's own 5 ms add up."""

log = structlog.get_logger()


def run_relay(container: RelayContainer) -> None:
    """Run until SIGTERM or SIGINT. Raises AUDIT_UNAVAILABLE if the audit file can't be opened at start."""
    settings = container.settings()
    install_exception_hooks()
    sys.setswitchinterval(SWITCH_INTERVAL_S)
    gc.freeze()  # what start-up made stays: a collection would go through all of it again and again, and hold the loop
    with container.outputs().writer as writer:
        configure_logging(writer, Level(settings.audit.level), scrub=container.scrub())
        anyio.run(_serve, container)


async def _serve(container: RelayContainer) -> None:
    settings = container.settings()
    asyncio.get_running_loop().set_exception_handler(asyncio_exception_handler)
    trail = container.trail()
    trail.post(AuditKind.RELAY_STARTED, version=__version__, detail=container.outputs().start_detail)
    _warn(settings)
    async with open_resources(container), anyio.create_task_group() as background:
        background.start_soon(container.health_reporter().run)
        background.start_soon(container.monitor_resources().run)
        background.start_soon(_obey_signals, container)
        await container.link().run()
        background.cancel_scope.cancel()
    await _stopped(container)


async def _stopped(container: RelayContainer) -> None:
    try:
        await container.audit().record(AuditEvent(kind=AuditKind.RELAY_STOPPED))
    except RelayError as error:
        container.failures().unexpected(error)


@asynccontextmanager
async def open_resources(container: RelayContainer) -> AsyncIterator[None]:
    """Open every database adapter and fill the registry; none of them waits for its server."""
    connections = container.connections()
    async with AsyncExitStack() as stack:
        entries = {}
        for resource in container.resources():
            database = await stack.enter_async_context(connections[resource.resource_id].open())
            entries[resource.resource_id] = ResourceEntry(resource=resource, database=database)
        container.registry().entries = entries
        yield


async def _obey_signals(container: RelayContainer) -> None:
    """SIGTERM or SIGINT drains; a second one ends the process at once; SIGHUP can't reload yet, and must not kill."""
    stopping = False
    with anyio.open_signal_receiver(signal.SIGTERM, signal.SIGINT, signal.SIGHUP) as signals:
        async with anyio.create_task_group() as group:
            async for number in signals:
                if number == signal.SIGHUP:
                    log.warning("Configuration is not reloaded: this version needs a restart")
                elif stopping:
                    os._exit(KILLED_BY_SECOND_SIGNAL)
                else:
                    stopping = True
                    log.info("Stopping", signal=signal.Signals(number).name)
                    group.start_soon(container.link().drain, SHUTDOWN_TIMEOUT_S)


def _warn(settings: Settings) -> None:
    if not settings.audit.enabled:
        log.warning("AUDIT IS DISABLED: requests run without a record", key="audit.enabled")
    if not settings.masking.enabled:
        log.warning("MASKING IS DISABLED: personal data leaves as it is", key="masking.enabled")
