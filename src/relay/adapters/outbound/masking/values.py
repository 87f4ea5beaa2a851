"""JSON values of any shape: what texts are in them, and what they become."""

from __future__ import annotations

import datetime as dt
import decimal
import math
import uuid
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, field

from relay.adapters.outbound.masking.bytes_text import BINARY_KEY, binary_as_hexadecimal
from relay.adapters.outbound.masking.engine import Engine
from relay.adapters.outbound.masking.numbers import SMALLEST
from relay.adapters.outbound.masking.spans import Found
from relay.domain.json_value import MAX_SAFE_INTEGER, JsonValue

UNREADABLE_MASK = "***"
UNREADABLE = "unreadable"
"""Stands in the place of a detector's name where a value could not be looked at or encoded."""
_MOST_BITS = 14_000
_DEEPEST = 100
"""Levels of nesting; the encoder stops at 254, and nobody reads that far."""
_ONLY_TEXT = frozenset({str})
_TEXT_TYPES = (dt.date, dt.time, dt.timedelta, uuid.UUID, decimal.Decimal)


@dataclass(slots=True)
class Contents:
    """Texts of one nested value, and whether one of its numbers has to go."""

    texts: list[str] = field(default_factory=list)
    has_personal_number: bool = False


@dataclass(slots=True)
class Tally:
    """Counts of values: each value once, and once for each detector that replaced something in it."""

    values: int = 0
    by_detector: dict[str, int] = field(default_factory=dict)

    def add(self, detectors: Sequence[str], count: int = 1) -> None:
        """Count values in which these detectors replaced something."""
        self.values += count
        for detector in detectors:
            self.by_detector[detector] = self.by_detector.get(detector, 0) + count


def plain(value: object, depth: int = 0) -> JsonValue:
    """Return the value in the types that JSON has; text for what has none, a mask for what can't be read."""
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, (int, float)):
        return _plain_number(value)
    if isinstance(value, str):
        return "".join(value).encode("utf-8", "surrogatepass").decode("utf-8", "replace")
    if isinstance(value, (bytes, bytearray, memoryview)):
        return "\\x" + bytes(value).hex()
    if isinstance(value, _TEXT_TYPES):
        return str(value)
    return UNREADABLE_MASK if depth >= _DEEPEST else _plain_container(value, depth)


def _plain_number(value: float) -> JsonValue:
    if isinstance(value, int):
        return int(value) if abs(value) <= MAX_SAFE_INTEGER else _decimal_text(int(value))
    return float(value) if math.isfinite(value) else _name_of(value)


def _plain_container(value: object, depth: int) -> JsonValue:
    if isinstance(value, Mapping):
        return {_plain_key(key): plain(item, depth + 1) for key, item in value.items()}
    if isinstance(value, (Sequence, Set)):
        return [plain(item, depth + 1) for item in value]
    return UNREADABLE_MASK


def _plain_key(key: object) -> str:
    simple = plain(key, _DEEPEST)
    return simple if isinstance(simple, str) else str(simple)


def _decimal_text(value: int) -> str:
    """Return the digits; Python refuses to write integers of more than 4,300."""
    return UNREADABLE_MASK if value.bit_length() > _MOST_BITS else str(value)


def _name_of(value: float) -> str:
    if math.isnan(value):
        return "NaN"
    return "Infinity" if value > 0 else "-Infinity"


def contents_of(value: JsonValue, engine: Engine) -> Contents | None:
    """Collect a nested value's texts, level by level; None if it must be made plain first."""
    contents = Contents()
    level: list[object] = [value]
    for _depth in range(_DEEPEST):
        following: list[object] = []
        for container in level:
            items = container
            if type(container) is dict:
                if not _ONLY_TEXT.issuperset(map(type, container)):
                    return None
                contents.texts += container
                if BINARY_KEY in container and (text := binary_as_hexadecimal(container)) is not None:
                    contents.texts.append(text)
                items = container.values()
            if not _collect_all(items, contents, following, engine):  # type: ignore[arg-type]  # a list or dict's values
                return None
        if not following:
            return contents
        level = following
    return None


def _collect_all(items: Iterable[object], contents: Contents, following: list[object], engine: Engine) -> bool:
    """Take note of items; False if one has a type or size that JSON does not know."""
    texts, looks_at_all = contents.texts, engine.has_custom_patterns
    for item in items:
        kind = type(item)
        if kind is str:
            texts.append(item)  # type: ignore[arg-type]  # a str, by the line above
        elif kind is dict or kind is list:
            following.append(item)
        elif kind is int or kind is float:
            is_small = -SMALLEST < item < SMALLEST  # type: ignore[operator]  # a number
            if (looks_at_all or not is_small) and not _collect_number(item, contents, engine):  # type: ignore[arg-type]
                return False
        elif item is not None and kind is not bool:
            return False
    return True


def _collect_number(number: float, contents: Contents, engine: Engine) -> bool:
    if type(number) is float and not math.isfinite(number):
        return False
    if engine.has_custom_patterns:
        contents.texts.append(_number_text(number))
    if abs(number) >= SMALLEST and found_in_number(number, {}, engine) is not None:
        contents.has_personal_number = True
    return abs(number) <= MAX_SAFE_INTEGER or type(number) is float


def found_in_number(number: float, found: Mapping[str, Found], engine: Engine) -> Found | None:
    """Look at a number: a custom pattern's match in its text first, then documents, cards and telephones."""
    if engine.has_custom_patterns:
        hit = found.get(_number_text(number))
        if hit is not None:
            return hit
    return engine.find_number(int(number)) if _is_whole(number) else None


def _is_whole(number: float) -> bool:
    return type(number) is int or float(number).is_integer()


def _number_text(number: float) -> str:
    """Return the number as a person would write it: a whole float without its `.0`."""
    return str(int(number)) if _is_whole(number) else str(number)


def masked(value: JsonValue, found: Mapping[str, Found], engine: Engine, tally: Tally) -> JsonValue:
    """Rebuild a plain nested value with what was found; each leaf and each key counts as one value."""
    if value is None or value is True or value is False:
        return value
    if isinstance(value, str):
        return _masked_text(value, found, tally)
    if isinstance(value, dict):
        return _masked_object(value, found, engine, tally)
    if isinstance(value, list):
        return [masked(item, found, engine, tally) for item in value]
    if isinstance(value, (int, float)) and (engine.has_custom_patterns or not -SMALLEST < value < SMALLEST):
        hit = found_in_number(value, found, engine)
        if hit is not None:
            tally.add(hit.detectors)
            return hit.text
    return value


def _masked_object(
    value: Mapping[str, JsonValue], found: Mapping[str, Found], engine: Engine, tally: Tally
) -> JsonValue:
    if BINARY_KEY in value and (hidden := found.get(binary_as_hexadecimal(value) or "")) is not None:
        tally.add(hidden.detectors)
        return hidden.text
    if found.keys().isdisjoint(value):
        return {key: masked(item, found, engine, tally) for key, item in value.items()}
    names = UniqueNames()
    return {
        names.take(_masked_text(key, found, tally)): masked(item, found, engine, tally) for key, item in value.items()
    }


def _masked_text(text: str, found: Mapping[str, Found], tally: Tally) -> str:
    hit = found.get(text)
    if hit is None:
        return text
    tally.add(hit.detectors)
    return hit.text


class UniqueNames:
    """Gives each name once: a second `a` becomes `a_2`."""

    def __init__(self) -> None:
        self._next: dict[str, int] = {}

    def take(self, name: str) -> str:
        """Return the name, or with `_2`, `_3`, … behind it the first that was not given yet."""
        if name not in self._next:
            self._next[name] = 2
            return name
        number = self._next[name]
        while f"{name}_{number}" in self._next:
            number += 1
        self._next[name] = number + 1
        self._next[f"{name}_{number}"] = 2
        return f"{name}_{number}"
