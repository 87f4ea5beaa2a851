"""What rules make of stored values after the fetch."""

from __future__ import annotations

import hashlib
import hmac

import bson
from bson.decimal128 import Decimal128

from relay.domain.protection import ColumnAction

SHORTEST_PARTIAL = 8
"""Characters or digits; of shorter values the last four would be too much."""
SHOWN = 4
TOKEN_PREFIX = "h_"  # noqa: S105 - what marks a hashed value
_LETTERS = str.maketrans("0123456789abcdef", "abcdefghijklmnop")
"""Tokens have no digits, so that no detector takes one for a number."""
TOKEN_BYTES = 16


def partial_of(value: object) -> object:
    """Return the last four characters of a text behind asterisks, the last four digits of a number, else null."""
    if isinstance(value, str):
        return f"****{value[-SHOWN:]}" if len(value) >= SHORTEST_PARTIAL else "****"
    if isinstance(value, bool) or not isinstance(value, int):
        return None
    digits = str(abs(value))
    return int(digits[-SHOWN:]) if len(digits) >= SHORTEST_PARTIAL else None


def token(value: object, key: bytes | None) -> str | None:
    """Return a token that is the same for the same value of the same type; numbers that are equal are of one type.

    Null stays null; without a key nothing can be told apart, and everything is.
    """
    if value is None or key is None:
        return None
    digest = hmac.new(key, _encoded(value), hashlib.sha256).hexdigest()[: 2 * TOKEN_BYTES]
    return TOKEN_PREFIX + digest.translate(_LETTERS)


def _encoded(value: object) -> bytes:
    if isinstance(value, str):
        return b"text\0" + value.encode("utf-8", "surrogatepass")
    if isinstance(value, Decimal128):
        decimal = value.to_decimal()
        value = int(decimal) if decimal.is_finite() and decimal == decimal.to_integral_value() else str(decimal)
        return b"number\0" + str(value).encode()
    if isinstance(value, int | float) and not isinstance(value, bool):
        whole = int(value) if isinstance(value, int) or value.is_integer() else value
        return b"number\0" + str(whole).encode()
    return b"other\0" + bson.encode({"": value})


class Changes:
    """Applies rules; `hash_key` is the resource's own. `replaced` counts the values in whose place something came."""

    def __init__(self, *, hash_key: bytes | None) -> None:
        self._hash_key = hash_key
        self.replaced = 0

    def change(self, action: ColumnAction, mask: str, value: object) -> object:
        """Return what takes a value's place; of an array, unless it is dropped, each element is taken by itself."""
        if isinstance(value, list) and action is not ColumnAction.DROP:
            return [self.change(action, mask, item) for item in value]
        if action is ColumnAction.PASS:
            return value
        if value is not None:
            self.replaced += 1
        return self._changed(action, mask, value)

    def _changed(self, action: ColumnAction, mask: str, value: object) -> object:
        if action is ColumnAction.HASH:
            return token(value, self._hash_key)
        if action is ColumnAction.PARTIAL:
            return partial_of(value)
        if action is ColumnAction.MASK and isinstance(value, str):
            return mask
        return None
