"""The honest corpus with the live catalogue: what it knows must not refuse what is honest."""

from __future__ import annotations

from relay.adapters.outbound.postgres.guard import PostgresStatementGuard
from relay.adapters.outbound.postgres.live_catalogue import read_catalogue
from relay.domain.errors import RelayError
from relay.domain.request import Operation


async def refusals(guard, statements) -> dict[str, str]:
    refused = {}
    for sql in statements:
        try:
            await guard.inspect(Operation.QUERY, {"sql": sql})
        except RelayError as error:
            refused[sql] = error.message
    return refused


async def unsafe_functions(guard, statements) -> dict[str, str]:
    found = {}
    for sql in statements:
        statement = await guard.inspect(Operation.QUERY, {"sql": sql})
        names = [str(use) for use in statement.facts.functions if not use.known_safe]
        if names:
            found[sql] = ", ".join(names)
    return found


async def test_honest_statements_stay_honest_when_the_catalogue_is_known(
    connection, honest_statements, honest_expressions
) -> None:
    statements = [*honest_statements, *(f"SELECT {expression}" for expression in honest_expressions)]
    plain = PostgresStatementGuard()
    knowing = PostgresStatementGuard(await read_catalogue(connection, ["guard_check"]))
    assert await refusals(knowing, statements) == await refusals(plain, statements)
    assert await unsafe_functions(knowing, statements) == await unsafe_functions(plain, statements)
