"""Orders that the server makes by itself: rows parted by identifiers, positions, queries that name each other."""

from __future__ import annotations

import pytest
from derived_tables import catalogue

from relay.adapters.outbound.postgres.guard import PostgresStatementGuard
from relay.adapters.outbound.postgres.guard.flow_patterns import is_blank_pattern, needle, tells_little, tells_no_place
from relay.domain.errors import Reason, RelayError
from relay.domain.protection import Protection
from relay.domain.request import Operation

GUARD = PostgresStatementGuard(catalogue(), protection=Protection())
HASH = "pg_catalog.hashtextextended((email)::text, 0), email"


async def text_of(sql: str) -> str:
    return (await GUARD.inspect(Operation.QUERY, {"sql": sql})).text


PARTED = [
    ("select count(*) over (partition by email, status) from people", HASH),
    ("select count(*) over w from people window w as (partition by email)", HASH),
    ("select distinct on (email) id from people", HASH),
]


@pytest.mark.parametrize(("sql", "expected"), PARTED, ids=[sql for sql, _ in PARTED])
async def test_hash_goes_first_when_rows_are_parted_by_an_identifier(sql, expected):
    assert expected in await text_of(sql)


async def test_keys_stay_as_they_are_when_no_identifier_is_among_them():
    assert "hashtextextended" not in await text_of("select count(*) over (partition by status) from people")


async def test_statement_is_refused_when_it_sorts_by_a_source_that_is_not_in_its_list():
    with pytest.raises(RelayError, match="position 2 that no column has"):
        await text_of("select left(message, 40) from logs order by 2")


async def test_statement_is_refused_when_recursive_queries_name_each_other():
    second = "select m as message from a union all select message from logs"
    sql = f"with recursive a as (select message m from b), b as ({second}) select m from a"
    with pytest.raises(RelayError) as refusal:
        await text_of(sql)
    assert refusal.value.reason is Reason.QUERY_BLOCKED


async def test_queries_are_looked_at_once_when_each_names_the_next():
    chain = ", ".join(f"c{number} as (select m from c{number + 1})" for number in range(150))
    assert await text_of(f"with recursive {chain}, c150 as (select message m from logs) select m from c0")


PATTERNS = [
    ("[0]", 0, False, False, False),
    ("CPF .*?5", 4, True, False, False),
    ("timeout", 7, True, True, False),
    ("CPF|1", 1, False, False, False),
    ("C?P?F?1", 1, False, False, False),
    (r"\d+", 0, True, True, False),
    (r"\d", 0, False, True, False),
    (r"\s+", 0, True, True, True),
    (r"\s*", 0, False, True, False),
    ("(?=.)", 0, False, True, False),
    ("a" * 300, 0, False, True, False),
]


@pytest.mark.parametrize(("pattern", "least", "rows", "place", "blank"), PATTERNS, ids=[one[0] for one in PATTERNS])
def test_pattern_is_measured_by_what_it_tells(pattern, least, rows, place, blank):
    measured = (needle(pattern), tells_little(pattern), tells_no_place(pattern), is_blank_pattern(pattern))
    assert measured == (least, rows, place, blank)
