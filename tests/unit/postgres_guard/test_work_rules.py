"""What no time limit would end is refused, and what is alike but small is not."""

from __future__ import annotations

import pytest

from relay.domain.errors import Reason, RelayError

LONG = "x" * 10_001
REFUSED = [
    "select jsonb_path_exists(jsonb_agg(id), '$[*] ? (@ == $x [*])', '{}') from t",
    f"select jsonb_path_exists(jsonb_agg(id), '$[*] ? (@ == $x)', '{{\"x\": [{'1,' * 99}1]}}') from t",
    "with a as (select string_agg(n, '') as v from t) select (a).v like '%' || (a).v from a",
    "with a as (select string_agg(n, '') as v from t) select v like '%' || v || 'b' from t natural join a",
    (
        "with recursive r(p) as (select 'a' union all select u from r, concat(r.p, 'a') u)"
        " select x.p like '%' || y.p from r x, r y"
    ),
    (
        "with recursive r as (select 'a' as p union all select replace(p, 'a', 'aa') from r)"
        " select x.p like '%' || y.p from r x, r y"
    ),
    "select concat(variadic array(select name from t)) like '%' || concat(variadic array(select name from t))",
    "select string_to_array(string_agg(a, ','), ',') && string_to_array(string_agg(b, ','), ',') from t",
    "select lpad('x', 1e9::int)",
    "select lpad('x', 1000001)",
    "select replace(repeat('a', 9), 'a', 'b') like '%' || string_agg(name, '') from t",
    "select to_tsquery(replace(name, ' ', repeat('a & ', 9))) from t",
    (
        "select replace(replace(replace(a.n, 'a', 'aaaaa'), 'a', 'aaaaa'), 'a', 'aaaaa') like '%' ||"
        " (b.n || repeat('a', 9)) from a, b"
    ),
    "select to_tsquery(replace(replace(replace(n, 'a', 'aaaaa'), 'a', 'aaaaa'), 'a', 'aaaaa')) from a",
    (
        "with a(x) as (select string_agg(name, '') from t), b(y) as (select x from a) select p.y like"
        " '%' || q.y from b p, b q"
    ),
    "with a as (select x from (select array_agg(id) as x from t) s) select p.x && q.x from a p, a q",
    "with a as (select s.* from (select array_agg(id) as x from t) s) select p.x && q.x from a p, a q",
    "with a(y) as (select s.* from (select array_agg(id) as x from t) s) select p.y && q.y from a p, a q",
    "with a as (select array_agg(id) as x from t), b(z) as (table a) select p.z && q.z from b p, b q",
    "with a as (select array_agg(id) as x from t) select p.z && q.z from a p(z), a q(z)",
    "with a as (select tags as x from t union all select array_agg(id) from t) select p.x && q.x from a p, a q",
    "with a as (select * from t union all select array_agg(id) from t) select p.x && q.x from a p, a q",
    "select p.x && q.x from (values ('{1}'::int[]), (array(select 1))) p(x), (values (array(select 1))) q(x)",
    "select p.column1 && q.column1 from (values (array(select 1))) p, (values (array(select 1))) q",
    "select p.x && q.x from coalesce(array(select 1)) p(x), coalesce(array(select 1)) q(x)",
    "select p && q from coalesce(array(select 1)) p, coalesce(array(select 1)) q",
    "select p.o && q.o from (select * from jsonb_each(jsonb_object_agg('a', 1))) p(k, o), (select array_agg(1) as o) q",
    (
        "select p::text like q::text || '%' from (select string_agg(name, '') as x from t) p, (select"
        " repeat('a', 9) as y) q"
    ),
    (
        "with recursive r as (select 'a' as p, 1 as n union all select p || n, n + 1 from r) select a.p"
        " like b.p || '%' from r a, r b"
    ),
    "with recursive r as (select array[1] as p union all select p || id from r, t) select a.p && b.p from r a, r b",
    (
        "with recursive r as (select id from t union all select r.id from r) search depth first by id set o"
        " select a.o && b.o, string_agg('a', '') from r a, r b group by 1"
    ),
    "with "
    + ", ".join(f"c{n} as (select x || x as x from {'t' if n == 0 else f'c{n - 1}'})" for n in range(9))
    + " select a.x like '%' || b.x from c8 a, c8 b",
    "with "
    + ", ".join(f"c{n} as (select x{n} || x{n} as x{n + 1} from {'t' if n == 0 else f'c{n - 1}'})" for n in range(9))
    + " select a.x9 like '%' || b.x9 from c8 a, c8 b",
    "select jsonb_path_exists(payload, '$[*] ? (@.a == $x[*])', jsonb_build_object('x', jsonb_agg(id))) from t",
    "select jsonb_path_query_array(jsonb_agg(x), '$[*] ? (@ > $.min)') from t",
    "select format(case when a then '%s' else '%99999s' end, b) from t",
    "select format(case when a then b else '%s' end, b) from t",
    "select (select jsonb_object_agg(a, a) from t) - (select array_agg(a::text) as k from t)",
    "select (select jsonb_object_agg(a, a) from t) - (select array(select 'a'))",
    "with recursive r(a) as (select array[1] union all select a||a from r) select max(cardinality(a)) from r",
    "with recursive r(a) as (select array[1] union all select r.a || array[2] || (q.a) from r, r q) table r",
    "with recursive r(a) as (select 'x' union all select concat(a, ', ', a) from r) table r",
    "with recursive r(a) as (select array[1] union all select array_cat(a, r.a) from r) table r",
    "with recursive r as (select 'x' as a union all select (select x || x from (select r.a as x) s) from r) table r",
    "select array_fill(1, array[130000000]) = array_fill(1, array[130000000])",
    "select array_remove(array_fill(1, array[100000000]), 2)",
    "select array_fill(1, array[2000, 2000])",
    "select array_fill(1, '{130000000}'), array_fill(1, '{0x7ffffff}')",
    "select array_fill(1, array[power(10, 8)::int])",
    "select array_fill(1, (select array[100000000]))",
    "select array_fill(1, array[n]) from (select 100000000 as n) s",
    "select array(select generate_series(1, 9)) && array(select 2)",
    "select x.a && x.b from (select array_agg(1) as a, array_agg(2) as b) x",
    "select a <@ b from (select array_agg(1) as a, array_agg(2) as b) x",
    "select x.a operator(pg_catalog.@>) x.b from (select array_agg(1) as a, array_agg(2) as b) x",
    "with x as (select jsonb_agg(1) as a) select x.a @> y.a from x, x y",
    "select to_jsonb(x) ?| array(select 'k') from t x",
    "select (select jsonb_agg(id) from t) - array(select 'k')",
    "select x.j - array_agg(id::text) from (select jsonb_agg(1) as j) x, t group by 1",
    "select translate(repeat('a', 9), repeat('b', 9), '')",
    "select btrim(repeat('a', 9), repeat('b', 9))",
    "select trim(both repeat('b', 9) from repeat('a', 9))",
    f"select rtrim(repeat('a', 9), '{'b' * 40}')",
    "select normalize(repeat('a', 9), nfc)",
    "select repeat('a', 9) is nfkd normalized",
    "select repeat('a & ', 9)::tsquery",
    "select plainto_tsquery('simple', repeat('a ', 9))",
    "select websearch_to_tsquery(string_agg(name, ' ')) from t",
    "select (repeat('a ', 9)).plainto_tsquery",
    "select (repeat('a ', 9)).tsquery",
    "select f.to_tsquery from concat('a', 'b') f",
    "select * from json_to_record(json_build_object('q', 'a')) as t(q tsquery)",
    "select repeat('a', 9) like '%' || repeat('a', 9) || 'b%'",
    "select x.a not ilike x.b from (select repeat('a', 9) as a, repeat('b', 9) as b) x",
    "select repeat('a', 9) ~~ repeat('b', 9)",
    "select to_timestamp(repeat('1', 9), repeat('Y', 9))",
    "select string_agg(name, ',')::int4multirange from t",
    "select tsquery(repeat('a & ', 9))",
    "select int4multirange(string_agg(name, ',')) from t",
    "select jsonpath('$ ? (@.a == @.b)'), jsonb_agg(1) from t",
    "select lpad('x', 250000000)",
    "select format('%1000000000s', 'x')",
    "select format('%*s', 1000000000, 'x')",
    "select format(concat('%', '1000000000s'), 'x')",
    "select jsonb_path_exists(jsonb_agg(id), '$[*] ? (@.a == @.b)') from t",
    "select jsonb_path_exists(jsonb_agg(id), '$ ? (@.a[*] > $x[*])', '{}') from t",
    "select jsonb_agg(id) @? '$[*] ? (@.a == $.b)' from t",
    "select jsonb_path_exists(jsonb_agg(id), concat('$', '.a')::jsonpath) from t",
    "select (string_agg(name, ''))::polygon from t",
    f"select '{'(1,1),' * 200}(1,1)'::polygon",
    f"select '{'(1,1),' * 200}(1,1)'::path",
    "select (name || '')::path from t",
    "with recursive r as (select path '[(0,0),(1,1)]' as p union all select p + p from r) select p <-> p from r",
    "select path(polygon '((1,1),(2,2))')",
    "select (polygon '((1,1),(2,2))').path",
    "select (repeat('(1,1)', 9)).path",
    "select f.path from concat('(1,1)', ',(2,2)') f",
    "select (repeat('(1,1)', 9)).polygon",
    "select * from json_to_record('{}') as t(p polygon)",
    "select polygon(50000, circle '((0,0),1)')",
]


@pytest.mark.parametrize("sql", REFUSED)
async def test_statement_is_refused_when_no_time_limit_would_end_it(inspect, policy, sql):
    with pytest.raises(RelayError) as refused:
        policy.check_statement((await inspect(sql)).facts)
    assert refused.value.reason in (Reason.QUERY_BLOCKED, Reason.FUNCTION_NOT_ALLOWED)
    assert refused.value.hint


WITH_PARAMETERS = [
    ("select format($1, 'x')", "%1000000000s"),
    ("select $1::text[] && x.b from (select array_agg(2) as b) x", ["a"] * 2_000),
    ("select $1::text[] && x.b from (select $1::text[] as b) x", ["a"] * 20_000),
    ("select plainto_tsquery($1)", LONG),
    ("select translate($1, $1, '')", LONG),
    ("select lpad('x', $1)", 250_000_000),
    ("select array_fill(1, $1)", [130_000_000]),
    ("select array_fill(1, $1)", "{130000000}"),
    ("select array_fill(1, $1)", ["130000000"]),
    ("select array_fill(1, array[$1, 2000])", 500_000),
]


@pytest.mark.parametrize(("sql", "value"), WITH_PARAMETERS, ids=[row[0] for row in WITH_PARAMETERS])
async def test_statement_is_refused_when_a_parameter_is_large(inspect, sql, value):
    with pytest.raises(RelayError) as refused:
        await inspect(sql, value)
    assert refused.value.reason is Reason.QUERY_BLOCKED


HONEST = [
    "select string_to_array(a.csv, ',') && string_to_array(b.csv, ',') from t a, t b",
    "select x.w && y.w from (select regexp_split_to_array(a, ' ') as w from t) x, (select tags as w from t) y",
    "select json_value(payload, '$.a ? (@ > $x)' passing 5 as x), string_agg(n, '') from t group by 1",
    "select rpad('', (count(*) / 10)::int, '#'), lpad(name, (select max(length(name)) from t)) from t group by name",
    "select lpad('', 2 * (length(path) - 1)), rpad(name, greatest(20, length(name))), rpad(name, least(n, 100)) from t",
    "select count(*) from docs d, c where d.tsv @@ to_tsquery('english', replace(c.name, ' ', ' & '))",
    "select count(*) from docs d, c where d.tsv @@ to_tsquery('english', replace(trim(c.name), ' ', ' & ') || ':*')",
    "select * from a, b where replace(lower(a.name), ' ', '') like '%' || replace(lower(b.name), ' ', '') || '%'",
    (
        "select * from a, b where regexp_replace(a.name, '\\W', '', 'g') like '%' ||"
        " regexp_replace(b.name, '\\W', '') || '%'"
    ),
    "select d.tsv @@ to_tsquery(array_to_string(string_to_array(lower(d.q), ' '), ' | ')) from docs d",
    (
        "select jsonb_build_object('a', t.x) @> t.payload, jsonb_build_object('a', 1) @> s.x from t,"
        " (select t.x || '' as x from t) s"
    ),
    (
        "select a.j @> b.j, string_agg(a.n, '') from (select jsonb_build_array(x) as j, n from t) a,"
        " (select j from t) b group by 1"
    ),
    "select jsonb_path_exists(payload, '$.items[*] ? (@.price > $min)', jsonb_build_object('min', 5)) from t",
    "select jsonb_path_query_array(jsonb_agg(x), '$[*] ? (@ > $min && @ < $max)', '{\"min\": 1, \"max\": 5}') from t",
    "select jsonb_path_exists(t.payload, '$ ? (@.a > $.min)'), string_agg(t.name, ',') from t group by 1",
    "select t.payload @? '$.a[*] ? (@ > $.min)', string_agg(t.name, ',') from t group by 1",
    "select format(case when a then '%s: %s' else '%-9s %s' end, b, c) from t",
    (
        "with p as (select id, tstzrange(a, b) as r from t) select string_agg(p.id::text, ',') from p"
        " join p q on p.r && q.r"
    ),
    "with p as (select t.d || '' as d, tstzrange(t.a, t.b) as r from t) select a.r && b.r from p a, p b",
    (
        "with terms as (select c.name as term from c) select n.id || '' from n, terms t where n.hay"
        " like '%' || t.term || '%'"
    ),
    "with terms(term) as (select c.name from c) select n.id || '' from n, terms t where strpos(n.hay, t.term) > 0",
    "select n.hay like '%' || w.term || '%' from n, (values ('fox'), ('dog')) as w(term)",
    (
        "with n as (select lower(hay) as hay from notes) select count(*) from n, (values ('a'), ('b')) w(t)"
        " where n.hay like '%' || w.t || '%'"
    ),
    (
        "with n as (select trim(name) as name from (select lower(name) as name from t) x)"
        " select * from n a, n b where a.name like b.name || '%'"
    ),
    "select t.id || '' from t, unnest(tags) tag where t.name like '%' || tag || '%'",
    "select t.id || '' from t, unnest(string_to_array(t.csv, ',')) as u(part) where t.name like '%' || u.part || '%'",
    "select (array_agg(name order by id))[1] like '%' || (array_agg(code))[1] || '%' from t",
    (
        "select x.name like y.name || '%' from (select a as name from t union all select b from u) x,"
        " (select a || '' as name from t) y"
    ),
    "select string_agg(name, ',') like any (array['%a%', '%b%']) from t",
    "select name ilike any (array['a%', email]), string_agg(code, ',') from t group by 1",
    "select string_agg(s.x, ',') from t, (select 'a' as x) s where s.x ilike any (array['a%', t.email])",
    "select array_agg(s.x) from t, (select 'a' as x) s where s.x like any (t.patterns)",
    "select total - (select max(total) from t), payload - (select array_agg(k) from keys) from t",
    "with recursive r(a, n) as (select 'x', 1 union all select a || ',' || n, n + 1 from r where n < 4) table r",
    "with recursive r as (select name from t union all select t.name || '/' || t.name from r join t on true) table r",
    "select name || ' ' || name, concat(name, name), string_agg(x || x, '') from t group by 1, 2",
    "select array_fill(0, array[3]), array_fill(null::int, array[2, 2], array[1, 1]), array_fill(0, '{7}')",
    "select array_fill(0, array[n, 2]), array_fill(0, array[length(name) + 1]) from t",
    "select tags && array['a', 'b'], string_agg(name, ',') from t group by 1",
    "select a.tags && b.tags, array_agg(a.id) from a join b on true group by 1",
    "select tags @> payload, jsonb_agg(id) from t group by 1",
    "select count(*) from t where payload @> '{\"a\": 1}' and name || 'x' = 'yx'",
    "with p as (select tstzrange(a, b) as r from t) select count(*) from p join p q on p.r && q.r",
    "select x.total - y.total, string_agg(z, ',') from (select 1 as total) x, (select 2 as total) y, t group by 1",
    "select payload - array['a', 'b'], payload - 'c' from t",
    "select btrim(string_agg(name, ', '), ', ') from t",
    "select trim(name || ' '), translate(name || 'x', 'abc', 'xyz'), ltrim(name, name) || '' from t",
    "select normalize(name, nfc) || 'x' from t",
    "select to_tsvector(a || ' ' || b) @@ to_tsquery('simple', 'a & b') from t",
    "select array_agg(id) from t where body @@ plainto_tsquery('portuguese', 'maria')",
    "select lpad(name, 10, '0'), rpad(code, width), lpad(code, length(name) + 2) from t",
    "select format('%s has %-10s and %1$s', a, b) from t",
    "select jsonb_path_query_array(payload, '$.items[*] ? (@.price > 10)'), jsonb_agg(1) from t",
    "select jsonb_path_exists(payload, '$ ? (@.a == @.b)') from t",
    "with recursive r as (select id, array[id] as path from t union all select t.id, r.path || t.id from t, r) table r",
    "with r as (select id, array[id] as path from t) select r.path from r where not r.id = any (r.path)",
    "select name || 'x' like '%' || code || '%', string_agg(a, '') like '%x%' from t group by 1",
    "select to_timestamp(day || ' ' || hour, 'YYYY-MM-DD HH24'), to_date(day, fmt), to_number(a || '', '99') from t",
    "select polygon '((0,0),(1,1),(1,0))' @> point '(0.5,0.5)', box '((0,0),(1,1))' && box '((0,0),(2,2))'",
    "select path '[(0,0),(1,1)]' <-> path '[(5,5),(6,6)]'",
    "select s.path, s.polygon from (select path, polygon from t) s",
    "select a <-> b from t",
]


async def test_refusal_reads_well_when_no_time_limit_would_end_it(inspect):
    with pytest.raises(RelayError) as refused:
        await inspect("select lpad('x', 250000000)")
    assert refused.value.detail == "lpad to such a length at 1:8, which no time limit would end;"


@pytest.mark.parametrize("sql", HONEST)
async def test_statement_is_accepted_when_it_is_only_alike(inspect, policy, sql):
    policy.check_statement((await inspect(sql)).facts)
