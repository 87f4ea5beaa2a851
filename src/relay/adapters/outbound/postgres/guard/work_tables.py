"""Names and bounds for `work_rules.py`: what makes large values, and what compares all with all."""

from __future__ import annotations

import re

from relay.adapters.outbound.postgres.guard.type_rules import BUILT_IN_TYPES

SMALL_CHARS = 1_000
"""Of a literal or parameter that counts as small; a list of values may have as many."""
TINY_CHARS = 32
"""Of characters to strip, translate or look for, whatever they are looked for in."""
LARGE_CHARS = 10_000
"""Of a literal or parameter that counts as a large value that the statement makes."""
MAX_PADDING = 1_000_000

BUILDERS = frozenset(
    [
        *("repeat", "lpad", "rpad", "replace", "regexp_replace", "overlay", "concat", "concat_ws", "format", "encode"),
        *("quote_literal", "quote_nullable", "quote_ident", "array_to_string", "array_fill", "array_cat", "xmlconcat"),
        *("array_append", "array_prepend", "string_to_array", "regexp_split_to_array", "jsonb_path_query_array"),
        *("json_build_array", "jsonb_build_array", "json_build_object", "jsonb_build_object", "jsonb_set"),
        *("jsonb_insert", "to_json", "to_jsonb", "array_to_json", "row_to_json", "json_array", "json_object"),
        *("json_arrayagg", "json_objectagg", "xmlelement", "xmlforest", "xmlagg"),
    ]
)
ADDING = frozenset(("concat", "concat_ws"))
"""Of small values they make a small one."""
ARRAY_BUILDERS = frozenset(
    (
        "array_agg",
        "array_fill",
        "array_cat",
        "array_append",
        "array_prepend",
        "string_to_array",
        "regexp_split_to_array",
    )
)
PAIRWISE = frozenset(("&&", "@>", "<@", "?|", "?&"))
SEARCHES = frozenset(
    [
        *("~~", "!~~", "~~*", "!~~*", "LIKE", "NOT LIKE", "ILIKE", "NOT ILIKE"),
        *("position", "replace", "split_part", "string_to_array", "string_to_table", "strpos"),
    ]
)
"""What looks for one text in another, at worst by comparing all of it at each character."""
SHAPES = frozenset(("polygon", "path"))
FORMATTED = frozenset(("to_timestamp", "to_date", "to_number"))
STRIPPING = frozenset(("btrim", "ltrim", "rtrim", "translate"))
TEXT_SEARCH = frozenset(("to_tsquery", "plainto_tsquery", "phraseto_tsquery", "websearch_to_tsquery"))
ATTRIBUTES = TEXT_SEARCH | {"path", "polygon", "tsquery", "jsonpath", "normalize"}
MULTIRANGES = frozenset(name for name in BUILT_IN_TYPES if name.endswith("multirange"))
PATH_CALLS = re.compile(r"jsonb_path_\w+")
PATH_WITH_TWO_SIDES = re.compile(r"(==|!=|<>|[<>]=?)[\s(+-]*[@$]")
WIDE_FORMAT = re.compile(r"%(\d+\$)?-?(\*|\d{5,})")
PLAIN_LENGTHS = re.compile(r"\{((?:\d{1,9},)*\d{1,9})\}")
PREFIX = re.compile(r"OPERATOR\(pg_catalog\.(.*)\)")
