"""Runs what the guard inspected."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import anyio

from relay.adapters.outbound.mongodb.catalogue import list_tables
from relay.adapters.outbound.mongodb.clients import ClientSource
from relay.adapters.outbound.mongodb.describe import describe
from relay.adapters.outbound.mongodb.errors import all_connections_busy
from relay.adapters.outbound.mongodb.explain import explain
from relay.adapters.outbound.mongodb.operation import Operation
from relay.adapters.outbound.mongodb.plans import AggregatePlan, DescribePlan, ExplainPlan, FindPlan, ListPlan
from relay.adapters.outbound.mongodb.streams import DocumentStream
from relay.application.ports.database import InspectedStatement, RowStream, RunLimits
from relay.domain.errors import Reason, RelayError


class MongoQueryRunner:
    """Implements the QueryRunner port.

    At most `pool_size` statements at once, so that the driver's threads are bounded; further ones wait their turn
    within their own time. Leaving a statement takes 3 s at most, and kills it on the server if it still runs.
    """

    def __init__(self, *, source: ClientSource, database: str, pool_size: int, shows: Callable[[str], bool]) -> None:
        self._source = source
        self._database = database
        self._shows = shows
        self._places = anyio.CapacityLimiter(pool_size)

    @asynccontextmanager
    async def run(self, statement: InspectedStatement, limits: RunLimits) -> AsyncIterator[RowStream]:
        """Open the statement; see the port."""
        deadline_s = anyio.current_time() + limits.timeout_s
        place = object()
        await self._take(place, limits.timeout_s)
        try:
            async with self._source.lend() as client:
                left_s = deadline_s - anyio.current_time()
                operation = Operation(client=client, source=self._source, database=self._database, timeout_s=left_s)
                try:
                    await operation.start()
                    yield await self._stream(operation, statement.plan, limits)
                finally:
                    await operation.leave()
        finally:
            self._places.release_on_behalf_of(place)

    async def _take(self, place: object, timeout_s: float) -> None:
        with anyio.move_on_after(timeout_s) as waiting:
            await self._places.acquire_on_behalf_of(place)
        if waiting.cancelled_caught:
            raise all_connections_busy()

    async def _stream(self, operation: Operation, plan: object, limits: RunLimits) -> RowStream:
        match plan:
            case FindPlan() | AggregatePlan():
                return DocumentStream(operation=operation, plan=plan, limits=limits)
            case DescribePlan():
                return await describe(operation, plan, limits.max_rows)
            case ListPlan():
                return await list_tables(operation, self._shows, limits.max_rows)
            case ExplainPlan():
                return await explain(operation, plan)
            case _:
                raise RelayError(Reason.INTERNAL_ERROR, "a statement that this adapter did not inspect")
