"""Grouping by a primary key over a table with rules: the answer is that over the same table without."""

from __future__ import annotations

import pytest

from relay.adapters.outbound.postgres.connection import PostgresConnection
from relay.application.ports.database import RunLimits
from relay.domain.errors import Reason, RelayError
from relay.domain.policy import ColumnRule
from relay.domain.protection import ColumnAction
from relay.domain.request import Operation

TABLE = """
CREATE TABLE {name} (
  id int, part int, name text, doc json, spots point[], email text, extra jsonb, PRIMARY KEY (id, part)
);
INSERT INTO {name} VALUES
  (1, 1, 'Ana', '{{"a": 1}}', '{{}}', 'ana@corp.example', '{{"x": 1}}'),
  (1, 2, 'Bia', '{{"a": 2}}', '{{}}', 'bia@corp.example', NULL),
  (2, 1, 'Ana', NULL, NULL, NULL, '{{"x": 3}}');
"""
ORDERS = """
CREATE TABLE orders (id int PRIMARY KEY, user_id int, total int);
INSERT INTO orders VALUES (10, 1, 5), (11, 1, 7), (12, 2, 9), (13, NULL, 1);
"""
STATEMENTS = [
    "SELECT id, part, name, count(*) FROM {t} GROUP BY id, part ORDER BY 1, 2",
    "SELECT id, part, upper(name) AS n, sum(id) FROM {t} GROUP BY 1, 2 ORDER BY name, id, part",
    (
        "SELECT u.id AS a, u.part AS b, u.name, sum(o.total) FROM {t} u JOIN orders o ON o.user_id = u.id "
        "GROUP BY a, b ORDER BY 1, 2"
    ),
    (
        "SELECT u.name, o.id, o.total FROM {t} u LEFT JOIN orders o ON o.user_id = u.id "
        "GROUP BY u.id, u.part, o.id ORDER BY o.id, u.part, u.id"
    ),
    "SELECT id, part, doc, extra FROM {t} GROUP BY id, part ORDER BY id, part",
    "SELECT id, doc ->> 'a' AS a FROM {t} GROUP BY id, part ORDER BY id, part",
    "SELECT id FROM {t} GROUP BY id, part HAVING max(part) > 1 AND name LIKE 'B%' ORDER BY extra, name",
    (
        "SELECT (SELECT count(*) FROM orders o WHERE o.user_id = {t}.id AND length({t}.name) > 2) AS n FROM {t} "
        "GROUP BY {t}.id, {t}.part ORDER BY {t}.id, {t}.part"
    ),
    (
        "SELECT (SELECT sum(o.total * length(u.name)) FROM orders o WHERE o.user_id = u.id) AS n FROM {t} u "
        "GROUP BY u.id, u.part ORDER BY u.id, u.part"
    ),
    (
        "SELECT id, part, name, row_number() OVER (PARTITION BY name ORDER BY id, part) FROM {t} "
        "GROUP BY id, part ORDER BY id, part"
    ),
    "SELECT id, part, name FROM {t} GROUP BY (id, part) ORDER BY id, part",
    "SELECT id, part, name, extra, count(*) FROM {t} GROUP BY id, part, ROLLUP (extra) ORDER BY 1, 2, 4",
    "SELECT id, count(*) FROM {t} GROUP BY GROUPING SETS ((id, part, name), (id, name)) ORDER BY 1, 2",
    "SELECT id, count(*) FROM {t} GROUP BY CUBE (id, part) ORDER BY 1, 2",
    "SELECT count(name) FROM {t} GROUP BY id ORDER BY 1",
    "SELECT a, b, c FROM {t} AS u (a, b, c) GROUP BY a, b ORDER BY a, b",
    "SELECT name FROM ({t} CROSS JOIN (VALUES (1)) AS v (x)) GROUP BY id, part ORDER BY id, part",
    "WITH w AS (SELECT id, part, name FROM {t} GROUP BY id, part) SELECT * FROM w ORDER BY 1, 2",
    "SELECT DISTINCT ON (name) name, id FROM {t} GROUP BY id, part ORDER BY name, id, part",
]


@pytest.fixture(scope="module")
async def ask(postgres, connection_settings):
    for name in ("users", "twins"):
        await postgres.execute(TABLE.format(name=name))
    await postgres.execute(ORDERS)
    connection = PostgresConnection(
        settings=connection_settings(),
        schemas=("public",),
        shows_table=lambda *_: True,
        rules=[ColumnRule(table="users", column="email", action=ColumnAction.MASK)],
    )

    async def run(sql: str):
        statement = await opened.guard.inspect(Operation.QUERY, {"sql": sql})
        found = []
        limits = RunLimits(max_rows=100, max_cell_bytes=1 << 20, timeout_s=10)
        async with opened.runner.run(statement, limits) as stream:
            async for batch in stream.batches():
                found += list(batch.rows)
            return [(one.name, one.type) for one in stream.fields], found

    async with connection.open() as opened:
        assert (await opened.inspector.probe()).healthy
        yield run


@pytest.mark.parametrize("sql", STATEMENTS)
async def test_answer_is_that_without_rules_when_a_primary_key_is_grouped_by(ask, sql):
    expected = await ask(sql.format(t="twins"))
    assert await ask(sql.format(t="users")) == expected


async def test_masked_column_is_covered_too(ask):
    _, rows = await ask("SELECT id, email FROM users GROUP BY id, part ORDER BY id, part")
    assert rows == [{"id": 1, "email": "***"}, {"id": 1, "email": "***"}, {"id": 2, "email": None}]


@pytest.mark.parametrize(
    ("sql", "said"),
    [
        ("SELECT spots FROM users GROUP BY id, part", "spots beside GROUP BY, whose type has no equality at 1:8"),
        ("SELECT * FROM users GROUP BY id, part", "beside GROUP BY"),
        ("SELECT users FROM users GROUP BY id, part", "users as a whole row beside GROUP BY"),
    ],
)
async def test_refusal_says_what_to_write_when_a_type_has_no_equality(ask, sql, said):
    with pytest.raises(RelayError) as caught:
        await ask(sql)
    assert caught.value.reason is Reason.QUERY_BLOCKED
    assert said in caught.value.detail
    assert caught.value.hint


@pytest.mark.parametrize("sql", ["SELECT name FROM users GROUP BY id", "SELECT name FROM users GROUP BY email"])
async def test_statement_fails_as_without_rules_when_the_key_is_not_whole(ask, sql):
    with pytest.raises(RelayError, match="42803"):
        await ask(sql)
