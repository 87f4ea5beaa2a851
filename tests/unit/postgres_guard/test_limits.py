"""Shapes that take a parser long or deep: each is answered or refused, none at Python's own recursion limit."""

from __future__ import annotations

import pytest

from relay.adapters.outbound.postgres.guard.limits import MAX_STATEMENT_CHARS, MAX_TOKENS
from relay.domain.errors import RelayError

DEPTHS = (10, 59, 61, 2_000)
NESTED = {
    # the statement, what is opened, what stands inside, what is closed
    "parentheses": ("select %s", "(", "1", ")"),
    "sub-queries": ("select %s", "(select ", "1", ")"),
    "sub-queries in FROM": ("select * from %s", "(select * from ", "a", ") x"),
    "sources in parentheses": ("select * from %s", "(", "select 1", ")"),
    "joins in parentheses": ("select * from %s", "(", "a", " join b on true)"),
    "joins before their conditions": ("select * from a %s", "join b ", "", "on true "),
    "sub-queries after IN": ("select %s", "1 in (select ", "1", ")"),
    "EXISTS": ("select %s", "exists (select ", "1", ")"),
    "LATERAL": ("select * from %s", "lateral (select * from ", "a", ") x"),
    "CASE in THEN": ("select %s", "case when true then ", "1", " end"),
    "CASE in WHEN": ("select %s", "case when ", "true", " then true end"),
    "CASE in ELSE": ("select %s", "case when true then 1 else ", "1", " end"),
    "CTEs": ("%s", "with a as (", "select 1", ") select 1"),
    "CTEs in sub-queries": ("select %s", "(with a as (select 1) select ", "1", ")"),
    "arrays": ("select array%s", "[", "1", "]"),
    "rows": ("select %s", "row(", "1", ")"),
    "calls": ("select %s", "abs(", "1", ")"),
    "calls in FROM": ("select * from rows from (%s)", "f(", "1", ")"),
    "named arguments": ("select %s", "f(a => ", "1", ")"),
    "CAST": ("select %s", "cast(", "1", " as int)"),
    "subscripts": ("select %s", "a[", "1", "]"),
    "FILTER": ("select %s", "count(*) filter (where ", "true", ")"),
    "WITHIN GROUP": ("select %s", "mode() within group (order by ", "1", ")"),
    "window arguments": ("select %s", "sum(", "1", ") over (order by 1)"),
    "windows": ("select %s", "sum(1) over (order by ", "1", ")"),
    "grouping sets": ("select 1 group by %s", "grouping sets (", "a", ")"),
    "ROLLUP": ("select 1 group by %s", "rollup (", "a", ")"),
    "unions to the right": ("select 1 %s", "union (select 1 ", "", ")"),
    "LIMIT": ("select 1 %s", "limit (select 1 ", "", ")"),
    "VALUES": ("%s", "values ((", "values (1)", "))"),
    "BETWEEN": ("select %s", "1 between (", "1", ") and 2"),
    "NOT": ("select %s", "not ", "true", ""),
    "minus": ("select %s", "- ", "1", ""),
    "OPERATOR()": ("select %s", "operator(pg_catalog.-) ", "1", ""),
    "IS DISTINCT FROM": ("select %s", "1 is distinct from (", "1", ")"),
    "JSON objects": ("select %s", "json_object('a': ", "1", ")"),
    "JSON_TABLE": ("select * from json_table('{}', '$' columns (%s))", "nested '$' columns (", "a int", ")"),
    "XMLELEMENT": ("select %s", "xmlelement(name a, ", "'x'", ")"),
    "XMLEXISTS": ("select xmlexists('/a' passing %s)", "xmlconcat(", "'b'", ")"),
    "COLLATION FOR": ("select %s", "collation for (", "'a'", ")"),
    "comments": ("select 1 %s", "/*", "", "*/"),
}
_MANY = MAX_TOKENS // 2 - 10
LONG = {
    "sums": "select 1" + " + 1" * _MANY,
    "concatenations": "select 'a'" + " || 'a'" * _MANY,
    "comparisons": "select 1" + " = 1" * _MANY,
    "AND": "select true" + " and true" * _MANY,
    "IS NULL": "select 1" + " is null" * _MANY,
    "NOT in a chain": "select true" + " and not true" * (_MANY // 2),
    "casts": "select 1" + "::int" * _MANY,
    "casts with modifiers": "select 1" + "::numeric(1, 2)" * (_MANY // 4),
    "subscripts in a row": "select a" + "[1]" * (_MANY * 2 // 3),
    "fields": "select (a)" + ".b" * (_MANY - 3),
    "parts of a name": "select a" + ".b" * _MANY,
    "parts of a table's name": "select * from a" + ".b" * (_MANY - 2),
    "parts of a function's name": "select * from a" + ".b" * (_MANY - 5) + "()",
    "array bounds": "select 1::int" + "[]" * (_MANY - 2),
    "type modifiers": "select 1::numeric(" + "1, " * (_MANY - 4) + "1)",
    "list after IN": "select 1 in (" + "1, " * (_MANY - 3) + "1)",
    "list of strings": "select 1 in (" + "'a', " * (_MANY - 3) + "'a')",
    "arguments": "select f(" + "a, " * (_MANY - 3) + "a)",
    "columns": "select " + "a, " * (_MANY - 2) + "a",
    "ORDER BY": "select 1 order by " + "a, " * (_MANY - 4) + "a",
    "unions": "select 1" + " union select 1" * (_MANY * 2 // 3),
    "joins": "select * from a" + " cross join a" * (_MANY * 2 // 3 - 3),
    "tables": "select * from a" + ", a" * (_MANY - 2),
    "CTEs in a row": "with " + "a as (select 1), " * (_MANY // 4) + "a as (select 1) select 1",
    "rows of VALUES": "values " + "(1), " * (_MANY // 2 - 1) + "(1)",
    "branches of CASE": "select case " + "when 1 then 1 " * (_MANY // 2 - 2) + "end",
    "string": "select '" + "a" * (MAX_STATEMENT_CHARS - 10) + "'",
    "doubled quotes": "select '" + "''" * (MAX_STATEMENT_CHARS // 2 - 10) + "'",
    "escapes": "select E'" + "\\\\" * (MAX_STATEMENT_CHARS // 2 - 10) + "'",
    "pieces of a string": "select 'a'" + "\n'a'" * (MAX_STATEMENT_CHARS // 4 - 10),
    "dollar quotes": "select $a$" + "$b$" * (MAX_STATEMENT_CHARS // 3 - 10) + "$a$",
    "number": "select " + "1" * (MAX_STATEMENT_CHARS - 10),
    "number with marks": "select 1" + "_1" * (MAX_STATEMENT_CHARS // 2 - 10),
    "name": 'select "' + "a" * (MAX_STATEMENT_CHARS - 10) + '"',
    "comment": "select 1 /*" + "a" * (MAX_STATEMENT_CHARS - 20) + "*/",
    "comments in a row": "select 1" + "/**/" * (MAX_STATEMENT_CHARS // 4 - 10),
    "lines": "select 1" + "\n" * (MAX_STATEMENT_CHARS - 10),
}
UNFINISHED = {
    "opened parentheses": "select " + "(" * (MAX_TOKENS - 10),
    "VARIADIC": "select f(" + "variadic " * (MAX_TOKENS - 10) + "a)",
    "opened sub-queries": "(select " * (MAX_TOKENS // 2 - 10),
    "opened sources": "select * from " + "(select * from " * (MAX_TOKENS // 4 - 10),
    "opened comments": "select " + "/*" * (MAX_STATEMENT_CHARS // 2 - 10),
    "opened quotes": "select " + "'" * (MAX_STATEMENT_CHARS // 2 * 2 - 11),
    "operator": "select 1 " + "+" * (MAX_STATEMENT_CHARS - 20),
    "operator of many signs": "select 1 " + "@-" * (MAX_STATEMENT_CHARS // 2 - 20) + "1",
    "dollar tags": "select " + " ".join(f"$a{number}$" for number in range(12_000)),
    "words": "select " + "a " * (MAX_TOKENS - 10),
    "SELECT": "select " * (MAX_TOKENS - 10),
    "WITH": "with " * (MAX_TOKENS - 10),
    "too many tokens": "select " + "a," * MAX_TOKENS,
    "too many characters": "select '" + "a" * MAX_STATEMENT_CHARS + "'",
}
PYTHON_S_LIMIT = "nested too deeply"
"""What is said of a RecursionError: the guard's own limits must come first."""


async def refusal(inspect, sql: str) -> str:
    """Return the message of a refusal, empty if it was accepted."""
    try:
        await inspect(sql)
    except RelayError as error:
        return error.message
    return ""


@pytest.mark.parametrize("depth", DEPTHS)
@pytest.mark.parametrize("shape", NESTED.values(), ids=NESTED)
async def test_nesting_ends_at_the_guard_s_own_limit_when_deep(inspect, shape, depth):
    statement, opening, inside, closing = shape
    message = await refusal(inspect, statement % (opening * depth + inside + closing * depth))
    assert PYTHON_S_LIMIT not in message
    assert depth > min(DEPTHS) or message == ""


@pytest.mark.parametrize("sql", LONG.values(), ids=LONG)
async def test_chain_is_not_nesting_when_long(inspect, sql):
    message = await refusal(inspect, sql)
    assert PYTHON_S_LIMIT not in message
    assert "too deep" not in message
    assert "more than" not in message


@pytest.mark.parametrize("sql", UNFINISHED.values(), ids=UNFINISHED)
async def test_statement_is_refused_when_it_never_ends(inspect, sql):
    message = await refusal(inspect, sql)
    assert message
    assert PYTHON_S_LIMIT not in message
