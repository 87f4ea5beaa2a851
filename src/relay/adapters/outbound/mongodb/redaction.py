"""Statements for the audit trail: keys and operators stay, every value becomes `?`."""

from __future__ import annotations

import json
from collections.abc import Mapping

from relay.adapters.outbound.mongodb.arguments import collection_argument, read_statement
from relay.adapters.outbound.mongodb.bounds import problem_of_size
from relay.adapters.outbound.mongodb.literals import WRAPPERS
from relay.adapters.outbound.mongodb.names import collection_name
from relay.domain.errors import RelayError
from relay.domain.json_value import JsonValue

_SHAPES = ("projection", "sort", "skip", "pipeline")


def redact(operation: str, arguments: Mapping[str, JsonValue]) -> str:
    """Return the statement as compact JSON without any value; what can't be read so becomes its length."""
    try:
        return _redact(operation, arguments)
    except (RelayError, RecursionError, TypeError, ValueError, AttributeError):
        return f"[unreadable, {len(arguments) if isinstance(arguments, Mapping) else 0} arguments]"


def _redact(operation: str, arguments: Mapping[str, JsonValue]) -> str:
    problem = problem_of_size(dict(arguments))
    if problem:
        return f"[unreadable, {problem}]"
    text = arguments.get("statement")
    if isinstance(text, str) and text:
        try:
            read = read_statement(text)
        except RelayError:
            return f"[unreadable, {len(text)} characters]"
        return _redact(operation, {**arguments, "statement": None, "filter": arguments.get("filter") or read})
    if operation == "list_tables":
        return _encode({"listCollections": "?"})
    if operation == "describe_table":
        return _encode({"describe": _name(arguments)})
    shape = _query(arguments)
    return _encode({"explain": shape} if operation == "explain" else shape)


def _query(arguments: Mapping[str, JsonValue]) -> dict[str, object]:
    pipeline = arguments.get("pipeline") is not None
    shape: dict[str, object] = {"aggregate" if pipeline else "find": _name(arguments)}
    if arguments.get("filter") or not pipeline:
        shape["filter"] = _shape(arguments.get("filter") or {})
    return shape | {key: _shape(arguments[key], key) for key in _SHAPES if arguments.get(key) is not None}


def _encode(shape: object) -> str:
    text = json.dumps(shape, ensure_ascii=False, separators=(",", ":"))
    return text.encode("utf-8", "backslashreplace").decode()


def _name(arguments: Mapping[str, JsonValue]) -> object:
    try:
        return collection_name(collection_argument(arguments), "collection")
    except RelayError:
        return "?"


def _shape(value: object, key: str = "") -> object:
    if isinstance(value, Mapping):
        if any(name in WRAPPERS for name in value):
            return "?"
        return {str(name): _shape(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        if key == "sort" and all(_is_pair(item) for item in value):
            return {str(item[0]): "?" for item in value}
        if key == "projection" and all(isinstance(item, str) for item in value):
            return dict.fromkeys((str(item) for item in value), "?")
        return [_shape(item) for item in value]
    return "?"


def _is_pair(item: object) -> bool:
    return isinstance(item, list | tuple) and len(item) == 2 and isinstance(item[0], str)  # noqa: PLR2004 - a pair
