"""A real PostgreSQL for the guard's own checks: RELAY_TEST_POSTGRES_DSN, else an embedded one for the session."""

from __future__ import annotations

from pathlib import Path

import asyncpg
import pytest

CASES = Path(__file__).parents[2] / "unit" / "postgres_guard"

SCHEMA = """
DROP SCHEMA IF EXISTS guard_check CASCADE;
CREATE SCHEMA guard_check;
SET search_path = guard_check, public;
CREATE TYPE point_pair AS (a int, b int);
CREATE TYPE mood AS ENUM ('sad', 'happy');
CREATE DOMAIN positive AS int CHECK (VALUE > 0);
CREATE TABLE customers (id int PRIMARY KEY, name text, profile jsonb, tags text[]);
CREATE TABLE orders (id int PRIMARY KEY, customer_id int REFERENCES customers, status text, total numeric(10, 2),
                     created_at timestamptz);
CREATE TABLE "Weird Table" ("a b" int);
CREATE TABLE keywords (time int, interval int, position int, "values" int, year int, month int, user_name text);
INSERT INTO customers VALUES
  (1, 'Ana', '{"city": "Recife", "tags": ["a", "b"]}', '{vip,new}'), (2, 'Bruno', '{"city": "Olinda"}', '{}'),
  (3, 'Carla', NULL, NULL);
INSERT INTO orders VALUES
  (1, 1, 'paid', 10.50, '2024-01-15 12:00+00'), (2, 1, 'open', 99.90, '2024-02-15 12:00+00'),
  (3, 2, 'paid', 5.00, '2024-02-20 23:30+00');
INSERT INTO "Weird Table" VALUES (1);
INSERT INTO keywords VALUES (1, 2, 3, 4, 5, 6, 'x');
"""


@pytest.fixture
async def connection(postgres_admin_dsn):
    """Give a connection that sees the tables of this check."""
    opened = await asyncpg.connect(postgres_admin_dsn)
    try:
        await opened.execute(SCHEMA)
        yield opened
        await opened.execute("DROP SCHEMA guard_check CASCADE")
    finally:
        await opened.close(timeout=5)


@pytest.fixture(scope="session")
def honest_expressions() -> list[str]:
    """Give the expressions of the unit tests' list."""
    return (CASES / "honest_expressions.txt").read_text().splitlines()


@pytest.fixture(scope="session")
def honest_statements() -> list[str]:
    """Give the statements of the unit tests' list."""
    return (CASES / "honest_statements.txt").read_text().splitlines()
