"""Masking of one batch, column by column; each text is looked at once, however often it comes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from types import MappingProxyType

import orjson

from relay.adapters.outbound.masking.bytes_text import BINARY_KEY
from relay.adapters.outbound.masking.columns_of_rows import NESTED, NUMBERS, Row, Shape, columns_of, large_numbers
from relay.adapters.outbound.masking.encoding import harmless_json, has_finite_numbers
from relay.adapters.outbound.masking.engine import Engine
from relay.adapters.outbound.masking.numbers import SMALLEST, WHOLE_NUMBER
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

_UNREADABLE = Found(text=UNREADABLE_MASK, detectors=(UNREADABLE,), first_mask=UNREADABLE_MASK)

TYPES_WITHOUT_NUMBERS = frozenset({"int2", "int4", "_int2", "_int4", "float4", "_float4"})
"""Too small for a CPF, a card or a telephone number, and full of epoch seconds. PostgreSQL's names."""
HARMLESS_SHAPES: Mapping[str, tuple[frozenset[str], Shape]] = MappingProxyType(
    {
        "uuid": (
            frozenset({"pix_random_key"}),
            Shape(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"),
        ),
        "timestamptz": (frozenset(), Shape(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,6})?(?:Z|[+-]00:00)")),
        "timestamp": (frozenset(), Shape(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,6})?")),
        "date": (frozenset(), Shape(r"\d{4}-\d\d-\d\d")),
        "numeric": (frozenset(), Shape(r"-?\d{1,7}(?:\.\d{1,7})?")),
    }
)
"""By type: detectors that could match after all, and the only shape that is left out of the search."""
NUMERIC_TYPES = frozenset({"int8", "numeric", "float8", "oid8", "money"})
"""Their values may travel as text."""
_NEVER_PERSONAL = frozenset({type(None), bool})
_ONLY_TEXT = frozenset({str})
_LOOKED_AT_TOGETHER = NESTED | {str}
_BINARY = f'"{BINARY_KEY}"'.encode()
_SHORT = 200
"""Bytes of a column's first nested value up to which their text is made again rather than kept."""
_FEWEST_DIGITS = len(str(SMALLEST))


class BatchMasking:
    """One batch on its way: texts collected, looked at together, put back. For one call, then thrown away."""

    def __init__(
        self,
        engine: Engine,
        rows: Sequence[Row],
        types: Mapping[str, str],
        columns: Mapping[str, Sequence[JsonValue]] | None = None,
    ) -> None:
        """`types` names the columns to look at; `columns` may hold more."""
        self._engine = engine
        self._types = types
        self._columns = columns or dict(zip(types, columns_of(rows, tuple(types)), strict=True))
        self._of_text_alone: set[str] = set()
        self._texts_by_column: dict[str, Sequence[str]] = {}
        self._nested_texts: list[str] = []
        self._nested: list[tuple[str, list[int]]] = []
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
        for name, indexes in self._nested:
            self._collect_nested(name, indexes)
        self._found = self._find(list(dict.fromkeys(chain(self._nested_texts, *self._texts_by_column.values()))))
        for name in self._texts_by_column:
            if self._types[name] in NUMERIC_TYPES:
                self._replace_written_numbers(name)
            else:
                self._replace_texts(name)
        for cell in self._others:
            self._guarded(self._replace_other, cell)
        return self._changes

    def _collect_column(self, name: str, type_name: str) -> None:
        values = self._columns[name]
        all_kinds = set(map(type, values))
        kinds = all_kinds - _NEVER_PERSONAL
        if kinds == _ONLY_TEXT:
            self._of_text_alone.add(name)
        if str in kinds:
            texts: Sequence[str] = values if all_kinds == _ONLY_TEXT else [v for v in values if type(v) is str]  # type: ignore[assignment]  # texts alone
            if not self._is_harmless(type_name, texts):
                self._texts_by_column[name] = texts
        if not kinds.isdisjoint(NESTED):
            self._nested.append((name, [index for index, value in enumerate(values) if type(value) in NESTED]))
        for index in self._suspects(values, kinds - _LOOKED_AT_TOGETHER, type_name):
            self._guarded(self._collect_other, _Cell(index=index, name=name, value=values[index]))

    def _suspects(self, values: Sequence[JsonValue], kinds: set[type], type_name: str) -> Iterable[int]:
        """Return the places of values of these kinds; of small numbers only what a customer's pattern could match."""
        if self._engine.has_custom_patterns or not kinds <= NUMBERS:
            return [index for index, value in enumerate(values) if type(value) in kinds]
        if kinds == {int} and type_name in TYPES_WITHOUT_NUMBERS:
            return ()
        return large_numbers(values) if kinds else ()

    def _collect_nested(self, name: str, indexes: Sequence[int]) -> None:
        """Collect from those nested values alone in whose JSON text a detector sees anything."""
        values = self._columns[name]
        if not self._engine.has_custom_patterns:
            indexes = [] if self._is_clean([values[index] for index in indexes]) else self._suspicious(name, indexes)
        for index in indexes:
            self._guarded(self._collect_other, _Cell(index=index, name=name, value=values[index]))

    def _is_clean(self, values: Sequence[JsonValue]) -> bool:
        """Look at all of them as one JSON text, if they are short: most batches have nothing in them."""
        first = harmless_json(values[0])
        text = harmless_json(values) if first is not None and len(first) <= _SHORT else None
        if text is None or _BINARY in text:
            return False
        return not self._engine.may_hold_something([text.decode("utf-8")])

    def _suspicious(self, name: str, indexes: Sequence[int]) -> list[int]:
        """Return the places where something may be; of all others the text goes out as it is now."""
        values = self._columns[name]
        is_finite = has_finite_numbers([values[index] for index in indexes])
        texts = {index: harmless_json(values[index], is_finite=is_finite) for index in indexes}
        others = {index: text for index, text in texts.items() if text is not None and _BINARY not in text}
        places = list(others)
        triggered = self._engine.may_hold_something([text.decode("utf-8") for text in others.values()])
        suspects = {*(texts.keys() - others.keys()), *(places[place] for place in triggered)}
        for index, text in others.items():
            if index not in suspects:
                self._changes.setdefault(index, {})[name] = orjson.Fragment(text)
        return sorted(suspects)

    def _is_harmless(self, type_name: str, texts: Sequence[str]) -> bool:
        """Tell whether every text has its type's own shape, in which nothing that is switched on can match."""
        shape = HARMLESS_SHAPES.get(type_name)
        if shape is None or self._engine.has_custom_patterns or not shape[0].isdisjoint(self._engine.active_names):
            return False
        return shape[1].fits(texts)

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
        values, found = self._columns[name], self._found
        if name in self._of_text_alone:
            hits = [(place, hit) for place, hit in enumerate(map(found.get, values)) if hit is not None]  # type: ignore[arg-type]  # texts and nulls
        else:
            hits = [(i, found[v]) for i, v in enumerate(values) if type(v) is str and v in found]
        if hits:
            self._put_all(name, hits)

    def _replace_written_numbers(self, name: str) -> None:
        """Look at numbers that travel as text: bare digits without their leading zero match no pattern."""
        for index, value in enumerate(self._columns[name]):
            if type(value) is str and len(value) >= _FEWEST_DIGITS:
                found = self._found.get(value)
                number = WHOLE_NUMBER.fullmatch(value)
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
        self._put_all(name, [(index, found)])

    def _put_all(self, name: str, hits: Sequence[tuple[int, Found]]) -> None:
        changes = self._changes
        for index, found in hits:
            if index in changes:
                changes[index][name] = found.text
            else:
                changes[index] = {name: found.text}
        tally = self.tallies.setdefault(name, Tally())
        for detectors, count in Counter([found.detectors for _index, found in hits]).items():
            tally.add(detectors, count)

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
