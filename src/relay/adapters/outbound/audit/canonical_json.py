"""JSON in its one canonical form (RFC 8785), so that equal values have equal hashes."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from decimal import Decimal

import orjson

from relay.domain.json_value import MAX_SAFE_INTEGER, JsonValue

_PLAIN_EXPONENTS = range(-6, 21)
"""Powers of ten that ECMAScript writes without an exponent (ECMA-262, Number::toString)."""


def canonical_json(value: JsonValue) -> bytes:
    """Encode a value as RFC 8785 asks: keys in UTF-16 order, numbers as ECMAScript writes them, no spaces.

    Raises ValueError for what has no such form: NaN, infinities, integers beyond 2^53-1, lone surrogates, other types.
    """
    try:
        return orjson.dumps(_ordered(value))
    except TypeError:
        raise ValueError("a text with a lone surrogate has no canonical JSON form") from None


def _ordered(value: JsonValue) -> object:
    if value is None or isinstance(value, str | bool):
        return value
    if isinstance(value, int):
        if abs(value) > MAX_SAFE_INTEGER:
            raise ValueError("an integer beyond 2^53-1 has no canonical JSON form")
        return value
    if isinstance(value, float):
        return orjson.Fragment(_ecmascript_number(value).encode())
    if isinstance(value, Mapping):
        order = None if all(map(str.isascii, value)) else _utf16_order
        return {key: _ordered(value[key]) for key in sorted(value, key=order)}
    if isinstance(value, Sequence) and not isinstance(value, bytes | bytearray):
        return [_ordered(item) for item in value]
    raise ValueError(f"a {type(value).__name__} has no JSON form")


def _utf16_order(key: str) -> bytes:
    return key.encode("utf-16-be", "surrogatepass")


def _ecmascript_number(value: float) -> str:
    """Write the shortest digits that read back as the same double; Python's repr finds the same ones."""
    if not math.isfinite(value):
        raise ValueError("NaN and infinities have no canonical JSON form")
    mantissa, _, exponent = repr(value or 0.0).partition("e")
    power = int(exponent or 0)
    if power in _PLAIN_EXPONENTS:
        return f"{Decimal(repr(value or 0.0)):f}".removesuffix(".0")
    return f"{mantissa.removesuffix('.0')}e{power:+d}"
