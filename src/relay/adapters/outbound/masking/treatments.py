"""Columns that are handled in another way than by looking for personal values in each of theirs."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from functools import partial
from types import MappingProxyType

from relay.adapters.outbound.masking.bytes_text import text_in_hexadecimal
from relay.adapters.outbound.masking.columns_of_rows import names_beyond
from relay.adapters.outbound.masking.engine import Engine
from relay.adapters.outbound.masking.scrubbing import DERIVED, Scrubber
from relay.adapters.outbound.masking.sources import PIECE
from relay.adapters.outbound.masking.spans import Found
from relay.adapters.outbound.masking.values import UNREADABLE, UNREADABLE_MASK, Tally, UniqueNames, plain
from relay.domain.json_value import JsonValue
from relay.domain.results import Field, Handling, Treatment

Row = Mapping[str, JsonValue]
Changes = dict[int, dict[str, JsonValue]]
NOTHING: Mapping[str, Treatment] = MappingProxyType({})
_UNREADABLE = Found(text=UNREADABLE_MASK, detectors=(UNREADABLE,), first_mask=UNREADABLE_MASK)


def special_treatments(fields: Sequence[Field]) -> Mapping[str, Treatment]:
    """Return the treatments, by column, of those that have another one than the ordinary."""
    return {each.name: each.treatment for each in fields if each.treatment.handling is not Handling.DETECT} or NOTHING


def leaves_any_out(treatments: Mapping[str, Treatment]) -> bool:
    """Whether a column came only as the source of others."""
    return any(each.handling is Handling.SOURCE for each in treatments.values())


def leaving(fields: Sequence[Field]) -> tuple[Field, ...]:
    """Return the fields whose values leave."""
    return tuple(each for each in fields if each.treatment.handling is not Handling.SOURCE)


def shown_names(rows: Sequence[Row], fields: Sequence[Field]) -> list[str]:
    """Return the names of the columns that leave: those of the fields, then others that rows (documents) have."""
    known = {each.name: each.type for each in fields}
    return [each.name for each in leaving(fields)] + list(names_beyond(rows, known))


class TreatedColumns:
    """Applies treatments to one batch; without an engine a value that should be scrubbed is masked whole.

    A value that can't be treated becomes a mask.
    """

    def __init__(self, engine: Engine | None, rows: Sequence[Row], treatments: Mapping[str, Treatment]) -> None:
        self._engine = engine
        self._rows = rows
        self._treatments = treatments
        self.changes: Changes = {}
        self.tallies: dict[str, Tally] = {}

    def run(self) -> None:
        """Fill `changes`, by row and column, and `tallies`, by column."""
        scrubbed = {name: each for name, each in self._treatments.items() if each.handling is Handling.SCRUB}
        for name, treatment in self._treatments.items():
            if treatment.handling is Handling.WHOLE:
                self._each(name, partial(_masked_whole, treatment))
        if scrubbed:
            scrubber = self._scrubber(scrubbed)
            for name, treatment in scrubbed.items():
                self._each(name, _Scrubbing(scrubber, self._engine, treatment))

    def _each(self, name: str, treat: Callable[[Row, JsonValue], tuple[JsonValue, Sequence[str]] | None]) -> None:
        for index, row in enumerate(self._rows):
            value = row.get(name)
            if value is None:
                continue
            try:
                outcome = treat(row, value)
            except Exception:  # noqa: BLE001 - whatever goes wrong, the value must not pass
                outcome = UNREADABLE_MASK, (UNREADABLE,)
            if outcome is not None:
                self.changes.setdefault(index, {})[name] = outcome[0]
                self.tallies.setdefault(name, Tally()).add(outcome[1])

    def _texts(self, names: Collection[str]) -> list[str]:
        return [text for row in self._rows for name in names for text in texts_of(row.get(name))]

    def _scrubber(self, scrubbed: Mapping[str, Treatment]) -> Scrubber | None:
        if self._engine is None:
            return None
        sources = {source for treatment in scrubbed.values() for source in treatment.sources}
        unseen = [name for name, treatment in scrubbed.items() if not treatment.sources]
        try:
            return Scrubber(self._engine, self._texts(scrubbed), self._texts(sources), self._texts(unseen))
        except Exception:  # noqa: BLE001 - without it each value is masked whole
            return None


def _masked_whole(treatment: Treatment, _row: Row, _value: JsonValue) -> tuple[JsonValue, Sequence[str]]:
    return treatment.mask, (treatment.detector or DERIVED,)


class _Scrubbing:
    """Scrubs the values of one column."""

    def __init__(self, scrubber: Scrubber | None, engine: Engine | None, treatment: Treatment) -> None:
        self._scrubber = scrubber
        self._engine = engine
        self._treatment = treatment

    def __call__(self, row: Row, value: JsonValue) -> tuple[JsonValue, Sequence[str]] | None:
        if self._scrubber is None or not row.keys() >= set(self._treatment.sources):
            return UNREADABLE_MASK, (DERIVED,)
        sources = [text for name in self._treatment.sources for text in texts_of(row[name])]
        detectors: dict[str, None] = {}
        scrubbed = self._scrub(value, sources, detectors)
        return (scrubbed, tuple(detectors)) if detectors else None

    def _scrub(self, value: JsonValue, sources: Sequence[str], detectors: dict[str, None]) -> JsonValue:
        if isinstance(value, Mapping):
            names = UniqueNames()
            return {
                names.take(str(self._scrub_part(key, sources, detectors))): self._scrub_part(item, sources, detectors)
                for key, item in value.items()
            }
        if isinstance(value, (list, tuple)):
            return [self._scrub_part(item, sources, detectors) for item in value]
        if value is None or isinstance(value, bool):
            return value
        if not isinstance(value, (str, int, float)):
            raise TypeError
        found = self._found(value, sources)
        if found is None:
            return value
        detectors.update(dict.fromkeys(found.detectors))
        return found.text

    def _scrub_part(self, value: JsonValue, sources: Sequence[str], detectors: dict[str, None]) -> JsonValue:
        """Scrub a part of a document; what is as short as a statement's own keys and numbers stays."""
        is_short = isinstance(value, (str, int, float)) and len(str(value)) < PIECE
        is_of_text = isinstance(value, str) and self._treatment.in_pieces
        if is_short and self._treatment.sources and not is_of_text:
            return value
        return self._scrub(value, sources, detectors)

    def _found(self, value: JsonValue, sources: Sequence[str]) -> Found | None:
        if isinstance(value, (int, float)) and self._engine is not None and float(value).is_integer():
            number = self._engine.find_number(int(value))
            if number is not None:
                return number
        text = value if isinstance(value, str) else str(plain(value))
        return self._scrubber.scrub(text, sources, self._treatment) if self._scrubber is not None else _UNREADABLE


def texts_of(value: JsonValue) -> Iterator[str]:
    """Yield every text in a value: keys, leaves, numbers as text, and what bytes say. TypeError for what is no JSON."""
    if isinstance(value, str):
        yield value
        if value.startswith("\\x"):
            yield from text_in_hexadecimal(value)
    elif isinstance(value, Mapping):
        for key, item in value.items():
            yield str(key)
            yield from texts_of(item)
    elif isinstance(value, (list, tuple)):
        for item in value:
            yield from texts_of(item)
    elif isinstance(value, (int, float)):
        if not isinstance(value, bool):
            yield str(plain(value))
    elif value is not None:
        raise TypeError
