"""Aggregation expressions, read key by key against the allowlist."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from relay.adapters.outbound.mongodb.expressions import EXPRESSION_OPERATORS, REGEX_EXPRESSIONS, SYSTEM_VARIABLES
from relay.adapters.outbound.mongodb.findings import Findings, below, blocked, invalid, refuse_operator
from relay.adapters.outbound.mongodb.literals import (
    check_plain_key,
    read_literal,
    read_scalar,
    read_wrapper,
    wrapper_of,
)
from relay.adapters.outbound.mongodb.operators import META_WORDS
from relay.adapters.outbound.mongodb.regexes import check_options, check_pattern

_HINT = "use an aggregation expression that only computes on its arguments"


def read_expression(value: object, at: str, found: Findings) -> object:
    """Return an expression in BSON types; FUNCTION_NOT_ALLOWED for an operator that is on no list."""
    if isinstance(value, str):
        return _read_text(value, at)
    if isinstance(value, list | tuple):
        return [read_expression(item, below(at, f"[{index}]"), found) for index, item in enumerate(value)]
    if isinstance(value, dict):
        return _read_document(value, at, found)
    return read_scalar(value, at)


def _read_text(value: str, at: str) -> str:
    if value.startswith("$$"):
        name = value[2:].split(".", 1)[0]
        if name[:1].isupper() and name not in SYSTEM_VARIABLES:
            refuse_operator(f"$${name}", at, f"variables: $${', $$'.join(sorted(SYSTEM_VARIABLES))}")
    if value.startswith("$") and "\x00" in value:
        blocked("a field path with NUL", at, "remove it")
    return str(read_scalar(value, at))


def _read_document(document: Mapping[str, object], at: str, found: Findings) -> object:
    wrapper = wrapper_of(document)
    if wrapper is not None:
        return read_wrapper(wrapper, document, at)
    operators = [key for key in document if isinstance(key, str) and key.startswith("$")]
    if operators:
        return read_operator(document, at, found, EXPRESSION_OPERATORS)
    for key in document:
        check_plain_key(key, at)
    return {key: read_expression(item, below(at, f".{key}"), found) for key, item in document.items()}


def read_operator(
    document: Mapping[str, object], at: str, found: Findings, allowed: Mapping[str, str]
) -> dict[str, object]:
    """Return `{$operator: argument}` with its one operator on the list given."""
    for name in document:
        if name not in allowed:
            refuse_operator(str(name), at, _HINT, allowed=allowed)
    if len(document) != 1:
        blocked("more than one operator in one expression", at, "write each in an object of its own")
    ((name, argument),) = document.items()
    found.operators[name] = None
    reader = _SPECIAL.get(name, read_expression)
    return {name: reader(argument, below(at, f".{name}"), found)}


def _read_unread(value: object, at: str, _found: Findings) -> object:
    return read_literal(value, at)


def _read_meta(value: object, at: str, _found: Findings) -> str:
    if not isinstance(value, str) or value not in META_WORDS:
        invalid("unknown $meta", at, f"use one of {', '.join(sorted(META_WORDS))}")
    return value


def _read_regex(value: object, at: str, found: Findings) -> object:
    if not isinstance(value, dict) or not {"input", "regex"} <= value.keys() <= {"input", "regex", "options"}:
        invalid("a regular expression's argument", at, 'write {"input":"$a","regex":"^A","options":"i"}')
    if isinstance(value["regex"], str):
        check_pattern(value["regex"], at)
    if isinstance(value.get("options"), str):
        check_options(value["options"], at)
    return {key: read_expression(item, below(at, f".{key}"), found) for key, item in value.items()}


_SPECIAL: Mapping[str, Callable[[object, str, Findings], object]] = {
    "$literal": _read_unread,
    "$meta": _read_meta,
    **dict.fromkeys(REGEX_EXPRESSIONS, _read_regex),
}
"""Operators whose argument is not an expression like any other."""
