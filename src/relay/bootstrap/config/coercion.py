"""Gives a value that is one `${VAR}` the type that its key needs. Any other value keeps the type that YAML gave it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from types import MappingProxyType, NoneType, UnionType
from typing import Annotated, Any, Literal, NoReturn, Union, get_args, get_origin

from relay.bootstrap.config.secret import Interpolated, SecretSource

_NULL_WORDS = frozenset({"", "null", "~"})
_BOOLEANS = MappingProxyType(
    {"true": True, "yes": True, "on": True, "1": True, "false": False, "no": False, "off": False, "0": False}
)
_INTEGER = re.compile(r"[-+]?[0-9]{1,18}")
_DECIMAL = re.compile(r"[-+]?[0-9]{1,18}(\.[0-9]{1,18})?([eE][-+]?[0-9]{1,3})?")


def coerce(value: object, annotation: object) -> object:
    """Convert an interpolated value for a field of this annotation; what can't be read stays text, for pydantic."""
    if isinstance(value, tuple):
        return tuple(str(item) if isinstance(item, Interpolated) else item for item in value)
    if not isinstance(value, Interpolated):
        return value
    kinds = _kinds(annotation)
    if value.whole and NoneType in kinds and value in _NULL_WORDS:
        return None if not value or SecretSource not in kinds else value
    if SecretSource in kinds:
        return value
    text = str(value)
    if not value.whole or str in kinds:
        return text
    reader = next((read for kind, read in _READERS.items() if kind in kinds), _keep)
    return reader(text)


def parse_json(text: str) -> object:
    """Read JSON with tuples for arrays. Raises ValueError, whose text quotes nothing, also for a key given twice."""
    try:
        return _frozen(json.loads(text, object_pairs_hook=_unique, parse_constant=_refuse_constant))
    except json.JSONDecodeError as error:
        message = f"is not valid JSON (line {error.lineno}, column {error.colno})"
    except RecursionError:
        message = "is nested too deeply"
    except _JsonError as error:
        message = str(error)
    except ValueError:
        message = "holds a number that is too long"
    raise ValueError(message)


class _JsonError(Exception):
    pass


def _unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    values = dict(pairs)
    if len(values) != len(pairs):
        raise _JsonError("holds a key twice")
    return values


def _refuse_constant(_: str) -> NoReturn:
    raise _JsonError("holds NaN or Infinity, which JSON does not have")


def _frozen(value: object) -> object:
    if isinstance(value, list):
        return tuple(_frozen(item) for item in value)
    if isinstance(value, dict):
        return {key: _frozen(item) for key, item in value.items()}
    return value


def _kinds(annotation: Any) -> frozenset[object]:  # noqa: ANN401 - annotations have no common type
    """Flatten an annotation to the classes that it takes."""
    origin = get_origin(annotation)
    if origin is Annotated:
        return _kinds(get_args(annotation)[0])
    if origin in {Union, UnionType}:
        return frozenset().union(*(_kinds(argument) for argument in get_args(annotation)))
    if origin is Literal:
        return frozenset({str})
    return frozenset({origin or annotation})


def _keep(text: str) -> object:
    return text


def _boolean(text: str) -> object:
    return _BOOLEANS.get(text.strip().lower(), text)


def _integer(text: str) -> object:
    return int(text) if _INTEGER.fullmatch(text.strip()) else text


def _decimal(text: str) -> object:
    return float(text) if _DECIMAL.fullmatch(text.strip()) else text


def _list(text: str) -> object:
    """A JSON array of texts, or words between commas. Nothing with keys: a variable must not bring in settings."""
    if not text.lstrip().startswith("["):
        return tuple(word.strip() for word in text.split(",")) if text.strip() else ()
    try:
        items = parse_json(text)
    except ValueError:
        return text
    return items if isinstance(items, tuple) and all(isinstance(item, str) for item in items) else text


_READERS: Mapping[object, Callable[[str], object]] = MappingProxyType(
    {bool: _boolean, int: _integer, float: _decimal, tuple: _list}
)
