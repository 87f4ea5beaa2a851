"""The calls that have a syntax of their own inside the parentheses (gram.y: func_expr_common_subexpr), as data."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum, auto
from types import MappingProxyType


class Follows(Enum):
    """What must stand after a word inside a special call."""

    OPERAND = auto()
    TYPE = auto()
    LABEL = auto()
    WORDS = auto()
    """Another word, a comma or the end."""


Words = MappingProxyType[str, Follows]
_NONE: Words = MappingProxyType({})


@dataclass(frozen=True, slots=True, kw_only=True)
class SpecialForm:
    """One call's own syntax. Everything that is not listed must be a comma-separated expression.

    `opening`: words that may stand before an operand (at the start or after a comma); `between`: words after one.
    `stops_at_in`: operands end before IN; `field_first`: a field's name comes first; `sorted`: ORDER BY may stand
    inside; `query`: a query may stand inside; `aggregate`: FILTER and OVER may follow.
    """

    opening: Words = field(default_factory=lambda: _NONE)
    between: Words = field(default_factory=lambda: _NONE)
    stops_at_in: bool = False
    field_first: bool = False
    sorted: bool = False
    query: bool = False
    aggregate: bool = False


def _words(follows: Follows, text: str) -> dict[str, Follows]:
    return dict.fromkeys(text.split(), follows)


_JSON_COMMON = MappingProxyType(
    {
        ":": Follows.OPERAND,
        "value": Follows.OPERAND,
        "returning": Follows.TYPE,
        "passing": Follows.OPERAND,
        "default": Follows.OPERAND,
        "as": Follows.LABEL,
        **_words(
            Follows.WORDS,
            "format json encoding utf8 utf16 utf32 null absent on with without unique keys key error empty array object"
            " wrapper conditional unconditional keep omit quotes scalar string true false unknown",
        ),
    }
)
_ONLY_RETURNING = MappingProxyType({"returning": Follows.TYPE})

SPECIAL_FORMS = MappingProxyType(
    {
        "extract": SpecialForm(between=MappingProxyType({"from": Follows.OPERAND}), field_first=True),
        "normalize": SpecialForm(),
        "overlay": SpecialForm(between=MappingProxyType(_words(Follows.OPERAND, "placing from for"))),
        "position": SpecialForm(between=MappingProxyType({"in": Follows.OPERAND}), stops_at_in=True),
        "substring": SpecialForm(between=MappingProxyType(_words(Follows.OPERAND, "from for similar escape"))),
        "trim": SpecialForm(
            opening=MappingProxyType(_words(Follows.OPERAND, "both leading trailing from")),
            between=MappingProxyType({"from": Follows.OPERAND}),
        ),
        "coalesce": SpecialForm(),
        "nullif": SpecialForm(),
        "greatest": SpecialForm(),
        "least": SpecialForm(),
        "grouping": SpecialForm(),
        "xmlconcat": SpecialForm(),
        "xmlelement": SpecialForm(opening=MappingProxyType({"name": Follows.LABEL})),
        "xmlattributes": SpecialForm(between=MappingProxyType({"as": Follows.LABEL})),
        "xmlforest": SpecialForm(between=MappingProxyType({"as": Follows.LABEL})),
        "xmlparse": SpecialForm(
            opening=MappingProxyType(_words(Follows.OPERAND, "document content")),
            between=MappingProxyType(_words(Follows.WORDS, "preserve strip whitespace")),
        ),
        "xmlpi": SpecialForm(opening=MappingProxyType({"name": Follows.LABEL})),
        "xmlserialize": SpecialForm(
            opening=MappingProxyType(_words(Follows.OPERAND, "document content")),
            between=MappingProxyType({"as": Follows.TYPE, **_words(Follows.WORDS, "no indent")}),
        ),
        "json": SpecialForm(between=_JSON_COMMON),
        "json_scalar": SpecialForm(),
        "json_serialize": SpecialForm(between=_JSON_COMMON),
        "json_object": SpecialForm(between=_JSON_COMMON, opening=_ONLY_RETURNING),
        "json_array": SpecialForm(between=_JSON_COMMON, opening=_ONLY_RETURNING, query=True),
        "json_objectagg": SpecialForm(between=_JSON_COMMON, opening=_ONLY_RETURNING, aggregate=True),
        "json_arrayagg": SpecialForm(between=_JSON_COMMON, opening=_ONLY_RETURNING, sorted=True, aggregate=True),
        "json_exists": SpecialForm(between=_JSON_COMMON),
        "json_query": SpecialForm(between=_JSON_COMMON),
        "json_value": SpecialForm(between=_JSON_COMMON),
    }
)

VALUE_FUNCTIONS = MappingProxyType(
    {
        # word -> whether it takes a precision
        "current_date": False,
        "current_time": True,
        "current_timestamp": True,
        "localtime": True,
        "localtimestamp": True,
        "current_catalog": False,
        "current_schema": False,
        "current_role": False,
        "current_user": False,
        "session_user": False,
        "system_user": False,
        "user": False,
    }
)

REFUSED_FORMS = MappingProxyType(
    {
        "treat": "write CAST",
        "xmltable": "it belongs into FROM",
        "json_table": "it belongs into FROM",
        "merge_action": "it belongs to MERGE, which writes",
    }
)
