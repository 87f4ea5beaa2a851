"""The honest corpus over tables that all have a protected column beside the others: nothing else changes."""

from __future__ import annotations

import asyncpg

from relay.adapters.outbound.postgres.guard import PostgresStatementGuard
from relay.adapters.outbound.postgres.live_catalogue import read_catalogue
from relay.adapters.outbound.postgres.rules_following import RuleFollower
from relay.domain.errors import RelayError
from relay.domain.policy import ColumnRule
from relay.domain.protection import ColumnAction
from relay.domain.request import Operation

TABLES = ("customers", "orders", "Weird Table", "keywords")
ADDED = "protected_beside"
WHOLE_ROW = "select c from customers c order by id"
"""The values are the same, their type is `record`: a row of a sub-query."""
SYSTEM_COLUMNS = "select c.name, c.tableoid is not null, c.ctid is not null from customers c order by 1"
"""Refused plainly."""


async def outcome(connection, sql: str):
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


async def test_answers_are_equal_when_another_column_is_protected(connection, honest_statements):
    for table in TABLES:
        # without a value, so that its mask is none either
        await connection.execute(f'ALTER TABLE guard_check."{table}" ADD COLUMN {ADDED} text')
    rules = [ColumnRule(table=table, column=ADDED, action=ColumnAction.MASK) for table in TABLES]
    catalogue = await read_catalogue(connection, ["guard_check"], rules=RuleFollower(rules, {}))
    guard, plain = PostgresStatementGuard(catalogue), PostgresStatementGuard()
    await connection.execute("SET search_path = guard_check, public")
    found, rewritten = [], 0
    async with connection.transaction(readonly=True):
        for sql in honest_statements:
            try:
                text = (await guard.inspect(Operation.QUERY, {"sql": sql})).text
            except RelayError as error:
                found.append((sql, error.message))
                continue
            asked, ran = await outcome(connection, sql), await outcome(connection, text)
            rewritten += text != (await plain.inspect(Operation.QUERY, {"sql": sql})).text
            if asked != ran:
                found.append((sql, text, asked, ran))
    assert rewritten > 100
    assert {sql for sql, *_ in found} == {WHOLE_ROW, SYSTEM_COLUMNS}, "\n".join(map(str, found))
