"""What each output was computed from, and which columns a statement reads."""

from __future__ import annotations

import pytest

from relay.adapters.outbound.postgres.guard.catalogue import CatalogueSnapshot
from relay.adapters.outbound.postgres.guard.grammar_queries import parse
from relay.adapters.outbound.postgres.guard.limits import read_tokens
from relay.adapters.outbound.postgres.guard.lineage import Lineage, trace
from relay.adapters.outbound.postgres.guard.refusal import RefusedStatement

CATALOGUE = CatalogueSnapshot(
    tables={("public", "c"): ("id", "name", "email"), ("public", "o"): ("id", "cid", "total")}
)
EVERYTHING_OF_C = "c.email c.id c.name"

# statement, outputs as name: origins
OUTPUTS = [
    ("select * from c", {"id": "c.id", "name": "c.name", "email": "c.email"}),
    ("table c", {"id": "c.id", "name": "c.name", "email": "c.email"}),
    ("select c.*, 1 as one from c", {"id": "c.id", "name": "c.name", "email": "c.email", "one": ""}),
    ("select upper(email) || name as x from c", {"x": "c.email c.name"}),
    ("select t.* from (select email a, id from c) t(p, q)", {"p": "c.email", "q": "c.id"}),
    ("select email, total from c, o", {"email": "c.email", "total": "o.total"}),
    ("select d from c as x(a, b, d)", {"d": "c.email"}),
    ("select x.b from c as x(a, b)", {"b": "c.name"}),
    ("select x.email from c as x(a, b)", {"email": "c.email"}),
    ("select * from c join o using (id)", {"id": "c.id o.id", "name": "c.name", "email": "c.email", "cid": "o.cid",
                                           "total": "o.total"}),
    ("select j.id from c join o using (id) as j", {"id": "c.id o.id"}),
    ("select x from (select * from c natural join o) t(x)", {"x": "c.id o.id"}),
    ("select y from (c join o on true) as t(a, b, y)", {"y": "c.email"}),
    ("with w as (select email e from c) select e, count(*) n from w group by e", {"e": "c.email", "n": ""}),
    ("with w(a, b) as (select id, email from c) select b from w", {"b": "c.email"}),
    ("with c as (select total as email from o) select email from c", {"email": "o.total"}),
    ("with w as (select * from c) select v.x from w as v(a, x)", {"x": "c.name"}),
    ("with recursive r(n, m) as (select id, email from c union all select n + 1, m from r) select n from r",
     {"n": "c.id"}),
    ("with recursive r(n, m) as (select id, email from c union all select m, n from r) select n from r",
     {"n": "c.email c.id"}),
    ("with recursive r(n, m, k) as (select 1, 2, email from c union all select m, k, k from r) select n from r",
     {"n": "c.email"}),
    ("with recursive a as (select e from b), b as (select email e from c) select e from a", {"e": "c.email"}),
    ("select id from c union select email from c", {"id": "c.email c.id"}),
    ("(select id from c) intersect (select total from o)", {"id": "c.id o.total"}),
    ("values (1, (select email from c)), (2, '')", {"column1": "", "column2": "c.email"}),
    ("select (select max(email) from c where c.id = o.cid) as m from o", {"m": "c.email"}),
    ("select exists(select email from c) as e", {"e": ""}),
    ("select array(select email from c) as a", {"a": "c.email"}),
    ("select u from unnest(array(select email from c)) as u", {"u": "c.email"}),
    ("select f.a from c, lateral json_to_record(c.email::json) as f(a int)", {"a": "c.email"}),
    ("select x.v from c, lateral (select c.email as v) x", {"v": "c.email"}),
    ("select x.v from o, lateral (select email as v from c where c.id = o.cid) x", {"v": "c.email"}),
    ("select c from c", {"c": EVERYTHING_OF_C}),
    ("select c::text as t from c", {"t": EVERYTHING_OF_C}),
    ("select c.initials from c", {"initials": EVERYTHING_OF_C}),
    ("select row_to_json(c.*) as j from c", {"j": EVERYTHING_OF_C}),
    ("select (c).email from c", {"email": EVERYTHING_OF_C}),
    ("select case when email = 'x' then 1 end as k from c", {"k": "c.email"}),
    ("select sum(id) filter (where email is null) over (order by name) as s from c", {"s": EVERYTHING_OF_C}),
    ("select ctid, c.xmin from c", {"ctid": "c.ctid", "xmin": "c.xmin"}),
    ("select public.c.email from public.c", {"email": "c.email"}),
]  # fmt: skip

# statement, every column that it reads
READS = [
    ("select 1 from c where email = 'x'", "c.email"),
    ("select 1 from c order by email", "c.email"),
    ("select 1 from c group by email having max(name) > 'a'", "c.email c.name"),
    ("select count(*) from c join o on c.id = o.cid", "c.id o.cid"),
    ("select count(*) from c natural join o", "c.id o.id"),
    ("select distinct on (email) 1 from c", "c.email"),
    ("select 1 from c window w as (partition by email)", "c.email"),
    ("select 1 limit (select max(id) from c)", "c.id"),
    ("values (1) order by (select email from c)", "c.email"),
    ("select exists(select 1 from c where email = 'x')", "c.email"),
    ("select count(*) from o where cid in (select id from c)", "c.id o.cid"),
    (
        "with recursive r(n) as (select id from c union all select n from r limit (select max(total) from o)) table r",
        "c.id o.total",
    ),
    ("select 1 from c tablesample system ((select max(total) from o))", "o.total"),
]


def lineage(sql: str) -> Lineage:
    return trace(parse(read_tokens(sql)), CATALOGUE)


def words(origins) -> str:
    return " ".join(sorted(f"{one.table}.{one.column}" for one in origins))


@pytest.mark.parametrize(("sql", "expected"), OUTPUTS, ids=[sql for sql, _ in OUTPUTS])
def test_origins_of_each_output(sql: str, expected: dict[str, str]) -> None:
    assert {output.name: words(output.origins) for output in lineage(sql).outputs} == expected


@pytest.mark.parametrize(("sql", "expected"), READS, ids=[sql for sql, _ in READS])
def test_every_column_that_is_read(sql: str, expected: str) -> None:
    assert words(set().union(*(one.origins for one in lineage(sql).references))) == expected


@pytest.mark.parametrize(
    "sql",
    ["select * from json_populate_record(null, '{}')", "select (x).* from (select c as x from c) t", "select * from m"],
)
def test_no_list_of_outputs_when_something_else_decides_them(sql: str) -> None:
    assert lineage(sql).outputs is None


def test_table_that_is_not_known_stands_behind_every_name() -> None:
    (output,) = lineage("select secret from m").outputs
    assert words(output.origins) == "m.*"


def test_place_of_a_reference_is_that_of_its_name() -> None:
    sql = "select 1 from c where  email = 'x'"
    (reference,) = lineage(sql).references
    assert reference.offset == sql.index("email")


WIDE = CatalogueSnapshot(
    tables={
        ("public", "w"): tuple(f"c{number}" for number in range(1600)),
        **{("public", f"t{number}"): ("a",) for number in range(1100)},
    }
)
TOO_MUCH = {
    "stars": "select " + "*," * 2000 + "1 from w",
    "tables": "select * from " + ",".join(f"w x{number}" for number in range(900)),
    "names times tables": "select " + "a," * 1400 + "1 from " + ",".join(f"t{number}" for number in range(1090)),
    "doubling": "with a0 as (table w), "
    + ", ".join(f"a{number} as (select x.*, y.* from a{number - 1} x, a{number - 1} y)" for number in range(1, 200))
    + " table a199",
    "whole rows": "select " + ", ".join(["w"] * 2400) + " from w",
    "natural joins": "select * from w" + "".join(f" natural join w x{number}" for number in range(800)),
}


@pytest.mark.parametrize("sql", TOO_MUCH.values(), ids=TOO_MUCH)
def test_refused_when_there_is_too_much_to_follow(sql: str) -> None:
    with pytest.raises(RefusedStatement, match="too many columns"):
        trace(parse(read_tokens(sql)), WIDE)


@pytest.mark.parametrize(
    "sql",
    [
        "select * from w" + " union select * from w" * 10,
        "select 1" + " union all select 1" * 1200,
        "select * from " + "(select * from " * 10 + "w" + ") x" * 10,
        "select 1 from " + ", ".join(f"t{number}" for number in range(1000)),
    ],
    ids=["wide unions", "long unions", "nested stars", "many tables"],
)
def test_followed_when_it_is_only_long(sql: str) -> None:
    assert trace(parse(read_tokens(sql)), WIDE).outputs
