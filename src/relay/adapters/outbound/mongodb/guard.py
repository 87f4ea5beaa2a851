"""The guard of MongoDB: arguments of an operation to facts and a plan, by allowlist, without the database."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from bson import json_util

from relay.adapters.outbound.mongodb.arguments import (
    check_unused,
    collection_argument,
    filter_argument,
    sample_size_argument,
)
from relay.adapters.outbound.mongodb.bounds import check_size
from relay.adapters.outbound.mongodb.findings import Findings
from relay.adapters.outbound.mongodb.live_catalogue import LiveCatalogue
from relay.adapters.outbound.mongodb.plans import AggregatePlan, DescribePlan, ExplainPlan, FindPlan, ListPlan, Plan
from relay.adapters.outbound.mongodb.protection.classes import LearntClasses
from relay.adapters.outbound.mongodb.protection.judge import Judge, Judgement
from relay.adapters.outbound.mongodb.protection.rules import by_collection
from relay.adapters.outbound.mongodb.query_walker import read_query
from relay.adapters.outbound.mongodb.redaction import redact
from relay.adapters.outbound.mongodb.shapes import read_count, read_projection, read_sort
from relay.adapters.outbound.mongodb.stage_walker import read_pipeline
from relay.application.ports.database import InspectedStatement
from relay.domain.errors import Reason, RelayError
from relay.domain.facts import TableName
from relay.domain.json_value import JsonValue
from relay.domain.policy import ColumnRule
from relay.domain.protection import NO_PROTECTION, Protection
from relay.domain.request import Operation

_FIND_ONLY = ("filter", "statement", "projection", "sort", "skip")


class MongoStatementGuard:
    """Implements the StatementGuard port.

    `allows_aggregation` only puts the refusals in order (a pipeline on a resource without them is refused before
    anything in it is looked at); the policy decides on the facts all the same. Without `live` it works offline, and
    says what it takes for granted of the collections that `must_know` names, and of those with column rules. `shows`:
    the policy's answer for a collection.
    """

    def __init__(
        self,
        *,
        allows_aggregation: Callable[[], bool] = lambda: True,
        live: LiveCatalogue | None = None,
        must_know: Callable[[str], bool] = lambda _name: False,
        rules: Sequence[ColumnRule] = (),
        protection: Protection = NO_PROTECTION,
        classes: LearntClasses | None = None,
        shows: Callable[[str], bool] = lambda _name: True,
    ) -> None:
        own = by_collection(rules)
        self._ruled = frozenset(own)
        self._shows = shows
        self._judge = Judge(
            rules_of=live.rules_of if live else lambda name: own.get(name, ()), protection=protection, classes=classes
        )
        self._allows_aggregation = allows_aggregation
        self._live = live
        self._must_know = must_know

    async def inspect(self, operation: Operation, arguments: Mapping[str, JsonValue]) -> InspectedStatement:
        """Read the arguments of one operation; see the port for the errors."""
        found = Findings()
        for name, value in arguments.items():
            check_size(value, name)
        plan = self._plan(operation, arguments, found)
        facts = found.facts(self._live.relatives) if self._live else found.facts()
        judged = self._judged(plan, found)
        return InspectedStatement(
            operation=operation,
            facts=facts,
            text=_text(plan),
            redacted=self.redact(operation, arguments),
            plan=None if judged is None or judged.unsampled else judged.plan,
            assumes=() if self._live else self._assumed(found),
            unsampled=() if judged is None else tuple(TableName(name=name) for name in judged.unsampled),
        )

    def _judged(self, plan: Plan, found: Findings) -> Judgement | None:
        """Follow the values; None, and no plan, where the policy will refuse a collection, of which nothing is told."""
        if not all(map(self._shows, found.collections)):
            return None
        return self._judge.judge(plan)

    def _assumed(self, found: Findings) -> tuple[str, ...]:
        views = [f"{name} is no view of a blocked table" for name in found.collections if self._must_know(name)]
        ruled = [
            f"column rules of {name} are applied after the fetch" for name in found.collections if name in self._ruled
        ]
        return (*views, *ruled)

    def redact(self, operation: str, arguments: Mapping[str, JsonValue]) -> str:
        """Return the statement without any value; never raises."""
        return redact(operation, arguments)

    def _plan(self, operation: Operation, arguments: Mapping[str, JsonValue], found: Findings) -> Plan:
        if operation is Operation.LIST_TABLES:
            return ListPlan()
        if operation is Operation.DESCRIBE_TABLE:
            size, clamped = sample_size_argument(arguments)
            collection = found.add_collection(collection_argument(arguments), "tableName")
            return DescribePlan(collection=collection, sample_size=size, clamped=clamped)
        check_unused(arguments)
        if arguments.get("pipeline") is not None:
            plan: FindPlan | AggregatePlan = self._aggregate(arguments, found)
        else:
            plan = _find(arguments, found)
        return ExplainPlan(query=plan) if operation is Operation.EXPLAIN else plan

    def _aggregate(self, arguments: Mapping[str, JsonValue], found: Findings) -> AggregatePlan:
        found.uses_aggregation = True
        if not self._allows_aggregation():
            raise RelayError(
                Reason.OPERATION_NOT_ALLOWED,
                "aggregation pipelines are not allowed on this resource;",
                hint="use filter, projection, sort, skip and limit",
            )
        beside = [name for name in _FIND_ONLY if arguments.get(name)]
        if beside:
            raise RelayError(
                Reason.INVALID_PARAMS,
                f"pipeline and {beside[0]} are both given;",
                hint="write $match, $project, $sort and $skip stages",
            )
        collection = found.add_collection(collection_argument(arguments), "collection")
        pipeline = read_pipeline(arguments["pipeline"], "pipeline", found)
        return AggregatePlan(collection=collection, pipeline=tuple(pipeline))


def _find(arguments: Mapping[str, JsonValue], found: Findings) -> FindPlan:
    given_filter = filter_argument(arguments)
    check_size(given_filter, "statement")
    projection, sort, skip = (arguments.get(name) for name in ("projection", "sort", "skip"))
    return FindPlan(
        collection=found.add_collection(collection_argument(arguments), "collection"),
        filter=read_query(given_filter, "filter", found),
        projection=None if projection is None else read_projection(projection, "projection", found),
        sort=None if sort is None else read_sort(sort, "sort", found),
        skip=0 if skip is None else read_count(skip, "skip"),
    )


def _text(plan: Plan) -> str:
    """Write what would run, for an operator to read: the server's command as relaxed extended JSON."""
    command: dict[str, object]
    if isinstance(plan, ListPlan):
        command = {"listCollections": 1}
    elif isinstance(plan, DescribePlan):
        command = {"describe": plan.collection, "sampleSize": plan.sample_size}
    elif isinstance(plan, ExplainPlan):
        command = {"explain": plan.query.command(), "verbosity": "queryPlanner"}
    else:
        command = plan.command()
    return json_util.dumps(command, json_options=json_util.RELAXED_JSON_OPTIONS, ensure_ascii=False)
