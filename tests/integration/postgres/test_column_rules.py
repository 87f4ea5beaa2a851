"""Column rules, live: what is asked of a protected table, and what comes back."""

from __future__ import annotations

import hashlib
import hmac

import pytest

from relay.adapters.outbound.postgres.connection import PostgresConnection
from relay.application.ports.database import RunLimits
from relay.domain.errors import Reason, RelayError
from relay.domain.policy import ColumnRule, Policy
from relay.domain.protection import ColumnAction, Protection
from relay.domain.request import Operation

KEY = bytes(range(32))
SCHEMA = """
CREATE TABLE users (
  id int PRIMARY KEY, name text NOT NULL, email varchar(80), cpf bigint, phone text, salary numeric(10, 2), token uuid,
  secret text, note text, born date
);
INSERT INTO users VALUES
  (1, 'Ana', 'ana.canary@corp.example', 11144477735, '11 98888-7777', 1234.50,
   '6f1c3a52-1111-4222-8333-444455556666', 'hidden canary', 'likes canary tea', '1990-02-03'),
  (2, 'Bia', 'bia.canary@corp.example', 52998224725, '123', 99999999.99,
   '6f1c3a52-1111-4222-8333-444455557777', 'hidden canary', NULL, '1991-02-03'),
  (3, 'Caio', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL);
CREATE TABLE orders (id int PRIMARY KEY, user_id int REFERENCES users, email text, total numeric);
INSERT INTO orders VALUES (1, 1, 'ana.canary@corp.example', 10), (2, 1, 'ana.canary@corp.example', 20),
  (3, 2, 'bia.canary@corp.example', 5);
CREATE TABLE plain (id int PRIMARY KEY, email text);
INSERT INTO plain VALUES (1, 'plain@corp.example');
"""
RULES = [
    ("users", "email", ColumnAction.HASH),
    ("users", "cpf", ColumnAction.PARTIAL),
    ("users", "phone", ColumnAction.PARTIAL),
    ("public.users", "name", ColumnAction.MASK),
    ("users", "salary", ColumnAction.DROP),
    ("users", "token", ColumnAction.MASK),
    ("users", "secret", ColumnAction.DENY),
    ("users", "note", ColumnAction.PASS),
    ("orders", "email", ColumnAction.HASH),
]
POLICY = Policy(allowed_operations=frozenset(Operation), max_rows=100, schemas=("public",))


def token(value: str) -> str:
    return "h_" + hmac.new(KEY, value.encode(), hashlib.sha256).hexdigest()[:32]


ANA, BIA = token("ana.canary@corp.example"), token("bia.canary@corp.example")


@pytest.fixture(scope="module")
async def protected(postgres, connection_settings):
    await postgres.execute(SCHEMA)
    connection = PostgresConnection(
        settings=connection_settings(),
        schemas=("public",),
        shows_table=POLICY.allows_table,
        rules=[
            ColumnRule(table=table, column=column, action=action, kind="email" if column == "name" else None)
            for table, column, action in RULES
        ],
        protection=Protection(hash_key=KEY, masks={"email": "***@***.***"}),
    )
    async with connection.open() as opened:
        assert (await opened.inspector.probe()).healthy
        yield opened


@pytest.fixture(scope="module")
def rows(protected):
    async def run(sql: str, *parameters: object, operation=Operation.QUERY):
        statement = await protected.guard.inspect(operation, {"sql": sql, "parameters": list(parameters)})
        POLICY.check_statement(statement.facts)
        found = []
        limits = RunLimits(max_rows=100, max_cell_bytes=1 << 20, timeout_s=10)
        async with protected.runner.run(statement, limits) as stream:
            async for batch in stream.batches():
                found += [tuple(row.values()) for row in batch.rows]
        assert "canary" not in repr([row for row in found if "tea" not in repr(row)])
        assert KEY.hex() not in repr(found)
        assert KEY.hex() not in statement.text
        return found

    return run


ANSWERS = [
    ("SELECT id, name, email, cpf, phone FROM users ORDER BY id",
     [(1, "***@***.***", ANA, 7735, "****7777"), (2, "***@***.***", BIA, 4725, "****"),
      (3, "***@***.***", None, None, None)]),
    ("SELECT salary, token, secret.* FROM users, LATERAL (SELECT users.born) AS secret WHERE id = 1",
     [(None, None, "1990-02-03")]),
    ("SELECT count(*) FROM users WHERE users IS NULL", [(0,)]),
    ("SELECT count(*), count(email), count(DISTINCT u.cpf) FROM users u", [(3, 2, 2)]),
    ("SELECT u.id, sum(o.total) FROM users u JOIN orders o USING (email) GROUP BY u.id ORDER BY 1",
     [(1, "30"), (2, "5")]),
    ("SELECT id FROM users WHERE email = $1", [(1,)], ANA),
    ("SELECT id FROM users WHERE email = 'ana.canary@corp.example'", []),
    ("SELECT count(*) FROM users WHERE email LIKE 'ana%' OR name < 'B' AND false", [(0,)]),
    ("SELECT public.users.id, public.users.email FROM public.users WHERE public.users.id = 1", [(1, ANA)]),
    ("SELECT (u).email, (u).id FROM users u WHERE (u).id = 1", [(ANA, 1)]),
    ("SELECT upper(phone), left(name, 3), reverse(name) FROM users WHERE id = 1",
     [("****7777", "***", "***.***@***")]),
    ("WITH users AS (SELECT 1 AS email) SELECT email FROM users", [(1,)]),
    ("WITH users AS (SELECT email FROM users) SELECT email FROM users WHERE email IS NOT NULL ORDER BY 1",
     sorted([(ANA,), (BIA,)])),
    ("SELECT a.email FROM users a JOIN users b ON a.email = b.email AND a.id = b.id WHERE b.id = 2", [(BIA,)]),
    ("SELECT x FROM users AS u (a, b, x) WHERE a = 1", [(ANA,)]),
    ("SELECT email FROM ONLY users WHERE id = 1 UNION ALL SELECT email FROM ONLY (users) WHERE id = 2",
     [(ANA,), (BIA,)]),
    ("SELECT email FROM users TABLESAMPLE SYSTEM (100) REPEATABLE (1) WHERE id = 1", [(ANA,)]),
    ("SELECT (SELECT max(u.email) FROM users u WHERE u.id = o.user_id) FROM orders o WHERE o.id = 3", [(BIA,)]),
    ("SELECT EXISTS (SELECT FROM users WHERE email = o.email) FROM orders o ORDER BY o.id", [(True,)] * 3),
    ("SELECT DISTINCT ON (email) email FROM orders ORDER BY email, id DESC", sorted([(ANA,), (BIA,)])),
    ("SELECT email, row_number() OVER (PARTITION BY email ORDER BY id) FROM orders ORDER BY id",
     [(ANA, 1), (ANA, 2), (BIA, 1)]),
    ("SELECT string_agg(name, ',' ORDER BY id) FROM users WHERE id < 3", [("***@***.***,***@***.***",)]),
    ("SELECT note FROM users WHERE id = 1", [("likes canary tea",)]),
    ("SELECT u.email IS NULL, o.id FROM orders o LEFT JOIN users u ON u.id = o.user_id AND o.id = 1 ORDER BY o.id",
     [(False, 1), (True, 2), (True, 3)]),
    ("SELECT o FROM orders o WHERE id = 3", [({"id": 3, "user_id": 2, "email": BIA, "total": 5},)]),
    ("SELECT email FROM plain", [("plain@corp.example",)]),
]  # fmt: skip


@pytest.mark.parametrize(("sql", "expected", "parameters"), [(a[0], a[1], a[2:]) for a in ANSWERS],
                         ids=[a[0] for a in ANSWERS])  # fmt: skip
async def test_statement_sees_what_the_rules_leave_when_a_table_is_protected(rows, sql, expected, parameters):
    assert await rows(sql, *parameters) == expected


async def test_table_statement_and_star_hold_nothing_raw(rows):
    first = await rows("TABLE users ORDER BY id LIMIT 1")
    assert first == await rows("SELECT * FROM users WHERE id = 1")
    assert first == [(1, "***@***.***", ANA, 7735, "****7777", None, None, None, "likes canary tea", "1990-02-03")]


REFUSED = [
    ("SELECT secret FROM users", Reason.COLUMN_NOT_ALLOWED, "column public.users.secret at 1:8"),
    ("SELECT 1 FROM users u WHERE u.secret IS NULL", Reason.COLUMN_NOT_ALLOWED, "1:29"),
    ("SELECT s FROM (SELECT * FROM users) AS t (a, b, c, d, e, f, g, s)", Reason.COLUMN_NOT_ALLOWED, "users.secret"),
    ("SELECT 1 FROM users a NATURAL JOIN users b", Reason.COLUMN_NOT_ALLOWED, "users.secret"),
    ("SELECT ctid FROM users", Reason.QUERY_BLOCKED, "system column ctid of users at 1:8"),
    ("SELECT u.tableoid::text FROM users u", Reason.QUERY_BLOCKED, "system column tableoid"),
    ("SELECT 1 FROM plain p WHERE EXISTS (SELECT xmin FROM users)", Reason.QUERY_BLOCKED, "system column xmin"),
]


@pytest.mark.parametrize(("sql", "reason", "said"), REFUSED, ids=[one[0] for one in REFUSED])
async def test_refusal_names_column_and_place_when_it_is_denied(rows, sql, reason, said):
    with pytest.raises(RelayError) as caught:
        await rows(sql)
    assert caught.value.reason is reason
    assert said in caught.value.detail


async def test_plan_shows_no_key_and_no_value(rows):
    ((plan,),) = await rows("SELECT id FROM users WHERE email = $1", ANA, operation=Operation.EXPLAIN)
    assert "users" in repr(plan)
    assert KEY.hex() not in repr(plan)


async def test_settings_with_the_key_are_gone_when_the_transaction_ends(protected, rows):
    await rows("SELECT email FROM users")
    async with protected.runner._pool.acquire() as connection:
        assert not await connection.fetchval("SELECT current_setting('relay.hash_inner', true)")


async def test_tables_without_rules_are_left_alone(protected):
    statement = await protected.guard.inspect(Operation.QUERY, {"sql": "SELECT email FROM plain"})
    assert statement.text == "SELECT email FROM plain"


async def test_columns_are_read_when_the_role_may_read_only_these(postgres, connection_settings):
    await postgres.execute(
        "CREATE TABLE in_part (id int PRIMARY KEY, email text, kept text); INSERT INTO in_part VALUES (1, 'a@b', 'k');"
        f"REVOKE ALL ON in_part FROM {postgres.reader}; GRANT SELECT (id, email) ON in_part TO {postgres.reader}"
    )
    connection = PostgresConnection(
        settings=connection_settings(),
        schemas=("public",),
        shows_table=POLICY.allows_table,
        rules=[ColumnRule(table="in_part", column="email", action=ColumnAction.MASK)],
    )
    limits = RunLimits(max_rows=100, max_cell_bytes=1 << 20, timeout_s=10)
    async with connection.open() as opened:
        assert (await opened.inspector.probe()).healthy
        statement = await opened.guard.inspect(Operation.QUERY, {"sql": "SELECT p.id, email FROM in_part p"})
        async with opened.runner.run(statement, limits) as stream:
            assert [row async for batch in stream.batches() for row in batch.rows] == [{"id": 1, "email": "***"}]
        for sql in ("SELECT kept FROM in_part", "SELECT * FROM in_part", "SELECT p FROM in_part p", "TABLE in_part"):
            statement = await opened.guard.inspect(Operation.QUERY, {"sql": sql})
            with pytest.raises(RelayError, match=r"42501|42703"):
                async with opened.runner.run(statement, limits) as stream:
                    assert [batch async for batch in stream.batches()]


async def test_name_means_what_the_server_finds_when_a_schema_may_not_be_used(postgres, connection_settings):
    await postgres.execute(
        "CREATE SCHEMA closed; CREATE TABLE closed.people (id int, email text);"
        "CREATE TABLE people (id int, email text); INSERT INTO people VALUES (1, 'people canary')"
    )
    connection = PostgresConnection(
        settings=connection_settings(),
        schemas=("missing", "closed", "public"),
        shows_table=lambda *_: True,
        rules=[ColumnRule(table="public.people", column="email", action=ColumnAction.MASK)],
    )
    limits = RunLimits(max_rows=100, max_cell_bytes=1 << 20, timeout_s=10)
    async with connection.open() as opened:
        assert (await opened.inspector.probe()).healthy
        statement = await opened.guard.inspect(Operation.QUERY, {"sql": "SELECT email FROM people"})
        async with opened.runner.run(statement, limits) as stream:
            assert [row async for batch in stream.batches() for row in batch.rows] == [{"email": "***"}]


@pytest.mark.parametrize(
    ("sql", "replaced"),
    [
        ("SELECT id, name, email AS e, salary FROM users ORDER BY id", [["name", "e"], ["name", "e"], ["name"]]),
        ("SELECT * FROM orders ORDER BY id", [["email"]] * 3),
        ("SELECT o.*, u.id AS u, u.cpf FROM orders o, users u WHERE u.id = o.user_id AND o.id = 1",
         [["email", "cpf"]]),
        ("SELECT count(name), email IS NULL FROM users GROUP BY 2 ORDER BY 2", []),
        ("SELECT note FROM users", []),
        ("SELECT email FROM plain", []),
    ],
)  # fmt: skip
async def test_values_left_by_a_rule_are_counted_when_they_stand_in_an_output(protected, sql, replaced):
    statement = await protected.guard.inspect(Operation.QUERY, {"sql": sql})
    limits = RunLimits(max_rows=100, max_cell_bytes=1 << 20, timeout_s=10)
    async with protected.runner.run(statement, limits) as stream:
        found = [list(names) async for batch in stream.batches() for names in batch.replaced]
    assert found == replaced
