"""What a function leaves of its first argument, where that depends on the others."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from types import MappingProxyType

from sqlglot import exp

from relay.adapters.outbound.postgres.guard.flow_functions import (
    CASTS,
    DIGITS,
    HIDDEN,
    KEPT,
    MIN_CUT,
    RESPELT,
    STRIPPED,
    TEXT_TYPES,
    UNKNOWN,
    Effect,
    cut,
    piece,
)
from relay.adapters.outbound.postgres.guard.flow_patterns import (
    MIN_NEEDLE,
    is_blank,
    is_blank_pattern,
    is_punctuation,
    tells_little,
)
from relay.adapters.outbound.postgres.guard.flows import WHOLES, Flow, Shape, hide, keep
from relay.adapters.outbound.postgres.guard.grammar_tables import TABLE_FORMS
from relay.adapters.outbound.postgres.guard.nodes import Operation, SpecialCall, TypeName, Word
from relay.adapters.outbound.postgres.guard.references import function_name, without_parentheses
from relay.domain.json_value import JsonValue

_PUNCTUATION = re.compile(r"[\s.\-/()+,:;]*")
_STRIPPING = frozenset((r"\W", r"\W+", "[.-]", "[-.]", r"\s", r"\s+"))
"""Patterns that take nothing but punctuation from a number, whatever the number."""
_TO_DIGITS = frozenset((r"\D", r"\D+", "[^0-9]", "[^0-9]+", r"[^\d]", r"[^\d]+"))
_NUMBERING = frozenset((r"\d", r"\d+", "[0-9]", "[0-9]+", "[[:digit:]]", "[[:digit:]]+"))
_SPACING = frozenset((r"\s", r"\s+", " +", r"[\s]+", "[[:space:]]+", r"\n", r"\n+", r"[\r\n]+", r"\r?\n", "\n", "\r\n"))
_NAMES_NOTHING = re.compile(r"[A-Za-z0-9_]{0,3}|[#?]{1,3}")
"""What may stand where numbers were, without hiding an address from a detector or taking a token apart."""
_ACCESSORS = re.compile(r"\s*(strict\s|lax\s)?\s*\$(\s*\.\s*(\*{1,2}|\w+|\"[^\"\\]*\")|\s*\[[\s\w,*]*\])*\s*")
_FILTERS = re.compile(r"[^+\-/%{}]*")
_METHOD = re.compile(r"\.\s*\w+\s*\(|\*\s*[\w$@(.]|[\w)\]]\s+\*")
_STRINGS = re.compile(r'"(?:[^"\\]|\\.)*"')
_FILTERED = Effect(identifier=None, text=keep)


class Arguments:
    """A call's arguments, the parameters among them as their values."""

    def __init__(self, nodes: Sequence[exp.Expr], parameters: Sequence[JsonValue] = ()) -> None:
        self.nodes = nodes
        self._parameters = parameters

    def __len__(self) -> int:
        return len(self.nodes)

    def text(self, index: int) -> str | None:
        """Return the text of a constant argument; None for any other."""
        return self.text_of(self.nodes[index]) if index < len(self.nodes) else None

    def text_of(self, node: exp.Expr) -> str | None:
        """Return the text of a constant; None for anything else."""
        node = without_parentheses(node)
        if isinstance(node, exp.Literal) and node.args.get("is_string"):
            return str(node.this)
        value = self._parameter(node)
        return value if isinstance(value, str) else None

    def number(self, index: int) -> int | None:
        """Return a constant whole number; None for any other argument."""
        if index >= len(self.nodes):
            return None
        node, sign = without_parentheses(self.nodes[index]), 1
        if isinstance(node, Operation) and node.args["operator"] == "-" and node.args.get("this") is None:
            node, sign = node.args["expression"], -1
        text = str(node.this) if isinstance(node, exp.Literal) and not node.args.get("is_string") else ""
        value = self._parameter(node)
        if isinstance(value, int) and not isinstance(value, bool):
            return value * sign
        return int(text) * sign if text.isdecimal() else None

    def _parameter(self, node: exp.Expr) -> JsonValue:
        if not isinstance(node, exp.Parameter):
            return None
        index = int(node.this.this) - 1
        return self._parameters[index] if index < len(self._parameters) else None


def special_arguments(node: exp.Expr) -> tuple[list[exp.Expr], list[str]]:
    """Return a special call's operands, and the word before each (empty for the first and after a comma)."""
    operands: list[exp.Expr] = []
    words: list[str] = []
    word = ""
    for item in node.expressions:
        if isinstance(item, Word):
            word = "" if item.this == "," else str(item.this)
        elif not isinstance(item, exp.Identifier):
            operands.append(item)
            words.append(word)
            word = ""
    return operands, words


def columns_of_form(node: exp.Expr) -> list[str]:
    """Return the names of the columns that JSON_TABLE or XMLTABLE lists; none for other calls."""
    if node.args["name"] not in TABLE_FORMS:
        return []
    items = node.expressions
    return [
        item.name
        for item, following in pairwise(items)
        if isinstance(item, exp.Identifier)
        and (isinstance(following, TypeName) or (isinstance(following, Word) and following.this == "FOR"))
    ]


def _left(given: Arguments) -> Effect:
    return _window(Shape.CUT_END, given.number(1))


def _right(given: Arguments) -> Effect:
    return _window(Shape.CUT_START, given.number(1))


def _window(shape: Shape, length: int | None) -> Effect:
    """Return the effect of a window; a negative length leaves all but so many characters."""
    if length is None or 0 <= length < MIN_CUT:
        return HIDDEN
    return cut(shape, length if length > 0 else None)


def _substring(given: Arguments) -> Effect:
    if len(given) > 1 and given.text(1) is not None:
        return piece() if len(given) == 2 else HIDDEN  # noqa: PLR2004 - a pattern alone; else with an escape
    start, length = given.number(1), given.number(2)
    if start is None and not _is_number(given.nodes[1] if len(given) > 1 else None):
        return UNKNOWN
    if len(given) == 2:  # noqa: PLR2004 - no length
        return cut(Shape.CUT_START)
    if start is not None and start < 1 and length is not None:
        length -= 1 - start
    if length is None or length < MIN_CUT:
        return HIDDEN
    return cut(Shape.CUT_END, length) if start is not None and start <= 1 else cut(Shape.CUT_BOTH)


def _is_number(node: exp.Expr | None) -> bool:
    """Whether an expression is seen to be a number: not a pattern."""
    if node is None:
        return False
    node = without_parentheses(node)
    if isinstance(node, Operation):
        return node.args["operator"] in ("+", "-", "*", "/")
    name = node.args["name"] if isinstance(node, SpecialCall) else None
    if name is None and node.args.get("parts"):
        name = function_name(node)
    return name in ("position", "strpos", "length", "char_length", "greatest", "least", "regexp_instr")


def _pieces(given: Arguments) -> Effect:
    """Return the effect of taking a text apart at a constant."""
    separator = given.text(1)
    if not separator:
        return HIDDEN
    if is_blank(separator):
        return cut(Shape.WORDS)
    return cut(Shape.PIECES) if is_punctuation(separator) or len(separator) >= MIN_NEEDLE else HIDDEN


def _searched(given: Arguments) -> Effect:
    return piece() if given.text(1) else UNKNOWN


def _searched_rows(given: Arguments) -> Effect:
    """Return the effect of taking a text apart at each match: their number tells as well."""
    pattern = given.text(1)
    if pattern and is_blank_pattern(pattern):
        return piece(Shape.WORDS)
    return piece() if pattern and tells_little(pattern) else UNKNOWN


def _trimmed(given: Arguments) -> Effect:
    if len(given) == 1:
        return RESPELT
    characters = given.text(1)
    if characters is not None and _PUNCTUATION.fullmatch(characters):
        return RESPELT
    return HIDDEN


def _replaced(given: Arguments) -> Effect:
    """Return the effect of `replace` and `translate`."""
    taken, put = given.text(1), given.text(2)
    if taken in _SPACING and put == " ":
        return RESPELT
    is_stripping = taken is not None and put == "" and _PUNCTUATION.fullmatch(taken)
    return STRIPPED if is_stripping else HIDDEN


def _regexp_replaced(given: Arguments) -> Effect:
    pattern, put = given.text(1), given.text(2)
    if pattern in _STRIPPING and put == "":
        return STRIPPED
    if pattern in _TO_DIGITS and put == "":
        return DIGITS
    if pattern in _SPACING and put == " ":
        return RESPELT
    if pattern in _NUMBERING and put is not None and _NAMES_NOTHING.fullmatch(put):
        return Effect(identifier=hide, text=_numberless)
    return HIDDEN


def _numberless(flow: Flow) -> Flow:
    return flow.to(Shape.JOINED) if flow.shape in WHOLES else flow.to(flow.shape)


def _padded(given: Arguments) -> Effect:
    is_blank = len(given) < 3 or not (given.text(2) or "x").strip()  # noqa: PLR2004 - with a filling
    return _window(Shape.CUT_END, given.number(1)) if is_blank else HIDDEN


def path_effect(path: str | None) -> Effect:
    """Return the effect of a JSON path: of accessors alone, with a filter, or with arithmetic."""
    if path is None:
        return UNKNOWN
    if _ACCESSORS.fullmatch(path):
        return KEPT
    bare = _STRINGS.sub('"', path)
    return _FILTERED if _FILTERS.fullmatch(bare) and not _METHOD.search(bare) else UNKNOWN


def _json_path(given: Arguments) -> Effect:
    return path_effect(given.text(1))


_Look = Callable[[Arguments], Effect]
BY_ARGUMENTS: Mapping[str, _Look] = MappingProxyType(
    {
        "left": _left,
        "right": _right,
        **dict.fromkeys(("substr", "substring"), _substring),
        **dict.fromkeys(("split_part", "string_to_array", "string_to_table"), _pieces),
        **dict.fromkeys(("regexp_match", "regexp_substr"), _searched),
        **dict.fromkeys(("regexp_matches", "regexp_split_to_array", "regexp_split_to_table"), _searched_rows),
        **dict.fromkeys(("btrim", "ltrim", "rtrim", "trim"), _trimmed),
        **dict.fromkeys(("replace", "translate"), _replaced),
        "regexp_replace": _regexp_replaced,
        "rpad": _padded,
        **dict.fromkeys(("jsonb_path_query", "jsonb_path_query_array", "jsonb_path_query_first"), _json_path),
        **dict.fromkeys(("jsonb_path_query_tz", "jsonb_path_query_array_tz", "jsonb_path_query_first_tz"), _json_path),
        "percentile_disc": lambda _: KEPT,
    }
)
"""The first argument is what they work on; of others they hide what they hold."""


def cast_effect(to: exp.Expr) -> Effect:
    """Return the effect of a cast."""
    words, name = list(to.args["words"]), str(to.args["name"])
    name = name.removeprefix("_")
    schema = to.args.get("schema")
    if schema not in (None, "pg_catalog"):
        return UNKNOWN
    if "(" in words or name in ("bpchar", "name"):
        return _sized(name, words)
    return CASTS.get(name, UNKNOWN)


def _sized(name: str, words: list[str]) -> Effect:
    """Return the effect of a cast to a type with a length, or to one that has a length of its own."""
    if name not in TEXT_TYPES:
        return CASTS[name] if name in ("timestamp", "timestamptz") else HIDDEN
    if name == "name":
        return cut(Shape.CUT_END)
    size = words[words.index("(") + 1] if "(" in words else "1" if words[0].upper() != "BPCHAR" else None
    if size is None:
        return RESPELT
    return cut(Shape.CUT_END, int(size)) if size.isdecimal() and int(size) >= MIN_CUT else HIDDEN
