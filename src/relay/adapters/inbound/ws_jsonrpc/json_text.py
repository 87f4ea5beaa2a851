"""Text to JSON values, exactly and within bounds: nothing that a peer sends raises anything but NotJsonError."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from typing import NoReturn, cast

from relay.domain.json_value import JsonValue

MAX_DEPTH = 128
"""Arrays and objects inside one another; everything after the parser may then recurse without care."""


class NotJsonError(ValueError):
    """The text is not JSON, or not JSON that can be held exactly. The message never quotes it."""


class NumberText(str):
    """A fraction or exponent as it was written, so that an id like `1.0` or `1e2` goes back unchanged."""

    __slots__ = ()


def parse(text: str) -> JsonValue:
    """Return the value. Raises NotJsonError."""
    return _parse(text, _finite)


def parse_with_number_texts(text: str) -> JsonValue:
    """Return the value with NumberText in the place of each float; `text` must have passed `parse`."""
    return _parse(text, NumberText)


def _parse(text: str, parse_float: Callable[[str], object]) -> JsonValue:
    try:
        value = cast("JsonValue", json.loads(text, parse_float=parse_float, parse_constant=_constant))
        _check_surrogates(text, value)
    except NotJsonError:
        raise
    except RecursionError:
        raise NotJsonError(f"nested deeper than {MAX_DEPTH} levels") from None
    except UnicodeEncodeError:
        raise NotJsonError("an unpaired surrogate escape") from None
    except ValueError:
        # JSONDecodeError, and an integer of more than 4300 digits
        raise NotJsonError("not JSON") from None
    _check_depth(text, value)
    return value


def _finite(text: str) -> float:
    number = float(text)
    if math.isinf(number):
        raise NotJsonError("a number too large for a double")
    return number


def _constant(_: str) -> NoReturn:
    raise NotJsonError("NaN and Infinity are not JSON")


def _check_surrogates(text: str, value: JsonValue) -> None:
    """Let nothing through that can't be encoded as UTF-8 again; escaped pairs have become one character."""
    if "\\ud" in text or "\\uD" in text:
        json.dumps(value, ensure_ascii=False).encode("utf-8")


def _check_depth(text: str, value: JsonValue) -> None:
    if text.count("[") + text.count("{") <= MAX_DEPTH:
        return
    level = [value] if isinstance(value, (dict, list)) else []
    for _ in range(MAX_DEPTH):
        # flat and without calls: a message of a million brackets goes through here
        level = [
            child
            for node in level
            for child in (node.values() if isinstance(node, dict) else node)
            if isinstance(child, (dict, list))
        ]
        if not level:
            return
    raise NotJsonError(f"nested deeper than {MAX_DEPTH} levels")
