"""A table that the guard does not know is not read, and looked for."""

from __future__ import annotations

import pytest

from relay.application.ports.database import InspectedStatement
from relay.domain.errors import Reason, RelayError
from relay.domain.facts import StatementFacts, TableName, TableUse
from relay.domain.request import Operation


@pytest.mark.parametrize(
    ("name", "reason"),
    [("people", Reason.QUERY_FAILED), ("salaries", Reason.TABLE_NOT_ALLOWED)],
    ids=["shown", "hidden"],
)
async def test_probe_is_asked_for_when_a_table_is_not_known(relay, name, reason) -> None:
    async def inspect(_: object, __: object) -> InspectedStatement:
        use = TableUse(table=TableName(name=name), exists=False)
        return InspectedStatement(
            operation=Operation.QUERY, facts=StatementFacts(tables=(use,)), text="", redacted="", plan=name
        )

    registry = relay.container.registry()
    registry.entries["shop"].database.guard.inspect = inspect
    with pytest.raises(RelayError) as caught:
        await relay.container.handle_request().execute(relay.request())
    assert caught.value.reason is reason
    assert registry.probe_wanted.is_set()
    assert relay.database.statements_run == 0
