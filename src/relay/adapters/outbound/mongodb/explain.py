"""The winning plan of a query, without running it and without any value.

A plan quotes the filter's values, and for a view those of its definition, which the caller never wrote: only what is
on the list below is kept.
"""

from __future__ import annotations

from collections.abc import Mapping

from relay.adapters.outbound.mongodb.operation import Operation
from relay.adapters.outbound.mongodb.plans import ExplainPlan
from relay.adapters.outbound.mongodb.streams import ReadyStream
from relay.domain.json_value import JsonValue
from relay.domain.results import Field

FIELDS = (Field(name="plan", type="object"),)
MAX_PLAN_DEPTH = 40

KEPT = frozenset(
    {
        "stage", "direction", "indexName", "isMultiKey", "isUnique", "isSparse", "isPartial", "indexVersion",
        "limitAmount", "skipAmount", "memLimit", "type", "shardName", "strategy", "planNodeId",
    }
)  # fmt: skip
"""Scalars of a stage (manual: reference/explain-results)."""
KEPT_KEYS = frozenset({"keyPattern", "sortPattern"})
"""Objects of field names to directions."""
CHILDREN = frozenset(
    {
        "inputStage", "inputStages", "outerStage", "innerStage", "thenStage", "elseStage", "queryPlan", "winningPlan",
        "shards",
    }
)  # fmt: skip


async def explain(operation: Operation, plan: ExplainPlan) -> ReadyStream:
    """Return one row `{plan: {namespace, winningPlan, stages?}}`."""
    reply = await operation.command({"explain": plan.query.command(), "verbosity": "queryPlanner"})
    namespace = f"{operation.database.name}.{plan.query.collection}"
    return ReadyStream(fields=FIELDS, rows=[{"plan": {"namespace": namespace, **_summary(reply)}}])


def _summary(reply: Mapping[str, object]) -> dict[str, JsonValue]:
    planner = reply.get("queryPlanner")
    if isinstance(planner, dict):
        return {"winningPlan": kept(planner.get("winningPlan"))}
    stages = reply.get("stages")
    if isinstance(stages, list):
        first = _cursor_stage(stages)
        names = [next(iter(stage), "") for stage in stages if isinstance(stage, dict)]
        return {**(_summary(first) if first else {"winningPlan": {}}), "stages": names}
    shards = reply.get("shards")
    if isinstance(shards, dict):
        plans = [_summary(shard) for shard in shards.values() if isinstance(shard, dict)]
        return {"winningPlan": {"shards": plans}}
    return {"winningPlan": {}}


def _cursor_stage(stages: list[object]) -> Mapping[str, object] | None:
    for stage in stages:
        cursor = stage.get("$cursor") if isinstance(stage, dict) else None
        if isinstance(cursor, dict):
            return cursor
    return None


def kept(stage: object, depth: int = 0) -> JsonValue:
    """Return a stage of a plan with only what holds no value."""
    if isinstance(stage, list):
        return [kept(item, depth + 1) for item in stage]
    if not isinstance(stage, dict) or depth > MAX_PLAN_DEPTH:
        return {}
    out: dict[str, JsonValue] = {}
    for key, value in stage.items():
        if key in KEPT and isinstance(value, str | bool | int):
            out[key] = value
        elif key in KEPT_KEYS and isinstance(value, dict):
            out[key] = {str(name): kind if isinstance(kind, str | int) else 1 for name, kind in value.items()}
        elif key in CHILDREN:
            out[key] = kept(value, depth + 1)
    return out
