"""A small evaluator of aggregation expressions, by the manual, for a test that compares two databases."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any


class ServerError(Exception):
    """What the server answers with an error."""


MISSING = object()


def evaluate(expression: Any, variables: Mapping[str, Any]) -> Any:
    """Return the value; `variables` holds ROOT."""
    if isinstance(expression, str) and expression.startswith("$"):
        return _path(expression, variables)
    if isinstance(expression, list):
        return [_null(evaluate(item, variables)) for item in expression]
    if not isinstance(expression, dict):
        return expression
    name = next(iter(expression), "")
    if not name.startswith("$"):
        found = {key: evaluate(item, variables) for key, item in expression.items()}
        return {key: value for key, value in found.items() if value is not MISSING}
    argument = expression[name]
    if name in LAZY:
        return LAZY[name](argument, variables)
    items = argument if isinstance(argument, list) else [argument]
    values = [_null(evaluate(item, variables)) for item in items]
    try:
        return EAGER[name](*values)
    except TypeError:  # more or fewer arguments than it takes
        raise ServerError from None


def _null(value: Any) -> Any:
    return None if value is MISSING else value


def _path(text: str, variables: Mapping[str, Any]) -> Any:
    name, *parts = text[2:].split(".") if text.startswith("$$") else ["ROOT", *text[1:].split(".")]
    value = variables[name]
    for part in parts:
        if isinstance(value, list):
            value = [item[part] for item in value if isinstance(item, dict) and part in item]
        else:
            value = value.get(part, MISSING) if isinstance(value, dict) else MISSING
    return value


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool | list | dict):
        raise ServerError
    return str(value)


def _need(value: Any, kind: type) -> Any:
    if not isinstance(value, kind) or isinstance(value, bool):
        raise ServerError
    return value


_RANKS = {type(None): 0, int: 1, str: 2, dict: 3, list: 4, bool: 5}


def _key(value: Any) -> Any:
    """Sort key by type, then value."""
    rank = _RANKS[type(value)]
    if isinstance(value, dict):
        return (rank, [(name, _key(item)) for name, item in value.items()])
    return (rank, [_key(item) for item in value]) if isinstance(value, list) else (rank, 0 if value is None else value)


def _cut(text: Any, start: Any, length: Any) -> str:
    text = _text(text)
    if _need(start, int) < 0:
        raise ServerError
    return text[start:] if _need(length, int) < 0 else text[start : start + length]


def _at(array: Any, index: Any) -> Any:
    if array is None:
        return None
    array, index = _need(array, list), _need(index, int)
    return array[index] if -len(array) <= index < len(array) else MISSING


def _concat(*values: Any) -> Any:
    return None if None in values else "".join(_need(value, str) for value in values)


def _arrays(*values: Any) -> Any:
    return None if None in values else [item for value in values for item in _need(value, list)]


def _union(*values: Any) -> Any:
    items = _arrays(*values)
    return None if items is None else sorted({str(_key(item)): item for item in items}.values(), key=_key)


def _find(text: Any, word: Any) -> Any:
    return None if text is None else _need(text, str).find(_need(word, str))


def _split(text: Any, by: Any) -> Any:
    return None if text is None else _need(text, str).split(_need(by, str) or "\0")


def _pairs(document: Any) -> Any:
    return None if document is None else [{"k": name, "v": item} for name, item in _need(document, dict).items()]


def _extreme(pick: Callable[..., Any]) -> Callable[..., Any]:
    def take(*values: Any) -> Any:
        items = values[0] if len(values) == 1 and isinstance(values[0], list) else values
        return pick((item for item in items if item is not None), key=_key, default=None)

    return take


def _true(value: Any) -> bool:
    return value is not MISSING and value is not None and value is not False and value != 0


EAGER: dict[str, Callable[..., Any]] = {
    "$concat": _concat,
    "$concatArrays": _arrays,
    "$setUnion": _union,
    "$toLower": lambda value: _text(value).lower(),
    "$toUpper": lambda value: _text(value).upper(),
    "$toString": lambda value: None if value is None else _text(value),
    "$strLenCP": lambda value: len(_need(value, str)),
    "$substrCP": _cut,
    "$split": _split,
    "$indexOfCP": _find,
    "$arrayElemAt": _at,
    "$first": lambda value: _at(value, 0),
    "$last": lambda value: _at(value, -1),
    "$size": lambda value: len(_need(value, list)),
    "$isArray": lambda value: isinstance(value, list),
    "$type": lambda value: type(value).__name__,
    "$eq": lambda one, other: _key(one) == _key(other),
    "$ne": lambda one, other: _key(one) != _key(other),
    "$gt": lambda one, other: _key(one) > _key(other),
    "$lte": lambda one, other: _key(one) <= _key(other),
    "$cmp": lambda one, other: (_key(one) > _key(other)) - (_key(one) < _key(other)),
    "$in": lambda one, many: any(_key(one) == _key(item) for item in _need(many, list)),
    "$and": lambda *values: all(map(_true, values)),
    "$or": lambda *values: any(map(_true, values)),
    "$not": lambda value: not _true(value),
    "$max": _extreme(max),
    "$min": _extreme(min),
    "$add": lambda *values: None if None in values else sum(_need(value, int) for value in values),
    "$range": lambda start, end: list(range(_need(start, int), min(_need(end, int), 40))),
    "$toInt": lambda value: None if value is None else int(value) if str(value).isdigit() else EAGER["$fail"](),
    "$mergeObjects": lambda *values: {key: item for value in values for key, item in _need(value or {}, dict).items()},
    "$objectToArray": _pairs,
    "$ifNull": lambda *values: next((value for value in values if value is not None), None),
    "$literal": lambda value: value,
}


def _fail(*_values: Any) -> Any:
    raise ServerError


EAGER["$fail"] = _fail


def _each(argument: dict[str, Any], variables: Mapping[str, Any]) -> list[Any]:
    value = evaluate(argument["input"], variables)
    return _need(value, list) if _null(value) is not None else []


def _cond(argument: list[Any], variables: Mapping[str, Any]) -> Any:
    return evaluate(argument[1 if _true(evaluate(argument[0], variables)) else 2], variables)


def _map(argument: dict[str, Any], variables: Mapping[str, Any]) -> Any:
    return [_null(evaluate(argument["in"], {**variables, "this": item})) for item in _each(argument, variables)]


def _filter(argument: dict[str, Any], variables: Mapping[str, Any]) -> Any:
    items = _each(argument, variables)
    return [item for item in items if _true(evaluate(argument["cond"], {**variables, "this": item}))]


def _reduce(argument: dict[str, Any], variables: Mapping[str, Any]) -> Any:
    value = _null(evaluate(argument["initialValue"], variables))
    for item in _each(argument, variables):
        value = _null(evaluate(argument["in"], {**variables, "this": item, "value": value}))
    return value


def _let(argument: dict[str, Any], variables: Mapping[str, Any]) -> Any:
    bound = {name: _null(evaluate(item, variables)) for name, item in argument["vars"].items()}
    return evaluate(argument["in"], {**variables, **bound})


def _field(argument: dict[str, Any], variables: Mapping[str, Any]) -> Any:
    value = _null(evaluate(argument["input"], variables))
    return (
        None if value is None else _need(value, dict).get(_need(evaluate(argument["field"], variables), str), MISSING)
    )


def _replace(argument: dict[str, Any], variables: Mapping[str, Any]) -> Any:
    text, find, new = (_null(evaluate(argument[key], variables)) for key in ("input", "find", "replacement"))
    return None if text is None else _need(text, str).replace(_need(find, str), _need(new, str))


def _match(argument: dict[str, Any], variables: Mapping[str, Any]) -> Any:
    text = _null(evaluate(argument["input"], variables))
    return text is not None and re.search(argument["regex"], _need(text, str)) is not None


LAZY: dict[str, Callable[[Any, Mapping[str, Any]], Any]] = {
    "$cond": _cond,
    "$map": _map,
    "$filter": _filter,
    "$reduce": _reduce,
    "$let": _let,
    "$getField": _field,
    "$replaceAll": _replace,
    "$regexMatch": _match,
}
