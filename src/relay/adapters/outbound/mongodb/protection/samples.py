"""Documents of a sample, taken apart into the values at each path."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from relay.adapters.outbound.mongodb.describe import MAX_ELEMENTS, MAX_PATH_DEPTH, MAX_PATHS, shown_key
from relay.adapters.outbound.mongodb.protection.paths import join
from relay.adapters.outbound.mongodb.rows import MIXED
from relay.adapters.outbound.mongodb.values import TooDeep, to_json, type_name
from relay.application.ports.database import ColumnSample
from relay.domain.json_value import JsonValue

MAX_TEXT_LENGTH = 4_096
MAX_CHARACTERS = 4_000_000
"""Of all texts and bytes of a sample together, as they were read."""
LEAST_COST = 20
"""Characters that any value counts as: lists of lists hold millions of values in one document."""
MAX_VALUES = 2_000
"""Of one path: arrays have more values than the sample has documents."""
HARMLESS_TYPES = frozenset({"objectId", "date", "timestamp", "bool", "null", "minKey", "maxKey"})
TEXT_TYPES = frozenset({"string", "binData", "regex", "javascript", "javascriptWithScope", "unknown"})


@dataclass(slots=True, kw_only=True)
class _Path:
    types: set[str] = field(default_factory=set)
    values: list[JsonValue] = field(default_factory=list, repr=False)

    @property
    def type_name(self) -> str:
        types = self.types - {"null"}
        return types.pop() if len(types) == 1 else MIXED if types else "null"


class PathSamples:
    """Folds documents into values by path. Keys that are values themselves are folded together as `*`."""

    def __init__(self) -> None:
        self._paths: dict[str, _Path] = {}
        self._characters = 0

    @property
    def is_full(self) -> bool:
        """Whether no further value would be kept."""
        return self._characters >= MAX_CHARACTERS

    @property
    def paths(self) -> frozenset[str]:
        """Every path at which there is a value."""
        return frozenset(self._paths)

    @property
    def harmless(self) -> frozenset[str]:
        """The paths at which no value can be personal, going by its type; one that is always null is not among them."""
        return frozenset(
            path for path, seen in self._paths.items() if seen.types <= HARMLESS_TYPES and seen.types != {"null"}
        )

    def samples(self) -> tuple[ColumnSample, ...]:
        """Return a sample of each path."""
        return tuple(
            ColumnSample(
                name=path, type=seen.type_name, is_text=bool(seen.types & TEXT_TYPES), values=tuple(seen.values)
            )
            for path, seen in self._paths.items()
        )

    def add(self, document: Mapping[str, object]) -> None:
        """Take one document apart."""
        self._fold(document, "", 0)

    def _fold(self, value: object, path: str, depth: int) -> None:
        if depth > MAX_PATH_DEPTH or self.is_full:
            return
        if isinstance(value, Mapping):
            for key, item in value.items():
                self._fold(item, self._below(path, str(key)), depth + 1)
        elif isinstance(value, list):
            for item in value[:MAX_ELEMENTS]:
                self._fold(item, path, depth + 1)
        else:
            self._note(path, value)

    @staticmethod
    def _below(path: str, key: str) -> str:
        return path if path and key.isdecimal() else join(path, shown_key(key))

    def _note(self, path: str, value: object) -> None:
        seen = self._paths.get(path)
        if seen is None:
            if len(self._paths) >= MAX_PATHS:
                self._characters += LEAST_COST
                return
            seen = self._paths[path] = _Path()
        kind = type_name(value)
        seen.types.add(kind)
        self._characters += max(len(value), LEAST_COST) if isinstance(value, str | bytes) else LEAST_COST
        if kind in HARMLESS_TYPES:
            return
        if len(seen.values) < MAX_VALUES:
            seen.values.append(_plain(value))


def _plain(value: object) -> JsonValue:
    if isinstance(value, str):
        return str(value)[:MAX_TEXT_LENGTH]
    if isinstance(value, bytes):
        value = bytes(value[:MAX_TEXT_LENGTH])
    try:
        return to_json(value)
    except TooDeep:
        return None
