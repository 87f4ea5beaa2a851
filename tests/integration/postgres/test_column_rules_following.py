"""A rule follows the data: into children and parents, generated columns, views at any depth, functions."""

from __future__ import annotations

import pytest

from relay.adapters.outbound.postgres import rules_views
from relay.adapters.outbound.postgres.connection import PostgresConnection
from relay.adapters.outbound.postgres.guard.catalogue import SYSTEM_COLUMNS
from relay.application.ports.database import RunLimits
from relay.domain.errors import Reason, RelayError
from relay.domain.policy import ColumnRule, Policy
from relay.domain.protection import ColumnAction, Protection
from relay.domain.request import Operation

CANARY = "canary7f3a"
SCHEMA = f"""
CREATE SCHEMA inner_part;
CREATE TABLE users (
  id int PRIMARY KEY, name text, email text, phone text, secret text, gone text,
  email_lower text GENERATED ALWAYS AS (lower(email)) STORED,
  id_twice int GENERATED ALWAYS AS (id * 2) STORED
);
INSERT INTO users VALUES (2, 'Bia');
INSERT INTO users VALUES (1, 'Ana', '{CANARY}@x', '{CANARY}', '{CANARY}', '{CANARY}');
CREATE TABLE logs (id int, at date, line text) PARTITION BY RANGE (id);
CREATE TABLE logs_low PARTITION OF logs FOR VALUES FROM (0) TO (10) PARTITION BY LIST (id);
CREATE TABLE logs_one PARTITION OF logs_low FOR VALUES IN (1);
CREATE TABLE logs_rest PARTITION OF logs DEFAULT;
INSERT INTO logs VALUES (1, '2024-01-01', '{CANARY}'), (11, '2024-01-01', '{CANARY}');
CREATE TABLE things (id int, label text);
CREATE TABLE cars (plate text) INHERITS (things);
CREATE TABLE boats (label text, hull text) INHERITS (things);
INSERT INTO things VALUES (1, 'plain');
INSERT INTO cars VALUES (2, '{CANARY}', 'p');
INSERT INTO boats VALUES (3, 'boat', 'h');

CREATE VIEW bare AS SELECT id, email AS mail, name FROM users;
CREATE VIEW bare_again AS SELECT b.mail AS m, b.name FROM bare b WHERE b.mail IS NOT NULL;
CREATE VIEW computed AS SELECT id, upper(email) AS big, left(phone, 2) AS area, length(name) AS n FROM users;
CREATE VIEW over_denied AS SELECT id, secret, secret || 'x' AS more, gone FROM users;
CREATE VIEW through_cte AS WITH w AS (SELECT id, email FROM users) SELECT w.id, w.email FROM w;
CREATE VIEW through_union AS SELECT id, email FROM users UNION ALL SELECT id, name FROM users;
CREATE VIEW through_join AS SELECT u.name, o.email FROM users u JOIN users o USING (id);
CREATE VIEW through_lateral AS SELECT x.v FROM users u, LATERAL (SELECT u.email || '!' AS v) x;
CREATE VIEW whole AS SELECT u AS row_of, to_jsonb(u) AS doc, u.id FROM users u;
CREATE VIEW aggregated AS SELECT count(*) AS n, max(email) AS last, string_agg(name, ',') AS names FROM users;
CREATE VIEW windowed AS SELECT id, lag(email) OVER (ORDER BY id DESC) AS before FROM users;
CREATE VIEW in_predicate AS SELECT id, name FROM users WHERE email LIKE '{CANARY}%';
CREATE VIEW cases AS SELECT id, CASE WHEN email LIKE 'c%' THEN 'c' ELSE 'other' END AS first FROM users;
CREATE VIEW scalar AS SELECT (SELECT max(u.email) FROM users u) AS top, 1 AS one;
CREATE VIEW renamed (a, b) AS SELECT id, email FROM users;
CREATE MATERIALIZED VIEW kept AS SELECT id, email, phone AS telephone FROM users;
CREATE VIEW over_kept AS SELECT telephone, id FROM kept;
CREATE VIEW inner_part.hidden AS SELECT id, email FROM users;
CREATE VIEW over_hidden AS SELECT * FROM inner_part.hidden;
CREATE RECURSIVE VIEW winding (id, path) AS
  SELECT id, email FROM users WHERE id = 1 UNION ALL SELECT w.id + 1, w.path FROM winding w WHERE w.id < 3;
CREATE VIEW over_partition AS SELECT line FROM logs_one;
CREATE VIEW over_generated AS SELECT email_lower, id_twice FROM users;
CREATE VIEW opened AS SELECT id, email, phone FROM users;
CREATE VIEW over_opened AS SELECT email, phone FROM opened;
CREATE VIEW harmless AS SELECT id, name, id_twice FROM users;

CREATE FUNCTION reads_users(i int) RETURNS text LANGUAGE sql STABLE AS
  $$ SELECT email FROM users WHERE id = i $$;
CREATE FUNCTION reads_by_body(i int) RETURNS text LANGUAGE sql STABLE
  BEGIN ATOMIC SELECT email FROM users WHERE id = i; END;
CREATE FUNCTION reads_view(i int) RETURNS text LANGUAGE plpgsql STABLE AS
  $$ BEGIN RETURN (SELECT mail FROM "bare" WHERE id = i); END $$;
CREATE FUNCTION calls_reader(i int) RETURNS text LANGUAGE plpgsql STABLE AS $$ BEGIN RETURN Reads_Users(i); END $$;
CREATE FUNCTION runs_text(i int) RETURNS text LANGUAGE plpgsql STABLE AS
  $$ DECLARE r text; BEGIN EXECUTE 'SELECT ema' || 'il FROM us' || 'ers WHERE id = 1' INTO r; RETURN r; END $$;
CREATE FUNCTION honest_double(i int) RETURNS int LANGUAGE sql IMMUTABLE AS $$ SELECT i * 2 $$;
CREATE FUNCTION step(state text, i int) RETURNS text LANGUAGE sql STABLE AS $$ SELECT reads_users(i) $$;
CREATE AGGREGATE gathers(int) (SFUNC = step, STYPE = text);
CREATE TYPE wrapped AS (v int);
CREATE FUNCTION wrapped_reads(a wrapped, b int) RETURNS text LANGUAGE sql STABLE AS $$ SELECT reads_users(b) $$;
CREATE OPERATOR @@@@ (LEFTARG = wrapped, RIGHTARG = int, FUNCTION = wrapped_reads);
CREATE VIEW over_function AS SELECT reads_users(1) AS found;
CREATE VIEW over_over_function AS SELECT found, 1 AS one FROM over_function;
CREATE VIEW over_honest_function AS SELECT honest_double(id) AS twice FROM users;
CREATE FUNCTION xml_of(t text) RETURNS xml LANGUAGE plpgsql AS $$ BEGIN RETURN query_to_xml(t, true, true, ''); END $$;
CREATE FUNCTION escaped() RETURNS text LANGUAGE sql STABLE AS $$ SELECT email FROM U&"\\0075sers" WHERE id = 1 $$;
CREATE FUNCTION reads_function_view() RETURNS text LANGUAGE sql STABLE AS $$ SELECT found FROM over_function $$;
"""
FUNCTIONS = (
    "xml_of",
    "escaped",
    "reads_users",
    "reads_by_body",
    "reads_view",
    "calls_reader",
    "runs_text",
    "gathers",
    "honest_double",
)
POLICY = Policy(
    allowed_operations=frozenset(Operation),
    max_rows=100,
    schemas=("public",),
    allowed_functions=frozenset(
        ["query_to_xml", *(f"public.{name}" for name in (*FUNCTIONS, "@@@@", "wrapped_reads", "reads_function_view"))]
    ),
)
RULES = [
    ("users", "email", ColumnAction.HASH),
    ("users", "phone", ColumnAction.PARTIAL),
    ("users", "secret", ColumnAction.DENY),
    ("users", "gone", ColumnAction.DROP),
    ("logs", "line", ColumnAction.MASK),
    ("cars", "label", ColumnAction.MASK),
    ("opened", "email", ColumnAction.PASS),
]


@pytest.fixture(scope="module")
async def protected(postgres, connection_settings):
    await postgres.execute(SCHEMA)
    connection = PostgresConnection(
        settings=connection_settings(),
        schemas=("public",),
        shows_table=POLICY.allows_table,
        rules=[ColumnRule(table=table, column=column, action=action) for table, column, action in RULES],
        protection=Protection(hash_key=b"k" * 32),
    )
    async with connection.open() as opened:
        assert (await opened.inspector.probe()).healthy
        yield opened


@pytest.fixture(scope="module")
def ask(protected):
    async def run(sql: str):
        statement = await protected.guard.inspect(Operation.QUERY, {"sql": sql})
        POLICY.check_statement(statement.facts)
        found = []
        limits = RunLimits(max_rows=100, max_cell_bytes=1 << 20, timeout_s=10)
        async with protected.runner.run(statement, limits) as stream:
            async for batch in stream.batches():
                found += list(batch.rows)
        return found

    return run


EXPECTED = {
    "users": {"email": "hash", "phone": "partial", "secret": "deny", "gone": "drop", "email_lower": "mask"},
    **{name: {"line": "mask"} for name in ("logs", "logs_low", "logs_one", "logs_rest")},
    **{name: {"label": "mask"} for name in ("things", "cars")},
    "boats": {},
    "bare": {"mail": "hash"},
    "bare_again": {"m": "hash"},
    "computed": {"big": "mask", "area": "mask"},
    "over_denied": {"secret": "deny", "more": "deny", "gone": "drop"},
    "through_cte": {"email": "mask"},
    "through_union": {"email": "hash"},
    "through_join": {"email": "hash"},
    "through_lateral": {"v": "mask"},
    "whole": {"row_of": "deny", "doc": "deny"},
    "aggregated": {"last": "mask"},
    "windowed": {"before": "mask"},
    "in_predicate": {},
    "cases": {"first": "mask"},
    "scalar": {"top": "mask"},
    "renamed": {"b": "hash"},
    "kept": {"email": "hash", "telephone": "partial"},
    "over_kept": {"telephone": "partial"},
    "over_hidden": {"email": "hash"},
    "winding": {"path": "mask"},
    "over_partition": {"line": "mask"},
    "over_generated": {"email_lower": "mask"},
    "opened": {"email": "pass", "phone": "partial"},
    "over_opened": {"email": "pass", "phone": "partial"},
    "harmless": {},
    "over_honest_function": {},
}


@pytest.mark.parametrize("relation", EXPECTED)
async def test_rules_are_those_of_the_columns_behind(protected, relation):
    rules = protected.guard._catalogue.rules(None, relation)
    actions = {} if rules is None else {name: str(action) for name, action in rules.actions.items()}
    assert actions == EXPECTED[relation]
    assert rules is None or rules.untraceable is None


@pytest.mark.parametrize("relation", [name for name in EXPECTED if not name.startswith(("opened", "over_opened"))])
async def test_nothing_raw_comes_when_a_relation_is_read_as_a_whole(ask, relation):
    rows = await ask(f"SELECT * FROM {relation}")
    assert rows
    assert CANARY not in repr(rows).lower()
    assert CANARY not in repr(await ask(f"SELECT to_jsonb(r) AS r FROM {relation} r")).lower()


async def test_column_passes_when_the_views_own_rule_says_so(ask):
    assert (await ask("SELECT email, phone FROM over_opened WHERE email IS NOT NULL")) == [
        {"email": f"{CANARY}@x", "phone": f"****{CANARY[-4:]}"}
    ]


CALLS = [
    *(f"SELECT {name}(1)" for name in ("reads_users", "reads_by_body", "reads_view", "calls_reader", "runs_text")),
    "SELECT gathers(1)",
    "SELECT ROW(1)::wrapped @@@@ 1",
    "SELECT * FROM over_function",
    "SELECT one FROM over_over_function",
    "SELECT reads_function_view()",
    "SELECT xml_of('SELECT email FROM users')",
    "SELECT escaped()",
    "SELECT pg_catalog.query_to_xml('SELECT email FROM users', true, true, '')",
    "SELECT id FROM users WHERE reads_users(id) LIKE 'c%'",
    "SELECT (SELECT max(reads_users(id)) FROM users)",
]


@pytest.mark.parametrize("sql", CALLS)
async def test_call_is_refused_when_it_may_read_what_is_protected(ask, sql):
    with pytest.raises(RelayError) as caught:
        await ask(sql)
    assert caught.value.reason is Reason.COLUMN_NOT_ALLOWED
    assert "may show columns that are protected" in caught.value.detail


async def test_function_is_called_when_it_reads_nothing(ask):
    assert await ask("SELECT honest_double(2) AS n, twice FROM over_honest_function ORDER BY 2 LIMIT 1") == [
        {"n": 4, "twice": 2}
    ]


async def test_view_is_refused_when_its_definition_can_not_be_read(postgres, connection_settings, monkeypatch):
    monkeypatch.setattr(rules_views, "trace_view", lambda *_: None)
    await _expect_refusals(connection_settings, [("users", "email")], {"bare", "bare_again", "kept", "over_kept"})


async def test_view_is_not_refused_when_it_has_a_rule_of_its_own(postgres, connection_settings, monkeypatch):
    monkeypatch.setattr(rules_views, "trace_view", lambda *_: None)
    rules = [("users", "email"), ("bare", "mail"), ("bare_again", "m")]
    await _expect_refusals(connection_settings, rules, {"kept", "over_kept"})


async def _expect_refusals(connection_settings, rules, refused) -> None:
    connection = PostgresConnection(
        settings=connection_settings(),
        schemas=("public",),
        shows_table=POLICY.allows_table,
        rules=[ColumnRule(table=table, column=column, action=ColumnAction.MASK) for table, column in rules],
    )
    async with connection.open() as opened:
        assert (await opened.inspector.probe()).healthy
        for view in ("bare", "bare_again", "kept", "over_kept"):
            statement = await opened.guard.inspect(Operation.QUERY, {"sql": f"SELECT 1 FROM {view}"})
            denied = [use for use in statement.facts.columns if use.action is ColumnAction.DENY]
            assert bool(denied) == (view in refused), view


async def test_rules_without_a_column_are_known(connection_settings):
    rules = [
        ColumnRule(table=table, column=column, action=action)
        for table, column, action in [
            ("users", "email", ColumnAction.MASK),
            ("users", "mail", ColumnAction.MASK),
            ("public.user", "email", ColumnAction.MASK),
            ("hidden", "email", ColumnAction.MASK),
            ("hidden", "email", ColumnAction.PASS),
            ("logs", "at", ColumnAction.HASH),
            ("users", "id", ColumnAction.HASH),
        ]
    ]
    connection = PostgresConnection(
        settings=connection_settings(), schemas=("public",), shows_table=POLICY.allows_table, rules=rules
    )
    async with connection.open() as opened:
        assert (await opened.inspector.probe()).healthy
        snapshot = opened.guard._catalogue
        assert snapshot.missing_rules == (rules[1], rules[2], rules[4])
        assert snapshot.unhashable_rules == (rules[5],)


@pytest.mark.parametrize("column", sorted(SYSTEM_COLUMNS))
async def test_system_column_is_refused_plainly(ask, column):
    with pytest.raises(RelayError, match=f"system column {column} of users") as caught:
        await ask(f"SELECT {column} FROM users")
    assert caught.value.hint == "tell rows apart by the primary key: id"
