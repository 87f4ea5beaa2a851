"""Filters: field conditions and query operators, read key by key against the allowlist."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NoReturn

from bson.regex import Regex

from relay.adapters.outbound.mongodb.expression_walker import read_expression
from relay.adapters.outbound.mongodb.findings import Findings, below, blocked, invalid, refuse_operator
from relay.adapters.outbound.mongodb.geometry import read_geometry
from relay.adapters.outbound.mongodb.literals import read_literal, read_scalar, read_wrapper, wrapper_of
from relay.adapters.outbound.mongodb.names import field_path_problem
from relay.adapters.outbound.mongodb.operators import (
    BOTH_POSITIONS,
    QUERY_OPERATORS,
    TEXT_KEYS,
    TYPE_NAMES,
    TYPE_NUMBERS,
    Argument,
    Position,
)
from relay.adapters.outbound.mongodb.regexes import check_options, check_pattern


def _names(position: Position) -> str:
    return ", ".join(name for name, row in QUERY_OPERATORS.items() if row.position is position)


_FILTER_HINT = f"allowed here: field names and {_names(Position.FILTER)}"
_FIELD_HINT = f"allowed here: {_names(Position.FIELD)}"


def read_query(value: object, at: str, found: Findings) -> dict[str, object]:
    """Return a filter in BSON types; FUNCTION_NOT_ALLOWED for an operator that is on no list."""
    if not isinstance(value, dict):
        invalid("a filter must be an object", at, 'such as {"status":"open"}')
    read: dict[str, object] = {}
    for key, item in value.items():
        if isinstance(key, str) and key.startswith("$"):
            read[key] = _read_operator(key, item, at, found, Position.FILTER)
        else:
            problem = field_path_problem(key) if isinstance(key, str) else "a field name must be a string"
            if problem:
                blocked(problem, below(at, f".{key}"), "use the names that describe_table shows")
            read[key] = _read_condition(item, below(at, f".{key}"), found)
    return read


def _is_operators(value: object) -> bool:
    return isinstance(value, dict) and any(isinstance(key, str) and key.startswith("$") for key in value)


def _read_condition(value: object, at: str, found: Findings) -> object:
    if not isinstance(value, dict) or not _is_operators(value):
        return read_literal(value, at)
    wrapper = wrapper_of(value)
    if wrapper is not None:
        return read_wrapper(wrapper, value, at)
    return _read_operators(value, at, found)


def _read_operators(value: Mapping[str, object], at: str, found: Findings) -> dict[str, object]:
    if not all(isinstance(key, str) and key.startswith("$") for key in value):
        blocked("operators and plain keys in one object", at, "write either a value or operators")
    return {key: _read_operator(key, item, at, found, Position.FIELD) for key, item in value.items()}


def _read_operator(name: str, value: object, at: str, found: Findings, position: Position) -> object:
    row = QUERY_OPERATORS.get(name)
    hint = _FILTER_HINT if position is Position.FILTER else _FIELD_HINT
    if row is None:
        here = [each for each, row in QUERY_OPERATORS.items() if row.position is position]
        refuse_operator(name, at, hint, allowed=here)
    if row.position is not position and name not in BOTH_POSITIONS:
        blocked(f"{name} in the wrong place", at, hint)
    found.operators[name] = None
    return _READERS[row.argument](value, below(at, f".{name}"), found)


def _wrong(argument: Argument, at: str) -> NoReturn:
    example = next(row.example for row in QUERY_OPERATORS.values() if row.argument is argument)
    invalid(f"the operator takes {argument.value}", at, f"such as {example}")


def _literal(value: object, at: str, _found: Findings) -> object:
    return read_literal(value, at)


def _literals(value: object, at: str, _found: Findings) -> object:
    return read_literal(value, at) if isinstance(value, list) else _wrong(Argument.LITERALS, at)


def _all(value: object, at: str, found: Findings) -> object:
    if not isinstance(value, list):
        return _wrong(Argument.ALL, at)
    return [
        _read_operators(item, below(at, f"[{index}]"), found)
        if isinstance(item, dict) and item.keys() == {"$elemMatch"}
        else read_literal(item, below(at, f"[{index}]"))
        for index, item in enumerate(value)
    ]


def _queries(value: object, at: str, found: Findings) -> object:
    if not isinstance(value, list) or not value:
        return _wrong(Argument.QUERIES, at)
    return [read_query(item, below(at, f"[{index}]"), found) for index, item in enumerate(value)]


def _condition(value: object, at: str, found: Findings) -> object:
    if not isinstance(value, dict) or not _is_operators(value):
        return _wrong(Argument.CONDITION, at)
    read = _read_condition(value, at, found)
    return read if isinstance(read, dict | Regex) else _wrong(Argument.CONDITION, at)


def _element(value: object, at: str, found: Findings) -> object:
    """Read operators on the element itself, or a filter on its fields ($and and its kin included)."""
    if not isinstance(value, dict):
        return _wrong(Argument.ELEMENT, at)
    first = next(iter(value), "")
    row = QUERY_OPERATORS.get(first)
    if row is not None and row.position is Position.FIELD:
        return _read_operators(value, at, found)
    return read_query(value, at, found)


def _flag(value: object, at: str, _found: Findings) -> object:
    return value if isinstance(value, bool | int | float) else _wrong(Argument.FLAG, at)


def _number(value: object, at: str, _found: Findings) -> object:
    read = read_literal(value, at)
    if isinstance(read, int | float) and not isinstance(read, bool):
        return read
    return _wrong(Argument.NUMBER, at)


def _modulo(value: object, at: str, found: Findings) -> object:
    if not isinstance(value, list) or len(value) != 2:  # noqa: PLR2004 - divisor and remainder
        return _wrong(Argument.MODULO, at)
    return [_number(item, at, found) for item in value]


def _type(value: object, at: str, _found: Findings) -> object:
    words = value if isinstance(value, list) else [value]
    for word in words:
        known = word in TYPE_NAMES if isinstance(word, str) else isinstance(word, int) and word in TYPE_NUMBERS
        if not known:
            return _wrong(Argument.TYPE, at)
    return value


def _bits(value: object, at: str, found: Findings) -> object:
    if isinstance(value, list):
        return [_number(item, at, found) for item in value]
    read = read_literal(value, at)
    return read if isinstance(read, int | bytes) and not isinstance(read, bool) else _wrong(Argument.BITS, at)


def _regex(value: object, at: str, _found: Findings) -> object:
    if isinstance(value, dict):
        read = read_literal(value, at)
        return read if isinstance(read, Regex) else _wrong(Argument.REGEX, at)
    return check_pattern(value, at)


def _regex_options(value: object, at: str, _found: Findings) -> object:
    return check_options(value, at)


def _text(value: object, at: str, _found: Findings) -> object:
    if not isinstance(value, dict) or "$search" not in value:
        return _wrong(Argument.TEXT, at)
    for key, item in value.items():
        if key not in TEXT_KEYS or not isinstance(item, TEXT_KEYS[key]):
            return _wrong(Argument.TEXT, at)
    return {key: read_scalar(item, at) for key, item in value.items()}


def _geometry(value: object, at: str, _found: Findings) -> object:
    return read_geometry(value, at)


def _string(value: object, at: str, _found: Findings) -> object:
    return read_scalar(value, at) if isinstance(value, str) else _wrong(Argument.STRING, at)


def _expression(value: object, at: str, found: Findings) -> object:
    return read_expression(value, at, found)


_READERS: Mapping[Argument, Callable[[object, str, Findings], object]] = {
    Argument.LITERAL: _literal,
    Argument.LITERALS: _literals,
    Argument.ALL: _all,
    Argument.QUERIES: _queries,
    Argument.CONDITION: _condition,
    Argument.ELEMENT: _element,
    Argument.EXPRESSION: _expression,
    Argument.FLAG: _flag,
    Argument.NUMBER: _number,
    Argument.MODULO: _modulo,
    Argument.TYPE: _type,
    Argument.BITS: _bits,
    Argument.REGEX: _regex,
    Argument.REGEX_OPTIONS: _regex_options,
    Argument.TEXT: _text,
    Argument.GEOMETRY: _geometry,
    Argument.STRING: _string,
}
