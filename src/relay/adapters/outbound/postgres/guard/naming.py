"""The names that PostgreSQL gives output columns (parse_target.c: FigureColname)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from sqlglot import exp

from relay.adapters.outbound.postgres.guard.nodes import (
    ArrayLiteral,
    ArrayQuery,
    Call,
    FieldSelection,
    Operation,
    Row,
    SpecialCall,
    Subscript,
    TableStatement,
    TypeCast,
    TypedLiteral,
    ValueFunction,
)

UNNAMED = "?column?"
Name = tuple[str | None, bool]
"""A name, and whether it is a strong one, which a cast or a CASE around it doesn't replace."""

_NOTHING: Name = (None, False)
_TRIM_NAMES = {"BOTH": "btrim", "LEADING": "ltrim", "TRAILING": "rtrim"}
_CALLED_OTHERWISE = {"collation for": "pg_collation_for"}
_WORD_OPERATORS = {"AT TIME ZONE": "timezone", "AT LOCAL": "timezone", "OVERLAPS": "overlaps"}


def output_names(query: exp.Expr) -> tuple[str, ...] | None:
    """Return the names of a query's columns; None where they depend on a table or a function."""
    while isinstance(query, exp.SetOperation | exp.Subquery):
        query = query.this
    if isinstance(query, exp.Values):
        return tuple(f"column{index}" for index, _ in enumerate(query.expressions[0].expressions, 1))
    if isinstance(query, TableStatement) or not isinstance(query, exp.Select):
        return None
    names = []
    for target in query.expressions:
        if is_star(target):
            return None
        names.append(column_name(target) or UNNAMED)
    return tuple(names)


def column_name(target: exp.Expr) -> str | None:
    """Return the name of one output column; None where PostgreSQL has none and says `?column?`."""
    if isinstance(target, exp.Alias):
        return str(target.args["alias"].name)
    return _figure(target)[0]


def is_star(target: exp.Expr) -> bool:
    """Whether an output is `*`, `t.*` or `(row).*`."""
    if isinstance(target, exp.Column | FieldSelection):
        target = target.this if isinstance(target, exp.Column) else target.expression
    return isinstance(target, exp.Star)


def _figure(node: exp.Expr) -> Name:
    """Look through what gives no name of its own; the outermost cast names what has no strong name inside."""
    cast_name = None
    while True:
        if isinstance(node, TypeCast):
            cast_name = cast_name or node.args["to"].args["name"]
        elif not (isinstance(node, exp.Paren | Subscript) or _is_collation(node)):
            break
        node = node.this
    rule = _RULES.get(type(node))
    name, strong = _NOTHING if rule is None else rule(node)
    return (name, True) if strong else (cast_name or name, False)


def _is_collation(node: exp.Expr) -> bool:
    return isinstance(node, Operation) and node.args["operator"] == "COLLATE"


def _last_name(node: exp.Expr) -> Name:
    part = node.this if isinstance(node, exp.Column) else node.expression
    return (part.name, True) if isinstance(part, exp.Identifier) else _NOTHING


def _call(node: exp.Expr) -> Name:
    return node.args["parts"][-1].name, True


def _special(node: exp.Expr) -> Name:
    name = node.args["name"]
    if name == "trim":
        first = node.expressions[0] if node.expressions else None
        return _TRIM_NAMES.get(str(first.this) if first is not None else "", "btrim"), True
    return _CALLED_OTHERWISE.get(name, name), True


def _operation(node: exp.Expr) -> Name:
    operator = node.args["operator"]
    if operator in _WORD_OPERATORS:
        return _WORD_OPERATORS[operator], True
    if operator.endswith(" NORMALIZED") and not operator.startswith("IS NOT"):
        return "is_normalized", True
    return _NOTHING


def _case(node: exp.Expr) -> Name:
    default = node.args.get("default")
    name, strong = _NOTHING if default is None else _figure(default)
    return (name, True) if strong else ("case", False)


def _subquery(node: exp.Expr) -> Name:
    query = node
    while isinstance(query, exp.SetOperation | exp.Subquery):
        query = query.this
    if isinstance(query, exp.Values):
        return "column1", True
    if not isinstance(query, exp.Select) or not query.expressions:
        return _NOTHING
    target = query.expressions[0]
    if isinstance(target, exp.Alias):
        return target.args["alias"].name, True
    return _figure(target)


def _fixed(name: str) -> Callable[[exp.Expr], Name]:
    return lambda _: (name, True)


_RULES: Mapping[type[exp.Expr], Callable[[exp.Expr], Name]] = MappingProxyType(
    {
        exp.Column: _last_name,
        FieldSelection: _last_name,
        Call: _call,
        SpecialCall: _special,
        ValueFunction: lambda node: (node.args["name"], True),
        TypedLiteral: lambda node: (node.args["to"].args["name"], False),
        Operation: _operation,
        exp.Case: _case,
        exp.Subquery: _subquery,
        exp.Exists: _fixed("exists"),
        ArrayQuery: _fixed("array"),
        ArrayLiteral: _fixed("array"),
        Row: _fixed("row"),
    }
)
