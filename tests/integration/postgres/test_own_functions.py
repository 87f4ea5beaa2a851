"""The customer's own functions and operators: found through the search path, allowed by `schema.name`."""

from __future__ import annotations

import pytest

from relay.adapters.outbound.postgres.connection import PostgresConnection
from relay.application.ports.database import RunLimits
from relay.domain.errors import Reason, RelayError
from relay.domain.policy import Policy
from relay.domain.request import Operation

SCHEMA = """
CREATE SCHEMA tools;
CREATE SCHEMA elsewhere;
CREATE TABLE people (id int, name text);
INSERT INTO people VALUES (1, 'Ana');
CREATE FUNCTION mask_cpf(text) RETURNS text LANGUAGE sql AS $$ SELECT left($1, 3) || '***' $$;
CREATE FUNCTION label(people) RETURNS text LANGUAGE sql AS $$ SELECT $1.id || ' ' || $1.name $$;
CREATE FUNCTION twice(int) RETURNS int LANGUAGE sql AS $$ SELECT $1 * 2 $$;
CREATE FUNCTION tools.twice(text) RETURNS text LANGUAGE sql AS $$ SELECT $1 || $1 $$;
CREATE FUNCTION tools.only_here(int) RETURNS int LANGUAGE sql AS $$ SELECT $1 $$;
CREATE FUNCTION elsewhere.away(int) RETURNS int LANGUAGE sql AS $$ SELECT $1 $$;
CREATE FUNCTION upper(int) RETURNS text LANGUAGE sql AS $$ SELECT 'own upper' $$;
CREATE FUNCTION tools.lower(int) RETURNS text LANGUAGE sql AS $$ SELECT 'own lower' $$;
CREATE FUNCTION same(text, text) RETURNS bool LANGUAGE sql AS $$ SELECT $1 = $2 $$;
CREATE OPERATOR <=> (LEFTARG = text, RIGHTARG = text, FUNCTION = same);
CREATE OPERATOR tools.<==> (LEFTARG = text, RIGHTARG = text, FUNCTION = same);
CREATE TYPE badge AS (label text);
CREATE FUNCTION to_badge(text) RETURNS badge LANGUAGE sql AS $$ SELECT ROW($1)::badge $$;
CREATE CAST (text AS badge) WITH FUNCTION to_badge(text);
GRANT USAGE ON SCHEMA tools, elsewhere TO PUBLIC;
"""
ALLOWED_FUNCTIONS = frozenset(
    ("public.mask_cpf", "public.label", "public.twice", "public.upper", "elsewhere.away", "public.<=>")
)


@pytest.fixture(scope="module", autouse=True)
async def schema(postgres):
    await postgres.execute(SCHEMA)


@pytest.fixture
async def answer(connection_settings):
    async def run(sql: str, *more: str):
        policy = Policy(
            allowed_operations=frozenset(Operation),
            max_rows=10,
            schemas=("public", "tools"),
            allowed_functions=ALLOWED_FUNCTIONS | set(more),
        )
        connection = PostgresConnection(
            settings=connection_settings(), schemas=policy.schemas, shows_table=policy.allows_table
        )
        async with connection.open() as database:
            assert (await database.inspector.probe()).healthy
            statement = await database.guard.inspect(Operation.QUERY, {"sql": sql})
            policy.check_statement(statement.facts)
            limits = RunLimits(max_rows=10, max_cell_bytes=1 << 20, timeout_s=10)
            async with database.runner.run(statement, limits) as stream:
                return [next(iter(row.values())) async for batch in stream.batches() for row in batch.rows]

    return run


ALLOWED = [
    ("SELECT mask_cpf('52998224725')", "529***"),
    ("SELECT public.mask_cpf('52998224725')", "529***"),
    ("SELECT p.label FROM people p", "1 Ana"),
    ("SELECT (p).label FROM people p", "1 Ana"),
    ("SELECT elsewhere.away(3)", 3),
    ("SELECT upper(1)", "own upper"),
    ("SELECT upper('a')", "A"),
    ("SELECT pg_catalog.lower('A')", "a"),
    ("SELECT public.twice(2)", 4),
    ("SELECT 'a'::text <=> 'a'::text", True),
]


@pytest.mark.parametrize(("sql", "expected"), ALLOWED, ids=[row[0] for row in ALLOWED])
async def test_own_function_runs_when_allowed(answer, sql, expected) -> None:
    assert await answer(sql) == [expected]


REFUSED = [
    ("SELECT twice(2)", "tools.twice"),
    ("SELECT only_here(2)", "tools.only_here"),
    ("SELECT away(2)", "away"),
    ("SELECT lower('A')", "tools.lower"),
    ("SELECT lower(1)", "tools.lower"),
    ("SELECT 'a'::text <==> 'a'::text", "tools.<==>"),
    ("SELECT ('x'::text)::badge", "badge"),
    ("SELECT ('x'::text).badge", "badge"),
]


@pytest.mark.parametrize(("sql", "named"), REFUSED, ids=[row[0] for row in REFUSED])
async def test_own_code_is_refused_when_one_candidate_is_not_allowed(answer, sql, named) -> None:
    with pytest.raises(RelayError) as caught:
        await answer(sql)
    assert caught.value.reason is Reason.FUNCTION_NOT_ALLOWED
    assert named in caught.value.detail


async def test_overloads_run_when_every_candidate_is_allowed(answer) -> None:
    assert await answer("SELECT twice('a'::text)", "tools.twice") == ["aa"]


async def test_hint_says_how_to_mean_the_built_in_when_another_has_its_name(answer) -> None:
    with pytest.raises(RelayError) as caught:
        await answer("SELECT lower('A')")
    assert "use pg_catalog.lower" in caught.value.message
