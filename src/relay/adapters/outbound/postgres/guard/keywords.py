"""PostgreSQL's keywords by category (`pg_get_keywords()`, versions 14 to 18 together).

A word that is a keyword in some of these versions only counts as one: it may be quoted in all of them.
"""

from __future__ import annotations

RESERVED = frozenset(
    """
    all analyse analyze and any array as asc asymmetric both case cast check collate column constraint create
    current_catalog current_date current_role current_time current_timestamp current_user default deferrable desc
    distinct do else end except false fetch for foreign from grant group having in initially intersect into lateral
    leading limit localtime localtimestamp not null offset on only or order placing primary references returning
    select session_user some symmetric system_user table then to trailing true union unique user using variadic when
    where window with
    """.split()  # noqa: SIM905 - a list would be a line a word
)
"""No name at all, unless quoted or after AS."""

FUNCTION_OR_TYPE = frozenset(
    """
    authorization binary collation concurrently cross current_schema freeze full ilike inner is isnull join left like
    natural notnull outer overlaps right similar tablesample verbose
    """.split()  # noqa: SIM905 - a list would be a line a word
)
"""Names of functions and types, not of columns and tables."""

COLUMN_ONLY = frozenset(
    """
    between bigint bit boolean char character coalesce dec decimal exists extract float greatest grouping inout int
    integer interval json json_array json_arrayagg json_exists json_object json_objectagg json_query json_scalar
    json_serialize json_table json_value least merge_action national nchar none normalize nullif numeric out overlay
    position precision real row setof smallint substring time timestamp treat trim values varchar xmlattributes
    xmlconcat xmlelement xmlexists xmlforest xmlnamespaces xmlparse xmlpi xmlroot xmlserialize xmltable
    """.split()  # noqa: SIM905 - a list would be a line a word
)
"""Names of columns and tables, not of functions and types: these have a syntax of their own there."""

NEEDS_AS = frozenset(
    """
    array as char character create day except fetch filter for from grant group having hour intersect into isnull
    limit minute month notnull offset on order over overlaps precision returning second to union varying where window
    with within without year
    """.split()  # noqa: SIM905 - a list would be a line a word
)
"""Words that name an output column only after AS."""
