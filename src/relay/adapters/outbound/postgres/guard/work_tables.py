"""Names and bounds for `work_rules.py`: what makes large values, and what compares all with all."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType

from relay.adapters.outbound.postgres.guard.type_rules import BUILT_IN_TYPES

SMALL_CHARS = 1_000
"""Of a literal or parameter that counts as small; a list of values may have as many."""
TINY_CHARS = 32
"""Of characters to strip, translate or look for, whatever they are looked for in."""
LARGE_CHARS = 10_000
"""Of a literal or parameter that counts as a large value that the statement makes."""
MAX_PADDING = 1_000_000
MAX_PIECES = 100
"""Of a table's values, or as large as one, in a small value."""
MAX_DERIVATIONS = 16
"""Sub-queries of sub-queries that are followed to the tables."""

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
ADDING = frozenset(
    [
        *("concat", "concat_ws", "json_build_array", "jsonb_build_array", "json_build_object", "jsonb_build_object"),
        *("json_array", "json_object"),
    ]
)
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
SPLITTING = frozenset(("string_to_array", "regexp_split_to_array"))
ELEMENTS = SPLITTING | {"array_agg"}
"""They make an array with no element that is larger than what they are given."""
SCALARS = frozenset(
    [
        *("int4range", "int8range", "numrange", "tsrange", "tstzrange", "daterange", "count", "length", "char_length"),
        *("character_length", "octet_length", "cardinality", "array_length", "jsonb_array_length", "json_array_length"),
        *("strpos", "md5", "date_trunc", "date_part", "row_number", "rank", "dense_rank"),
    ]
)
"""Of whatever they make a short value."""
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
VARIABLES_CHARS = 128
"""Of a JSON path's variables, each of which may be an array, beside a value that may be large."""
PATH_VARIABLE = re.compile(r"\$\w+(?!\s*[\w.\[*/])")
"""That the variables give: one value, not a path into one."""
WIDE_FORMAT = re.compile(r"%(\d+\$)?-?(\*|\d{5,})")
PLAIN_LENGTHS = re.compile(r"\{((?:\d{1,9},)*\d{1,9})\}")
PLAIN_FORMAT = re.compile(r"([^%]|%[%sIL])*")


def _replaced(texts: Sequence[str]) -> tuple[float, float] | None:
    return (max(1, len(texts[1]) / max(1, len(texts[0]))), 0) if len(texts) > 1 else None


def _inserted(texts: Sequence[str]) -> tuple[float, float] | None:
    return 1 + sum(map(len, texts[1:])), 0


def _separated(texts: Sequence[str]) -> tuple[float, float] | None:
    return 1 + sum(map(len, texts)), 0


def _padded(texts: Sequence[str]) -> tuple[float, float] | None:
    return (1, float(texts[0])) if texts[0].isdecimal() and float(texts[0]) <= SMALL_CHARS else None


def _formatted(texts: Sequence[str]) -> tuple[float, float] | None:
    longest, plain = max(map(len, texts)), all(map(PLAIN_FORMAT.fullmatch, texts))
    return (max(text.count("%") for text in texts), longest) if plain and longest <= SMALL_CHARS else None


GROWING: Mapping[str, Callable[[Sequence[str]], tuple[float, float] | None]] = MappingProxyType(
    {
        "replace": _replaced,
        "regexp_replace": _inserted,
        "array_to_string": _separated,
        "lpad": _padded,
        "rpad": _padded,
        "format": _formatted,
    }
)
"""By the texts that the statement gives: how many times longer the value gets, and by how many characters."""
