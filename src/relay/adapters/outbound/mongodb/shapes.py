"""Sorts, projections and counts, in the spellings that people use."""

from __future__ import annotations

from collections.abc import Iterable

from relay.adapters.outbound.mongodb.expression_walker import read_expression, read_operator
from relay.adapters.outbound.mongodb.findings import Findings, below, blocked, invalid
from relay.adapters.outbound.mongodb.literals import INT64
from relay.adapters.outbound.mongodb.names import field_path_problem
from relay.adapters.outbound.mongodb.operators import PROJECTION_OPERATORS
from relay.adapters.outbound.mongodb.query_walker import read_query

_SORT_HINT = 'write {"a":1,"b":-1} or [["a",1],["b",-1]]'
_PROJECTION_HINT = 'write {"a":1,"b":1} or ["a","b"]'
DIRECTIONS = {"asc": 1, "ascending": 1, "desc": -1, "descending": -1}
MAX_SORT_KEYS = 32
"""Manual: reference/limits, sort key fields."""


def read_sort(value: object, at: str, found: Findings) -> dict[str, object]:
    """Return a sort as an ordered document, from an object, a list of pairs or a list of one-key objects."""
    read: dict[str, object] = {}
    for key, direction in _sort_pairs(value, at):
        if not isinstance(key, str):
            invalid("a sort key must be a field's name", at, _SORT_HINT)
        _check_path(key, at)
        if key in read:
            invalid("a field sorted by twice", below(at, f".{key}"), _SORT_HINT)
        read[key] = _direction(direction, below(at, f".{key}"), found)
    if len(read) > MAX_SORT_KEYS:
        invalid("too many sort keys", at, f"at most {MAX_SORT_KEYS}")
    return read


def _sort_pairs(value: object, at: str) -> Iterable[tuple[object, object]]:
    if isinstance(value, dict):
        return list(value.items())
    if not isinstance(value, list):
        invalid("unreadable sort", at, _SORT_HINT)
    pairs: list[tuple[object, object]] = []
    for index, item in enumerate(value):
        if isinstance(item, dict) and len(item) == 1:
            pairs.extend(item.items())
        elif isinstance(item, list) and len(item) == 2:  # noqa: PLR2004 - a name and a direction
            pairs.append((item[0], item[1]))
        else:
            invalid("unreadable sort", below(at, f"[{index}]"), _SORT_HINT)
    return pairs


def _direction(value: object, at: str, found: Findings) -> object:
    if isinstance(value, dict):
        return read_operator(value, at, found, {"$meta": ""})
    if isinstance(value, str):
        value = DIRECTIONS.get(value.lower())
    if isinstance(value, int | float) and not isinstance(value, bool) and value in (1, -1):
        return int(value)
    return invalid("a sort direction is 1 or -1", at, _SORT_HINT)


def read_projection(value: object, at: str, found: Findings) -> dict[str, object]:
    """Return a projection; whatever computes a value is noted as aggregation, for the policy to decide."""
    if isinstance(value, list) and all(isinstance(name, str) for name in value):
        value = dict.fromkeys(value, 1)
    if not isinstance(value, dict):
        invalid("a projection must be an object or a list of names", at, _PROJECTION_HINT)
    read: dict[str, object] = {}
    for key, item in value.items():
        _check_path(key, at, positional=True)
        read[key] = _projected(item, below(at, f".{key}"), found)
    return read


def _projected(value: object, at: str, found: Findings) -> object:
    if isinstance(value, bool | int | float):
        return value if value in (0, 1) else 1  # any other number means inclusion
    if value is None:
        return invalid("unreadable projection", at, _PROJECTION_HINT)
    if isinstance(value, dict) and value:
        name = next(iter(value))
        if name in PROJECTION_OPERATORS and len(value) == 1 and not _computes(value):
            return _picked(name, value[name], at, found)
        if not any(str(key).startswith("$") for key in value):
            return read_projection(value, at, found)
    found.uses_aggregation = True
    return read_expression(value, at, found)


def _computes(value: dict[str, object]) -> bool:
    """Whether `$slice` is the expression (of an array given) and not the projection operator (of this field)."""
    argument = value.get("$slice", 0)
    items = argument if isinstance(argument, list) else [argument]
    return not all(isinstance(item, int | float) and not isinstance(item, bool) for item in items)


def _picked(name: str, value: object, at: str, found: Findings) -> object:
    found.operators[name] = None
    if name == "$elemMatch":
        return {name: read_query(value, below(at, f".{name}"), found)}
    if name == "$meta":
        return read_operator({name: value}, at, found, {name: ""})
    return {name: _slice(value, at)}


def _slice(value: object, at: str) -> object:
    counts = value if isinstance(value, list) else [0, value]
    whole = all(isinstance(item, int) and item in INT64 for item in counts)
    if not whole or len(counts) != 2:  # noqa: PLR2004 - start and count
        return invalid("$slice takes a count, or a start and a count", at, 'such as {"$slice":[0,5]}')
    return value


def read_count(value: object, at: str) -> int:
    """Return an integer of 0 or more, written as a whole number of any kind."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int) or value < 0 or value not in INT64:
        return invalid("not a count", at, "give an integer of 0 or more")
    return value


def _check_path(key: object, at: str, *, positional: bool = False) -> None:
    problem = (
        field_path_problem(key, positional=positional) if isinstance(key, str) else "a field name must be a string"
    )
    if problem:
        blocked(problem, below(at, f".{key}"), "use the names that describe_table shows")
