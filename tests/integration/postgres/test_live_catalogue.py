"""What only the live catalogue can tell: columns from functions, built-ins from look-alikes, tables from relatives."""

from __future__ import annotations

import pytest

from relay.adapters.outbound.postgres.connection import PostgresConnection
from relay.domain.errors import Reason, RelayError
from relay.domain.policy import Policy
from relay.domain.request import Operation

SCHEMA = """
CREATE TABLE people (id int, name text);
INSERT INTO people VALUES (1, 'Ana');
CREATE FUNCTION evil(people) RETURNS text LANGUAGE sql AS $$ SELECT 'ran: ' || $1.name $$;
CREATE FUNCTION lower(int) RETURNS text LANGUAGE sql AS $$ SELECT 'own lower ran' $$;
CREATE FUNCTION plus(people, int) RETURNS text LANGUAGE sql AS $$ SELECT 'own operator ran' $$;
CREATE OPERATOR + (LEFTARG = people, RIGHTARG = int, FUNCTION = plus);
CREATE FUNCTION checked(text) RETURNS bool LANGUAGE sql AS $$ SELECT true $$;
CREATE DOMAIN running AS text CHECK (checked(VALUE));
CREATE DOMAIN quiet AS text CHECK (VALUE <> '');
CREATE TABLE salaries (id int, amount int);
CREATE TABLE salaries_2024 () INHERITS (salaries);
CREATE TABLE parts (id int) PARTITION BY RANGE (id);
CREATE TABLE parts_low PARTITION OF parts FOR VALUES FROM (0) TO (10);
CREATE TABLE parts_high PARTITION OF parts FOR VALUES FROM (10) TO (20);
CREATE VIEW pay AS SELECT * FROM salaries;
CREATE VIEW pay_again AS SELECT count(*) AS n FROM pay;
CREATE VIEW allowed_pay AS SELECT count(*) AS n FROM salaries;
CREATE VIEW honest AS SELECT id FROM people;
"""

POLICY = Policy(
    allowed_operations=frozenset(Operation),
    max_rows=100,
    schemas=("public",),
    blocked_tables=("salaries", "parts_high"),
    allowed_tables=("*", "allowed_pay"),
)


@pytest.fixture(scope="module", autouse=True)
async def schema(postgres):
    await postgres.execute(SCHEMA)


@pytest.fixture
async def decide(connection_settings):
    connection = PostgresConnection(
        settings=connection_settings(), schemas=("public",), shows_table=POLICY.allows_table
    )
    async with connection.open() as database:
        assert (await database.inspector.probe()).healthy

        async def decide_on(sql: str) -> None:
            statement = await database.guard.inspect(Operation.QUERY, {"sql": sql})
            POLICY.check_statement(statement.facts)

        yield decide_on


REFUSED = [
    ("SELECT p.evil FROM people p", Reason.FUNCTION_NOT_ALLOWED),
    ("SELECT people.evil FROM people", Reason.FUNCTION_NOT_ALLOWED),
    ("SELECT public.people.evil FROM public.people", Reason.FUNCTION_NOT_ALLOWED),
    ("SELECT (p).evil FROM people p", Reason.FUNCTION_NOT_ALLOWED),
    ("SELECT (p::people).evil FROM people p", Reason.FUNCTION_NOT_ALLOWED),
    ("SELECT s.evil FROM (SELECT p FROM people p) s", Reason.FUNCTION_NOT_ALLOWED),
    ("SELECT (s.p).evil FROM (SELECT p FROM people p) s", Reason.FUNCTION_NOT_ALLOWED),
    ("WITH s AS (SELECT * FROM people) SELECT s.evil FROM s", Reason.FUNCTION_NOT_ALLOWED),
    ("SELECT 1 FROM people p WHERE p.evil = 'x'", Reason.FUNCTION_NOT_ALLOWED),
    ("SELECT 1 FROM people p ORDER BY p.evil", Reason.FUNCTION_NOT_ALLOWED),
    ("SELECT 1 FROM people p, LATERAL (SELECT p.evil) l", Reason.FUNCTION_NOT_ALLOWED),
    ("SELECT evil(p) FROM people p", Reason.FUNCTION_NOT_ALLOWED),
    ("SELECT lower(1)", Reason.FUNCTION_NOT_ALLOWED),
    ("SELECT p + 1 FROM people p", Reason.FUNCTION_NOT_ALLOWED),
    ("SELECT 'x'::running", Reason.FUNCTION_NOT_ALLOWED),
    ("SELECT CAST('x' AS public.running)", Reason.FUNCTION_NOT_ALLOWED),
    ("SELECT * FROM salaries", Reason.TABLE_NOT_ALLOWED),
    ("SELECT * FROM salaries_2024", Reason.TABLE_NOT_ALLOWED),
    ("SELECT * FROM parts", Reason.TABLE_NOT_ALLOWED),
    ("SELECT * FROM parts_high", Reason.TABLE_NOT_ALLOWED),
    ("SELECT * FROM pay", Reason.TABLE_NOT_ALLOWED),
    ("SELECT * FROM public.pay_again", Reason.TABLE_NOT_ALLOWED),
    ("SELECT (NULL::salaries).*", Reason.TABLE_NOT_ALLOWED),
]


@pytest.mark.parametrize(("sql", "reason"), REFUSED, ids=[row[0] for row in REFUSED])
async def test_refused_when_the_catalogue_shows_what_it_is(decide, sql, reason) -> None:
    with pytest.raises(RelayError) as caught:
        await decide(sql)
    assert caught.value.reason is reason


ALLOWED = [
    "SELECT p.id, p.name, people.id FROM people p JOIN people ON true",
    "SELECT p.ctid, p.tableoid, p.* FROM people p",
    "SELECT s.x FROM (SELECT id AS x FROM people) s",
    "WITH s AS (SELECT id AS x FROM people) SELECT s.x, (SELECT max(t.x) FROM s t WHERE t.x = s.x) FROM s",
    "SELECT pg_catalog.lower('A'), upper('a')",
    "SELECT 1 OPERATOR(pg_catalog.+) 1, 2 - 1",
    "SELECT 'x'::quiet",
    "SELECT * FROM parts_low",
    "SELECT n FROM allowed_pay",
    "SELECT h.id FROM honest h",
    "SELECT p.id FROM public.people p WHERE p.name LIKE 'A%' GROUP BY p.id HAVING count(*) > 0 ORDER BY p.id",
    "SELECT g.g, g FROM generate_series(1, 2) AS g",
    "SELECT t.a, t.b FROM (VALUES (1, 2)) AS t(a, b)",
    "SELECT x.name FROM people p CROSS JOIN LATERAL (SELECT p.name) x",
    "SELECT s.relname FROM pg_stat_user_tables s",
    "SELECT (ARRAY[p.id])[1], (p).name FROM people p",
    "SELECT p.id FROM people p UNION SELECT q.id FROM people q ORDER BY id",
]


@pytest.mark.parametrize("sql", ALLOWED)
async def test_honest_statement_goes_through(decide, ask, sql) -> None:
    await decide(sql)
    await ask(sql)


async def test_hint_says_how_to_name_the_built_in(decide) -> None:
    with pytest.raises(RelayError) as caught:
        await decide("SELECT lower('A')")
    assert "pg_catalog.lower" in caught.value.message
    assert caught.value.position is not None


async def test_unavailable_until_the_first_probe(connection_settings) -> None:
    connection = PostgresConnection(
        settings=connection_settings(), schemas=("public",), shows_table=POLICY.allows_table
    )
    async with connection.open() as database:
        with pytest.raises(RelayError) as caught:
            await database.guard.inspect(Operation.QUERY, {"sql": "SELECT 1"})
        assert caught.value.reason is Reason.RESOURCE_UNAVAILABLE
        await database.inspector.probe()
        await database.guard.inspect(Operation.QUERY, {"sql": "SELECT 1"})


async def test_nothing_is_decided_when_the_first_look_found_no_database(connection_settings) -> None:
    connection = PostgresConnection(
        settings=connection_settings(port=1), schemas=("public",), shows_table=POLICY.allows_table
    )
    async with connection.open() as database:
        assert not (await database.inspector.probe()).healthy
        with pytest.raises(RelayError):
            await database.guard.inspect(Operation.QUERY, {"sql": "SELECT 1"})
