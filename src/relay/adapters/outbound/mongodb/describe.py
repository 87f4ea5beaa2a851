"""What a collection holds: paths, types and how often they are there, from a sample; never a value."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from relay.adapters.outbound.mongodb.arguments import MAX_SAMPLE_SIZE
from relay.adapters.outbound.mongodb.catalogue import Index, indexes
from relay.adapters.outbound.mongodb.documents import documents
from relay.adapters.outbound.mongodb.operation import Operation
from relay.adapters.outbound.mongodb.plans import AggregatePlan, DescribePlan, FindPlan
from relay.adapters.outbound.mongodb.rows import MIXED
from relay.adapters.outbound.mongodb.streams import ReadyStream
from relay.adapters.outbound.mongodb.values import type_name
from relay.domain.errors import Reason, RelayError
from relay.domain.json_value import JsonValue
from relay.domain.results import Field

MAX_PATHS = 1_000
MAX_PATH_DEPTH = 12
MAX_ELEMENTS = 100
"""Of one array, that are looked at."""
MAX_KEY_LENGTH = 64
MANY_DIGITS = 5
VALUE_AS_KEY = "*"
"""Stands for a key that is a value itself: an id, a date, an address used as a key of a map."""
_SUSPICIOUS = re.compile(r"[^\w\- ]|^[0-9a-fA-F]{16,}$")
FIELDS = (
    Field(name="kind", type="string"),
    Field(name="path", type="string"),
    Field(name="types", type="array"),
    Field(name="elementTypes", type="array"),
    Field(name="presence", type="double"),
    Field(name="column_name", type="string"),
    Field(name="data_type", type="string"),
    Field(name="name", type="string"),
    Field(name="columns", type="array"),
    Field(name="unique", type="bool"),
)


def shown_key(key: str) -> str:
    """Return a key as it may be shown: `*` for one that looks like a value."""
    digits = sum(character.isdigit() for character in key)
    if digits >= MANY_DIGITS or len(key) > MAX_KEY_LENGTH or _SUSPICIOUS.search(key):
        return VALUE_AS_KEY
    return key


@dataclass(slots=True, kw_only=True)
class _Path:
    """What was seen at one path: types, types of an array's elements, and in how many documents."""

    types: Counter[str] = field(default_factory=Counter)
    element_types: Counter[str] = field(default_factory=Counter)
    documents: int = 0
    last_document: int = 0


class Sample:
    """Folds documents into paths as they go by; keeps no value."""

    def __init__(self) -> None:
        self._paths: dict[str, _Path] = {}
        self._count = 0
        self.left_out = False

    def add(self, document: Mapping[str, object]) -> None:
        """Look at one document."""
        self._count += 1
        self._fold(document, "", 0)

    def _fold(self, document: Mapping[str, object], prefix: str, depth: int) -> None:
        if depth >= MAX_PATH_DEPTH:
            self.left_out = True
            return
        for key, value in document.items():
            path = prefix + shown_key(key)
            seen = self._seen(path)
            if seen is not None:
                seen.types[type_name(value)] += 1
                self._fold_value(value, seen, path, depth)

    def _seen(self, path: str) -> _Path | None:
        seen = self._paths.get(path)
        if seen is None:
            if len(self._paths) >= MAX_PATHS:
                self.left_out = True
                return None
            seen = self._paths[path] = _Path()
        if seen.last_document != self._count:
            seen.last_document = self._count
            seen.documents += 1
        return seen

    def _fold_value(self, value: object, seen: _Path, path: str, depth: int) -> None:
        if isinstance(value, Mapping):
            self._fold(value, f"{path}.", depth + 1)
        elif isinstance(value, list):
            for item in value[:MAX_ELEMENTS]:
                seen.element_types[type_name(item)] += 1
                if isinstance(item, Mapping):
                    self._fold(item, f"{path}.", depth + 1)

    def rows(self) -> list[dict[str, JsonValue]]:
        """Return a row for each path, as the paths would be written in a filter."""
        return [self._row(path, seen) for path, seen in self._paths.items()]

    def _row(self, path: str, seen: _Path) -> dict[str, JsonValue]:
        types = [name for name, _ in seen.types.most_common()]
        row: dict[str, JsonValue] = {
            "kind": "field",
            "path": path,
            "types": types,
            "presence": round(seen.documents / self._count, 4),
            "column_name": path,
            "data_type": types[0] if len(types) == 1 else MIXED,
        }
        if seen.element_types:
            row["elementTypes"] = [name for name, _ in seen.element_types.most_common()]
        return row


def _index_row(index: Index) -> dict[str, JsonValue]:
    return {"kind": "index", "name": index.name, "columns": [key for key, _ in index.keys], "unique": index.unique}


async def describe(operation: Operation, plan: DescribePlan, max_rows: int) -> ReadyStream:
    """Return a row for each path and each index."""
    sample = await _sample(operation, plan)
    rows = sample.rows()
    rows.extend(_index_row(index) for index in await indexes(operation, plan.collection))
    warnings = []
    if plan.clamped:
        warnings.append(f"sampleSize was lowered to {MAX_SAMPLE_SIZE}.")
    if sample.left_out:
        warnings.append(f"Only the first {MAX_PATHS} paths, {MAX_PATH_DEPTH} levels deep, are described.")
    return ReadyStream(fields=FIELDS, rows=rows[:max_rows], warnings=tuple(warnings))


async def _sample(operation: Operation, plan: DescribePlan) -> Sample:
    """Sample at random; where the server can't, take the first documents that it gives."""
    at_random = AggregatePlan(collection=plan.collection, pipeline=({"$sample": {"size": plan.sample_size}},))
    try:
        return await _fold(operation, at_random, plan.sample_size)
    except RelayError as error:
        if error.reason is not Reason.QUERY_FAILED:
            raise
    return await _fold(operation, FindPlan(collection=plan.collection), plan.sample_size)


async def _fold(operation: Operation, plan: AggregatePlan | FindPlan, size: int) -> Sample:
    sample = Sample()
    async for piece in documents(operation, plan, size):
        for document in piece:
            sample.add(document)
    return sample
