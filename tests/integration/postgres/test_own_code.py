"""Functions that a column's type runs without a word in the statement: decided by `allowedFunctions` as well."""

from __future__ import annotations

import pytest

from relay.adapters.outbound.postgres.connection import PostgresConnection
from relay.domain.errors import Reason, RelayError
from relay.domain.policy import Policy
from relay.domain.request import Operation

SCHEMA = """
CREATE SCHEMA hidden;
CREATE FUNCTION hidden.grade_rank(anyenum) RETURNS int LANGUAGE sql AS $$ SELECT 1 $$;
CREATE TYPE grade AS ENUM ('low', 'high');
CREATE FUNCTION rank_of(grade) RETURNS int LANGUAGE sql AS $$ SELECT 1 $$;
CREATE CAST (grade AS int) WITH FUNCTION rank_of(grade);
CREATE DOMAIN best AS grade CHECK (VALUE = 'high');
CREATE TYPE report AS (subject text, given best);
CREATE TABLE marks (id int, given grade);
CREATE TABLE reports (id int, reports report[]);
CREATE TABLE marks_2024 () INHERITS (marks);
CREATE VIEW passed AS SELECT given FROM marks;
CREATE MATERIALIZED VIEW counted AS SELECT count(*) AS n FROM marks;

CREATE TYPE slug AS (label text);
CREATE FUNCTION slug_of(text) RETURNS slug LANGUAGE sql AS $$ SELECT ROW($1)::slug $$;
CREATE CAST (text AS slug) WITH FUNCTION slug_of(text) AS IMPLICIT;
CREATE TYPE plain_slug AS (label text);
CREATE FUNCTION plain_slug_of(text) RETURNS plain_slug LANGUAGE sql AS $$ SELECT ROW($1)::plain_slug $$;
CREATE CAST (text AS plain_slug) WITH FUNCTION plain_slug_of(text);
CREATE TABLE pages (id int, name slug);
CREATE TABLE plain_pages (id int, name plain_slug);
CREATE FUNCTION list_text(plain_slug[]) RETURNS text LANGUAGE sql AS $$ SELECT '' $$;
CREATE TYPE listed AS (a int);
CREATE FUNCTION listed_text(listed[]) RETURNS text LANGUAGE sql AS $$ SELECT '' $$;
CREATE CAST (listed[] AS text) WITH FUNCTION listed_text(listed[]);
CREATE TABLE lists (one listed);

CREATE TABLE persons (id int, name text);
CREATE FUNCTION person_text(persons) RETURNS text LANGUAGE sql AS $$ SELECT $1.name $$;
CREATE CAST (persons AS text) WITH FUNCTION person_text(persons);

CREATE FUNCTION apart(date, date) RETURNS float8 LANGUAGE sql IMMUTABLE AS $$ SELECT ($1 - $2)::float8 $$;
CREATE TYPE stay AS RANGE (subtype = date, subtype_diff = apart);
CREATE TYPE span AS RANGE (subtype = timestamp);
CREATE TABLE stays (id int, during stay_multirange);
CREATE TABLE spans (id int, during span);

CREATE FUNCTION alike(text, text) RETURNS bool LANGUAGE sql AS $$ SELECT true $$;
CREATE OPERATOR ~~~ (LEFTARG = text, RIGHTARG = text, FUNCTION = alike);
CREATE DOMAIN alike_text AS text CHECK (VALUE ~~~ 'x');
CREATE FUNCTION valid(text) RETURNS bool LANGUAGE sql AS $$ SELECT true $$;
CREATE DOMAIN valid_text AS text CHECK (valid(VALUE));
CREATE TABLE contacts (id int, code valid_text);

CREATE FUNCTION hidden.day(bigint) RETURNS date LANGUAGE sql AS $$ SELECT date '2024-01-01' $$;
CREATE CAST (bigint AS date) WITH FUNCTION hidden.day(bigint);

CREATE TYPE mood AS ENUM ('sad', 'happy');
CREATE CAST (varchar AS mood) WITH INOUT AS IMPLICIT;
CREATE DOMAIN amount AS numeric CHECK (VALUE > 0);
CREATE TYPE address AS (street text, city text);
CREATE TYPE citext AS ENUM ('a', 'b');
CREATE FUNCTION citext_alike(citext, text) RETURNS bool LANGUAGE sql AS $$ SELECT $2 <> '' $$;
CREATE OPERATOR ~ (LEFTARG = citext, RIGHTARG = text, FUNCTION = citext_alike);
CREATE FUNCTION citext_rank(citext) RETURNS int LANGUAGE sql AS $$ SELECT 1 $$;
CREATE CAST (citext AS int) WITH FUNCTION citext_rank(citext) AS IMPLICIT;
-- every server has this extension
ALTER EXTENSION plpgsql ADD FUNCTION citext_alike(citext, text);
ALTER EXTENSION plpgsql ADD FUNCTION citext_rank(citext);
CREATE DOMAIN email AS citext CHECK (VALUE OPERATOR(public.~) '@');
CREATE TABLE honest (id int, feeling mood, total amount, home address, mail email, nick citext, days span[],
                     big bigint);
"""
POLICY = {"allowed_operations": frozenset(Operation), "max_rows": 10, "schemas": ("public",)}


@pytest.fixture(scope="module", autouse=True)
async def schema(postgres):
    await postgres.execute(SCHEMA)


@pytest.fixture
async def decide(connection_settings):
    policy = Policy(**POLICY)
    connection = PostgresConnection(
        settings=connection_settings(), schemas=policy.schemas, shows_table=policy.allows_table
    )
    async with connection.open() as database:
        assert (await database.inspector.probe()).healthy

        async def decide_on(sql: str, *allowed: str) -> None:
            statement = await database.guard.inspect(Operation.QUERY, {"sql": sql})
            Policy(**POLICY, allowed_functions=frozenset(allowed)).check_statement(statement.facts)

        yield decide_on


RAN = [
    ("SELECT given FROM marks", "public.rank_of"),
    ("SELECT m FROM marks m", "public.rank_of"),
    ("SELECT * FROM marks_2024", "public.rank_of"),
    ("TABLE passed", "public.rank_of"),
    ("SELECT reports FROM reports", "public.rank_of"),
    ("SELECT 'low'::grade", "public.rank_of"),
    ("SELECT grade 'low'", "public.rank_of"),
    ("SELECT '{low}'::public.grade[]", "public.rank_of"),
    ("SELECT NULL::best", "public.rank_of"),
    ("SELECT ('low').grade", "public.rank_of"),
    ("SELECT * FROM json_to_record('{}') AS r(a grade)", "public.rank_of"),
    ("SELECT name = 'x'::text FROM pages", "public.slug_of"),
    ("SELECT ('x'::text)::plain_slug", "public.plain_slug_of"),
    ("SELECT ('x'::text).plain_slug", "public.plain_slug_of"),
    ("SELECT array_agg(one)::text FROM lists", "public.listed_text"),
    ("SELECT persons::text FROM persons", "public.person_text"),
    ("SELECT id FROM stays WHERE during && '{}'", "public.apart"),
    ("SELECT 'x'::alike_text", "public.alike"),
    ("SELECT 'x'::valid_text", "public.valid"),
    ("SELECT 1::bigint::date", "hidden.day"),
    ("SELECT (1::bigint).date", "hidden.day"),
]


@pytest.mark.parametrize(("sql", "function"), RAN, ids=[row[0] for row in RAN])
async def test_function_is_decided_on_when_only_a_type_calls_it(decide, ask, sql, function) -> None:
    with pytest.raises(RelayError) as caught:
        await decide(sql)
    assert caught.value.reason is Reason.FUNCTION_NOT_ALLOWED
    assert f"{function} at 1:" in caught.value.detail
    assert f"list {function} in allowedFunctions" in caught.value.hint
    await decide(sql, function)


HONEST = [
    "SELECT h, feeling, total, home, mail, nick, days FROM honest h GROUP BY h.*, 2, 3, 4, 5, 6, 7 ORDER BY 2",
    "SELECT feeling::text, 'sad'::mood, 'x'::varchar::mood, 1::amount, 'a'::email, nick::int, (home).city FROM honest",
    "SELECT '{}'::span_multirange, '[2024-01-01,2024-01-02]'::span::span_multirange FROM spans",
    "SELECT name FROM plain_pages",
    "SELECT n FROM counted",
    "SELECT id, code FROM contacts WHERE code = 'x'",
    "SELECT big, big::int, now()::time, big::text FROM honest",
]


@pytest.mark.parametrize("sql", HONEST)
async def test_statement_goes_through_when_types_run_nothing_of_their_own(decide, ask, sql) -> None:
    await decide(sql)
    await ask(sql)


async def test_refusal_says_which_column_calls_the_function(decide) -> None:
    with pytest.raises(RelayError) as caught:
        await decide("SELECT given FROM marks")
    assert caught.value.message == (
        "FUNCTION_NOT_ALLOWED: public.rank_of at 1:19, which a column of type public.grade of marks calls, is not an"
        " allowed function; leave that out, or ask the operator to list public.rank_of in allowedFunctions"
    )


async def test_hidden_table_is_refused_as_a_table_when_its_types_run_code(decide, postgres) -> None:
    await postgres.execute("CREATE TABLE hidden.marks (given public.grade)")
    with pytest.raises(RelayError) as caught:
        await decide("SELECT 1 FROM hidden.marks")
    assert caught.value.reason is Reason.TABLE_NOT_ALLOWED
