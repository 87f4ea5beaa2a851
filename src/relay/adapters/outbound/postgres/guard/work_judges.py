"""The judging of what `work_rules.py` remembered, when a statement is known whole."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from sqlglot import exp

from relay.adapters.outbound.postgres.guard.cursor import offset_of
from relay.adapters.outbound.postgres.guard.nodes import (
    ArrayLiteral,
    ArrayQuery,
    Call,
    Operation,
    SpecialCall,
    TypeCast,
    TypedLiteral,
)
from relay.adapters.outbound.postgres.guard.refusal import RefusedStatement
from relay.adapters.outbound.postgres.guard.work_nodes import (
    arguments_of,
    called_name,
    chars,
    is_array_query,
    is_constant,
    is_recursive,
    joined,
    looks_like_path,
    symbol,
    unwrapped,
)
from relay.adapters.outbound.postgres.guard.work_sizes import Sizes
from relay.adapters.outbound.postgres.guard.work_tables import (
    ADDING,
    ARRAY_BUILDERS,
    FORMATTED,
    MAX_PADDING,
    MULTIRANGES,
    PATH_VARIABLE,
    PATH_WITH_TWO_SIDES,
    SEARCHES,
    STRIPPING,
    TEXT_SEARCH,
    TINY_CHARS,
    VARIABLES_CHARS,
    WIDE_FORMAT,
)

PAIRWISE_HINT = "write EXISTS (SELECT 1 FROM unnest(a) x WHERE x = ANY (b)), or make one side an ARRAY[…] of literals"
SEARCH_HINT = "pass the text as a literal, a parameter or a table's column, or use plainto_tsquery"
HINT = "name the column with its table (t.tags), or compare with a literal or an ARRAY[…] of literals"


class Judges:
    """Each method refuses what it is called for. Raises RefusedStatement."""

    def __init__(self, *, sizes: Sizes) -> None:
        """Give `builds` its value before any other is called: whether the statement makes large values."""
        self._sizes = sizes
        self.builds = False

    def nothing_large(self, node: exp.Expr) -> None:
        """Refuse a slow type beside values that may be large."""
        if self.builds:
            raise refused(f"type {node.args['name']} here", node, "write a cast of a literal")

    def one_side_small(self, node: exp.Expr) -> None:
        """Refuse a comparison of all with all, unless one side is small."""
        if (
            self.builds
            and not self._sizes.is_small(node.this)
            and not self._sizes.is_small(node.args.get("expression"))
        ):
            raise refused(f"{symbol(node)} of two values that may both be large", node, PAIRWISE_HINT)

    def search(self, node: exp.Expr) -> None:
        """Refuse to look for a long text in one that may be large."""
        sides = [node.this, node.expression] if isinstance(node, Operation) else arguments_of(node)[:2]
        if not self.builds or all(map(self._sizes.is_small, sides)):
            return
        if not any(self._sizes.written_chars(one) <= TINY_CHARS for one in sides):
            what = symbol(node) if isinstance(node, Operation) else called_name(node)
            raise refused(
                f"{what} in a text that may be large",
                node,
                f"look for a column, named with its table (t.name), or for a literal of up to {TINY_CHARS} characters",
            )

    def formatted(self, node: exp.Expr) -> None:
        """Refuse a large text read by a large format."""
        if self.builds and not any(map(self._sizes.is_small, arguments_of(node)[:2])):
            raise refused(
                f"{called_name(node)} of two texts that may both be large", node, "write the format as a literal"
            )

    def no_array_taken_away(self, node: exp.Expr) -> None:
        """Refuse `jsonb - text[]` with an array that may be large."""
        right = unwrapped(node.args["expression"])
        if is_array_query(right) and not self._sizes.is_small(node.this):
            raise refused("- of an array that may be large", node, "write the keys as literals: - ARRAY['a', 'b']")
        is_array = isinstance(right, ArrayQuery) or (isinstance(right, Call) and called_name(right) in ARRAY_BUILDERS)
        if is_array or (isinstance(right, ArrayLiteral) and not self._sizes.is_small(right)):
            raise refused("- of an array that may be large", node, "write the keys as literals: - ARRAY['a', 'b']")

    def fill(self, node: exp.Expr) -> None:
        """Refuse an array of a length that is not known to be short."""
        if not all(map(self._sizes.are_short_lengths, arguments_of(node)[1:2])):
            raise refused(
                "array_fill of an unknown length", node, f"write the lengths as literals, of up to {MAX_PADDING} values"
            )

    def doubled(self, node: exp.Expr) -> None:
        """Refuse to put a value twice beside itself in each step of a recursion."""
        found = [operand for operand in joined(node) if isinstance(operand, exp.Column)]
        names = [operand.this.name for operand in found if not self._sizes.is_small(operand)]
        if len(names) > len(set(names)) and is_recursive(node):
            raise refused("a value that doubles with each step", node, "add to it something that does not grow")

    def strip(self, node: exp.Expr) -> None:
        """Refuse to strip or translate many characters in a text that may be large."""
        operands = arguments_of(node)
        large = [one for one in operands if not self._sizes.is_small(one)]
        tiny = all(is_constant(one) and chars(one) <= TINY_CHARS for one in operands if one not in large)
        if self.builds and (len(large) > 1 or (large and not tiny)):
            raise refused(
                f"{called_name(node)} of a value that may be large",
                node,
                f"write the characters as literals of up to {TINY_CHARS}",
            )

    def small_text(self, node: exp.Expr) -> None:
        """Refuse a text that may be large."""
        operands = [node.this] if not isinstance(node, Call | SpecialCall) else arguments_of(node)
        if self.builds and not all(map(self._sizes.is_small, operands)):
            hint = SEARCH_HINT if isinstance(node, Call | SpecialCall) and called_name(node) in TEXT_SEARCH else HINT
            raise refused("a text that may be large here", node, hint)

    def pad(self, node: exp.Expr) -> None:
        """Refuse a length that is written, and long; others end at a gigabyte, in some seconds."""
        lengths = [self._sizes.texts(one) or () for one in arguments_of(node)[1:2]]
        if any(len(text) > len(str(MAX_PADDING)) or _number(text) > MAX_PADDING for one in lengths for text in one):
            raise refused(f"{called_name(node)} to such a length", node, f"write a length of up to {MAX_PADDING}")

    def wide_format(self, node: exp.Expr) -> None:
        """Refuse a format that may ask for any width."""
        operands = arguments_of(node)
        texts = self._sizes.texts(operands[0]) if operands else []
        if texts is None or any(map(WIDE_FORMAT.search, texts)):
            raise refused("a format that may ask for any width", node, "write it as a literal, and widths below 10000")

    def one_sided_path(self, node: exp.Expr) -> None:
        """Refuse a JSON path that compares paths with paths, of a value that may be large."""
        if not self.builds:
            return
        path, others = _path_and_operands(node)
        if symbol(node) == "@@" and not looks_like_path(path):
            return  # of text search
        if others and all(map(self._sizes.is_small, others)):
            return
        text = str(path.this) if isinstance(path, exp.Literal) else None
        if text is not None and all(self._sizes.written_chars(one) <= VARIABLES_CHARS for one in others[1:]):
            text = PATH_VARIABLE.sub("1", text)
        if text is None or PATH_WITH_TWO_SIDES.search(text):
            raise refused(
                "a JSON path that may compare many values with many",
                node,
                "write it as a literal, compared with values",
            )

    def table_paths(self, node: exp.Expr) -> None:
        """Refuse such a path anywhere in JSON_TABLE."""
        self.one_sided_path(node)
        for item in node.expressions:
            if self.builds and isinstance(item, exp.Literal) and PATH_WITH_TWO_SIDES.search(str(item.this)):
                raise refused("a JSON path that may compare many values with many", node, "compare with values")


def _path_and_operands(node: exp.Expr) -> tuple[exp.Expr | None, list[exp.Expr]]:
    """Return a JSON path without its cast, and what it is used with: the value first, then the variables."""
    if isinstance(node, TypeCast | TypedLiteral):
        return unwrapped(node.this), []
    if isinstance(node, Operation):
        return unwrapped(node.expression), [node.this]
    operands = arguments_of(node)
    at = min(1, len(operands) - 1)
    return unwrapped(operands[at]) if operands else None, operands[:at] + operands[at + 1 :]


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return 0


def refused(what: str, node: exp.Expr, hint: str) -> RefusedStatement:
    """Make the refusal."""
    place = node.args["to"] if isinstance(node, TypeCast) else node
    return RefusedStatement(what, offset_of(place), hint=hint, because="which no time limit would end")


JUDGES: Mapping[str, Callable[[Judges, exp.Expr], None]] = MappingProxyType(
    {
        **dict.fromkeys(STRIPPING | {"trim"}, Judges.strip),
        **dict.fromkeys(TEXT_SEARCH | MULTIRANGES | {"normalize", "tsquery"}, Judges.small_text),
        **dict.fromkeys(("json_exists", "json_query", "json_value", "jsonpath"), Judges.one_sided_path),
        **dict.fromkeys(FORMATTED, Judges.formatted),
        **dict.fromkeys(SEARCHES, Judges.search),
        **dict.fromkeys(("lpad", "rpad"), Judges.pad),
        "json_table": Judges.table_paths,
        "format": Judges.wide_format,
        "array_fill": Judges.fill,
        **dict.fromkeys(ADDING | {"||", "array_cat"}, Judges.doubled),
    }
)
"""By the name of what is called, or an operator."""
