"""Tree nodes for what sqlglot's own nodes would bend; each keeps what was written, in the order it was written.

Everything else in a guarded tree is sqlglot's: Select, SetOperation, Subquery, Values, With, CTE, Table, Join, Column,
Alias, Identifier, Literal, Case, Order, Limit, …
"""

from __future__ import annotations

from typing import ClassVar

from sqlglot import exp


class Operation(exp.Expression):
    """An operator, or a word that acts as one (`AND`, `NOT LIKE`, `IS NULL`, `AT TIME ZONE`, `COLLATE`).

    Prefix without `this`, postfix without `expression`; `escape` is LIKE's.
    """

    arg_types: ClassVar[dict[str, bool]] = {"operator": True, "this": False, "expression": False, "escape": False}


class Between(exp.Expression):
    """`this NOT BETWEEN SYMMETRIC low AND high`; `words` is everything between `this` and `low`."""

    arg_types: ClassVar[dict[str, bool]] = {"this": True, "words": True, "low": True, "high": True}


class Membership(exp.Expression):
    """`this IN (…)` or `this NOT IN (…)`; `expression` is the list or query with its parentheses."""

    arg_types: ClassVar[dict[str, bool]] = {"this": True, "words": True, "expression": True}


class Quantified(exp.Expression):
    """`ANY (…)`, `SOME (…)` or `ALL (…)` on an operator's right."""

    arg_types: ClassVar[dict[str, bool]] = {"word": True, "this": True}


class Call(exp.Expression):
    """A function call as written. `parts` are the name's identifiers, `star` is `count(*)`."""

    arg_types: ClassVar[dict[str, bool]] = {
        "parts": True,
        "quantifier": False,
        "star": False,
        "expressions": False,
        "order": False,
        "within": False,
        "filter": False,
        "over": False,
    }


class NamedArgument(exp.Expression):
    """`name => value` or `name := value`."""

    arg_types: ClassVar[dict[str, bool]] = {"this": True, "mark": True, "expression": True}


class VariadicArgument(exp.Expression):
    """`VARIADIC array`."""


class SpecialCall(exp.Expression):
    """A call with syntax of its own, like `EXTRACT(year FROM x)`; `expressions` are Words and operands in order."""

    arg_types: ClassVar[dict[str, bool]] = {"name": True, "expressions": False, "filter": False, "over": False}


class Word(exp.Expression):
    """A keyword or mark inside a SpecialCall or a window's frame."""


class ValueFunction(exp.Expression):
    """A function without parentheses: `CURRENT_DATE`, `CURRENT_TIME(3)`, `CURRENT_USER`."""

    arg_types: ClassVar[dict[str, bool]] = {"name": True, "precision": False}


class TypeName(exp.Expression):
    """A type as written (`words`), and its name in pg_type (`name`, for an output column's name)."""

    arg_types: ClassVar[dict[str, bool]] = {"words": True, "name": True, "schema": False}


class TypeCast(exp.Expression):
    """`CAST(this AS to)`, or `this::to` where `short`."""

    arg_types: ClassVar[dict[str, bool]] = {"this": True, "to": True, "short": False}


class TypedLiteral(exp.Expression):
    """`DATE '2024-01-01'`; `suffix` are an interval's fields."""

    arg_types: ClassVar[dict[str, bool]] = {"this": True, "to": True, "suffix": False}


class BitLiteral(exp.Expression):
    """`B'01'` or `X'1F'`."""


class Row(exp.Expression):
    """`ROW(…)` where `word`, else `(a, b)`; also a row of VALUES and an empty grouping set."""

    arg_types: ClassVar[dict[str, bool]] = {"word": False, "expressions": False}


class ArrayLiteral(exp.Expression):
    """`ARRAY[…]`, or an inner `[…]` where not `word`."""

    arg_types: ClassVar[dict[str, bool]] = {"word": False, "expressions": False}


class ArrayQuery(exp.Expression):
    """`ARRAY(SELECT …)`."""


class Subscript(exp.Expression):
    """`this[i]` or `this[low:high]`; an absent bound is absent in `low`, `high`."""

    arg_types: ClassVar[dict[str, bool]] = {"this": True, "slice": False, "low": False, "high": False}


class FieldSelection(exp.Expression):
    """`(this).name` or `(this).*`."""

    arg_types: ClassVar[dict[str, bool]] = {"this": True, "expression": True}


class Grouping(exp.Expression):
    """`ROLLUP (…)`, `CUBE (…)` or `GROUPING SETS (…)`."""

    arg_types: ClassVar[dict[str, bool]] = {"word": True, "expressions": True}


class SortItem(exp.Expression):
    """One item of ORDER BY with its words (`DESC NULLS LAST`); `using` is an operator."""

    arg_types: ClassVar[dict[str, bool]] = {"this": True, "using": False, "words": False}


class WindowDefinition(exp.Expression):
    """What stands in `OVER (…)` or `WINDOW name AS (…)`: `this` is another window, `frame` are Words and bounds."""

    arg_types: ClassVar[dict[str, bool]] = {"this": False, "partition": False, "order": False, "frame": False}


class NamedWindow(exp.Expression):
    """`name AS (…)` of the WINDOW clause."""

    arg_types: ClassVar[dict[str, bool]] = {"this": True, "expression": True}


class TableStatement(exp.Expression):
    """`TABLE name`."""

    arg_types: ClassVar[dict[str, bool]] = {
        "this": True,
        "with_": False,
        "order": False,
        "limit": False,
        "offset": False,
        "fetch": False,
    }


class FunctionSource(exp.Expression):
    """A function in FROM; `expressions` has several for ROWS FROM."""

    arg_types: ClassVar[dict[str, bool]] = {
        "expressions": True,
        "rows_from": False,
        "lateral": False,
        "ordinality": False,
        "alias": False,
    }


class RowsFromItem(exp.Expression):
    """One function of ROWS FROM with its column definitions."""

    arg_types: ClassVar[dict[str, bool]] = {"this": True, "columns": False}


class ColumnDefinition(exp.Expression):
    """`name type` of a function's column definition list."""

    arg_types: ClassVar[dict[str, bool]] = {"this": True, "to": True, "collation": False}


class Sample(exp.Expression):
    """`TABLESAMPLE method (…) REPEATABLE (seed)`."""

    arg_types: ClassVar[dict[str, bool]] = {"method": True, "expressions": True, "seed": False}


class JoinedTables(exp.Expression):
    """A join in parentheses."""

    arg_types: ClassVar[dict[str, bool]] = {"this": True, "joins": False, "alias": False}


class RecursionClause(exp.Expression):
    """SEARCH and CYCLE of a recursive CTE, as Words, identifiers and constants in order."""

    arg_types: ClassVar[dict[str, bool]] = {"expressions": True}
