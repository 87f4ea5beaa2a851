"""Documents to rows, with the fields and the warnings that grow as rows go by."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import orjson
from bson import CodecOptions
from bson.binary import UuidRepresentation
from bson.codec_options import DatetimeConversion

from relay.adapters.outbound.mongodb.protection.outputs import NO_OUTPUTS, Outputs
from relay.adapters.outbound.mongodb.values import TooDeep, to_json, type_name
from relay.domain.json_value import JsonValue
from relay.domain.results import Field, RowBatch

DOCUMENT_CODEC: CodecOptions[Mapping[str, object]] = CodecOptions(
    document_class=dict,
    tz_aware=True,
    uuid_representation=UuidRepresentation.UNSPECIFIED,
    unicode_decode_error_handler="replace",
    datetime_conversion=DatetimeConversion.DATETIME_AUTO,
)
"""Nothing that a document may hold makes reading fail: broken UTF-8 is replaced, far dates stay numbers."""
MAX_UTF8_BYTES = 4
"""Of one code point: a shorter text can't be too long."""
MIXED, NULL = "mixed", "null"
_WIDER = frozenset({"int", "long"})


class RowMaker:
    """Makes rows of documents, at most `max_cell_bytes` a cell; a larger one becomes null, with a warning."""

    def __init__(self, *, max_cell_bytes: int, outputs: Outputs = NO_OUTPUTS) -> None:
        self._max_cell_bytes = max_cell_bytes
        self._outputs = outputs
        self._types: dict[str, str] = {}
        self._oversized = 0
        self._too_deep = 0

    @property
    def fields(self) -> tuple[Field, ...]:
        """Top-level keys in the order first seen."""
        return tuple(
            Field(name=name, type=kind, treatment=self._outputs.treatment(name)) for name, kind in self._types.items()
        )

    @property
    def warnings(self) -> tuple[str, ...]:
        """Sentences about what was left out."""
        sentences = []
        if self._oversized:
            sentences.append(f"{self._oversized} values longer than {self._max_cell_bytes} bytes arrive as null.")
        if self._too_deep:
            sentences.append(f"{self._too_deep} values that are nested too deeply arrive as null.")
        return tuple(sentences)

    def batch(self, documents: Iterable[Mapping[str, object]]) -> RowBatch:
        """Return documents as rows, after what column rules make of them."""
        made = [self._outputs.counted(document) for document in documents]
        rows = [self._cells(document) for document, _ in made]
        replaced = [names for _, names in made]
        return RowBatch(rows=rows, replaced=replaced if any(replaced) else ())

    def row(self, document: Mapping[str, object]) -> dict[str, JsonValue]:
        """Return one document as a row."""
        return self._cells(self._outputs.applied(document))

    def _cells(self, document: Mapping[str, object]) -> dict[str, JsonValue]:
        return {key: self._cell(key, value) for key, value in document.items()}

    def _cell(self, key: str, value: object) -> JsonValue:
        kind = type_name(value)
        known = self._types.get(key, NULL)
        self._types[key] = kind if known == NULL else known if kind in (NULL, known) else _join(kind, known)
        try:
            cell = to_json(value)
        except TooDeep:
            self._too_deep += 1
            return None
        if self._is_long(cell):
            self._oversized += 1
            return None
        return cell

    def _is_long(self, cell: JsonValue) -> bool:
        if isinstance(cell, str):
            return len(cell) * MAX_UTF8_BYTES > self._max_cell_bytes and len(cell.encode()) > self._max_cell_bytes
        return isinstance(cell, dict | list) and len(orjson.dumps(cell)) > self._max_cell_bytes


def _join(kind: str, known: str) -> str:
    return "long" if {kind, known} <= _WIDER else MIXED
