"""What functions, operators and casts leave of a protected value: data, each row with its reason.

A function that is in no table here is refused over an identifier (it may fail, or give null, for some values and not
for others, which tells them apart), and hides free text from any detector.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from relay.adapters.outbound.postgres.guard.flows import (
    Change,
    Shape,
    cut_to,
    dated,
    hide,
    keep,
    measure,
    outrank,
    reckon,
    respell,
    shrink,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """What becomes of a value. None: of an identifier, refused; of free text, nothing is left of it in the result."""

    identifier: Change | None
    text: Change | None


KEPT = Effect(identifier=keep, text=keep)
RESPELT = Effect(identifier=respell, text=respell)
EXTREME = Effect(identifier=outrank, text=keep)
"""One value out of many."""
HIDDEN = Effect(identifier=hide, text=hide)
"""Total functions: neither null nor an error tells values apart."""
RECKONED = Effect(identifier=hide, text=reckon)
UNKNOWN = Effect(identifier=None, text=hide)
ARITHMETIC = Effect(identifier=None, text=reckon)
MEASURED = Effect(identifier=hide, text=measure)
"""How long it is, how many parts it has."""
DATED = Effect(identifier=None, text=dated)
STRIPPED = Effect(identifier=respell, text=hide)
"""An identifier without its punctuation is the same one; from text it takes what detectors go by."""
DIGITS = Effect(identifier=respell, text=hide)
"""The same of identifiers that are digits; of an address it leaves a part."""


def cut(shape: Shape, size: int | None = None) -> Effect:
    """Return the effect of taking a piece, of so many characters at most."""
    return Effect(identifier=hide, text=cut_to(shape, size))


def piece(shape: Shape = Shape.PIECES) -> Effect:
    """Return the effect of taking a piece that may be missing: a null would tell of an identifier."""
    return Effect(identifier=None, text=cut_to(shape))


def _all(effect: Effect, names: str) -> dict[str, Effect]:
    return dict.fromkeys(names.split(), effect)


FUNCTIONS: Mapping[str, Effect] = MappingProxyType(
    {
        # the value itself, or one of several, or among others in an array or a document
        **_all(
            KEPT, "any_value first_value last_value nth_value lag lead array_agg array_append array_prepend array_cat"
        ),
        **_all(KEPT, "array_fill array_reverse array_sample array_shuffle trim_array unnest mode coalesce"),
        **_all(
            KEPT, "json_agg jsonb_agg json_agg_strict jsonb_agg_strict json_arrayagg json_objectagg json_object_agg"
        ),
        **_all(KEPT, "jsonb_object_agg json_object_agg_strict jsonb_object_agg_strict json_object_agg_unique"),
        **_all(KEPT, "jsonb_object_agg_unique json_build_array jsonb_build_array json_build_object jsonb_build_object"),
        **_all(
            KEPT, "json_object jsonb_object json_array json json_scalar json_serialize to_json to_jsonb row_to_json"
        ),
        **_all(
            KEPT, "array_to_json json_strip_nulls jsonb_strip_nulls jsonb_pretty json_each jsonb_each json_each_text"
        ),
        **_all(KEPT, "jsonb_each_text json_array_elements jsonb_array_elements json_array_elements_text"),
        **_all(
            KEPT, "jsonb_array_elements_text json_object_keys jsonb_object_keys json_extract_path jsonb_extract_path"
        ),
        **_all(KEPT, "json_extract_path_text jsonb_extract_path_text jsonb_set jsonb_set_lax jsonb_insert jsonb"),
        **_all(KEPT, "json_populate_record jsonb_populate_record json_populate_recordset jsonb_populate_recordset"),
        **_all(
            KEPT, "json_to_record jsonb_to_record json_to_recordset jsonb_to_recordset json_query json_value json_table"
        ),
        **_all(KEPT, "jsonb_path_query jsonb_path_query_array jsonb_path_query_first jsonb_path_query_tz"),
        **_all(KEPT, "jsonb_path_query_array_tz jsonb_path_query_first_tz"),
        # the whole value, written otherwise
        **_all(RESPELT, "lower upper initcap casefold normalize text varchar quote_literal quote_ident quote_nullable"),
        **_all(RESPELT, "int8 numeric float8 convert_from xmlelement xmlforest xmlattributes xmlconcat xmlparse"),
        **_all(RESPELT, "xmlserialize xmlroot xmltext xmlcomment xmlagg xpath xmltable"),
        **_all(EXTREME, "min max"),
        # another value: total over text, numbers and bytes
        **_all(
            HIDDEN, "reverse md5 sha224 sha256 sha384 sha512 crc32 crc32c encode convert_to translate replace ascii"
        ),
        **_all(HIDDEN, "overlay rpad lpad repeat to_hex to_oct to_bin hashtext hashtextextended hashint8"),
        **_all(HIDDEN, "hashint8extended hashbpchar hashfloat8 to_tsvector json_to_tsvector jsonb_to_tsvector"),
        **_all(HIDDEN, "to_char format concat_ws concat"),
        **_all(RECKONED, "sum avg stddev stddev_pop stddev_samp variance var_pop var_samp corr covar_pop covar_samp"),
        **_all(RECKONED, "percentile_cont abs sign floor ceil ceiling round trunc"),
        **_all(HIDDEN, "string_agg array_to_string left right substr substring split_part regexp_replace btrim ltrim"),
        **_all(HIDDEN, "rtrim trim bit_count pg_column_size strpos position regexp_count"),
        # how long, how many
        **_all(MEASURED, "length char_length character_length octet_length bit_length textlen"),
        **_all(MEASURED, "array_length array_upper array_lower array_ndims array_dims cardinality jsonb_array_length"),
        **_all(MEASURED, "json_array_length jsonb_typeof json_typeof"),
    }
)
"""By name, where the arguments make no difference; where they do, `flow_arguments.py` looks first."""

NOTHING_TOLD = frozenset(("pg_typeof", "grouping", "collation for", "pg_collation_for"))
"""They tell of types and of the statement itself."""
LABELS = frozenset(("enum_first", "enum_last", "enum_range"))
"""What they give is written in a type."""
NULL_TESTS = frozenset(("num_nulls", "num_nonnulls", "count"))
CONDITIONS = frozenset(("bool_and", "bool_or", "every"))
TESTS = frozenset(
    [
        *("starts_with", "regexp_like", "like", "notlike", "jsonb_path_exists", "jsonb_path_match", "json_exists"),
        *("jsonb_path_exists_tz", "jsonb_path_match_tz", "xpath_exists", "xmlexists"),
        *("is_normalized", "pg_input_is_valid", "xml_is_well_formed", "xml_is_well_formed_content"),
        "xml_is_well_formed_document",
    ]
)
"""Whether something is in free text; of an identifier that is refused."""
RANKS = frozenset(("ts_rank", "ts_rank_cd"))
"""How well a text fits a query: a number, which is a test where both are whole."""
EQUALITIES = frozenset(("array_position", "array_positions", "array_remove", "array_replace", "nullif"))
"""They compare an array's elements, or two values, for equality."""
ORDERS = frozenset(("greatest", "least", "array_sort", "min", "max"))
"""They compare values by order: of several, the largest tells how the others are."""
SEARCHES = frozenset(
    [
        *(
            "regexp_match",
            "regexp_matches",
            "regexp_substr",
            "substring",
            "substr",
            "regexp_split_to_array",
            "regexp_split_to_table",
        ),
        *(
            "regexp_replace",
            "regexp_count",
            "regexp_instr",
            "split_part",
            "strpos",
            "position",
            "jsonb_path_query",
            "json_query",
        ),
        *("jsonb_path_query_array", "jsonb_path_query_first", "json_value", "json_table", "xpath"),
    ]
)
"""What they give depends on a pattern's being found: each counts as a test of free text."""
KEYED_BY_FIRST = frozenset(
    [
        *("json_object_agg", "json_object_agg_strict", "json_object_agg_unique", "json_object_agg_unique_strict"),
        *("jsonb_object_agg", "jsonb_object_agg_strict", "jsonb_object_agg_unique", "jsonb_object_agg_unique_strict"),
        *("json_objectagg", "jsonb_object"),
    ]
)
"""The first argument is a key, or all keys."""
KEYED_BY_TURNS = frozenset(("json_build_object", "jsonb_build_object", "json_object"))
"""Each other argument is a key."""
ROWS_OF_PARTS = frozenset(
    [
        *("unnest", "json_each", "jsonb_each", "json_each_text", "jsonb_each_text", "json_array_elements"),
        *("jsonb_array_elements", "json_array_elements_text", "jsonb_array_elements_text", "json_object_keys"),
        *("jsonb_object_keys", "json_populate_record", "jsonb_populate_record", "json_populate_recordset"),
        *("jsonb_populate_recordset", "json_to_record", "jsonb_to_record", "json_to_recordset", "jsonb_to_recordset"),
        *("jsonb_path_query", "jsonb_path_query_tz", "json_table", "xmltable"),
    ]
)
"""A row for each part of a document or an array."""
ROWS_OF_PIECES = frozenset(("regexp_split_to_table", "string_to_table", "regexp_matches"))
"""A row for each piece of a text."""
ROWS_OF_ONE_COLUMN = frozenset(
    [
        *("json_array_elements", "jsonb_array_elements", "json_array_elements_text", "jsonb_array_elements_text"),
        *("json_object_keys", "jsonb_object_keys", "regexp_split_to_table", "string_to_table"),
    ]
)
ROWS_OF_NUMBERS = frozenset(("generate_series", "generate_subscripts"))
LISTS = ROWS_OF_PARTS | ROWS_OF_PIECES | {"ts_parse", "ts_debug", "ts_token_type"}
"""Over constants they give rows of constants."""
SEVERAL_COLUMNS = LISTS | {"pg_input_error_info"}
"""In FROM they may give columns with names of their own; other functions give one, called like its source."""
MADE_UP_EACH_TIME = frozenset(
    [
        *("random", "random_normal", "gen_random_uuid", "uuidv4", "uuidv7", "clock_timestamp", "timeofday"),
        *("array_sample", "array_shuffle", "generate_series", "row_number", "rank", "ntile"),
    ]
)
AGGREGATES = frozenset(
    [
        *("any_value", "array_agg", "avg", "bit_and", "bit_or", "bit_xor", "bool_and", "bool_or", "corr", "count"),
        *(
            "covar_pop",
            "covar_samp",
            "cume_dist",
            "dense_rank",
            "every",
            "json_agg",
            "json_agg_strict",
            "json_arrayagg",
        ),
        *("json_object_agg", "json_object_agg_strict", "json_object_agg_unique", "json_object_agg_unique_strict"),
        *("json_objectagg", "jsonb_agg", "jsonb_agg_strict", "jsonb_object_agg", "jsonb_object_agg_strict"),
        *("jsonb_object_agg_unique", "jsonb_object_agg_unique_strict", "max", "min", "mode", "percent_rank"),
        *("percentile_cont", "percentile_disc", "range_agg", "range_intersect_agg", "rank", "regr_avgx", "regr_avgy"),
        *("regr_count", "regr_intercept", "regr_r2", "regr_slope", "regr_sxx", "regr_sxy", "regr_syy", "stddev"),
        *("stddev_pop", "stddev_samp", "string_agg", "sum", "var_pop", "var_samp", "variance", "xmlagg"),
    ]
)

IN_ORDER = frozenset(
    [
        *("array_agg", "string_agg", "json_agg", "jsonb_agg", "json_agg_strict", "jsonb_agg_strict", "json_object_agg"),
        *("jsonb_object_agg", "json_object_agg_strict", "jsonb_object_agg_strict", "xmlagg", "any_value"),
        *("json_arrayagg", "json_objectagg"),
    ]
)
"""Aggregates whose value depends on the order in which rows come."""

EQUAL = frozenset(("=", "<>", "IS DISTINCT FROM", "IS NOT DISTINCT FROM"))
ORDERED = frozenset(("<", ">", "<=", ">=", "~<~", "~<=~", "~>~", "~>=~", "OVERLAPS"))
MATCHED = frozenset(
    [
        *("LIKE", "NOT LIKE", "ILIKE", "NOT ILIKE", "SIMILAR TO", "NOT SIMILAR TO", "~", "~*", "!~", "!~*", "~~"),
        *("~~*", "!~~", "!~~*", "^@", "@@", "@@@", "@?"),
    ]
)
CONTAINED = frozenset(("@>", "<@", "&&", "?", "?|", "?&"))
LOGICAL = frozenset(
    ("AND", "OR", "NOT", "IS TRUE", "IS NOT TRUE", "IS FALSE", "IS NOT FALSE", "IS UNKNOWN", "IS NOT UNKNOWN")
)
NULLNESS = frozenset(("IS NULL", "IS NOT NULL", "ISNULL", "NOTNULL"))
ACCESS = frozenset(("->", "->>", "#>", "#>>", "#-"))
"""A part of a document, or the document without one."""

TEXT_TYPES = frozenset(("text", "varchar", "bpchar", "citext", "name"))
CASTS: Mapping[str, Effect] = MappingProxyType(
    {
        **_all(KEPT, "json jsonb"),
        **_all(RESPELT, "text varchar citext int8 numeric float8"),
        # may fail for some values and not for others
        **_all(Effect(identifier=None, text=respell), "bytea xml inet cidr oid bool uuid time timetz record"),
        **_all(Effect(identifier=None, text=shrink), "int4 int2"),
        # no detector looks for a day
        **_all(DATED, "date timestamp timestamptz"),
    }
)
"""By target type, without a length or precision; any other type hides."""

MIN_CUT = 8
"""Characters of a window that a reader can make something of, and a statement can't spell a value out with."""
MAX_TESTS = 24
"""Tests of free text in a statement, each of which tells one bit of each row."""
