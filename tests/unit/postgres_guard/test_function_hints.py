"""A refused function comes with what to use in its place."""

from __future__ import annotations

import pytest

from relay.domain.errors import Reason, RelayError

INSTEAD = [
    ("select ifnull(a, 1) from t", "use coalesce(value, other)"),
    ("select isnull(a, 1) from t", "use coalesce(value, other)"),
    ("select group_concat(a) from t", "use string_agg(value::text, ',')"),
    ("select date_format(a, '%Y') from t", "use to_char(time, 'YYYY-MM-DD')"),
    ("select datediff(a, b) from t", "use a subtraction: later::date - earlier::date"),
    ("select getdate()", "use now(), or current_date"),
    ("select len(a) from t", "use length(text)"),
    ("select to_regclass('t')", "use the table's name in quotes: 'name'::regclass"),
    ("select pg_catalog.pg_get_indexdef(1)", "use the column indexdef of pg_indexes"),
    ("select current_setting('x')", "use version() for the server's version; settings are not shown"),
    ("select pg_stat_get_live_tuples(1)", "use a view of statistics: pg_stat_user_tables or pg_stat_user_indexes"),
    ("select no_such_function(1)", "use one that only computes on its arguments"),
]


@pytest.mark.parametrize(("sql", "hint"), INSTEAD, ids=[row[0] for row in INSTEAD])
async def test_hint_names_what_to_use_when_a_function_is_refused(inspect, policy, sql, hint):
    facts = (await inspect(sql)).facts
    with pytest.raises(RelayError) as refused:
        policy.check_statement(facts)
    assert refused.value.reason is Reason.FUNCTION_NOT_ALLOWED
    assert refused.value.hint == hint
