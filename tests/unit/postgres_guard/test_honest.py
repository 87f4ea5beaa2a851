"""Honest statements are accepted, offline, with built-in functions only, and read the same a second time."""

from __future__ import annotations

from pathlib import Path

import pytest

HERE = Path(__file__).parent
EXPRESSIONS = (HERE / "honest_expressions.txt").read_text().splitlines()
STATEMENTS = (HERE / "honest_statements.txt").read_text().splitlines()


@pytest.mark.parametrize("sql", [*(f"select {text}" for text in EXPRESSIONS), *STATEMENTS])
async def test_statement_is_accepted_when_honest(inspect, sql):
    inspected = await inspect(sql)
    assert [str(use) for use in inspected.facts.functions if not use.known_safe] == []
    assert (await inspect(inspected.text)).text == inspected.text


NAMES = [
    ("select a, b.c, (d).e, f(1), 1, 'x'", ("a", "c", "e", "f", "?column?", "?column?")),
    ("select 1::int, a::int, cast('1' as decimal), date '2024-01-01'", ("int4", "a", "numeric", "date")),
    ("select float(10) '1', float '1', timestamp with time zone '2024-01-01'", ("float4", "float8", "timestamptz")),
    ("select case when a then b end, case when a then 1 else b end", ("case", "b")),
    ("select trim(leading from a), trim(a), extract(day from b)", ("ltrim", "btrim", "extract")),
    ("select exists (select 1), array(select 1), array[1], row(1), (1, 2)", ("exists", "array", "array", "row", "row")),
    ("select (select 1), (select a), (select b as c), (values (1))", ("?column?", "a", "c", "column1")),
    ("select current_date, a at time zone 'UTC', a is nfc normalized", ("current_date", "timezone", "is_normalized")),
    ("values (1, 2)", ("column1", "column2")),
    ("select 1 as a union select 2 as b", ("a",)),
    ('select 1 as "A", 2 b', ("A", "b")),
    ("select *", None),
    ("select a.* from a", None),
    ("select (a).* from a", None),
    ("table a", None),
]


@pytest.mark.parametrize(("sql", "names"), NAMES)
async def test_outputs_have_postgresql_names_when_inspected(inspect, sql, names):
    assert (await inspect(sql)).plan.output_names == names
