"""Whatever a personal value stands in, it is found there on its way out; what only looks like one stays."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator

import pytest
from canaries.agent import ANSWERED, CanaryAgent, canary_agent

CPF, BARE, EMAIL = "529.982.247-25", "52998224725", "ana.souza@example.com"
SHORT = "1234567890"
"""A CPF that lost its leading zero: 01234567890 checks."""
C, E = "***.***.***-**", "***@***.***"
HEX = EMAIL.encode().hex()

TABLES = f"""
CREATE TYPE "level" AS ENUM ('{EMAIL}', 'low');
CREATE TYPE person AS (name text, cpf int8, mails text[]);
CREATE DOMAIN mail AS text CHECK (VALUE <> '{EMAIL}' OR true);
CREATE TABLE things (id int PRIMARY KEY, contact text DEFAULT '{EMAIL}', "of {CPF}" text, how "level",
  CONSTRAINT check_it CHECK (contact <> '{CPF}' OR true));
COMMENT ON COLUMN things.contact IS 'ask {EMAIL}';
CREATE INDEX by_contact ON things (id) WHERE contact = '{EMAIL}';
INSERT INTO things SELECT g, CASE WHEN g = 1 THEN '{EMAIL}' ELSE 'nobody' END, 'fine', 'low'
FROM generate_series(1, 9) g;
"""

VALUES = {
    "text": (f"'{EMAIL}'", E),
    "text among words": (f"'to {EMAIL}, {CPF}'", f"to {E}, {C}"),
    "varchar": (f"'{CPF}'::varchar(20)", C),
    "char": (f"'{CPF}'::char(20)", f"{C}      "),
    "name": (f"'{EMAIL}'::name", E),
    "int8": (f"{BARE}::int8", C),
    "int8 without its zero": (f"{SHORT}::int8", C),
    "int8 that is no CPF": ("52998224726::int8", 52998224726),
    "negative": (f"(-{BARE})::int8", C),
    "int4": ("1234567890::int4", 1234567890),
    "numeric": (f"{BARE}::numeric", C),
    "numeric with a fraction": (f"{BARE}.00::numeric", C),
    "numeric that is an amount": (f"{BARE}.25::numeric", f"{BARE}.25"),
    "float8": (f"{BARE}::float8", C),
    "boolean": ("true", True),
    "count": ("(SELECT count(*) FROM things)", 9),
    "null": ("NULL::text", None),
    "uuid": ("'12345678-1234-4234-8234-529982247251'::uuid", "12345678-1234-4234-8234-529982247251"),
    "timestamp": ("timestamp '2026-01-15 10:30:01'", "2026-01-15T10:30:01"),
    "epoch milliseconds": ("1768473001000::int8", 1768473001000),
    "json": (f"""'{{"a": ["{EMAIL}", 1, true, null]}}'::json""", {"a": [E, 1, True, None]}),
    "jsonb": (f"""'{{"a": {{"b": [{{"c": "{CPF}"}}]}}}}'::jsonb""", {"a": {"b": [{"c": C}]}}),
    "a number in JSON": (f"""'{{"cpf": {BARE}}}'::jsonb""", {"cpf": C}),
    "a key in JSON": (f"""'{{"{EMAIL}": {{"{CPF}": 1}}}}'::jsonb""", {E: {C: 1}}),
    "deep JSON": (f"""('{"[" * 90}"{EMAIL}"{"]" * 90}')::jsonb""", None),
    "JSON in text": ("""'{"mail": "ana\\u002esouza@example.com"}'::text""", None),
    "array": (f"ARRAY['{EMAIL}', 'x']", [E, "x"]),
    "nested array": (f"ARRAY[['{EMAIL}'], ['x']]", [[E], ["x"]]),
    "array of int8": (f"ARRAY[{BARE}, 7]::int8[]", [C, 7]),
    "array of numeric": (f"ARRAY[{BARE}, 7]::numeric[]", [C, "7"]),
    "composite": (
        f"ROW('{EMAIL}', {BARE}, ARRAY['{CPF}'])::person",
        {"name": E, "cpf": C, "mails": [C]},
    ),
    "record": (f"(SELECT x FROM (SELECT '{EMAIL}' AS a, {BARE}::int8 AS b) x)", {"a": E, "b": C}),
    "array of composites": (f"ARRAY[ROW('{EMAIL}', 1, NULL)::person]", [{"name": E, "cpf": 1, "mails": None}]),
    "range": (f"int8range({BARE}, NULL)", f"[{C},)"),
    "multirange": (f"int8multirange(int8range({BARE}, NULL))", None),
    "domain": (f"'{EMAIL}'::mail", E),
    "enum": (f"'{EMAIL}'::\"level\"", E),
    "bytea that is text": (f"'\\x{HEX}'::bytea", E),
    "bytea that is not": ("'\\x00ff00ff00ff00ff'::bytea", "\\x00ff00ff00ff00ff"),
    "bytea in UTF-16": (f"'\\x{EMAIL.encode('utf-16-le').hex()}'::bytea", E),
    "hexadecimal in text": (f"'row (1,\"\\x{HEX}\")'", None),
    "tsvector": (f"'{EMAIL}:1 fine:2'::tsvector", None),
    "tsquery": (f"'''{EMAIL}'''::tsquery", None),
    "bit string": ("B'1010'", "1010"),
    "inet": ("'10.0.0.1'::inet", "10.0.0.1"),
    "upper case": (f"'{EMAIL.upper()}'", E),
    "full-width digits": ("'" + CPF.translate({48 + n: 0xFF10 + n for n in range(10)}) + "'", C),
    "zero-width characters": ("'ana.sou\u200bza@example.com'", E),
    "percent": ("'ana.souza%40example.com'", E),
    "bearer": ("'bEaReR abc123def456'", "Bearer ***"),
}
"""Expression, and what arrives; None: only that nothing of the value does."""
PIECES = ("ana.souza", "souza@", "529.982", "982.247", BARE, SHORT[:9], HEX[4:16], "52998")


def assert_nothing_personal(text: str, case: str) -> None:
    kept = [piece for piece in PIECES if piece in text.lower() and not (case == "uuid" and piece == "52998")]
    assert kept == [], (case, text)


@pytest.fixture(scope="module")
async def agent(postgres, tmp_path_factory) -> AsyncIterator[CanaryAgent]:
    await postgres.execute(TABLES)
    connection = {"host": postgres.host, "port": postgres.port, "database": postgres.database}
    connection |= {"user": postgres.reader, "password": postgres.password}
    resource = {"id": "shop", "type": "postgres", "connection": connection}
    async with canary_agent([resource], tmp_path_factory.mktemp("leaving")) as running:
        yield running


LEAVE_AS_THEY_ARE = {"uuid", "int4", "int8 that is no CPF", "numeric that is an amount"}


@pytest.mark.parametrize("case", VALUES)
async def test_value_is_masked_wherever_it_stands(agent, case) -> None:
    expression, expected = VALUES[case]
    reply = await agent.ask("shop", sql=f"SELECT {expression} AS v")
    assert reply.reason == ANSWERED, reply.said
    ((value,),) = [row.values() for row in reply.rows]
    if expected is not None or case == "null":
        assert value == expected
    if case not in LEAVE_AS_THEY_ARE:
        assert_nothing_personal(json.dumps(reply.rows, ensure_ascii=False), case)
        assert_nothing_personal(reply.parts["the audit trail"] + reply.parts["the log"], case)


async def test_two_columns_whose_masked_names_are_alike_both_arrive(agent) -> None:
    reply = await agent.ask("shop", sql=f'SELECT 1 AS "{EMAIL}", 2 AS "x{EMAIL}", 3 AS "{CPF}"')
    assert [list(row) for row in reply.rows] == [[field["name"] for field in reply.answer["fields"]]]
    assert list(reply.rows[0].values()) == [1, 2, 3]
    assert_nothing_personal(reply.parts["the answer"], "names")


DESCRIPTIONS = {
    "default": ("column", "contact", "default", f"'{E}'::text"),
    "comment": ("column", "contact", "comment", f"ask {E}"),
    "check": ("check", "check_it", "definition", None),
    "name": ("column", f"of {C}", "type", "text"),
}


@pytest.mark.parametrize("case", DESCRIPTIONS)
async def test_description_is_masked_too(agent, case) -> None:
    kind, name, key, expected = DESCRIPTIONS[case]
    reply = await agent.ask("shop", operation="describe_table", tableName="things")
    (row,) = [row for row in reply.rows if (row["kind"], row["name"]) == (kind, name)]
    assert expected is None or row[key] == expected
    assert_nothing_personal(reply.parts["the answer"], case)


@pytest.mark.parametrize(
    "sql",
    [
        f"SELECT * FROM things WHERE contact = '{EMAIL}'",
        f"SELECT id FROM things WHERE \"of {CPF}\" IN ('{CPF}', '{EMAIL}')",
        f"SELECT id FROM things ORDER BY contact = '{EMAIL}'",
    ],
    ids=["condition", "names", "order"],
)
async def test_plan_is_masked_too(agent, sql) -> None:
    reply = await agent.ask("shop", operation="explain", sql=sql)
    for name in ("the answer", "the log", "repr"):  # names in audit records are scrubbed as they are written
        assert_nothing_personal(reply.parts[name], f"{name} of {sql}")


@pytest.mark.parametrize(
    "sql",
    [
        f"SELECT '{EMAIL}'::int",
        f"SELECT '{EMAIL}'::date",
        f"SELECT ('{{\"a\": ' || '{EMAIL}')::json",
        f"SELECT '{BARE}'::int4",
        f'SELECT "{EMAIL}" FROM things',
        f'SELECT * FROM "{CPF}"',
        f"SELECT contact::int FROM things WHERE id = 1 AND contact = '{EMAIL}'",
        f"SELECT '{EMAIL}",
        f'SELECT "{EMAIL}"(1)',
        "SELECT how::text::int FROM things",
        'SELECT enum_first(NULL::"level")::text::int',
    ],
    ids=str,
)
async def test_error_says_nothing_of_a_value(agent, sql) -> None:
    reply = await agent.ask("shop", sql=sql)
    assert reply.reason != ANSWERED
    assert_nothing_personal("".join(reply.parts.values()), sql)


async def test_hstore_is_masked_when_the_server_has_it(agent, postgres) -> None:
    """Where the server lacks the extension there is nothing to see; that it is the embedded one is said here."""
    there = await postgres.fetch("SELECT 1 FROM pg_available_extensions WHERE name IN ('hstore', 'citext')")
    for case, sql, needed in (
        ("hstore", f"SELECT hstore('a', '{EMAIL}') AS v", "hstore"),
        ("citext", f"SELECT '{EMAIL}'::citext AS v", "citext"),
    ):
        if not there:
            assert (await agent.ask("shop", sql=sql)).reason != ANSWERED
            continue
        await postgres.execute(f"CREATE EXTENSION IF NOT EXISTS {needed}")
        await agent.container.prober().probe_all()
        assert_nothing_personal((await agent.ask("shop", sql=sql)).parts["the answer"], case)
