"""Rows as JSON objects in UTF-8."""

from __future__ import annotations

import marshal
import re
from collections.abc import Iterable, Mapping

import orjson

from relay.adapters.outbound.masking.values import UNREADABLE_MASK, plain
from relay.domain.json_value import JsonValue

_NO_REFERENCES = 2
"""A version of marshal's format that writes each float as `g` and its eight bytes, the exponent last."""
_NOT_FINITE = re.compile(rb"g.{6}[\xf0-\xff][\x7f\xff]", re.DOTALL)
"""May be something else; then the value is looked at leaf by leaf. Several times as fast as reading the text again."""
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
        return orjson.dumps(value if isinstance(value, orjson.Fragment) else plain(value), option=_OPTIONS)
    except (TypeError, ValueError, RecursionError):
        return orjson.dumps(UNREADABLE_MASK)


def harmless_json(value: JsonValue, *, is_finite: bool = False) -> bytes | None:
    """Return the value's JSON text if each leaf stands in it as it is; None where an escape or a type is in the way.

    `null` may have been a number that is not finite, unless it is known that there is none.
    """
    try:
        encoded = orjson.dumps(value, None, _OPTIONS)
    except (TypeError, RecursionError):
        return None
    may_stay = b"\\" not in encoded and (is_finite or b"null" not in encoded or has_finite_numbers(value))
    return encoded if may_stay else None


def has_finite_numbers(value: object) -> bool:
    """Tell whether no number is NaN or infinite; False also where that can't be told."""
    try:
        return _NOT_FINITE.search(marshal.dumps(value, _NO_REFERENCES)) is None  # type: ignore[arg-type]  # or it raises
    except ValueError:
        return False
