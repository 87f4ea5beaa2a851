"""The server as the judge of lineage: a view made from a statement depends on the columns that the statement reads."""

from __future__ import annotations

import asyncpg

from relay.adapters.outbound.postgres.guard import PostgresStatementGuard
from relay.adapters.outbound.postgres.guard.grammar_queries import parse
from relay.adapters.outbound.postgres.guard.limits import read_tokens
from relay.adapters.outbound.postgres.guard.lineage import trace
from relay.adapters.outbound.postgres.live_catalogue import read_catalogue
from relay.domain.request import Operation

SCHEMA = "guard_check"
DEPENDS_SQL = """
SELECT DISTINCT c.relname AS name, a.attname AS column
FROM pg_depend d JOIN pg_rewrite w ON w.oid = d.objid AND d.classid = 'pg_rewrite'::regclass
  JOIN pg_class c ON c.oid = d.refobjid AND d.refclassid = 'pg_class'::regclass
    AND c.relkind <> 'c'  -- a composite type's parts are no data
  JOIN pg_namespace n ON n.oid = c.relnamespace AND n.nspname = $1
  JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = d.refobjsubid
WHERE w.ev_class = 'relay_lineage'::regclass AND a.attnum > 0"""


async def columns_read(connection, sql: str, width: int | None) -> set[str] | None:
    """Return `table.column` for all that the server says a view of this statement reads; None if it makes no view."""
    names = "" if width is None else "(" + ", ".join(f"c{number}" for number in range(width)) + ")"
    savepoint = connection.transaction()
    await savepoint.start()
    try:
        await connection.execute(f"CREATE TEMP VIEW relay_lineage{names} AS {sql}")
        return {f"{row['name']}.{row['column']}" for row in await connection.fetch(DEPENDS_SQL, SCHEMA)}
    except asyncpg.PostgresError:
        return None
    finally:
        await savepoint.rollback()


async def test_every_column_that_the_server_reads_is_in_the_lineage(connection, honest_statements) -> None:
    catalogue = await read_catalogue(connection, [SCHEMA])
    guard = PostgresStatementGuard(catalogue)
    await connection.execute(f"SET search_path = {SCHEMA}, public")
    missed, judged = [], 0
    async with connection.transaction():
        for sql in honest_statements:
            text = (await guard.inspect(Operation.QUERY, {"sql": sql})).text
            lineage = trace(parse(read_tokens(text)), catalogue)
            width = None if lineage.outputs is None else len(lineage.outputs)
            expected = await columns_read(connection, text, width)
            found = {f"{one.table}.{one.column}" for reference in lineage.references for one in reference.origins}
            judged += bool(expected)
            if expected is not None and not expected <= found:
                missed.append((sql, expected - found))
    assert missed == []
    assert judged > 80
