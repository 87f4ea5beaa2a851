"""What becomes of values computed from identifiers and free text: corpora, and what holds for every function."""

from __future__ import annotations

import json
from pathlib import Path
from types import MappingProxyType

import pytest
from derived_tables import COLUMNS, catalogue, words

from relay.adapters.outbound.postgres.guard import PostgresStatementGuard
from relay.adapters.outbound.postgres.guard import flow_functions as table
from relay.adapters.outbound.postgres.guard.catalogue import TableRules
from relay.adapters.outbound.postgres.guard.flow_arguments import BY_ARGUMENTS
from relay.adapters.outbound.postgres.guard.grammar_specials import SPECIAL_FORMS
from relay.adapters.outbound.postgres.guard.safe_functions import SAFE_FUNCTIONS
from relay.domain.errors import Reason, RelayError
from relay.domain.facts import TableName
from relay.domain.masking import DerivedAction
from relay.domain.protection import ColumnAction, ColumnClass, ColumnKind, Protection
from relay.domain.request import Operation

HERE = Path(__file__).parent
SAMPLED = catalogue()


def rows(name: str) -> list[object]:
    found = [json.loads(line) for line in (HERE / name).read_text().splitlines()]
    return [pytest.param(row, id=row["sql"]) for row in found]


async def inspected(sql: str, *parameters: object, known=SAMPLED, operation=Operation.QUERY, **protection):
    guard = PostgresStatementGuard(known, protection=Protection(**protection))
    return await guard.inspect(operation, {"sql": sql, "parameters": list(parameters)})


async def treatments(sql: str, *parameters: object, **given) -> list[str] | None:
    found = (await inspected(sql, *parameters, **given)).plan.treatments
    return None if found is None else [words(one) for one in found]


@pytest.mark.parametrize("row", rows("derived_allowed.jsonl"))
async def test_answer_is_the_ordinary_one_when_nothing_is_computed_that_tells(row):
    result = await inspected(row["sql"], *row.get("parameters", ()))
    assert (result.plan.treatments, result.plan.hidden, result.unsampled) == (None, 0, ())


@pytest.mark.parametrize("row", rows("derived_masked.jsonl"))
async def test_outputs_are_treated_when_computed_from_personal_data(row):
    assert await treatments(row["sql"], *row.get("parameters", ())) == row["outputs"]


@pytest.mark.parametrize("row", rows("derived_refused.jsonl"))
async def test_statement_is_refused_when_it_could_spell_a_value_out(row):
    with pytest.raises(RelayError) as refusal:
        await inspected(row["sql"], *row.get("parameters", ()))
    assert refusal.value.reason is Reason.COLUMN_NOT_ALLOWED
    assert row["says"] in refusal.value.detail
    assert refusal.value.position is not None
    assert refusal.value.hint


@pytest.mark.parametrize("row", rows("derived_refused.jsonl"))
async def test_plan_is_refused_too_when_the_statement_is(row):
    with pytest.raises(RelayError, match="COLUMN_NOT_ALLOWED"):
        await inspected(row["sql"], *row.get("parameters", ()), operation=Operation.EXPLAIN)


@pytest.mark.parametrize("row", [*rows("derived_masked.jsonl"), *rows("derived_refused.jsonl")])
async def test_nothing_changes_when_derived_values_are_allowed(row):
    result = await inspected(row["sql"], *row.get("parameters", ()), derived=DerivedAction.ALLOW)
    assert (result.plan.treatments, result.plan.hidden) == (None, 0)


@pytest.mark.parametrize("row", rows("derived_masked.jsonl"))
async def test_statement_is_refused_when_derived_values_are_denied_and_one_would_be_masked_whole(row):
    is_whole = any(one.startswith("whole") for one in row["outputs"])
    if is_whole:
        with pytest.raises(RelayError, match="COLUMN_NOT_ALLOWED"):
            await treatments(row["sql"], *row.get("parameters", ()), derived=DerivedAction.DENY)
    else:
        assert await treatments(row["sql"], derived=DerivedAction.DENY) == row["outputs"]


NAMES = sorted(SAFE_FUNCTIONS - SPECIAL_FORMS.keys() - {"pg_typeof", "pg_database_size", "generate_subscripts"})
CLEAN_OVER_IDENTIFIERS = {"count", "num_nulls", "num_nonnulls", "pg_collation_for"}
WHOLE_OF_ONE = {"concat", "concat_ws"}
"""Of a single argument they make that itself."""


def effect_of(name: str) -> table.Effect:
    return table.FUNCTIONS.get(name, table.UNKNOWN)


async def outcome(sql: str) -> list[str] | Reason:
    """Return the treatments, or the reason of the refusal."""
    try:
        return await treatments(sql) or ["detect"]
    except RelayError as refusal:
        return refusal.reason


@pytest.mark.parametrize("name", NAMES)
async def test_nothing_of_an_identifier_shows_when_any_function_is_put_over_it(name):
    found = await outcome(f"select {name}(email), {name}(cpf) from people")
    if found == ["detect"]:
        keeps = {*CLEAN_OVER_IDENTIFIERS, *WHOLE_OF_ONE, *BY_ARGUMENTS, *table.EQUALITIES, *table.LABELS}
        assert effect_of(name) is table.KEPT or name in keeps
    else:
        assert isinstance(found, Reason) or all(one.startswith("whole") for one in found)


KNOWN = {*table.FUNCTIONS, *BY_ARGUMENTS, *table.TESTS, *table.NULL_TESTS, *table.CONDITIONS, *table.NOTHING_TOLD}
KNOWN |= {*table.EQUALITIES, *table.ORDERS, *table.ROWS_OF_NUMBERS, *table.LABELS}


@pytest.mark.parametrize("name", sorted({*NAMES} - KNOWN))
async def test_free_text_is_hidden_when_a_function_is_not_known_to_keep_it_readable(name):
    found = await outcome(f"select {name}(message) from logs")
    assert found in (["whole, ***"], Reason.FUNCTION_NOT_ALLOWED, Reason.QUERY_BLOCKED)


FORMS = SPECIAL_FORMS.keys() | {"json_table", "xmltable", "xmlexists", "xmlroot", "collation for"}
LISTED = {
    name: value
    for name, value in vars(table).items()
    if isinstance(value, (frozenset, MappingProxyType)) and all(str(one).replace("_", "").islower() for one in value)
}


@pytest.mark.parametrize("names", [pytest.param(value, id=name) for name, value in sorted(LISTED.items())])
def test_every_name_in_a_table_is_a_function_or_a_type(names):
    others = {"citext", "text", "varchar", "bpchar", "name", "int4", "int2", "timestamp", "record", "like", "money"}
    unknown = set(names) - SAFE_FUNCTIONS - FORMS - others
    assert unknown <= {"textlen", "bool", "cidr", "inet", "bytea", "timetz", "uuid", "json", "jsonb"}


UNSAMPLED = catalogue(column_classes={})
READS_OF_UNSAMPLED = [
    ("select message from logs", ["logs"]),
    ("select cpf from people", ["people"]),
    ("select p.name from people p join logs l on l.id = p.id where l.level = 'x'", ["people", "logs"]),
    ("select id, at from logs", []),
    ("select count(*) from people", []),
    ("select relname from pg_stat_user_tables", []),
]


@pytest.mark.parametrize(("sql", "tables"), READS_OF_UNSAMPLED, ids=[sql for sql, _ in READS_OF_UNSAMPLED])
async def test_tables_are_asked_for_when_their_columns_could_matter_and_are_not_known(sql, tables):
    unsampled = (await inspected(sql, known=UNSAMPLED)).unsampled
    assert sorted(map(str, unsampled)) == sorted(f"public.{name}" for name in tables)


@pytest.mark.parametrize("given", [{"masking_enabled": False}, {"derived": DerivedAction.ALLOW}], ids=str)
async def test_no_table_is_asked_for_when_samples_decide_nothing(given):
    assert (await inspected("select reverse(message) from logs", known=UNSAMPLED, **given)).unsampled == ()


async def test_text_is_free_text_and_wide_numbers_identifiers_when_no_sample_could_be_had():
    unknown = {name: ColumnClass(kind=ColumnKind.UNKNOWN) for name in COLUMNS["people"]}
    known = catalogue(column_classes={("public", "people"): unknown})
    assert await treatments("select lower(email), cpf::text, id + 1 from people", known=known) == [
        "scrub, beside relay_source_1",
        "whole, ***",
        "detect",
    ]


def ruled(action: ColumnAction) -> object:
    return catalogue(table_rules={("public", "people"): TableRules(actions={"email": action, "name": action})})


PASSED = [
    ("select upper(email) from people", "pass"),
    ("select reverse(email) || name from people", "pass"),
    ("select left(email, $1::int) from people", "pass"),
    ("select max(email) from people", "pass"),
    ("select x from (select lower(email) as x from people) t", "pass"),
    ("select count(*) from people", "detect"),
    ("select 'a'::text from people where email = 'x'", "detect"),
    ("select name || status from people", "detect"),
    ("select reverse(cpf::text) || name from people", "whole, ***.***.***-**"),
]


@pytest.mark.parametrize(("sql", "expected"), PASSED, ids=[sql for sql, _ in PASSED])
async def test_output_passes_when_it_is_made_of_columns_that_the_operator_vouches_for(sql, expected):
    parameters = [3] if "$1" in sql else []
    assert (await treatments(sql, *parameters, known=ruled(ColumnAction.PASS)) or ["detect"]) == [expected]


@pytest.mark.parametrize("action", [ColumnAction.MASK, ColumnAction.PARTIAL, ColumnAction.DROP])
async def test_column_counts_as_clean_when_it_is_under_a_rule(action):
    sql = "select reverse(email) from people where email like 'a%' order by email"
    assert await treatments(sql, known=ruled(action)) is None


SOURCES = [
    (
        "select left(message, 40), message, lower(message) from logs order by 1 limit 5",
        "SELECT left(message, 40), message, lower(message), message AS relay_source_1 FROM logs ORDER BY 1 LIMIT 5",
    ),
    (
        "select left(message, 40) relay_source_1 from logs l",
        "SELECT left(message, 40) AS relay_source_1, message AS relay_source_17 FROM logs AS l",
    ),
    (
        "select left(message, 40) || left(payload->>'a', 9) from logs",
        None,
    ),
    (
        "select lower(l.message), lower(k.message) from logs l, logs k",
        (
            "SELECT lower(l.message), lower(k.message), l.message AS relay_source_1, k.message AS relay_source_2"
            " FROM logs AS l, logs AS k"
        ),
    ),
    ("select distinct left(message, 40) from logs", None),
    ("select left(message, 40) from logs union select 'x'", None),
    ("select left(max(message) over (), 40) from logs", None),
    ("select (select left(message, 40) from logs limit 1) from people", None),
]


@pytest.mark.parametrize(("sql", "expected"), SOURCES, ids=[sql for sql, _ in SOURCES])
async def test_source_comes_along_when_each_row_has_one(sql, expected):
    result = await inspected(sql)
    if expected is None:
        assert result.plan.hidden == 0
    else:
        assert result.text == expected


async def test_sources_stay_out_of_a_plan():
    result = await inspected("select lower(message) from logs", operation=Operation.EXPLAIN)
    assert (result.text, result.plan.treatments) == ("SELECT lower(message) FROM logs", None)


async def test_outputs_without_a_source_are_masked_when_there_are_too_many():
    sql = "select " + ", ".join(f"lower(payload->>'{number}'), lower(l{number}.message)" for number in range(20))
    sql += " from logs, " + ", ".join(f"logs l{number}" for number in range(20))
    result = await inspected(sql.replace("payload", "logs.payload"))
    assert result.plan.hidden <= 16


async def test_long_chains_are_followed_when_a_statement_is_long():
    sql = "select id from people where " + " or ".join(f"email = '{number}'" for number in range(1000))
    assert await treatments(sql) is None


async def test_table_name_is_whole_when_it_has_to_be_sampled():
    (found,) = (await inspected("select message from public.logs", known=UNSAMPLED)).unsampled
    assert found == TableName(schema="public", name="logs")
