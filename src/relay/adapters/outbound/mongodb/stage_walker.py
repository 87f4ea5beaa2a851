"""Aggregation pipelines: each stage against its row, its parts by what the row says they are."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NoReturn

from relay.adapters.outbound.mongodb.expression_walker import read_expression, read_operator
from relay.adapters.outbound.mongodb.expressions import ACCUMULATORS, WINDOW_OPERATORS
from relay.adapters.outbound.mongodb.findings import Findings, below, blocked, invalid, refuse_operator
from relay.adapters.outbound.mongodb.geometry import read_point
from relay.adapters.outbound.mongodb.literals import read_literal
from relay.adapters.outbound.mongodb.names import encodes, field_path_problem
from relay.adapters.outbound.mongodb.query_walker import read_query
from relay.adapters.outbound.mongodb.shapes import read_count, read_projection, read_sort
from relay.adapters.outbound.mongodb.stages import FILL_METHODS, STAGES, Part, Stage

_HINT = f"stages: {', '.join(STAGES)}"


def read_pipeline(value: object, at: str, found: Findings) -> list[dict[str, object]]:
    """Return a pipeline in BSON types; every collection that it names goes into the findings."""
    if not isinstance(value, list):
        invalid("a pipeline must be a list of stages", at, 'such as [{"$match":{"status":"open"}}]')
    return [_read_stage(stage, below(at, f"[{index}]"), found) for index, stage in enumerate(value)]


def _read_stage(value: object, at: str, found: Findings) -> dict[str, object]:
    if not isinstance(value, dict) or not value:
        blocked("a stage must be an object with one key", at, _HINT)
    for name in value:
        if name not in STAGES:
            refuse_operator(str(name), at, _HINT, allowed=STAGES)
    if len(value) != 1:
        blocked("more than one stage in one object", at, "write each in an object of its own")
    ((name, argument),) = value.items()
    found.operators[name] = None
    return {name: _read_argument(STAGES[name], argument, below(at, f".{name}"), found)}


def _read_argument(row: Stage, value: object, at: str, found: Findings) -> object:
    if row.whole is not None and not (row.keys and isinstance(value, dict)):
        return _READERS[row.whole](value, at, found)
    if not isinstance(value, dict):
        return invalid("unreadable stage", at, f"such as {row.example}")
    for key in value:
        if key not in row.keys:
            invalid("the stage takes no such part", below(at, f".{key}"), f"parts: {', '.join(row.keys)}")
    for key in row.keys:
        if key in row.required and key not in value:
            invalid(f"{key} is missing", at, f"such as {row.example}")
    return {key: _READERS[row.keys[key]](item, below(at, f".{key}"), found) for key, item in value.items()}


def _wrong(part: Part, at: str) -> NoReturn:
    invalid("unreadable stage", at, f"{part.value} stands here")


def _by_field(value: object, at: str, read: Callable[[str, object, str], object]) -> dict[str, object]:
    if not isinstance(value, dict):
        invalid("unreadable stage", at, "an object by field stands here")
    for key in value:
        problem = field_path_problem(key) if isinstance(key, str) else "a field name must be a string"
        if problem:
            blocked(problem, below(at, f".{key}"), "use plain field names")
    return {key: read(key, item, below(at, f".{key}")) for key, item in value.items()}


def _expressions(value: object, at: str, found: Findings) -> object:
    return _by_field(value, at, lambda _key, item, where: read_expression(item, where, found))


def _operator(item: object, where: str, found: Findings, allowed: Mapping[str, str]) -> dict[str, object]:
    if not isinstance(item, dict) or not item:
        return invalid("unreadable field of a group", where, 'such as {"$sum":"$amount"}')
    return read_operator(item, where, found, allowed)


def _accumulators(value: object, at: str, found: Findings) -> object:
    def read(key: str, item: object, where: str) -> object:
        if key == "_id":
            return read_expression(item, where, found)
        return _operator(item, where, found, ACCUMULATORS)

    return _by_field(value, at, read)


def _windows(value: object, at: str, found: Findings) -> object:
    def read(_key: str, item: object, where: str) -> object:
        if not isinstance(item, dict):
            return _wrong(Part.WINDOWS, where)
        operator = {key: part for key, part in item.items() if key != "window"}
        window = {"window": read_literal(item["window"], where)} if "window" in item else {}
        return {**_operator(operator, where, found, WINDOW_OPERATORS), **window}

    return _by_field(value, at, read)


def _fills(value: object, at: str, found: Findings) -> object:
    def read(_key: str, item: object, where: str) -> object:
        if isinstance(item, dict) and item.keys() == {"value"}:
            return {"value": read_expression(item["value"], where, found)}
        if isinstance(item, dict) and item.keys() == {"method"} and str(item["method"]) in FILL_METHODS:
            return {"method": str(item["method"])}
        return _wrong(Part.FILLS, where)

    return _by_field(value, at, read)


def _pipelines(value: object, at: str, found: Findings) -> object:
    return _by_field(value, at, lambda _key, item, where: read_pipeline(item, where, found))


def _collection(value: object, at: str, found: Findings) -> object:
    return found.add_collection(value, at)


def _literal(value: object, at: str, _found: Findings) -> object:
    return read_literal(value, at)


def _constants(value: object, at: str, found: Findings) -> object:
    """Read them as the server does, as expressions: a variable among them would be one."""
    return read_expression(value, at, found) if isinstance(value, list) else _wrong(Part.CONSTANTS, at)


def _name(value: object, at: str, _found: Findings) -> object:
    if isinstance(value, str) and value and not field_path_problem(value):
        return value
    return _wrong(Part.NAME, at)


def _names(value: object, at: str, found: Findings) -> object:
    if isinstance(value, list):
        return [_name(item, at, found) for item in value]
    return _name(value, at, found)


def _path(value: object, at: str, _found: Findings) -> object:
    if isinstance(value, str) and value[:1] == "$" and value[1:] and not field_path_problem(value[1:]):
        return value
    return _wrong(Part.PATH, at)


def _text(value: object, at: str, _found: Findings) -> object:
    return value if isinstance(value, str) and encodes(value) else _wrong(Part.TEXT, at)


def _number(value: object, at: str, _found: Findings) -> object:
    read = read_literal(value, at)
    return read if isinstance(read, int | float) and not isinstance(read, bool) else _wrong(Part.NUMBER, at)


def _flag(value: object, at: str, _found: Findings) -> object:
    return value if isinstance(value, bool) else _wrong(Part.FLAG, at)


_READERS: Mapping[Part, Callable[[object, str, Findings], object]] = {
    Part.QUERY: read_query,
    Part.PROJECTION: read_projection,
    Part.EXPRESSION: read_expression,
    Part.EXPRESSIONS: _expressions,
    Part.ACCUMULATORS: _accumulators,
    Part.WINDOWS: _windows,
    Part.FILLS: _fills,
    Part.PIPELINE: read_pipeline,
    Part.PIPELINES: _pipelines,
    Part.COLLECTION: _collection,
    Part.SORT: read_sort,
    Part.LITERAL: _literal,
    Part.CONSTANTS: _constants,
    Part.NAME: _name,
    Part.NAMES: _names,
    Part.PATH: _path,
    Part.TEXT: _text,
    Part.COUNT: lambda value, at, _found: read_count(value, at),
    Part.NUMBER: _number,
    Part.FLAG: _flag,
    Part.POINT: lambda value, at, _found: read_point(value, at),
}
