"""Holds a statement against the resource's `maxPlanCost` before it runs."""

from __future__ import annotations

import json
from collections.abc import Sequence

from relay.adapters.outbound.postgres.driver_types import Connection
from relay.domain.errors import Reason, RelayError

LONGEST_IN_FULL = 1e15


async def check_plan_cost(connection: Connection, sql: str, values: Sequence[object], max_plan_cost: float) -> None:
    """Raise QUERY_BLOCKED when the planner expects more, or what can't be compared; else what the driver raises.

    The values go with it, so that the plan is the one that will run. Takes the server's unnamed statement.
    """
    prepared = await connection.prepare(f"EXPLAIN (FORMAT JSON) {sql}", name="")
    cost = float(json.loads(await prepared.fetchval(*values))[0]["Plan"]["Total Cost"])
    if not cost <= max_plan_cost:  # this way round, NaN is refused
        raise RelayError(
            Reason.QUERY_BLOCKED,
            f"the plan's cost of {_readable(cost)} is above this resource's limit of {_readable(max_plan_cost)};",
            hint="narrow it: a condition on an indexed column, fewer joins, a smaller limit; explain shows the plan",
        )


def _readable(cost: float) -> str:
    return f"{cost:.0f}" if 1 <= cost < LONGEST_IN_FULL else f"{cost:.3g}"
