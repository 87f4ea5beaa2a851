"""The guard's port: arguments, plans, parameters, redaction."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from relay.adapters.outbound.postgres.guard import CatalogueSnapshot, DescribePlan, ListPlan, PostgresStatementGuard
from relay.adapters.outbound.postgres.live_catalogue import LiveCatalogue
from relay.domain.errors import Reason, RelayError
from relay.domain.facts import TableName
from relay.domain.request import Operation

GUARD = PostgresStatementGuard()


async def test_plan_renders_casts_when_asked(inspect):
    plan = (await inspect("select * from t where a = $1 and b = $2 or c = $1", 1, "x")).plan
    assert plan.render() == "SELECT * FROM t WHERE a = $1 AND b = $2 OR c = $1"
    assert plan.render({1: "int4"}) == (
        "SELECT * FROM t WHERE a = CAST(CAST($1 AS text) AS int4) AND b = $2 OR c = CAST(CAST($1 AS text) AS int4)"
    )
    assert plan.parameters == (1, "x")
    assert plan.parameter_count == 2
    assert plan.operation is Operation.QUERY


async def test_parameter_keeps_its_column_name_when_it_is_an_output(inspect):
    plan = (await inspect("select $1, ($2) as a, (select $3) from (select $1) s", 1, 2, 3)).plan
    assert plan.render() == (
        'SELECT $1 AS "?column?", ($2) AS a, (SELECT $3 AS "?column?") AS "?column?" '
        'FROM (SELECT $1 AS "?column?") AS s'
    )
    assert plan.output_names == ("?column?", "a", "?column?")


BAD_ARGUMENTS = [
    (Operation.QUERY, {}),
    (Operation.QUERY, {"sql": 1}),
    (Operation.QUERY, {"sql": ["select 1"]}),
    (Operation.QUERY, {"sql": {"a": 1}, "statement": "select 1"}),
    (Operation.QUERY, {"sql": "select $1"}),
    (Operation.QUERY, {"sql": "select $2", "parameters": [1]}),
    (Operation.QUERY, {"sql": "select 1", "parameters": [1]}),
    (Operation.QUERY, {"sql": "select 1", "parameters": {"a": 1}}),
    (Operation.QUERY, {"sql": "select 1", "parameters": "abc"}),
    (Operation.EXPLAIN, {"statement": None}),
    (Operation.DESCRIBE_TABLE, {}),
    (Operation.DESCRIBE_TABLE, {"tableName": 5}),
    (Operation.DESCRIBE_TABLE, {"tableName": ""}),
    (Operation.DESCRIBE_TABLE, {"tableName": "a b"}),
    (Operation.DESCRIBE_TABLE, {"tableName": "a.b.c"}),
    (Operation.DESCRIBE_TABLE, {"tableName": "a; drop table b"}),
    (Operation.DESCRIBE_TABLE, {"tableName": "'a'"}),
    (Operation.DESCRIBE_TABLE, {"tableName": "a" * 2000}),
]


@pytest.mark.parametrize(("operation", "arguments"), BAD_ARGUMENTS)
async def test_arguments_are_refused_when_wrong(operation, arguments):
    with pytest.raises(RelayError) as refused:
        await GUARD.inspect(operation, arguments)
    assert refused.value.reason == Reason.INVALID_PARAMS


async def test_statement_is_read_when_under_its_other_name():
    inspected = await GUARD.inspect(Operation.QUERY, {"statement": "select 1", "parameters": None})
    assert inspected.text == "SELECT 1"


async def test_explain_is_inspected_like_a_query_when_asked():
    inspected = await GUARD.inspect(Operation.EXPLAIN, {"sql": "select * from a"})
    assert inspected.plan.operation is Operation.EXPLAIN
    with pytest.raises(RelayError, match="leave EXPLAIN out"):
        await GUARD.inspect(Operation.EXPLAIN, {"sql": "explain select 1"})


NAMES = [
    ("Orders", TableName(name="orders")),
    ("public.orders", TableName(schema="public", name="orders")),
    ('"My Schema"."My.Table"', TableName(schema="My Schema", name="My.Table")),
    (' user . "Order" ', TableName(schema="user", name="Order")),
]


@pytest.mark.parametrize(("name", "table"), NAMES)
async def test_table_is_described_when_named(name, table):
    inspected = await GUARD.inspect(Operation.DESCRIBE_TABLE, {"tableName": name})
    assert inspected.plan == DescribePlan(table=table)
    assert [use.table for use in inspected.facts.tables] == [table]


async def test_system_table_is_not_described_when_closed():
    with pytest.raises(RelayError) as refused:
        await GUARD.inspect(Operation.DESCRIBE_TABLE, {"tableName": "pg_authid"})
    assert refused.value.reason == Reason.TABLE_NOT_ALLOWED


async def test_list_needs_no_arguments_when_asked():
    inspected = await GUARD.inspect(Operation.LIST_TABLES, {"anything": 1})
    assert inspected.plan == ListPlan()


REDACTED = [
    ("select * from a where b = 'x' and c=5 -- secret\n and d in ($1, E'y', $$z$$, b'1', 0x1F)",
     "select * from a where b = ? and c=? and d in ($1, ?, ?, ?, ?)"),
    ('SELECT   /* secret */ Name,\n\n"E mail" FROM   "T"', 'SELECT Name, "?" FROM "?"'),
    ('select 1 where name = "João Silva" or name = João', 'select ? where name = "?" or name = "?"'),
    ('select "now"(), "pg_catalog"."lower"(a::"text") from "pg_locks"',
     'select "now"(), "pg_catalog"."lower"(a::"text") from "pg_locks"'),
    ("drop table customers; select 'x'", "drop table customers; select ?"),
    ("select 'open", "[unreadable statement, 12 characters]"),
    ("select U&'x'", "[unreadable statement, 12 characters]"),
    ("", ""),
]  # fmt: skip


@pytest.mark.parametrize(("sql", "expected"), REDACTED)
def test_statement_has_no_literal_when_redacted(sql, expected):
    assert GUARD.redact("query", {"sql": sql}) == expected
    assert GUARD.redact("explain", {"statement": sql}) == expected


def test_other_operations_are_redacted_when_asked():
    assert GUARD.redact("describe_table", {"tableName": 'public."A b"'}) == 'public."?"'
    assert GUARD.redact("describe_table", {"tableName": "'secret'"}) == "?"
    assert GUARD.redact("list_tables", {"sql": "secret"}) == ""
    assert GUARD.redact("nonsense", {"sql": 5, "statement": None}) == ""


def test_quoted_name_is_shown_when_the_database_has_it():
    guard = PostgresStatementGuard(CatalogueSnapshot(known_names=frozenset({"Customer", "E mail"})))
    sql = 'select "E mail", "Maria Souza" as "Total" from "Customer" where "E mail" = "x@example.com"'
    assert guard.redact("query", {"sql": sql}) == 'select "E mail", "?" as "?" from "Customer" where "E mail" = "?"'


def test_no_quoted_name_is_shown_while_there_is_no_catalogue():
    guard = PostgresStatementGuard(live=LiveCatalogue())
    assert guard.redact("query", {"sql": 'select "Maria Souza"'}) == 'select "?"'


def test_redacted_statement_is_bounded_when_huge():
    assert len(GUARD.redact("query", {"sql": "select " + "a," * 5_000_000})) < 20_000
    assert GUARD.redact("query", {"sql": "'" + "x" * 200_000}) == "[unreadable statement, 200001 characters]"


@given(st.text(max_size=200))
@settings(max_examples=500, deadline=None)
def test_redaction_never_raises_when_text_is_anything(text):
    assert isinstance(GUARD.redact("query", {"sql": text}), str)


SECRET = st.text(st.characters(codec="utf-8", exclude_characters="\x00'\\$"), min_size=8, max_size=20)


@given(SECRET)
@settings(max_examples=300, deadline=None)
def test_redaction_drops_values_and_comments_when_they_hold_anything(secret):
    line = secret.replace("\n", " ").replace("\r", " ")
    body = secret.replace("*/", "").replace("/*", "")
    sql = f"select '{secret}', E'{secret}', $${secret}$$ /* {body} */ -- {line}"
    assert GUARD.redact("query", {"sql": sql}) in ("select ?, ?, ?", f"[unreadable statement, {len(sql)} characters]")


PIECES = st.sampled_from(
    [
        *(
            "select",
            "from",
            "where",
            "(",
            ")",
            ",",
            "*",
            "a",
            "b.c",
            "1",
            "'x'",
            "$1",
            "join",
            "on",
            "union",
            "with",
            "as",
        ),
        *(
            "order by",
            "limit",
            "case",
            "when",
            "then",
            "end",
            "::",
            "int",
            "[",
            "]",
            "not",
            "in",
            "and",
            "between",
            "/*",
        ),
        *(
            "*/",
            "--\n",
            ";",
            '"Q"',
            "f(",
            "count(*)",
            "over",
            "filter",
            "lateral",
            "values",
            "table",
            "cast(",
            "exists",
        ),
        *("interval", "array", "row", "=", "+", "-", "@>", "is", "null", "group by", "rollup (", "only", "extract("),
        *(
            "order",
            "offset",
            "fetch",
            "for",
            "window",
            "partition by",
            "rows",
            "unbounded",
            "preceding",
            "json_object(",
        ),
    ]
)


@given(st.lists(PIECES, max_size=25))
@settings(max_examples=1500, deadline=None)
async def test_guard_answers_or_refuses_when_tokens_are_shuffled(pieces):
    sql = " ".join(["select", *pieces])
    reason = None
    try:
        await GUARD.inspect(Operation.QUERY, {"sql": sql, "parameters": [1] if "$1" in pieces else []})
    except RelayError as refused:
        reason = refused.reason
    assert reason in (None, Reason.QUERY_BLOCKED, Reason.TABLE_NOT_ALLOWED, Reason.INVALID_PARAMS)
