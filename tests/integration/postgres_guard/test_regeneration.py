"""What runs answers exactly as what was asked would have: names, types and values, on a real server."""

from __future__ import annotations

import asyncpg

from relay.adapters.outbound.postgres.guard import PostgresStatementGuard
from relay.domain.request import Operation

NEWEST = 18
NUMBERS_END = 15
"""From this version on, a number must not run into a word."""


NOT_BUILT_IN = "0A000"
"""The embedded server comes without XML."""


READ_OTHERWISE_BEFORE_15 = ("1_000", "0x1F", "0o17", "0b101", "true", "false")
"""14 takes the first four for a number and an alias, and has another name for the last two; what runs is the newer
versions' reading, on 14 too."""


async def outcome(connection, sql: str):
    """Run one statement; return names, types and rows, or the SQLSTATE."""
    savepoint = connection.transaction()
    await savepoint.start()
    try:
        statement = await connection.prepare(sql)
        names = [(attribute.name, attribute.type.name) for attribute in statement.get_attributes()]
        return names, [repr(tuple(row)) for row in await statement.fetch()]
    except asyncpg.PostgresError as error:
        return error.sqlstate
    finally:
        await savepoint.rollback()


async def difference(connection, guard, sql):
    """Return what differs between a statement and its regenerated form, or None."""
    inspected = await guard.inspect(Operation.QUERY, {"sql": sql})
    unknown = [str(use) for use in inspected.facts.functions if not use.known_safe]
    asked = await outcome(connection, sql)
    ran = await outcome(connection, inspected.text)
    names = inspected.plan.output_names
    if isinstance(asked, str) and connection.get_server_version().major < NEWEST:
        # Older servers know less; what they refuse is not what this test is about.
        return None
    if connection.get_server_version().major < NUMBERS_END and sql.removeprefix("SELECT ") in READ_OTHERWISE_BEFORE_15:
        return None
    if asked != ran or unknown:
        return sql, inspected.text, asked, ran, unknown
    if isinstance(asked, str):
        return None if asked == NOT_BUILT_IN else (sql, "is refused by the server", asked)
    if names is not None and [name for name, _ in asked[0]] != list(names):
        return sql, "has other names", names, asked[0]
    return None


async def differences(connection, statements):
    """Return the differences of all statements, all seen in one transaction, so that now() stands still."""
    guard = PostgresStatementGuard()
    await connection.execute("SET search_path = guard_check, public")
    async with connection.transaction(readonly=True):
        found = [await difference(connection, guard, sql) for sql in statements]
    return [one for one in found if one is not None]


async def test_expressions_keep_name_type_and_value_when_regenerated(connection, honest_expressions):
    assert len(honest_expressions) > 400
    found = await differences(connection, [f"SELECT {expression}" for expression in honest_expressions])
    assert not found, "\n".join(map(str, found))


async def test_statements_keep_names_types_and_rows_when_regenerated(connection, honest_statements):
    assert len(honest_statements) > 180
    found = await differences(connection, honest_statements)
    assert not found, "\n".join(map(str, found))


async def test_names_stay_when_parameters_are_cast(connection):
    guard = PostgresStatementGuard()
    sql = "SELECT $1, $1::int, ($2), $2 || 'x', coalesce($1, 1), (SELECT $2), case when true then $1 end, array[$1]"
    inspected = await guard.inspect(Operation.QUERY, {"sql": sql, "parameters": [1, "a"]})
    rendered = inspected.plan.render({1: "int4", 2: "text"})
    statement = await connection.prepare(rendered)
    assert "CAST(CAST($1 AS text) AS int4)" in rendered
    assert [attribute.name for attribute in statement.get_attributes()] == list(inspected.plan.output_names)
    assert inspected.plan.output_names == (
        "?column?", "int4", "?column?", "?column?", "coalesce", "?column?", "case", "array",
    )  # fmt: skip
    row = await connection.fetchrow(rendered, "1", "a")
    assert tuple(row) == (1, 1, "a", "ax", 1, "a", 1, [1])
