"""What column rules make of a statement's tree, on a catalogue of the test's own."""

from __future__ import annotations

from types import MappingProxyType

import pytest

from relay.adapters.outbound.masking.detectors import DETECTORS
from relay.adapters.outbound.masking.engine import Engine
from relay.adapters.outbound.postgres.guard import PostgresStatementGuard
from relay.adapters.outbound.postgres.guard.catalogue import CatalogueSnapshot, ColumnType, TableRules, TypeFamily
from relay.adapters.outbound.postgres.guard.protected_expressions import FIRST_HASHED_NUMBER, HASH_PREFIX
from relay.adapters.outbound.postgres.hash_settings import padded_blocks
from relay.domain.errors import Position, Reason, RelayError
from relay.domain.facts import ColumnUse, TableName
from relay.domain.masking import DerivedAction, MaskingSettings
from relay.domain.policy import ColumnRule, Policy
from relay.domain.protection import ColumnAction, ColumnClass, ColumnKind, Protection
from relay.domain.request import Operation

TEXT = ColumnType(name="text", family=TypeFamily.TEXT)
NUMBER = ColumnType(name="int4", family=TypeFamily.INTEGER)
TABLES = {
    ("public", "users"): ("id", "email", "secret"),
    ("public", 'odd "name'): ("a b", 'q"', "çã", "{c}", "{mask}", "x" * 63),
    ("public", "free"): ("id", "email"),
    ("sales", "users"): ("id", "email"),
    ("sales", "later"): ("a",),
    ("third", "later"): ("a",),
    ("public", "select"): ("from",),
    ("public", "wide"): tuple(f"c{number}" for number in range(600)),
    ("public", "passing"): ("email",),
}
RULES = {
    ("public", "users"): TableRules(
        actions={"email": ColumnAction.MASK, "secret": ColumnAction.DENY}, masks={"email": "it's masked"}
    ),
    ("public", 'odd "name'): TableRules(actions=dict.fromkeys(TABLES["public", 'odd "name'], ColumnAction.MASK)),
    ("public", "select"): TableRules(actions={"from": ColumnAction.HASH}),
    ("public", "wide"): TableRules(actions=dict.fromkeys(TABLES["public", "wide"], ColumnAction.PARTIAL)),
    ("public", "passing"): TableRules(actions={"email": ColumnAction.PASS}),
    ("third", "later"): TableRules(actions={"a": ColumnAction.MASK}),
    ("public", "blind"): TableRules(untraceable="public.users.email"),
}
CATALOGUE = CatalogueSnapshot(
    tables=TABLES | {("public", "blind"): ("a",)},
    search_path=("public", "sales", "third"),
    types={key: {name: NUMBER if name == "id" else TEXT for name in columns} for key, columns in TABLES.items()},
    table_rules=RULES,
    protected_functions={("public", "reads"): "public.users.email"},
    own_functions={"reads": ("public",)},
)
USERS = (
    'SELECT {0}."id", CASE WHEN false THEN {0}."email" WHEN {0}."email" IS NOT NULL THEN \'it\'\'s masked\' END AS '
    '"email", CASE WHEN false THEN {0}."secret" END AS "secret" FROM'
)


@pytest.fixture
def text(inspect):
    async def written(sql: str, *parameters: object) -> str:
        return (await inspect(sql, *parameters, catalogue=CATALOGUE)).text

    return written


REWRITTEN = {
    "select id from users": f'SELECT id FROM ({USERS.format("users")} "public"."users" AS users) AS users',
    "select * from only users u": f'SELECT * FROM ({USERS.format("u")} ONLY "public"."users" AS u) AS u',
    "select x from users as u (x, y)": f'SELECT x FROM ({USERS.format("u")} "public"."users" AS u) AS u(x, y)',
    'select "U".id from public.users "U"': f'SELECT "U".id FROM ({USERS.format(chr(34) + "U" + chr(34))} '
    '"public"."users" AS "U") AS "U"',
    "table users order by 1": f'SELECT * FROM ({USERS.format("users")} "public"."users" AS users) AS users ORDER BY 1',
    "select public.users.id, public.users.* from public.users": "SELECT users.id, users.* FROM "
    f'({USERS.format("users")} "public"."users" AS users) AS users',
    "select 1 from users tablesample system (10) repeatable (2)": f"SELECT 1 FROM ({USERS.format('users')} "
    '"public"."users" AS users TABLESAMPLE system (10) REPEATABLE (2)) AS users',
    "select 1 from sales.users": "SELECT 1 FROM sales.users",
    "select sales.later.a from later": 'SELECT later.a FROM (SELECT later."a" FROM "sales"."later" AS later) AS later',
    "select sales.users.id from sales.users": "SELECT sales.users.id FROM sales.users",
    "select email from free": "SELECT email FROM free",
    "select email from passing": "SELECT email FROM passing",
    "with users as (select 1) select * from users": "WITH users AS (SELECT 1) SELECT * FROM users",
}


@pytest.mark.parametrize(("sql", "expected"), REWRITTEN.items(), ids=REWRITTEN)
async def test_table_becomes_a_sub_select_when_it_has_rules(text, sql, expected):
    assert (await text(sql)).replace("( ", "(") == expected


@pytest.mark.parametrize(
    "sql",
    [
        "select 1 from (users join free on true)",
        "select 1 from free left join lateral (select users.id from users) x on true",
        "with w as materialized (select id from users) table w",
        "with recursive w as (select id from users union all select id from w) select * from w",
        "select (select max(id) from users), array(select id from users), exists (select from users)",
        "select id from users union (table users) intersect select id from users",
        "select 1 where 1 in (select id from users) order by (select min(id) from users) limit (select 1 from users)",
        "values ((select max(id) from users))",
        "select count(*) filter (where exists (select from users)) over (order by (select 1 from users)) from free",
        "select * from free tablesample system ((select max(id) from users))",
        "select * from rows from (generate_series(1, (select 1 from users))) as g",
    ],
)
async def test_no_table_is_read_bare_wherever_it_stands(text, sql):
    written = await text(sql)
    assert written.count('"public"."users"') == sql.count("from users") + sql.count("table users") + sql.count("(users")
    assert written.count('FROM "public"."users"') == written.count('"public"."users"')


async def test_odd_names_stay_names(text):
    written = await text('select "a b" from "odd ""name" as "o""dd"')
    for name in TABLES["public", 'odd "name']:
        quoted = name.replace('"', '""')
        assert f'WHEN "o""dd"."{quoted}" IS NOT NULL THEN \'***\' END AS "{quoted}"' in written


async def test_key_is_read_from_settings_alone(inspect):
    statement = await inspect('select "from" from "select"', catalogue=CATALOGUE)
    assert statement.plan.uses_hash
    assert "current_setting('relay.hash_inner')" in statement.text
    assert not (await inspect("select id from users", catalogue=CATALOGUE)).plan.uses_hash


async def test_mask_is_that_of_a_sample_when_the_rule_names_none(inspect):
    classes = {("public", 'odd "name'): {"a b": ColumnClass(kind=ColumnKind.IDENTIFIER, detector="cpf", mask="#.#")}}
    catalogue = CatalogueSnapshot(
        tables=TABLES, types=CATALOGUE.types, table_rules=RULES, column_classes=MappingProxyType(classes)
    )
    assert "'#.#'" in (await inspect('select 1 from "odd ""name"', catalogue=catalogue)).text


@pytest.mark.parametrize("derived", list(DerivedAction))
async def test_sample_is_asked_for_when_the_rule_names_no_mask(derived):
    guard = PostgresStatementGuard(CATALOGUE, protection=Protection(derived=derived))
    asked = await guard.inspect(Operation.QUERY, {"sql": "select a from third.later"})
    assert asked.unsampled == (TableName(schema="third", name="later"),)
    named = await guard.inspect(Operation.QUERY, {"sql": "select email from users"})
    assert named.unsampled == ()


async def test_many_columns_are_too_many(inspect):
    assert (await inspect("select c1 from wide", catalogue=CATALOGUE)).text.count("****") == 1200
    with pytest.raises(RelayError, match="too many columns") as caught:
        await inspect(f"select 1 from {', '.join(f'wide w{number}' for number in range(9))}", catalogue=CATALOGUE)
    assert caught.value.reason is Reason.QUERY_BLOCKED


POLICY = Policy(
    allowed_operations=frozenset(Operation),
    max_rows=10,
    schemas=("public", "sales"),
    allowed_functions=frozenset(("public.reads",)),
)
DENIED = {
    "select secret from users": (1, 8),
    "select 1 from users where\n length(secret) > 1": (2, 9),
    "select u.secret from free f join users u using (id)": (1, 8),
    "select (u).secret from users u": (1, 9),
    "select 1 from users a join users b using (secret)": (1, 23),
    "select 1 from users a natural join users b": (1, 23),
    "select ((u.*)).secret from users u": (1, 10),
    "select x.secret from (select * from users) x": (1, 8),
    "with w as (select * from users) select z from w as w (x, y, z)": (1, 40),
    "select a from blind": (1, 15),
    "select reads()": (1, 8),
}


@pytest.mark.parametrize(("sql", "place"), DENIED.items(), ids=DENIED)
async def test_column_is_refused_when_denied_and_named(inspect, sql, place):
    statement = await inspect(sql, catalogue=CATALOGUE)
    with pytest.raises(RelayError) as caught:
        POLICY.check_statement(statement.facts)
    assert caught.value.reason is Reason.COLUMN_NOT_ALLOWED
    assert caught.value.position == Position(line=place[0], column=place[1])


@pytest.mark.parametrize(
    "sql",
    ["select * from users", "table users", "select u from users u", "select u.* from users u",
     "select count(u) from users u",
     "select to_jsonb(u) from users u", "select email from users"],
)  # fmt: skip
async def test_statement_is_allowed_when_it_does_not_name_what_is_denied(inspect, sql):
    POLICY.check_statement((await inspect(sql, catalogue=CATALOGUE)).facts)


async def test_fact_says_the_rule_of_a_column(inspect):
    statement = await inspect("select u.*, email from users u", catalogue=CATALOGUE)
    table = TableName(schema="public", name="users")
    email = next(use for use in statement.facts.columns if use.name == "email")
    secret = next(use for use in statement.facts.columns if use.name == "secret")
    assert email == ColumnUse(
        table=table, name="email", position=Position(line=1, column=13), action=ColumnAction.MASK, by_name=True
    )
    assert secret.action is ColumnAction.DENY
    assert not secret.by_name


OFFLINE = [
    ColumnRule(table="users", column="email", action=ColumnAction.MASK),
    ColumnRule(table="public.users", column="secret", action=ColumnAction.DENY),
]


async def test_rules_are_assumed_when_there_is_no_catalogue():
    guard = PostgresStatementGuard(rules=OFFLINE)
    statement = await guard.inspect(Operation.QUERY, {"sql": "select email from users"})
    assert "the column rules of users are applied inside the statement" in statement.assumes
    other = await guard.inspect(Operation.QUERY, {"sql": "select email from free"})
    assert not any("column rules" in one for one in other.assumes)


@pytest.mark.parametrize(
    "sql",
    ["select secret from users", "select u.secret from public.users u", "select (u).secret from users u",
     "select 1 from users a join users b using (secret)"],
)  # fmt: skip
async def test_denied_column_is_refused_when_there_is_no_catalogue(sql):
    statement = await PostgresStatementGuard(rules=OFFLINE).inspect(Operation.QUERY, {"sql": sql})
    with pytest.raises(RelayError) as caught:
        POLICY.check_statement(statement.facts)
    assert caught.value.reason is Reason.COLUMN_NOT_ALLOWED


def test_padded_blocks_are_those_of_hmac():
    inner, outer = map(bytes.fromhex, padded_blocks(b"k" * 32))
    assert inner == bytes(byte ^ 0x36 for byte in b"k" * 32 + b"\0" * 32)
    assert outer == bytes(byte ^ 0x5C for byte in b"k" * 32 + b"\0" * 32)


def test_no_detector_fires_on_tokens():
    engine = Engine(MaskingSettings(detectors={detector.name: True for detector in DETECTORS}))
    numbers = range(7, 2**57, 2**57 // 5_000 + 12_345)
    texts = [f"{HASH_PREFIX}{number * 987_654_321:032x}"[:34] for number in numbers]
    assert not engine.find([*texts, *(str(FIRST_HASHED_NUMBER + number) for number in numbers)])
