"""Rows as JSON objects in UTF-8."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import orjson

from relay.adapters.outbound.masking.values import UNREADABLE_MASK, plain
from relay.domain.json_value import JsonValue

_OPTIONS = orjson.OPT_PASSTHROUGH_DATACLASS | orjson.OPT_PASSTHROUGH_DATETIME | orjson.OPT_PASSTHROUGH_SUBCLASS


def encode_rows(rows: Iterable[Mapping[str, JsonValue]]) -> tuple[bytes, ...]:
    """Encode rows; a value that JSON can't hold becomes text, and one that can't be read a mask. Never raises."""
    rows = tuple(rows)
    try:
        return tuple([orjson.dumps(row, None, _OPTIONS) for row in rows])
    except (TypeError, RecursionError):
        return tuple(map(encode_row, rows))


def encode_row(row: Mapping[str, JsonValue]) -> bytes:
    """Encode one row; see encode_rows."""
    try:
        return orjson.dumps(row, None, _OPTIONS)
    except (TypeError, RecursionError):
        return _encode_cells(row)


def _encode_cells(row: Mapping[str, JsonValue]) -> bytes:
    """Encode cell by cell, since one of them is to blame."""
    cells = (_encode_cell(str(name)) + b":" + _encode_cell(value) for name, value in row.items())
    return b"{" + b",".join(cells) + b"}"


def _encode_cell(value: object) -> bytes:
    try:
        return orjson.dumps(plain(value), option=_OPTIONS)
    except (TypeError, ValueError, RecursionError):
        return orjson.dumps(UNREADABLE_MASK)


def harmless_json(value: JsonValue) -> str | None:
    """Return the value's JSON text if each leaf stands in it as it is; None where an escape or a type is in the way.

    `null` may have been a number that is not finite.
    """
    try:
        encoded = orjson.dumps(value, option=_OPTIONS)
    except (TypeError, RecursionError):
        return None
    if b"\\" in encoded or (b"null" in encoded and orjson.loads(encoded) != value):
        return None
    return encoded.decode("utf-8")
