"""Every action on columns of every kind of type: what comes back, and that the type stays."""

from __future__ import annotations

import pytest

from relay.adapters.outbound.postgres.connection import PostgresConnection
from relay.application.ports.database import RunLimits
from relay.domain.policy import ColumnRule
from relay.domain.protection import ColumnAction, Protection
from relay.domain.request import Operation

HERE = "public"
VALUES = {
    "text": "'value of some length'",
    "varchar(40)": "'value of some length'",
    "char(30)": "'value of some length'",
    "name": "'value of some length'",
    '"char"': "'v'",
    "label": "'value of some length'",
    "int2": "12345",
    "int4": "123456789",
    "int8": "-98765432101234",
    "numeric(20, 2)": "12345678.90",
    "float4": "1.5",
    "float8": "123456789.5",
    "money": "'12.50'",
    "bool": "true",
    "date": "'2024-01-31'",
    "time": "'10:20'",
    "timetz": "'10:20+00'",
    "timestamp": "'2024-01-31 10:20'",
    "timestamptz": "'2024-01-31 10:20+00'",
    "interval": "'3 days'",
    "uuid": "'6f1c3a52-1111-4222-8333-444455556666'",
    "json": '\'{"a": "value"}\'',
    "jsonb": '\'{"a": "value"}\'',
    "jsonpath": "'$.a'",
    "xml": "NULL",  # not every server is built with it
    "bytea": "'\\x00ff10'",
    "inet": "'10.1.2.3'",
    "cidr": "'10.1.0.0/16'",
    "macaddr": "'08:00:2b:01:02:03'",
    "bit(4)": "B'1010'",
    "varbit": "B'10101'",
    "tsvector": "'value'",
    "tsquery": "'value'",
    "point": "'(1,2)'",
    "box": "'((1,2),(3,4))'",
    "int4range": "'[1,5)'",
    "tstzrange": "'[2024-01-01,2024-02-01)'",
    "int4multirange": "'{[1,5)}'",
    "oid": "77777",
    "pg_lsn": "'0/16B3748'",
    "text[]": "'{value,other}'",
    "int8[]": "'{11144477735}'",
    "mood": "'happy'",
    "pair": "'(1,value)'",
    "positive": "123456789",
    "notes": "'{value}'",
}
SCHEMA = """
CREATE DOMAIN label AS varchar(30) CHECK (VALUE <> '');
CREATE DOMAIN positive AS int CHECK (VALUE > 0);
CREATE DOMAIN notes AS text[];
CREATE TYPE mood AS ENUM ('happy');
CREATE TYPE pair AS (a int, b text);
"""
TEXTS = ("text", "varchar(40)", "char(30)", "name", "label")
BASES = {"label": "character varying", "positive": "integer", "notes": "text[]"}
"""What becomes of domains: they do not pass an expression."""
ACTIONS = [ColumnAction.MASK, ColumnAction.PARTIAL, ColumnAction.HASH, ColumnAction.DROP, ColumnAction.DENY]
PARTIAL = {
    **dict.fromkeys(TEXTS, "****ngth"),
    "int4": 6789,
    "int8": 1234,
    "numeric(20, 2)": "5678",
    "positive": 6789,
}
HASHED_TYPES = {"int2": "bigint", "int4": "bigint", "positive": "bigint"}
HASHED = frozenset((*TEXTS, "int2", "int4", "int8", "numeric(20, 2)", "uuid", "bytea", "positive"))


def column(number: int) -> str:
    return f"c{number}"


NAMES = {kind: column(number) for number, kind in enumerate(VALUES)}


@pytest.fixture(scope="module")
async def ask(postgres, connection_settings):
    columns = ", ".join(f"{name} {kind}" for kind, name in NAMES.items())
    await postgres.execute(SCHEMA)
    for action in ACTIONS:
        await postgres.execute(
            f"CREATE TABLE {action} (id int PRIMARY KEY, {columns});"
            f"INSERT INTO {action} VALUES (1, {', '.join(VALUES.values())}), (2, {', '.join(VALUES.values())});"
            f"INSERT INTO {action} VALUES (3)"
        )
    await postgres.execute("CREATE TABLE hash_int8 (x int8); INSERT INTO hash_int8 VALUES (12345)")
    await postgres.execute("CREATE TABLE hash_numeric (x numeric); INSERT INTO hash_numeric VALUES (12345.000)")
    rules = [ColumnRule(table=action, column=name, action=action) for action in ACTIONS for name in NAMES.values()]
    rules += [ColumnRule(table=table, column="x", action=ColumnAction.HASH) for table in ("hash_int8", "hash_numeric")]
    connection = PostgresConnection(
        settings=connection_settings(),
        schemas=(HERE,),
        shows_table=lambda *_: True,
        rules=rules,
        protection=Protection(hash_key=b"k" * 32),
    )

    async def run(sql: str):
        statement = await opened.guard.inspect(Operation.QUERY, {"sql": sql})
        found = []
        limits = RunLimits(max_rows=100, max_cell_bytes=1 << 20, timeout_s=10)
        async with opened.runner.run(statement, limits) as stream:
            async for batch in stream.batches():
                found += list(batch.rows)
        return found

    async with connection.open() as opened:
        assert (await opened.inspector.probe()).healthy
        yield run


@pytest.fixture(scope="module")
async def types(postgres):
    """The names of the types as the server says them."""
    answer = await postgres.fetch(
        "SELECT attname, format_type(atttypid, NULL) AS type FROM pg_attribute WHERE attrelid = 'mask'::regclass"
    )
    by_column = {row["attname"]: row["type"] for row in answer}
    return {kind: BASES.get(kind, by_column[name]) for kind, name in NAMES.items()}


@pytest.mark.parametrize("action", ACTIONS)
@pytest.mark.parametrize("kind", VALUES)
async def test_type_stays_when_a_column_is_protected(ask, types, action, kind):
    (row,) = await ask(f"SELECT pg_typeof(a.x)::text AS type FROM (SELECT * FROM {action}) AS s, "
                       f"LATERAL (SELECT s.{NAMES[kind]} AS x) AS a LIMIT 1")  # fmt: skip
    expected = HASHED_TYPES.get(kind, types[kind]) if action is ColumnAction.HASH else types[kind]
    assert row["type"] == expected


@pytest.mark.parametrize("action", [ColumnAction.DROP, ColumnAction.DENY])
async def test_every_value_is_null_when_dropped_or_denied(ask, action):
    rows = await ask(f"SELECT * FROM {action}")
    assert [[value for name, value in row.items() if name != "id" and value is not None] for row in rows] == [[]] * 3


@pytest.mark.parametrize("kind", VALUES)
async def test_mask_shows_nothing_of_any_value(ask, kind):
    rows = await ask(f"SELECT {NAMES[kind]} AS x FROM mask ORDER BY id")
    assert [row["x"] for row in rows] == (["***", "***", None] if kind in TEXTS else [None] * 3)


@pytest.mark.parametrize("kind", VALUES)
async def test_partial_shows_four_at_most(ask, kind):
    rows = await ask(f"SELECT {NAMES[kind]} AS x FROM partial ORDER BY id")
    assert [row["x"] for row in rows] == [PARTIAL.get(kind), PARTIAL.get(kind), None]


@pytest.mark.parametrize("kind", VALUES)
async def test_hash_is_one_token_for_one_value(ask, kind):
    one, other, none = [row["x"] for row in await ask(f"SELECT {NAMES[kind]} AS x FROM hash ORDER BY id")]
    assert one == other
    assert none is None
    assert (one is not None) == (kind in HASHED)
    if one is not None:
        assert str(one) not in VALUES[kind]


@pytest.mark.parametrize("table", ["hash_int8", "hash_numeric"])
async def test_equal_numbers_have_one_token_when_their_types_differ(ask, table):
    rows = await ask(f"SELECT count(*) AS n FROM hash h JOIN {table} t ON t.x = h.{NAMES['int2']}")
    assert rows == [{"n": 2}]
