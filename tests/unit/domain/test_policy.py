from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from relay.domain.errors import Position, Reason, RelayError
from relay.domain.facts import ColumnUse, FunctionUse, StatementFacts, TableName, TableUse
from relay.domain.policy import Policy
from relay.domain.request import Operation


def policy(**changes) -> Policy:
    values = {"allowed_operations": frozenset(Operation), "max_rows": 100, "schemas": ("public",)}
    return Policy(**(values | changes))


TABLES = [
    ({}, TableName(name="t"), True),
    ({}, TableName(schema="public", name="t"), True),
    ({}, TableName(schema="sales", name="t"), False),
    ({}, TableName(schema="pg_catalog", name="pg_authid"), False),
    ({"blocked_tables": ("secret*",)}, TableName(name="secret_plans"), False),
    ({"blocked_tables": ("secret*",)}, TableName(schema="public", name="secret_plans"), False),
    ({"blocked_tables": ("public.t",)}, TableName(schema="public", name="t"), False),
    ({"blocked_tables": ("public.t",)}, TableName(name="t"), False),
    ({"blocked_tables": ("public.*",)}, TableName(name="t"), False),
    ({"allowed_tables": ("t",)}, TableName(name="t"), True),
    ({"allowed_tables": ("t",)}, TableName(name="T"), False),
    ({"allowed_tables": ("t",)}, TableName(name="u"), False),
    ({"allowed_tables": ("public.t",)}, TableName(name="t"), True),
    ({"allowed_tables": ("t*",), "blocked_tables": ("t2",)}, TableName(name="t2"), False),
    ({"schemas": ("public", "sales"), "blocked_tables": ("sales.t",)}, TableName(name="t"), False),
    ({"schemas": ("public", "sales"), "allowed_tables": ("sales.t",)}, TableName(name="t"), False),
    ({"schemas": ("public", "sales"), "allowed_tables": ("sales.t",)}, TableName(schema="sales", name="t"), True),
    ({"schemas": ()}, TableName(name="events"), True),
    ({"schemas": (), "blocked_tables": ("events",)}, TableName(name="events"), False),
]


@pytest.mark.parametrize(("changes", "table", "allowed"), TABLES, ids=[f"{row[0]}-{row[1]}" for row in TABLES])
def test_table_decided(changes, table, allowed) -> None:
    assert policy(**changes).allows_table(table) is allowed
    facts = StatementFacts(tables=(TableUse(table=table, position=Position(line=2, column=5)),))
    if allowed:
        policy(**changes).check_statement(facts)
        return
    with pytest.raises(RelayError) as caught:
        policy(**changes).check_statement(facts)
    assert caught.value.reason is Reason.TABLE_NOT_ALLOWED
    assert f"{table} at 2:5" in caught.value.detail


FUNCTIONS = [
    (FunctionUse(name="lower", known_safe=True), True),
    (FunctionUse(name="lower"), False),
    (FunctionUse(name="mine", schema="public"), True),
    (FunctionUse(name="mine"), False),
    (FunctionUse(name="mine", schema="other"), False),
    (FunctionUse(name="lower", schema="other", known_safe=False), False),
]


@pytest.mark.parametrize(("use", "allowed"), FUNCTIONS, ids=str)
def test_function_decided(use, allowed) -> None:
    mine = policy(allowed_functions=frozenset({"public.mine"}))
    if allowed:
        mine.check_statement(StatementFacts(functions=(use,)))
        return
    with pytest.raises(RelayError) as caught:
        mine.check_statement(StatementFacts(functions=(use,)))
    assert caught.value.reason is Reason.FUNCTION_NOT_ALLOWED


def test_refusal_says_how_an_allowed_function_is_written() -> None:
    with pytest.raises(RelayError) as caught:
        policy(allowed_functions=frozenset({"public.mine"})).check_statement(
            StatementFacts(functions=(FunctionUse(name="mine", position=Position(line=1, column=8)),))
        )
    assert caught.value.message == ("FUNCTION_NOT_ALLOWED: mine at 1:8 is not an allowed function; use public.mine")


def test_aggregation_only_where_it_is_allowed() -> None:
    facts = StatementFacts(uses_aggregation=True)
    policy(allow_aggregation=True).check_statement(facts)
    with pytest.raises(RelayError) as caught:
        policy().check_statement(facts)
    assert caught.value.reason is Reason.OPERATION_NOT_ALLOWED


@given(st.one_of(st.none(), st.booleans(), st.floats(), st.integers(), st.text(), st.lists(st.integers())))
def test_limit_is_a_count_within_bounds_or_refused(requested) -> None:
    is_whole = isinstance(requested, int) or (isinstance(requested, float) and requested.is_integer())
    if requested is None or (is_whole and not isinstance(requested, bool) and requested >= 0):
        limit = policy().row_limit(requested)
        assert 0 <= limit.rows <= 100
        assert limit.clamped is (requested is not None and requested > 100)
        return
    with pytest.raises(RelayError) as caught:
        policy().row_limit(requested)
    assert caught.value.reason is Reason.INVALID_PARAMS


RELATIVES = [
    ((), ("salaries",), False),
    (("*",), ("salaries",), False),
    (("pay",), ("salaries",), True),
    (("public.pay",), ("salaries",), True),
    ((), ("public.salaries",), False),
    ((), ("other",), True),
    (("pay",), ("salaries", "pay"), False),
]


@pytest.mark.parametrize(("allowed_tables", "blocked_tables", "allowed"), RELATIVES)
def test_view_of_a_blocked_table_needs_its_very_name(allowed_tables, blocked_tables, allowed) -> None:
    use = TableUse(
        table=TableName(schema="public", name="pay"), also_reads=(TableName(schema="public", name="salaries"),)
    )
    decided = policy(allowed_tables=allowed_tables, blocked_tables=blocked_tables)
    if allowed:
        decided.check_statement(StatementFacts(tables=(use,)))
        return
    with pytest.raises(RelayError) as caught:
        decided.check_statement(StatementFacts(tables=(use,)))
    assert caught.value.reason is Reason.TABLE_NOT_ALLOWED
    assert "salaries" not in caught.value.message


def test_missing_column_said_after_what_is_not_allowed() -> None:
    missing = ColumnUse(table=TableName(name="c"), name="nme", position=Position(line=1, column=8), exists=False)
    rules = policy(blocked_tables=("secrets",))
    with pytest.raises(RelayError) as caught:
        rules.check_statement(StatementFacts(columns=(missing,)))
    assert caught.value.reason is Reason.QUERY_FAILED
    assert "c.nme at 1:8: SQLSTATE 42703" in caught.value.detail
    hidden = TableUse(table=TableName(name="secrets"))
    with pytest.raises(RelayError) as caught:
        rules.check_statement(StatementFacts(columns=(missing,), tables=(hidden,)))
    assert caught.value.reason is Reason.TABLE_NOT_ALLOWED
