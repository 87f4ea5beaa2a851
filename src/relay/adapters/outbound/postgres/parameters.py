"""Bring JSON parameters to what the statement's `$n` need."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from asyncpg.types import Type

from relay.adapters.outbound.postgres.columns import CATALOGUE_SCHEMA, element_name
from relay.domain.errors import Reason, RelayError
from relay.domain.json_value import JsonValue

_INTEGERS = frozenset({"int2", "int4", "int8", "oid"})
_FLOATS = frozenset({"float4", "float8"})
_TEXTS = frozenset({"text", "varchar", "bpchar", "name"})
_JSONS = frozenset({"json", "jsonb"})
_NATIVE = _INTEGERS | _FLOATS | _TEXTS | _JSONS | {"bool"}
_INTEGER_BITS = {"int2": 16, "int4": 32, "int8": 64, "oid": 33}
MAX_NESTING = 100


def casts_for(types: Sequence[Type]) -> Mapping[int, str]:
    """Return the types that PostgreSQL itself is to read from text, by parameter number.

    asyncpg wants a Python object of its own for a date or a numeric; the server's input function reads more, and
    reads it right (infinity, years before Christ, `24:00`).
    """
    return {number: _type_name(wanted) for number, wanted in enumerate(types, start=1) if not _is_native(wanted)}


def values_for(types: Sequence[Type], parameters: Sequence[JsonValue]) -> list[object]:
    """Convert each parameter, or raise INVALID_PARAMS naming its number and the type that it should have."""
    return [
        None if value is None else _value(value, wanted, number)
        for number, (wanted, value) in enumerate(zip(types, parameters, strict=True), start=1)
    ]


def _is_native(wanted: Type) -> bool:
    return wanted.schema == CATALOGUE_SCHEMA and wanted.name in _NATIVE


def _type_name(wanted: Type) -> str:
    if wanted.kind == "array":
        return f"{_quoted(wanted.schema)}.{_quoted(element_name(wanted))}[]"
    return f"{_quoted(wanted.schema)}.{_quoted(wanted.name)}"


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _value(value: JsonValue, wanted: Type, number: int) -> object:
    if wanted.schema == CATALOGUE_SCHEMA and wanted.name in _JSONS:
        return value if isinstance(value, str) else json.dumps(value)
    if wanted.schema == CATALOGUE_SCHEMA and wanted.name in _INTEGERS:
        return _integer(value, wanted, number)
    if wanted.schema == CATALOGUE_SCHEMA and wanted.name in _FLOATS:
        return _float(value, wanted, number)
    if wanted.schema == CATALOGUE_SCHEMA and wanted.name == "bool":
        if isinstance(value, bool):
            return value
        raise _mismatch(wanted, number)
    if isinstance(value, (list, tuple)) and wanted.kind == "array":
        return _array_literal(value, wanted, number, MAX_NESTING)
    return _text(value, wanted, number)


def _integer(value: JsonValue, wanted: Type, number: int) -> int:
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, str) and len(value) <= 20 and value.strip().lstrip("+-").isascii():  # noqa: PLR2004 - int64
        try:
            value = int(value)
        except ValueError:
            raise _mismatch(wanted, number) from None
    if isinstance(value, bool) or not isinstance(value, int):
        raise _mismatch(wanted, number)
    if not -(2 ** (_INTEGER_BITS[wanted.name] - 1)) <= value < 2 ** (_INTEGER_BITS[wanted.name] - 1):
        raise _mismatch(wanted, number)
    return value


def _float(value: JsonValue, wanted: Type, number: int) -> float:
    if isinstance(value, bool) or not isinstance(value, (str, int, float)):
        raise _mismatch(wanted, number)
    try:
        return float(value)
    except (ValueError, OverflowError):
        raise _mismatch(wanted, number) from None


def _text(value: JsonValue, wanted: Type, number: int) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        return repr(value)
    if not isinstance(value, str) or "\0" in value:
        raise _mismatch(wanted, number)
    try:
        value.encode()
    except UnicodeEncodeError:
        raise _mismatch(wanted, number) from None
    return value


def _array_literal(value: Sequence[JsonValue], wanted: Type, number: int, depth: int) -> str:
    if depth == 0:
        raise _mismatch(wanted, number)
    items = []
    for item in value:
        if item is None:
            items.append("NULL")
        elif isinstance(item, (list, tuple)):
            items.append(_array_literal(item, wanted, number, depth - 1))
        else:
            escaped = _text(item, wanted, number).replace("\\", "\\\\").replace('"', '\\"')
            items.append(f'"{escaped}"')
    return "{" + ",".join(items) + "}"


def _mismatch(wanted: Type, number: int) -> RelayError:
    return RelayError(
        Reason.INVALID_PARAMS,
        f"parameter ${number} does not fit the type {wanted.name} that the statement needs there;",
        hint="send a JSON value of that type, or text that PostgreSQL reads as one",
    )
