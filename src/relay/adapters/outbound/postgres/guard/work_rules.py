"""Work that no time limit ends: calls that compare everything with everything and look at no clock meanwhile.

PostgreSQL checks for cancellation between rows and in most loops, but not in these; measured on PostgreSQL 18, each ran
for 10 s to more than 85 s beyond statement_timeout with values that the statement itself had made. Data of a table is
as large as the customer made it; so what counts is whether a statement makes large values (`_BUILDERS`), and whether
one side of such a call is known to be small.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from types import MappingProxyType

from sqlglot import exp

from relay.adapters.outbound.postgres.guard.cursor import offset_of
from relay.adapters.outbound.postgres.guard.nodes import (
    ArrayLiteral,
    ArrayQuery,
    BitLiteral,
    Call,
    Operation,
    Row,
    SpecialCall,
    TypeCast,
    TypedLiteral,
    Word,
)
from relay.adapters.outbound.postgres.guard.refusal import RefusedStatement
from relay.adapters.outbound.postgres.guard.sources import Source
from relay.adapters.outbound.postgres.guard.type_rules import BUILT_IN_TYPES, element_type
from relay.domain.json_value import JsonValue

SMALL_CHARS = 1_000
"""Of a literal or parameter that counts as small; a list of values may have as many."""
TINY_CHARS = 32
"""Of characters to strip or translate, whatever they are stripped from."""
LARGE_CHARS = 10_000
"""Of a literal or parameter that counts as a large value that the statement makes."""
MAX_PADDING = 1_000_000

_BUILDERS = frozenset(
    [
        *("repeat", "lpad", "rpad", "replace", "regexp_replace", "overlay", "concat", "concat_ws", "format", "encode"),
        *("quote_literal", "quote_nullable", "quote_ident", "array_to_string", "array_fill", "array_cat", "xmlconcat"),
        *("array_append", "array_prepend", "string_to_array", "regexp_split_to_array", "jsonb_path_query_array"),
        *("json_build_array", "jsonb_build_array", "json_build_object", "jsonb_build_object", "jsonb_set"),
        *("jsonb_insert", "to_json", "to_jsonb", "array_to_json", "row_to_json", "json_array", "json_object"),
        *("json_arrayagg", "json_objectagg", "xmlelement", "xmlforest", "xmlagg"),
    ]
)
_ADDING = frozenset(("concat", "concat_ws"))
"""Of small values they make a small one."""
_ARRAY_BUILDERS = frozenset(
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
_PAIRWISE = frozenset(
    [
        *("&&", "@>", "<@", "?|", "?&", "~~", "!~~", "~~*", "!~~*"),
        *("LIKE", "NOT LIKE", "ILIKE", "NOT ILIKE"),
    ]
)
_SHAPES = frozenset(("polygon", "path"))
_FORMATTED = frozenset(("to_timestamp", "to_date", "to_number"))
_STRIPPING = frozenset(("btrim", "ltrim", "rtrim", "translate"))
_TEXT_SEARCH = frozenset(("to_tsquery", "plainto_tsquery", "phraseto_tsquery", "websearch_to_tsquery"))
_ATTRIBUTES = _TEXT_SEARCH | {"path", "polygon", "tsquery", "jsonpath", "normalize"}
_MULTIRANGES = frozenset(name for name in BUILT_IN_TYPES if name.endswith("multirange"))
_PATH_CALLS = re.compile(r"jsonb_path_\w+")
_PATH_WITH_TWO_SIDES = re.compile(r"(==|!=|<>|[<>]=?)[\s(+-]*[@$]")
_WIDE_FORMAT = re.compile(r"%(\d+\$)?-?(\*|\d{5,})")
_PREFIX = re.compile(r"OPERATOR\(pg_catalog\.(.*)\)")
HINT = "name the column with its table (t.tags), or compare with a literal or an ARRAY[…] of literals"


class WorkRules:
    """Looks at the nodes of one walk, and judges when all sources are known."""

    def __init__(self, *, parameters: Sequence[JsonValue], sources: Mapping[str, Sequence[Source]]) -> None:
        self._parameters = parameters
        self._sources = sources
        self._builds = any(map(_is_large, parameters))
        self._builds_arrays = False
        self._heavy: list[tuple[Callable[[exp.Expr], None], exp.Expr]] = []
        self._shapes: set[str] = set()
        self._sums: list[exp.Expr] = []
        self._accepted: set[int] = set()
        self._attributes: list[tuple[str, exp.Expr]] = []

    def literal(self, node: exp.Expr) -> None:
        """Remember a large literal."""
        self._builds = self._builds or len(str(node.this)) > LARGE_CHARS

    def array(self, node: exp.Expr) -> None:
        """Remember an array of computed values: ARRAY[a, a] of the same grows, one sub-query in the other."""
        if isinstance(node, ArrayQuery) or not all(map(_is_constant, node.expressions)):
            self._builds = self._builds_arrays = True

    def call(self, node: exp.Expr) -> None:
        """Remember a call for what it builds, and for what it costs."""
        name = node.args["name"] if isinstance(node, SpecialCall) else node.args["parts"][-1].name
        if name in _BUILDERS or _is_aggregate(name):
            self._builds = True
        self._builds_arrays = self._builds_arrays or name in _ARRAY_BUILDERS
        rule = _CALLS.get(name) or (_CALLS["jsonpath"] if _PATH_CALLS.fullmatch(name) else None)
        if rule is not None:
            self._heavy.append((rule.__get__(self), node))

    def operation(self, node: exp.Expr) -> None:
        """Remember an operator, in the same way."""
        operator = _symbol(node)
        if operator == "||":
            self._builds = True
        if operator in _PAIRWISE:
            self._heavy.append((self.one_side_small, node))
        elif operator == "+":
            self._sums.append(node)
        elif operator == "-" and node.args.get("this") is not None:
            self._heavy.append((self.no_array_taken_away, node))
        elif operator in ("@?", "@@"):
            self._heavy.append((self.one_sided_path, node))
        elif operator.endswith("NORMALIZED"):
            self._heavy.append((self.small_text, node))

    def cast(self, node: exp.Expr) -> None:
        """Remember a cast to a type that is slow to read or to compare."""
        to = node.args["to"]
        name = element_type(to.args["name"])
        if name in _SHAPES and _is_constant(node.this) and _chars(node.this) <= SMALL_CHARS:
            self._shapes.add(name)
        elif name == "jsonpath":
            self._heavy.append((self.one_sided_path, node))
        elif _is_slow_to_read(name):
            self._heavy.append((self.small_text, node))
        else:
            return
        self._accepted.add(id(to))

    def type_name(self, node: exp.Expr) -> None:
        """Refuse a polygon that is not a short literal; remember what no cast was seen to make."""
        name = element_type(node.args["name"])
        if id(node) in self._accepted:
            return
        if name in _SHAPES:
            raise _refused(
                f"a {name} that is not a short literal", node, f"write it, in up to {SMALL_CHARS} characters"
            )
        if name == "jsonpath" or _is_slow_to_read(name):
            self._heavy.append((self.nothing_large, node))

    def attribute(self, name: str, node: exp.Expr) -> None:
        """Remember `(value).name` where it may be a call or a cast that is slow."""
        if name in _ATTRIBUTES:
            self._attributes.append((name, node))

    def finish(self) -> None:
        """Refuse the first heavy call. Raises RefusedStatement."""
        for name, node in self._attributes:
            if self._may_be_call(node) and (self._builds or (name == "path" and self._shapes)):
                raise _refused(f"{name} after a dot", node, f'call a column otherwise: AS "{name}_"')
        if "path" in self._shapes and self._sums:
            raise _refused("+ beside paths", self._sums[0], "write the whole path as one literal")
        for rule, node in self._heavy:
            rule(node)

    def nothing_large(self, node: exp.Expr) -> None:
        """Refuse a slow type beside values that may be large."""
        if self._builds:
            raise _refused(f"type {node.args['name']} here", node, "write a cast of a literal")

    def _may_be_call(self, node: exp.Expr) -> bool:
        """Whether `x.name` may be more than a column: a row has no cast to such types, a function's value has."""
        if not isinstance(node, exp.Column):
            return True
        return any(source.is_function for source in self._sources.get(node.args["table"].name, ()))

    def one_side_small(self, node: exp.Expr) -> None:
        """Refuse a comparison of all with all, unless one side is small."""
        if self._builds and not self._is_small(node.this) and not self._is_small(node.args.get("expression")):
            raise _refused(f"{_symbol(node)} of two values that may both be large", node, HINT)

    def formatted(self, node: exp.Expr) -> None:
        """Refuse a large text read by a large format."""
        if self._builds and not any(map(self._is_small, _operands(node)[:2])):
            raise _refused(f"{_name(node)} of two texts that may both be large", node, "write the format as a literal")

    def no_array_taken_away(self, node: exp.Expr) -> None:
        """Refuse `jsonb - text[]` with an array that may be large."""
        right = _bare(node.args["expression"])
        is_array = isinstance(right, ArrayQuery) or (isinstance(right, Call) and _name(right) in _ARRAY_BUILDERS)
        if is_array or (isinstance(right, ArrayLiteral) and not self._is_small(right)):
            raise _refused("- of an array that may be large", node, "write the keys as literals: - ARRAY['a', 'b']")

    def strip(self, node: exp.Expr) -> None:
        """Refuse to strip or translate many characters in a text that may be large."""
        operands = _operands(node)
        large = [one for one in operands if not self._is_small(one)]
        tiny = all(_is_constant(one) and _chars(one) <= TINY_CHARS for one in operands if one not in large)
        if self._builds and (len(large) > 1 or (large and not tiny)):
            raise _refused(
                f"{_name(node)} of a value that may be large",
                node,
                f"write the characters as literals of up to {TINY_CHARS}",
            )

    def small_text(self, node: exp.Expr) -> None:
        """Refuse a text that may be large."""
        operands = [node.this] if not isinstance(node, Call | SpecialCall) else _operands(node)
        if self._builds and not all(map(self._is_small, operands)):
            raise _refused("a text that may be large here", node, HINT)

    def pad(self, node: exp.Expr) -> None:
        """Refuse a length that is not known to be short."""
        length = _operands(node)[1:2]
        if not all(map(self._is_short_length, length)):
            raise _refused(f"{_name(node)} to an unknown length", node, f"write a length of up to {MAX_PADDING}")

    def wide_format(self, node: exp.Expr) -> None:
        """Refuse a format that may ask for any width."""
        operands = _operands(node)
        if operands and (not _is_constant(operands[0]) or _WIDE_FORMAT.search(str(_bare(operands[0]).this))):
            raise _refused("a format that may ask for any width", node, "write it as a literal, and widths below 10000")

    def one_sided_path(self, node: exp.Expr) -> None:
        """Refuse a JSON path that compares paths with paths."""
        if not self._builds:
            return
        path = node.this if isinstance(node, TypeCast | TypedLiteral) else node.args.get("expression")
        if isinstance(node, Call | SpecialCall):
            operands = _operands(node)
            path = operands[min(1, len(operands) - 1)] if operands else None
        bare = None if path is None else _bare(path)
        if _symbol(node) == "@@" and not _looks_like_path(bare):
            return  # of text search
        if not isinstance(bare, exp.Literal) or _PATH_WITH_TWO_SIDES.search(str(bare.this)):
            raise _refused(
                "a JSON path that may compare many values with many",
                node,
                "write it as a literal, compared with values",
            )

    def table_paths(self, node: exp.Expr) -> None:
        """Refuse such a path anywhere in JSON_TABLE."""
        self.one_sided_path(node)
        for item in node.expressions:
            if self._builds and isinstance(item, exp.Literal) and _PATH_WITH_TWO_SIDES.search(str(item.this)):
                raise _refused("a JSON path that may compare many values with many", node, "compare with values")

    def _is_short_length(self, node: exp.Expr) -> bool:
        bare = _bare(node)
        if isinstance(bare, exp.Literal):
            return not bare.args.get("is_string") and float(bare.this) <= MAX_PADDING
        if isinstance(bare, exp.Parameter):
            value = self._value(bare)
            return isinstance(value, int) and value <= MAX_PADDING
        if isinstance(bare, Operation):
            sides = (bare.args.get("this"), bare.expression)
            return _symbol(bare) in ("+", "-") and all(one is None or self._is_short_length(one) for one in sides)
        if isinstance(bare, Call):
            return _name(bare) in ("length", "char_length") and self._is_small(bare)
        return isinstance(bare, exp.Column) and self._is_of_a_table(bare)

    def _is_small(self, node: exp.Expr | None) -> bool:
        """Whether a value is small, or as large as a table's data makes it."""
        node = None if node is None else _bare(node)
        if node is None or isinstance(node, exp.Literal | BitLiteral | exp.Null | exp.Boolean | Word):
            return node is None or _chars(node) <= SMALL_CHARS
        if isinstance(node, exp.Parameter):
            value = self._value(node)
            return not isinstance(value, str | list | tuple | dict) or len(str(value)) <= SMALL_CHARS
        if isinstance(node, exp.Column):
            return self._is_of_a_table(node)
        if isinstance(node, Operation):
            return all(map(self._is_small, (node.args.get("this"), node.args.get("expression"))))
        if isinstance(node, Call) and (_name(node) in _BUILDERS - _ADDING or _is_aggregate(_name(node))):
            return False
        return isinstance(node, ArrayLiteral | Row | SpecialCall | Call) and all(map(self._is_small, node.expressions))

    def _is_of_a_table(self, node: exp.Expr) -> bool:
        qualifier = node.args.get("table")
        names: Iterable[str] = self._sources if qualifier is None else (qualifier.name,)
        found = [source for name in names for source in self._sources.get(name, ())]
        return bool(found) and all(source.table is not None for source in found)

    def _value(self, node: exp.Expr) -> JsonValue:
        number = int(node.this.this)
        return self._parameters[number - 1] if number <= len(self._parameters) else None


def _refused(what: str, node: exp.Expr, hint: str) -> RefusedStatement:
    place = node.args["to"] if isinstance(node, TypeCast) else node
    return RefusedStatement(f"{what}, which no time limit would end,", offset_of(place), hint=hint)


def _is_aggregate(name: str) -> bool:
    return name.endswith(("_agg", "_agg_strict", "_agg_unique", "_agg_unique_strict", "xmlagg"))


def _is_slow_to_read(type_name: str) -> bool:
    return type_name == "tsquery" or type_name in _MULTIRANGES


def _bare(node: exp.Expr) -> exp.Expr:
    while isinstance(node, exp.Paren | TypeCast | TypedLiteral):
        node = node.this
    return node


def _is_constant(node: exp.Expr) -> bool:
    return isinstance(_bare(node), exp.Literal | exp.Null | exp.Boolean | BitLiteral)


def _is_large(value: JsonValue) -> bool:
    return isinstance(value, str | list | tuple | dict) and len(str(value)) > LARGE_CHARS


def _chars(node: exp.Expr) -> int:
    return len(str(_bare(node).this or ""))


def _symbol(node: exp.Expr) -> str:
    operator = str(node.args.get("operator", ""))
    match = _PREFIX.fullmatch(operator)
    return operator if match is None else match.group(1)


def _name(node: exp.Expr) -> str:
    return str(node.args["name"] if isinstance(node, SpecialCall) else node.args["parts"][-1].name)


def _operands(node: exp.Expr) -> list[exp.Expr]:
    return [item for item in node.expressions if not isinstance(item, Word)]


def _looks_like_path(node: exp.Expr | None) -> bool:
    return isinstance(node, exp.Literal) and str(node.this).lstrip().startswith(("$", "strict", "lax", "@", "("))


_CALLS: Mapping[str, Callable[[WorkRules, exp.Expr], None]] = MappingProxyType(
    {
        **dict.fromkeys(_STRIPPING | {"trim"}, WorkRules.strip),
        **dict.fromkeys(_TEXT_SEARCH | _MULTIRANGES | {"normalize", "tsquery"}, WorkRules.small_text),
        **dict.fromkeys(("json_exists", "json_query", "json_value", "jsonpath"), WorkRules.one_sided_path),
        **dict.fromkeys(_FORMATTED, WorkRules.formatted),
        **dict.fromkeys(("lpad", "rpad"), WorkRules.pad),
        "json_table": WorkRules.table_paths,
        "format": WorkRules.wide_format,
    }
)
