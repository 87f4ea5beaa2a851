"""Read JSON text so that nothing in it is bent: what a JSON number can't hold exactly becomes a string."""

from __future__ import annotations

import json
import re
from decimal import Decimal

import orjson
import re2

from relay.domain.json_value import MAX_SAFE_INTEGER, JsonValue

# A number that a double may not hold has sixteen digits or more, or an exponent; `\ud83d` may be half of a pair.
# All other text takes the fast way.
_MAY_BE_INEXACT = re2.compile(rb"[0-9][0-9.]{15}|[0-9][eE][-+]?[0-9]|\\u[dD]")
_LONE_SURROGATE = re.compile(r"[\ud800-\udfff]")
_DEEP = 1000


def loads(text: str) -> JsonValue:
    """Return the value of a JSON text that PostgreSQL accepted.

    Text that no reader takes (nesting too deep, a number out of bounds) comes back as the text itself.
    """
    try:
        encoded = text.encode()
        if not _MAY_BE_INEXACT.search(encoded):
            value: JsonValue = orjson.loads(encoded)
            return value
    except (UnicodeEncodeError, orjson.JSONDecodeError):
        return text
    try:
        exact: JsonValue = json.loads(
            _LONE_SURROGATE.sub("\ufffd", text), parse_int=_integer, parse_float=_fraction, parse_constant=str
        )
    except (ValueError, RecursionError):
        return text
    return _without_lone_surrogates(exact, _DEEP)


def _integer(digits: str) -> JsonValue:
    if len(digits) > len(str(MAX_SAFE_INTEGER)) + 1:
        return digits
    value = int(digits)
    return value if abs(value) <= MAX_SAFE_INTEGER else digits


def _fraction(digits: str) -> JsonValue:
    value = float(digits)
    return value if Decimal(repr(value)) == Decimal(digits) else digits


def _without_lone_surrogates(value: JsonValue, depth: int) -> JsonValue:
    if isinstance(value, str):
        return _LONE_SURROGATE.sub("\ufffd", value)
    if depth == 0:
        return None
    if isinstance(value, dict):
        return {
            _LONE_SURROGATE.sub("\ufffd", key): _without_lone_surrogates(item, depth - 1) for key, item in value.items()
        }
    if isinstance(value, list):
        return [_without_lone_surrogates(item, depth - 1) for item in value]
    return value
