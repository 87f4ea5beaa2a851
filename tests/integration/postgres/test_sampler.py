"""Samples of real tables: every type, views, large tables, columns that may not be read."""

from __future__ import annotations

import pytest

from relay.adapters.outbound.masking.examiner import build_examiner
from relay.adapters.outbound.memory import FakeClock
from relay.adapters.outbound.postgres.connection import PostgresConnection
from relay.application.learn_columns import LearnColumns
from relay.domain.errors import Reason, RelayError
from relay.domain.facts import TableName
from relay.domain.masking import MaskingSettings
from relay.domain.policy import ColumnRule
from relay.domain.protection import ColumnAction, ColumnKind, Protection

MAKE = """
CREATE SCHEMA sales; GRANT USAGE ON SCHEMA sales TO {reader};
CREATE DOMAIN mail AS text;
CREATE TYPE pair AS (a text, b int);
CREATE TYPE level AS ENUM ('low', 'high');
CREATE TABLE kinds (id int8 PRIMARY KEY, email text, "Odd ""name" varchar(40), cpf int8, note text, payload jsonb,
  raw bytea, tags text[], numbers int[], price numeric, at timestamptz, ok bool, duo pair, how level, place point,
  code char(20), domained mail, span tstzrange, empty text, plain name, words tsvector);
INSERT INTO kinds SELECT g, 'user' || g || '@example.com', 'ana' || g || '@example.com', 52998224725,
  CASE WHEN g % 10 = 0 THEN 'wrote to user' || g || '@example.com' ELSE 'fine' END,
  jsonb_build_object('mail', 'user' || g || '@example.com'), convert_to('user@example.com is it', 'UTF8'),
  ARRAY['a'], ARRAY[1], g, now(), true, ROW('user@example.com', 1)::pair, 'low', '(1,2)', 'abc', 'user@example.com',
  '[2026-01-01,2026-01-02)', NULL, 'user@example.com', 'a:1'
FROM generate_series(1, 50) g;
INSERT INTO kinds (id, note, payload) VALUES (1000, repeat('x', 3000000), to_jsonb(repeat('y', 3000000)));
CREATE VIEW behind AS SELECT id, email AS contact FROM kinds;
CREATE MATERIALIZED VIEW stored AS SELECT email FROM kinds;
CREATE TABLE hidden_in_part (id int, seen text, unseen text);
INSERT INTO hidden_in_part SELECT 1, 'user@example.com', 'user@example.com' FROM generate_series(1, 5);
REVOKE ALL ON hidden_in_part FROM {reader}; GRANT SELECT (id, seen) ON hidden_in_part TO {reader};
CREATE TABLE large AS SELECT g AS id, CASE WHEN g > 20000 THEN 'user' || g || '@example.com' ELSE 'nobody' END AS who,
  repeat('x', 100) AS filling FROM generate_series(1, 100000) g;
ANALYZE large;
CREATE TABLE sales.kinds AS SELECT 'fine' AS email;
CREATE TABLE secret_table (a text);
CREATE TABLE nothing ();
CREATE TABLE none_yet (a text, b int8);
CREATE VIEW slow AS SELECT pg_sleep(10)::text AS a;
GRANT SELECT ON ALL TABLES IN SCHEMA sales TO {reader};
"""
KINDS = TableName(schema="public", name="kinds")


@pytest.fixture(scope="module")
async def sampler(postgres, database):
    await postgres.execute(MAKE.format(reader=postgres.reader))
    assert (await database.inspector.probe()).healthy
    return database.sampler


@pytest.fixture
def classes(sampler, database):
    """Learn what a table holds; give the kinds by column, as the guard's catalogue has them."""

    async def learn(table: TableName) -> dict[str, ColumnKind]:
        learner = LearnColumns(examiner=build_examiner(MaskingSettings()), clock=FakeClock())
        await learner.learn("shop", sampler, (table,))
        found = database.guard._catalogue.classes(table.schema, table.name)
        return {name: each.kind for name, each in found.items()}

    return learn


async def test_every_type_is_classified(classes) -> None:
    kinds = await classes(TableName(name="kinds"))
    expected = dict.fromkeys(("email", 'Odd "name', "cpf", "domained", "plain"), ColumnKind.IDENTIFIER)
    expected |= dict.fromkeys(("note", "payload", "raw", "tags", "duo"), ColumnKind.FREE_TEXT)
    numbers = ("id", "numbers", "price", "at", "ok", "how", "place", "span", "code")
    expected |= dict.fromkeys(numbers, ColumnKind.NEITHER) | {"empty": ColumnKind.UNKNOWN}
    assert {name: kind for name, kind in kinds.items() if name != "words"} == expected


async def test_long_values_come_cut_or_not_at_all(sampler) -> None:
    samples = {each.name: each for each in await sampler.sample(KINDS, max_rows=300, timeout_s=10)}
    assert max(len(value) for each in samples.values() for value in each.values) <= 1000
    assert len(samples["note"].values) == 51
    assert len(samples["payload"].values) in (50, 51)
    assert samples["email"].is_text
    assert not samples["cpf"].is_text
    assert samples["email"].type == "text"
    assert samples["tags"].type == "_text"


@pytest.mark.parametrize(("name", "column"), [("behind", "contact"), ("stored", "email")])
async def test_views_are_sampled_too(classes, name, column) -> None:
    assert (await classes(TableName(name=name)))[column] is ColumnKind.IDENTIFIER


async def test_column_that_may_not_be_read_is_left_out(sampler) -> None:
    table = TableName(schema="public", name="hidden_in_part")
    assert [each.name for each in await sampler.sample(table, max_rows=9, timeout_s=10)] == ["id", "seen"]


async def test_sample_of_a_large_table_is_spread_over_it(sampler) -> None:
    table = TableName(schema="public", name="large")
    samples = {each.name: each.values for each in await sampler.sample(table, max_rows=300, timeout_s=10)}
    assert 30 <= len(samples["id"]) <= 300
    assert max(map(int, samples["id"])) > 20_000
    assert sum("@" in value for value in samples["who"]) > len(samples["who"]) / 2


async def test_first_table_of_the_path_is_meant_when_there_are_two(sampler) -> None:
    first = await sampler.sample(TableName(name="kinds"), max_rows=9, timeout_s=10)
    other = await sampler.sample(TableName(schema="sales", name="kinds"), max_rows=9, timeout_s=10)
    assert (len(first) > 20, [each.values for each in other]) == (True, [("fine",)])


@pytest.mark.parametrize("name", ["nothing", "none_yet"])
async def test_nothing_is_found_in_a_table_without_rows_or_columns(classes, name) -> None:
    assert set((await classes(TableName(name=name))).values()) <= {ColumnKind.UNKNOWN}


@pytest.mark.parametrize(
    ("name", "timeout_s", "reason"),
    [("missing", 10, Reason.QUERY_FAILED), ("slow", 0.3, Reason.QUERY_TIMEOUT)],
)
async def test_error_when_a_table_can_not_be_sampled(sampler, name, timeout_s, reason) -> None:
    with pytest.raises(RelayError) as caught:
        await sampler.sample(TableName(name=name), max_rows=9, timeout_s=timeout_s)
    assert caught.value.reason is reason
    assert "10" not in caught.value.message


async def test_tables_are_those_that_the_policy_shows(sampler) -> None:
    tables = await sampler.tables()
    assert {KINDS, TableName(schema="sales", name="kinds"), TableName(schema="public", name="stored")} <= set(tables)
    assert not any(table.name == "secret_table" for table in tables)
    assert list(tables) == sorted(tables, key=str)


async def test_forgotten_when_the_table_changes_or_the_time_comes(postgres, sampler, database, classes) -> None:
    await classes(KINDS)
    sampler.forget(KINDS)
    assert database.guard._catalogue.classes("public", "kinds") is None
    await classes(KINDS)
    await postgres.execute("ALTER TABLE kinds ADD COLUMN more text")
    await database.inspector.probe()
    assert database.guard._catalogue.classes("public", "kinds") is None


async def test_no_rules_no_missing_columns(sampler) -> None:
    assert await sampler.missing_columns() == ()


async def test_rules_in_vain_are_named_when_there_are_some(connection_settings, sampler) -> None:
    names = [
        ("kinds", "email"),
        ("public.kinds", "emial"),
        ("kidns", "email"),
        ("kinds", "at"),
        ("sales.kinds", "email"),
    ]
    rules = [ColumnRule(table=table, column=column, action=ColumnAction.HASH) for table, column in names]
    connection = PostgresConnection(
        settings=connection_settings(),
        schemas=("public", "sales"),
        shows_table=lambda table, _=(): True,
        rules=rules,
        protection=Protection(hash_key=bytes(32)),
    )
    async with connection.open() as database:
        with pytest.raises(RelayError):
            await database.sampler.missing_columns()
        assert (await database.inspector.probe()).healthy
        assert await database.sampler.missing_columns() == (rules[1], rules[2])
        assert await database.sampler.unhashable_columns() == (rules[3],)
