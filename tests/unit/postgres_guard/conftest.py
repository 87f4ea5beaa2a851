"""The guard and a policy, as the application puts them together."""

from __future__ import annotations

import pytest

from relay.adapters.outbound.postgres.guard import PostgresStatementGuard
from relay.domain.policy import Policy
from relay.domain.request import Operation


@pytest.fixture
def policy() -> Policy:
    """Give a policy that shows the schema public without one table."""
    return Policy(
        allowed_operations=frozenset(Operation), max_rows=10, schemas=("public",), blocked_tables=("secrets",)
    )


@pytest.fixture
def inspect():
    """Give a function that inspects one query."""

    async def inspect_query(sql, *parameters, catalogue=None, operation=Operation.QUERY):
        guard = PostgresStatementGuard(catalogue)
        return await guard.inspect(operation, {"sql": sql, "parameters": list(parameters)})

    return inspect_query
