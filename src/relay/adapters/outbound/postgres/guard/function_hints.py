"""What to use in place of functions of other databases, and of those of PostgreSQL's that are left out."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

_INSTEAD: Mapping[str, str] = MappingProxyType(
    {
        **dict.fromkeys(("ifnull", "nvl", "isnull"), "coalesce(value, other)"),
        **dict.fromkeys(("group_concat", "listagg", "wm_concat"), "string_agg(value::text, ',')"),
        **dict.fromkeys(("date_format", "strftime"), "to_char(time, 'YYYY-MM-DD')"),
        **dict.fromkeys(("datediff", "date_diff"), "a subtraction: later::date - earlier::date"),
        **dict.fromkeys(("getdate", "sysdate", "curdate"), "now(), or current_date"),
        **dict.fromkeys(("dateadd", "date_sub"), "time + interval '1 day'"),
        **dict.fromkeys(("year", "month", "day"), "extract(year from time), or month or day"),
        "len": "length(text)",
        "charindex": "strpos(text, part)",
        "instr": "strpos(text, part)",
        "iif": "CASE WHEN condition THEN value ELSE other END",
        "if": "CASE WHEN condition THEN value ELSE other END",
        "to_regclass": "the table's name in quotes: 'name'::regclass",
        "pg_get_indexdef": "the column indexdef of pg_indexes",
        "pg_get_viewdef": "the operation describe_table, which shows a view's columns",
        "current_setting": "version() for the server's version; settings are not shown",
    }
)
_STATISTICS = "pg_stat_get_"


def instead_of(function: str) -> str | None:
    """Return what to use in place of a function; None if nothing is known."""
    if function.startswith(_STATISTICS):
        return "a view of statistics: pg_stat_user_tables or pg_stat_user_indexes"
    return _INSTEAD.get(function)
