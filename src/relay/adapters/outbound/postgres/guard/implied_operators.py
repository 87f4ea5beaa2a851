"""Operators that PostgreSQL looks up by name although the statement does not write them (`gram.y`, `parse_expr.c`)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from sqlglot import exp

from relay.adapters.outbound.postgres.guard.nodes import Between, Membership, Operation, SpecialCall

EQUALS = ("=",)
NOTHING: tuple[str, ...] = ()

BY_WORDS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "LIKE": ("~~",),
        "NOT LIKE": ("!~~",),
        "ILIKE": ("~~*",),
        "NOT ILIKE": ("!~~*",),
        "SIMILAR TO": ("~",),
        "NOT SIMILAR TO": ("!~",),
        "IS DISTINCT FROM": EQUALS,
        "IS NOT DISTINCT FROM": EQUALS,
    }
)
"""Words that act as an operator. `AT TIME ZONE`, `OVERLAPS` and their like call functions of pg_catalog."""


def implied_operators(node: exp.Expr) -> tuple[str, ...]:
    """Return the symbols that a node stands for beside those that it writes."""
    rule = _RULES.get(type(node))
    return NOTHING if rule is None else rule(node)


def _operation(node: exp.Expr) -> tuple[str, ...]:
    return BY_WORDS.get(node.args["operator"], NOTHING)


def _between(node: exp.Expr) -> tuple[str, ...]:
    return ("<", ">") if node.args["words"].startswith("NOT") else (">=", "<=")


def _membership(node: exp.Expr) -> tuple[str, ...]:
    return ("<>", "=") if node.args["words"].startswith("NOT") else EQUALS


def _case(node: exp.Expr) -> tuple[str, ...]:
    return NOTHING if node.args.get("this") is None else EQUALS


def _join(node: exp.Expr) -> tuple[str, ...]:
    is_natural = "NATURAL" in node.args.get("kind", "")
    return EQUALS if is_natural or node.args.get("using") else NOTHING


def _special(node: exp.Expr) -> tuple[str, ...]:
    return EQUALS if node.args["name"] == "nullif" else NOTHING


_RULES: Mapping[type[exp.Expr], Callable[[exp.Expr], tuple[str, ...]]] = MappingProxyType(
    {
        Operation: _operation,
        Between: _between,
        Membership: _membership,
        exp.Case: _case,
        exp.Join: _join,
        SpecialCall: _special,
    }
)
