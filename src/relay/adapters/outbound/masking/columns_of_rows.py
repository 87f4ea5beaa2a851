"""Rows turned into columns, and what can be told of a column at a glance."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from operator import itemgetter

import re2

from relay.adapters.outbound.masking.linear_regex import compile_for_views
from relay.adapters.outbound.masking.numbers import SMALLEST
from relay.adapters.outbound.masking.view import SEPARATOR
from relay.domain.json_value import JsonValue

Row = Mapping[str, JsonValue]

NUMBERS = frozenset({int, float})
NESTED = frozenset({dict, list})
_SEPARATOR = SEPARATOR.decode("ascii")


def columns_of(rows: Sequence[Row], names: Sequence[str]) -> Sequence[Sequence[JsonValue]]:
    """Return the values of each column, None where a row has none."""
    try:
        if len(names) > 1:
            return list(zip(*map(itemgetter(*names), rows), strict=True)) or [() for _name in names]
        return [[row[name] for row in rows] for name in names]
    except KeyError:
        return [[row.get(name) for row in rows] for name in names]


def exact_columns(rows: Sequence[Row], names: Sequence[str]) -> Mapping[str, Sequence[JsonValue]] | None:
    """Return the values of each column if every row has these and no others, as a table's rows do."""
    if set(map(len, rows)) != {len(set(names))}:
        return None
    try:
        return {name: list(map(itemgetter(name), rows)) for name in names}
    except KeyError:
        return None


def names_beyond(rows: Sequence[Row], names: Mapping[str, str]) -> list[str]:
    """Return the columns that rows have and `names` does not, in order."""
    unnamed: dict[str, None] = {}
    for row in rows:
        if not row.keys() <= names.keys():
            unnamed.update((name, None) for name in row if name not in names)
    return list(unnamed)


def large_numbers(values: Sequence[JsonValue]) -> list[int]:
    """Return the places of the numbers that have to be looked at: many digits, or not finite."""
    return [
        index
        for index, value in enumerate(values)
        if type(value) in NUMBERS and not -SMALLEST < value < SMALLEST  # type: ignore[operator]  # a number
    ]


class Shape:
    """The one way in which all values of a column are written, so that one look at the column is enough."""

    def __init__(self, pattern: str) -> None:
        self._regex: re2._Regexp = compile_for_views(f"(?:(?:{pattern}){_SEPARATOR})*")

    def fits(self, texts: Sequence[str]) -> bool:
        """Tell whether each text has this shape."""
        joined = _SEPARATOR.join((*texts, ""))
        return joined.isascii() and self._regex.fullmatch(joined.encode("ascii")) is not None
