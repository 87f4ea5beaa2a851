"""The other operations, parameters, and what is left in the connections after everything."""

from __future__ import annotations

import pytest

from relay.domain.errors import Reason

HIDDEN = [
    "secrets", "public.secrets", '"secrets"', "SECRETS", "ledger", "ledger_low", "base_open", "hidden_child", "trace",
    "exposing", "exposing_twice", "exposing_kept", "vault_view", "roundabout", "over_parent", "over_partition", "heir",
    "kept_roundabout", "winding", "other.customers", "other.vault", "overloads.x", "pg_authid", "pg_catalog.pg_proc",
    "pg_toast.pg_toast_2618", "information_schema.views",
]  # fmt: skip
SHOWN = {"customers", "orders", "Weird Table", "keywords"}
NAMES_OF_HIDDEN = {
    "secrets", "ledger", "ledger_low", "hidden_child", "trace", "exposing", "exposing_twice", "exposing_kept", "heir",
    "vault_view", "vault", "roundabout", "over_parent", "over_partition", "over_sequence", "over_heir", "winding",
    "kept_roundabout", "inner_view", "base_open",
}  # fmt: skip
PARAMETERS = [
    ("select * from customers where name = $1", ["'; drop table customers; --"], "ACCEPTED"),
    ("select $1", ["x' union select token from secrets --"], "ACCEPTED"),
    ("select id from customers where id = any ($1)", [[1, 2]], "ACCEPTED"),
    ("select $1::int", ["1; commit"], Reason.INVALID_PARAMS),
    ("select * from customers order by $1", ["(select token from secrets)"], "ACCEPTED"),
    ("select * from customers limit $1", ["all; commit"], Reason.INVALID_PARAMS),
    ("select * from $1", ["secrets"], Reason.QUERY_BLOCKED),
    ("select $1.leak from customers", ["customers"], Reason.FUNCTION_NOT_ALLOWED),
    ("select interval $1", ["1 day"], Reason.QUERY_BLOCKED),
    ("select 1 $1", [";commit"], Reason.QUERY_BLOCKED),
    ("select $1", [], Reason.INVALID_PARAMS),
    ("select $2", ["a"], Reason.INVALID_PARAMS),
    ("select 1", ["a"], Reason.INVALID_PARAMS),
    ("select $1::checked", ["x"], Reason.FUNCTION_NOT_ALLOWED),
    ("select ($1::customers).leak", ["(1,a,,,)"], Reason.FUNCTION_NOT_ALLOWED),
    ("select stolen($1)", ["x"], Reason.FUNCTION_NOT_ALLOWED),
    ("select pg_read_file($1)", ["pg_hba.conf"], Reason.FUNCTION_NOT_ALLOWED),
]


@pytest.mark.parametrize("name", HIDDEN)
async def test_description_is_refused_when_the_table_is_hidden(relay, watch, canaries, name):
    reply = await relay.ask(operation="describe_table", tableName=name)
    assert reply.reason == Reason.TABLE_NOT_ALLOWED
    assert canaries.hidden_in(reply.text + reply.log) == []
    assert await watch.changes() == frozenset()


async def test_hidden_tables_are_not_listed(relay, canaries):
    reply = await relay.ask(operation="list_tables", tableName="")
    names = {row["name"] for row in reply.rows}
    assert names >= SHOWN
    assert names & NAMES_OF_HIDDEN == set()
    assert canaries.hidden_in(reply.text + reply.log) == []


@pytest.mark.parametrize("case", PARAMETERS, ids=lambda case: case[0])
async def test_parameter_stays_a_value_when_it_looks_like_sql(relay, watch, canaries, case):
    sql, parameters, reason = case
    reply = await relay.ask(sql, parameters=parameters)
    assert reply.reason == reason, reply.text
    assert canaries.hidden_in(reply.text + reply.log) == []
    assert await watch.changes() == frozenset()


async def test_view_that_calls_a_writing_function_writes_nothing(relay, watch, canaries):
    reply = await relay.ask("select * from busy")
    assert canaries.hidden_in(reply.text + reply.log) == []
    assert await watch.changes() == frozenset()


LEFT_BEHIND = {
    "channels": "SELECT count(*) FROM pg_listening_channels()",
    "settings": "SELECT count(*) FROM pg_settings WHERE source = 'session' AND name NOT LIKE 'jit%'",
    "locks": "SELECT count(*) FROM pg_locks WHERE pid = pg_backend_pid() AND locktype = 'advisory'",
    "cursors": "SELECT count(*) FROM pg_cursors WHERE name <> ''",
    "temporary": "SELECT count(*) FROM pg_class WHERE relpersistence = 't'",
    "statements": "SELECT count(*) FROM pg_prepared_statements WHERE name NOT LIKE '\\_\\_asyncpg%'",
    "roles": "SELECT count(*) WHERE current_user <> session_user",
}


async def test_connections_are_as_new_when_attacked(relay, watch):
    attacks = ["select 1; set role postgres", "select set_config('work_mem', '1GB', false)", "listen x", "select 1",
               "with recursive r as (select 1 as n union all select n from r) select count(*) from r"]  # fmt: skip
    for sql in attacks:
        await relay.ask(sql, resource="hurried")
    async with relay.pool("hurried").acquire() as connection:
        left = {name: await connection.fetchval(sql) for name, sql in LEFT_BEHIND.items()}
    assert left == dict.fromkeys(LEFT_BEHIND, 0)
