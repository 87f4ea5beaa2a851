"""Masking of one batch, column by column; each text is looked at once, however often it comes."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from types import MappingProxyType

from relay.adapters.outbound.masking.bytes_text import BINARY_KEY
from relay.adapters.outbound.masking.encoding import harmless_json
from relay.adapters.outbound.masking.engine import Engine
from relay.adapters.outbound.masking.numbers import SMALLEST
from relay.adapters.outbound.masking.spans import Found
from relay.adapters.outbound.masking.values import (
    UNREADABLE,
    UNREADABLE_MASK,
    Tally,
    contents_of,
    masked,
    plain,
)
from relay.domain.json_value import JsonValue

Row = Mapping[str, JsonValue]

_UNREADABLE = Found(text=UNREADABLE_MASK, detectors=(UNREADABLE,), first_mask=UNREADABLE_MASK)

TYPES_WITHOUT_NUMBERS = frozenset({"int2", "int4", "_int2", "_int4", "float4", "_float4"})
"""Too small for a CPF, a card or a telephone number, and full of epoch seconds. PostgreSQL's names."""
HARMLESS_SHAPES: Mapping[str, tuple[frozenset[str], re.Pattern[str]]] = MappingProxyType(
    {
        "uuid": (
            frozenset({"pix_random_key"}),
            re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"),
        ),
        "timestamptz": (
            frozenset(),
            re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,6})?(?:Z|[+-]00:00)", re.ASCII),
        ),
        "timestamp": (frozenset(), re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,6})?", re.ASCII)),
        "date": (frozenset(), re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)),
        "numeric": (frozenset(), re.compile(r"-?\d{1,7}(?:\.\d{1,7})?", re.ASCII)),
    }
)
"""By type: detectors that could match after all, and the only shape that is left out of the search."""
NUMERIC_TYPES = frozenset({"int8", "numeric", "float8", "oid8", "money"})
"""Their values may travel as text."""
_FEWEST_DIGITS = len(str(SMALLEST))
_WHOLE_NUMBER = re.compile(r"[+-]?(\d{1,20})(?:\.0*)?", re.ASCII)


class BatchMasking:
    """One batch on its way: texts collected, looked at together, put back. For one call, then thrown away."""

    def __init__(self, engine: Engine, rows: Sequence[Row], types: Mapping[str, str]) -> None:
        self._engine = engine
        self._rows = rows
        self._types = types
        self._texts_by_column: dict[str, list[str]] = {}
        self._nested_texts: list[str] = []
        self._nested: list[_Cell] = []
        self._others: list[_Cell] = []
        self._found: Mapping[str, Found] = {}
        self._changes: dict[int, dict[str, JsonValue]] = {}
        self.tallies: dict[str, Tally] = {}

    @property
    def masked_value_count(self) -> int:
        """Values that were replaced: cells, or keys and leaves of nested ones."""
        return sum(tally.values for tally in self.tallies.values())

    def run(self) -> Mapping[int, Mapping[str, JsonValue]]:
        """Return the cells that change, by row and column."""
        for name, type_name in self._types.items():
            self._collect_column(name, type_name)
        self._collect_nested()
        texts = dict.fromkeys(chain(self._nested_texts, *self._texts_by_column.values()))
        self._found = self._find(list(texts))
        for name, type_name in self._types.items():
            if type_name in NUMERIC_TYPES:
                self._replace_written_numbers(name)
            elif not self._found.keys().isdisjoint(self._texts_by_column.get(name, ())):
                self._replace_texts(name)
        for cell in self._others:
            self._guarded(self._replace_other, cell)
        return self._changes

    def _collect_column(self, name: str, type_name: str) -> None:
        values = [row.get(name) for row in self._rows]
        texts = [value for value in values if type(value) is str]
        if texts and not self._is_harmless(type_name, texts):
            self._texts_by_column[name] = texts
        if len(texts) == len(values):
            return
        skip_numbers = type_name in TYPES_WITHOUT_NUMBERS and not self._engine.has_custom_patterns
        for index, value in enumerate(values):
            kind = type(value)
            if kind is str or value is None or kind is bool or (kind is int and skip_numbers):
                continue
            cell = _Cell(index=index, name=name, value=value)
            if kind is dict or kind is list:
                self._nested.append(cell)
            else:
                self._guarded(self._collect_other, cell)

    def _collect_nested(self) -> None:
        """Collect from those nested values alone in whose JSON text a detector sees anything."""
        if self._engine.has_custom_patterns:
            suspects = self._nested
        else:
            texts = [harmless_json(cell.value) for cell in self._nested]
            suspects = [cell for cell, text in zip(self._nested, texts, strict=True) if text is None]
            known = [cell for cell, text in zip(self._nested, texts, strict=True) if text is not None]
            triggered = self._engine.may_hold_something([text for text in texts if text is not None])
            hidden = [index for index, text in enumerate(filter(None, texts)) if f'"{BINARY_KEY}"' in text]
            suspects += [known[index] for index in sorted({*triggered, *hidden})]
        for cell in suspects:
            self._guarded(self._collect_other, cell)

    def _is_harmless(self, type_name: str, texts: list[str]) -> bool:
        """Tell whether every text has its type's own shape, in which nothing that is switched on can match."""
        shape = HARMLESS_SHAPES.get(type_name)
        if shape is None or self._engine.has_custom_patterns or not shape[0].isdisjoint(self._engine.active_names):
            return False
        return all(map(shape[1].fullmatch, texts))

    def _collect_other(self, cell: _Cell) -> None:
        """Collect the texts of a number, a nested value, or one that JSON has no type for."""
        value, engine = cell.value, self._engine
        if type(value) is int and abs(value) < SMALLEST and not engine.has_custom_patterns:
            return
        contents = contents_of([value], engine)
        if contents is None:
            cell.value = plain(value)
            self._change(cell, cell.value)
            contents = contents_of([cell.value], engine)
        if contents is None:
            self._put(cell.index, cell.name, _UNREADABLE)
            return
        cell.texts = contents.texts
        cell.has_number = contents.has_personal_number and self._types[cell.name] not in TYPES_WITHOUT_NUMBERS
        self._nested_texts += contents.texts
        self._others.append(cell)

    def _replace_texts(self, name: str) -> None:
        found = self._found
        for index, row in enumerate(self._rows):
            value = row.get(name)
            if type(value) is str and value in found:
                self._put(index, name, found[value])

    def _replace_written_numbers(self, name: str) -> None:
        """Look at numbers that travel as text: bare digits without their leading zero match no pattern."""
        for index, row in enumerate(self._rows):
            value = row.get(name)
            if type(value) is str and len(value) >= _FEWEST_DIGITS:
                found = self._found.get(value)
                number = _WHOLE_NUMBER.fullmatch(value)
                if number and (found is None or not self._engine.has_custom_patterns):
                    found = self._engine.find_number(int(number.group(1))) or found
                if found is not None:
                    self._put(index, name, found)

    def _replace_other(self, cell: _Cell) -> None:
        if cell.has_number or not self._found.keys().isdisjoint(cell.texts):
            tally = self.tallies.setdefault(cell.name, Tally())
            self._change(cell, masked(cell.value, self._found, self._engine, tally))

    def _find(self, texts: list[str]) -> Mapping[str, Found]:
        """Look at all texts together; if that fails one by one, and mask what can't be looked at."""
        try:
            return self._engine.find(texts)
        except Exception:  # noqa: BLE001 - whatever goes wrong, the texts must not pass
            return {text: found for text in texts for found in self._find_alone(text)}

    def _find_alone(self, text: str) -> Iterator[Found]:
        try:
            found = self._engine.find([text]).get(text)
        except Exception:  # noqa: BLE001 - whatever goes wrong, the text must not pass
            found = _UNREADABLE
        if found is not None:
            yield found

    def _guarded(self, step: Callable[[_Cell], None], cell: _Cell) -> None:
        try:
            step(cell)
        except Exception:  # noqa: BLE001 - whatever goes wrong, the value must not pass
            self._put(cell.index, cell.name, _UNREADABLE)

    def _put(self, index: int, name: str, found: Found) -> None:
        self._changes.setdefault(index, {})[name] = found.text
        self.tallies.setdefault(name, Tally()).add(found.detectors)

    def _change(self, cell: _Cell, value: JsonValue) -> None:
        self._changes.setdefault(cell.index, {})[cell.name] = value


@dataclass(slots=True, kw_only=True)
class _Cell:
    """A cell that is not plain text, and what was collected from it."""

    index: int
    name: str
    value: JsonValue = field(repr=False)
    texts: list[str] = field(default_factory=list, repr=False)
    has_number: bool = False
