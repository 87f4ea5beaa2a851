"""Holds a statement against the resource's `maxPlanCost` before it runs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import nan

from relay.adapters.outbound.postgres.driver_types import Connection
from relay.adapters.outbound.postgres.plan_report import read_plan
from relay.domain.errors import Reason, RelayError
from relay.domain.json_value import JsonValue

LONGEST_IN_FULL = 1e15


async def check_plan_cost(connection: Connection, sql: str, values: Sequence[object], max_plan_cost: float) -> None:
    """Raise QUERY_BLOCKED when the planner expects more, or what can't be compared; else what the driver raises.

    The values go with it, so that the plan is the one that will run. Takes the server's unnamed statement.
    """
    prepared = await connection.prepare(f"EXPLAIN (FORMAT JSON) {sql}", name="")
    cost = _total_cost(read_plan(await prepared.fetchval(*values)))
    if not cost <= max_plan_cost:  # this way round, NaN is refused
        raise RelayError(
            Reason.QUERY_BLOCKED,
            f"the plan's cost of {_readable(cost)} is above this resource's limit of {_readable(max_plan_cost)};",
            hint="narrow it: a condition on an indexed column, fewer joins, a smaller limit; explain shows the plan",
        )


def _total_cost(found: Mapping[str, JsonValue]) -> float:
    root = found.get("Plan")
    cost = root.get("Total Cost") if isinstance(root, dict) else None
    return float(cost) if isinstance(cost, int | float) else nan


def _readable(cost: float) -> str:
    return f"{cost:.0f}" if 1 <= cost < LONGEST_IN_FULL else f"{cost:.3g}"
