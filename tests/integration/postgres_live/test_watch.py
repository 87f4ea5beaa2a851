"""The watch sees what it is there to see; without that, none of the other tests would mean anything."""

from __future__ import annotations

import json
from pathlib import Path

import asyncpg
import pytest

HERE = Path(__file__).parent
CASES = [
    json.loads(line)
    for name in ("attacks.jsonl", "attacks_open.jsonl")
    for line in (HERE / name).read_text().splitlines()
]
OVERLOADED = frozenset({"overloads of built-in names", "operators implied by words"})
CHANGES = [
    "INSERT INTO customers VALUES (99)",
    "UPDATE customers SET name = name WHERE id = 1",
    "DELETE FROM orders WHERE id = 1",
    "INSERT INTO other.vault VALUES ('x')",
    "TRUNCATE keywords",
    "REFRESH MATERIALIZED VIEW exposing_kept",
    "CREATE TEMP TABLE x (a int)",
    "CREATE FUNCTION x() RETURNS int LANGUAGE sql AS 'SELECT 1'",
    "ALTER FUNCTION stolen(text) COST 5",
    "ALTER TABLE customers ADD x int",
    "CREATE ROLE relay_live_watch",
    "ALTER ROLE CURRENT_USER SET work_mem = '8MB'",
    "COMMENT ON TABLE customers IS 'x'",
    "GRANT SELECT ON customers TO PUBLIC",
    "CREATE POLICY p ON customers USING (true)",
    "SELECT lo_create(0)",
    "SELECT lo_put(424242, 0, 'x')",
    "SELECT nextval('counter')",
    "SELECT pg_advisory_lock(1)",
    "CREATE PUBLICATION x",
    "INSERT INTO watch.written_files VALUES ('PG_VERSION')",
]


@pytest.mark.parametrize("change", CHANGES)
async def test_change_is_seen_when_made(watch, change):
    before = await watch.state()
    transaction = watch.connection.transaction()
    await transaction.start()
    await watch.connection.execute(change)
    try:
        assert await watch.state() != before
    finally:
        await transaction.rollback()
        await watch.connection.execute("SELECT pg_advisory_unlock_all()")
        await watch.changes()


async def unguarded(connection: asyncpg.Connection, canaries, sql: str) -> str:
    """Return what a statement does to a session that nothing protects; a transaction takes it back."""
    transaction = connection.transaction()
    await transaction.start()
    try:
        text = repr(await connection.fetch(sql, timeout=20))
        called = await connection.fetchval("SELECT count(*) FROM public.trace")
        return "tells" if canaries.hidden_in(text) else "writes" if called else ""
    except asyncpg.PostgresError:
        return "fails"
    finally:
        await transaction.rollback()
        await connection.execute("SELECT pg_advisory_unlock_all()")


async def test_attacks_bite_when_nothing_protects(watch, canaries):
    bitten, wrong = 0, []
    for family, _, sql, effect, *_ in CASES:
        path = "public, overloads" if family in OVERLOADED else "public"
        await watch.connection.execute(f"SET search_path = {path}")
        found = await unguarded(watch.connection, canaries, sql)
        bitten += found in ("tells", "writes")
        # a server that lacks the statement's syntax or function has nothing to tell
        if found not in (effect, "fails"):
            wrong.append((sql, effect, found))
    await watch.connection.execute("RESET search_path")
    await watch.changes()
    assert wrong == []
    assert bitten > 150
