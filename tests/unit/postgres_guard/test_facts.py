"""What a statement reads and calls."""

from __future__ import annotations

import pytest

from relay.adapters.outbound.postgres.guard import CatalogueSnapshot, PostgresStatementGuard
from relay.domain.errors import Position, RelayError
from relay.domain.facts import TableName
from relay.domain.request import Operation

TABLES = [
    ("select 1", []),
    ("select * from a", ["a"]),
    ('select * from public.a, "B"."C d"', ["public.a", "B.C d"]),
    ("select * from A join b on true left join c using (x)", ["a", "b", "c"]),
    ("select * from only a, only (b), c *", ["a", "b", "c"]),
    ("select * from (a join b on true) j, lateral (select * from c) d", ["a", "b", "c"]),
    ("select * from a join b join c on true on true", ["a", "b", "c"]),
    ("select (select 1 from a), array(select 1 from b), exists (select 1 from c)", ["a", "b", "c"]),
    ("select 1 in (select 1 from a), 1 = any (select 1 from b)", ["a", "b"]),
    ("table a union table b", ["a", "b"]),
    ("(select 1 from a) intersect ((select 1 from b) limit 1)", ["a", "b"]),
    ("select 1 order by (select 1 from a) limit (select 1 from b) offset (select 1 from c)", ["a", "b", "c"]),
    ("values ((select 1 from a))", ["a"]),
    ("select count(*) filter (where exists (select 1 from a)) over (order by (select 1 from b))", ["a", "b"]),
    ("select * from a tablesample system ((select 1 from b))", ["a", "b"]),
    ("select * from f((select 1 from a)) as a", ["a"]),
    ("select json_array(select 1 from a)", ["a"]),
    ("select 1 from a group by rollup ((select 1 from b)) having (select true from c)", ["a", "b", "c"]),
    ("select sum(1) over w from a window w as (order by (select 1 from b))", ["a", "b"]),
    # CTEs hide tables only where they are in scope.
    ("with a as (select 1) select * from a", []),
    ("with a as (select * from a) select * from a", ["a"]),
    ("with recursive a as (select * from a) select * from a", []),
    ("with a as (select * from b), b as (select 1) select * from a, b", ["b"]),
    ("with recursive a as (select * from b), b as (select 1) select * from a, b", []),
    ("with a as (select 1), b as (select * from a) select * from b", []),
    ("with a as (select 1) select * from public.a", ["public.a"]),
    ('with a as (select 1) select * from "A"', ["A"]),
    ('with "A" as (select 1) select * from a', ["a"]),
    ("select (with a as (select 1) select 1 from a), (select 1 from a)", ["a"]),
    ("select * from (with a as (select 1) select * from a) s, a", ["a"]),
    ("with a as (with b as (select 1) select * from b) select * from b", ["b"]),
    ("with a as (select 1) select (select 1 from a), array(select 1 from a)", []),
    ("with a as (select 1) (select * from a) union (select * from a order by (select 1 from a))", []),
    ("(with a as (select 1) select * from a) union (select * from a)", ["a"]),
    ("with a as (select 1) table a", []),
    ("with a as (select 1) values ((select 1 from a))", []),
    # Readable system views are the guard's own business.
    ("select * from pg_stat_user_tables, pg_catalog.pg_locks, information_schema.columns", []),
    ("with pg_class as (select 1) select * from pg_class", []),
]


@pytest.mark.parametrize(("sql", "tables"), TABLES)
async def test_tables_are_found_when_read_anywhere(inspect, sql, tables):
    assert [str(use.table) for use in (await inspect(sql)).facts.tables] == tables


FUNCTIONS = [
    ("select now()", ["now+"]),
    ('select NOW(), "now"(), "NOW"()', ["now+", "now+", "NOW-"]),
    ('select pg_catalog.now(), PG_CATALOG.now(), "PG_CATALOG".now()', ["now+", "now+", "PG_CATALOG.now-"]),
    ("select public.now()", ["public.now-"]),
    ("select pg_sleep(1)", ["pg_sleep-"]),
    ("select coalesce(f(1), g(2))", ["f-", "g-"]),
    ("select current_date, current_user", ["current_date+", "current_user-"]),
    ("select 1 <=> 2, 1 + 2", ["<=>-"]),
    ("select 1 operator(pg_catalog.<=>) 2", ["<=>-"]),
    ("select 1 order by 1 using <=>", ["<=>-"]),
]


@pytest.mark.parametrize(("sql", "functions"), FUNCTIONS)
async def test_functions_are_found_and_judged_when_called(inspect, sql, functions):
    facts = (await inspect(sql)).facts
    assert [f"{use}{'+' if use.known_safe else '-'}" for use in facts.functions] == functions


async def test_positions_count_code_points_when_found(inspect):
    facts = (await inspect("select 'é',\n  f(1)\nfrom\ta")).facts
    assert facts.functions[0].position == Position(line=2, column=3)
    assert facts.tables[0].position == Position(line=3, column=6)


CATALOGUE = CatalogueSnapshot(
    tables={("public", "customers"): ("id", "name"), ("public", "orders"): ("id", "total")},
    type_tables={("public", "customers"): (TableName(schema="public", name="customers"),), ("public", "mood"): ()},
    row_functions=frozenset({"evil", "label"}),
    built_in_functions=frozenset({"row_to_json"}),
)
ATTRIBUTES = [
    ("select c.id, c.name from customers c", []),
    ("select c.evil from customers c", ["evil-"]),
    ("select customers.evil from customers", ["evil-"]),
    ("select public.customers.evil from public.customers", ["evil-"]),
    ("select c.row_to_json from customers c", ["row_to_json+"]),
    ("select c.ctid, c.tableoid from customers c", []),
    ("select c.* from customers c", []),
    ("select o.total from customers c join orders o on o.id = c.id", []),
    ("select c.total from customers c join orders o on o.id = c.id", []),
    ("select (select c.evil) from customers c", ["evil-"]),
    ("select 1 from orders o where exists (select o.total from customers c where c.name = 'a')", []),
    ("select c.a from customers as c (a, b)", []),
    ("select c.evil from customers as c (a, b)", ["evil-"]),
    ("select s.x from (select 1 as x) s", []),
    ("select s.evil from (select 1 as x) s", ["evil-"]),
    ("with c as (select 1 as x) select c.x from c", []),
    ("with c as (select 1 as x) select c.evil from c", ["evil-"]),
    ("with customers as (select 1 as x) select customers.x from customers", []),
    ("select (c).name, (c).evil from customers c", ["evil-"]),
    ("select j.evil from (customers c join orders o on true) j", ["evil-"]),
    ("select nobody.id from customers", []),
    ("select g.evil from generate_series(1, 2) g", ["evil-", "generate_series+"]),
    ("select 1 from customers c order by c.evil", ["evil-"]),
]


@pytest.mark.parametrize(("sql", "functions"), ATTRIBUTES)
async def test_attribute_notation_is_a_call_when_no_such_column(inspect, sql, functions):
    facts = (await inspect(sql, catalogue=CATALOGUE)).facts
    assert [f"{use}{'+' if use.known_safe else '-'}" for use in facts.functions] == functions


async def test_row_type_is_a_table_when_the_catalogue_knows_it(inspect):
    inspected = await inspect("select null::customers, null::mood", catalogue=CATALOGUE)
    assert [(str(use.table), use.exists) for use in inspected.facts.tables] == [("public.customers", True)]
    assert inspected.assumes == ()


async def test_assumptions_are_listed_when_there_is_no_catalogue(inspect):
    assumes = (await inspect("select c.id, lower(c.name), 'x'::mood from customers c")).assumes
    assert len(assumes) == 4
    assert (await inspect("select 1")).assumes == ()


async def test_database_in_a_name_is_refused_when_given(inspect):
    with pytest.raises(RelayError, match="with a database in it"):
        await inspect("select * from a.b.c")


OWN_SPECIALS = CatalogueSnapshot(own_functions=dict.fromkeys(("overlay", "substring"), ("public",)))
PLAIN_TOO = ["overlay('a', 'b', true)", "substring('a', 1)", "substring('a')", "overlay()"]


@pytest.mark.parametrize("call", PLAIN_TOO)
async def test_special_form_is_refused_when_a_plain_call_may_mean_an_own_function(inspect, call):
    facts = (await inspect(f"select {call}", catalogue=OWN_SPECIALS)).facts
    assert {str(use): use.known_safe for use in facts.functions} == {
        call.partition("(")[0]: True,
        f"public.{call.partition('(')[0]}": False,
    }


async def test_special_form_is_built_in_when_it_has_words_of_its_own(inspect):
    sql = "select substring('a' from 1), overlay('a' placing 'b' from 1)"
    assert (await inspect(sql, catalogue=OWN_SPECIALS)).facts.functions == ()


COLUMNS = [
    ("select name from customers", [("public.customers", "name", 8)]),
    ("select c.name from public.customers c where c.id = 1", [("public.customers", "name", 8),
                                                              ("public.customers", "id", 45)]),
    ("select * from orders", [("public.orders", "id", 8), ("public.orders", "total", 8)]),
    ("with customers as (select 1 as name) select name from customers", []),
    ("select name, name from customers", [("public.customers", "name", 8)]),
    ("select x from elsewhere", [("elsewhere", "*", 8)]),
]  # fmt: skip


@pytest.mark.parametrize(("sql", "expected"), COLUMNS, ids=[sql for sql, _ in COLUMNS])
async def test_columns_are_resolved_to_their_tables_when_the_catalogue_is_known(sql, expected):
    facts = (await PostgresStatementGuard(CATALOGUE).inspect(Operation.QUERY, {"sql": sql})).facts
    found = [(str(use.table), use.name, use.position.column) for use in facts.columns]
    assert sorted(found) == sorted(expected)


@pytest.mark.parametrize("sql", ["select c.nme from customers c", "select c.id from customers"])
async def test_column_is_missing_when_neither_it_nor_a_function_is_there(sql):
    facts = (await PostgresStatementGuard(CATALOGUE).inspect(Operation.QUERY, {"sql": sql})).facts
    (missing,) = [use for use in facts.columns if not use.exists]
    assert (str(missing), missing.position) == (sql.split()[1], Position(line=1, column=8))
    assert facts.functions == ()
