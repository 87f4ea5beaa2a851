"""Decide on a statement without running it and without a database."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from relay.application.ports.database import StatementGuard
from relay.domain.errors import RelayError
from relay.domain.json_value import JsonValue
from relay.domain.request import Operation
from relay.domain.resource import Resource


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementDecision:
    """What the policy says; `statement` is what would run, None when refused."""

    allowed: bool
    refusal: RelayError | None = None
    statement: str | None = field(default=None, repr=False)
    assumes: tuple[str, ...] = ()


class CheckStatement:
    """Serves `relay query check`: the same guard and policy as a request, no session, rate or audit."""

    def __init__(self, *, resource: Resource, guard: StatementGuard) -> None:
        self._resource = resource
        self._guard = guard

    async def execute(self, arguments: Mapping[str, JsonValue]) -> StatementDecision:
        """Decide on the arguments of one `query`."""
        policy = self._resource.policy
        try:
            operation = policy.check_operation(Operation.QUERY)
            policy.row_limit(arguments.get("limit"))
            statement = await self._guard.inspect(operation, arguments)
            policy.check_statement(statement.facts)
        except RelayError as refusal:
            return StatementDecision(allowed=False, refusal=refusal)
        return StatementDecision(allowed=True, statement=statement.text, assumes=statement.assumes)
