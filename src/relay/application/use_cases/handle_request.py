"""Execute one operation on one resource: the way of a request, from policy to masked rows."""

from __future__ import annotations

import anyio

from relay.application.admission import AdmissionControl
from relay.application.gatekeeper import Gatekeeper
from relay.application.health import HealthProber
from relay.application.in_flight import timed_out
from relay.application.learn_columns import LearnColumns
from relay.application.ports.clock import Clock
from relay.application.ports.database import InspectedStatement, RunLimits
from relay.application.ports.masking import Masker, MaskingObserver
from relay.application.registry import ResourceEntry, ResourceRegistry
from relay.application.request_lifecycle import RequestLifecycle
from relay.application.result_collector import ResultCollector
from relay.application.trail import RequestTrail
from relay.application.turns import Turns
from relay.domain.errors import Reason, RelayError
from relay.domain.policy import RowLimit
from relay.domain.request import Operation, QueryRequest
from relay.domain.resource import Resource, ResourceStatus
from relay.domain.results import QueryResult

SERVER_GRACE_S = 1.0
"""How much longer than the server's own statement timeout we wait before we give up on the server."""
MOST_LOOKS = 3
"""How often a statement is judged anew after samples of its tables."""


class HandleRequest:
    """Serves `execute`. The first refusal that applies wins: session, replay, rate, resource, operation, limits,
    statement; no database connection is used before all of them passed."""

    def __init__(
        self,
        *,
        lifecycle: RequestLifecycle,
        gatekeeper: Gatekeeper,
        registry: ResourceRegistry,
        admission: AdmissionControl,
        prober: HealthProber,
        learn_columns: LearnColumns,
        masker: Masker,
        masking_observer: MaskingObserver,
        clock: Clock,
    ) -> None:
        self._lifecycle = lifecycle
        self._gatekeeper = gatekeeper
        self._registry = registry
        self._admission = admission
        self._prober = prober
        self._learn_columns = learn_columns
        self._masker = masker
        self._masking_observer = masking_observer
        self._clock = clock
        self._turns = Turns()

    async def execute(self, request: QueryRequest) -> QueryResult:
        """Answer the request, or raise the RelayError that answers it; either way it is on record."""
        return await self._lifecycle.run(
            request.context,
            lambda trail: self._serve(request, trail),
            resource_id=request.resource_id or None,
            operation=request.operation or None,
            deadline_ms=request.deadline_ms,
        )

    async def _serve(self, request: QueryRequest, trail: RequestTrail) -> QueryResult:
        known = self._registry.entries.get(request.resource_id)
        if known is not None:
            self._gatekeeper.take_token(known.resource)
        if request.context.problem is not None:
            raise request.context.problem
        entry = self._registry.get(request.resource_id)
        policy = entry.resource.policy
        operation = policy.check_operation(request.operation)
        limit = policy.row_limit(request.limit)
        refusal = await self._prober.admit(entry)
        if entry.database.sampler is not None:
            self._learn_columns.forget_outdated(request.resource_id, entry.database.sampler)
        statement = await self._inspect(entry, operation, request, trail)
        if refusal is not None:
            raise refusal
        async with self._admission.place(entry.resource):
            if statement.unsampled:
                statement = await self._inspect_sampled(entry, operation, request, trail, statement)
            result = await self._run(entry, statement, limit, trail)
        if result.masking_enabled:
            self._masking_observer.masked(request.context.request_id, result.fields, result.detections)
        await trail.completed(result)
        return result

    async def _inspect(
        self, entry: ResourceEntry, operation: Operation, request: QueryRequest, trail: RequestTrail
    ) -> InspectedStatement:
        guard = entry.database.guard
        async with self._turns.turn():
            trail.about(guard.redact(operation, request.arguments))
            statement = await guard.inspect(operation, request.arguments)
        if not all(table.exists for table in statement.facts.tables):
            self._registry.want_probe()  # it may be new: a look at the schema tells
        entry.resource.policy.check_statement(statement.facts)
        return statement

    async def _inspect_sampled(
        self,
        entry: ResourceEntry,
        operation: Operation,
        request: QueryRequest,
        trail: RequestTrail,
        statement: InspectedStatement,
    ) -> InspectedStatement:
        """Sample the tables that the guard must know more of, and have the statement judged again.

        What a sample said is forgotten when a table changes, which may be in between.
        """
        sampler, looks = entry.database.sampler, 0
        while sampler is not None and looks < MOST_LOOKS:
            looks += 1
            try:
                await self._learn_columns.learn(request.resource_id, sampler, statement.unsampled)
            except RelayError:
                self._saw(entry, reachable=False)
                raise
            statement = await self._inspect(entry, operation, request, trail)
            if not statement.unsampled:
                return statement
        raise RelayError(
            Reason.RESOURCE_UNAVAILABLE,
            f"what the columns of {statement.unsampled[0]} hold could not be found out;",
            hint="try again later",
        )

    async def _run(
        self, entry: ResourceEntry, statement: InspectedStatement, limit: RowLimit, trail: RequestTrail
    ) -> QueryResult:
        timeout_s = self._time_for(entry.resource)
        await trail.started()
        try:
            with anyio.move_on_after(timeout_s + SERVER_GRACE_S):
                result = await self._collect(entry, statement, limit, timeout_s)
                self._saw(entry, reachable=True)
                return result
        except RelayError as error:
            if error.reason is Reason.RESOURCE_UNAVAILABLE:
                self._saw(entry, reachable=False)
            raise
        raise timed_out()

    async def _collect(
        self, entry: ResourceEntry, statement: InspectedStatement, limit: RowLimit, timeout_s: float
    ) -> QueryResult:
        limits = entry.resource.limits
        started_s = self._clock.monotonic_s()
        run_limits = RunLimits(
            max_rows=limit.rows + 1,
            max_cell_bytes=limits.max_cell_bytes,
            timeout_s=timeout_s,
            max_plan_cost=limits.max_plan_cost,
        )
        collector = ResultCollector(masker=self._masker, limit=limit, max_bytes=limits.max_response_bytes)
        async with entry.database.runner.run(statement, run_limits) as stream:
            async for batch in stream.batches():
                await collector.add(batch, stream.fields)
                if collector.is_full:
                    break
            fields, warnings = stream.fields, stream.warnings
        execution_ms = round((self._clock.monotonic_s() - started_s) * 1000)
        return collector.result(
            resource_id=entry.resource.resource_id, fields=fields, warnings=warnings, execution_ms=execution_ms
        )

    @staticmethod
    def _time_for(resource: Resource) -> float:
        left_s = anyio.current_effective_deadline() - anyio.current_time()
        return min(resource.limits.statement_timeout_ms / 1000, max(left_s, 0.001))

    def _saw(self, entry: ResourceEntry, *, reachable: bool) -> None:
        """A request that contradicts the last probe asks for a new one, so that status follows within moments."""
        if reachable and entry.status is ResourceStatus.UNHEALTHY:
            self._registry.want_probe()
        if not reachable and entry.status is ResourceStatus.HEALTHY:
            self._registry.want_probe()
