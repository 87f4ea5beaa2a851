"""A masker that replaces whole words it was given, for tests that are not about detectors."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping

from relay.application.ports.database import ColumnSample
from relay.domain.json_value import JsonValue
from relay.domain.protection import ColumnEvidence
from relay.domain.results import DETECT, Detection, Field, Handling, MaskedRows, MaskedText, RowBatch, Treatment

PIECE = 4
"""Characters of a secret that give it away."""


class RecordingMaskingObserver:
    """Keeps what it was told."""

    def __init__(self) -> None:
        self.told: list[tuple[str, tuple[Field, ...], tuple[Detection, ...]]] = []

    def masked(self, request_id: str, fields: tuple[Field, ...], detections: tuple[Detection, ...]) -> None:
        """See MaskingObserver."""
        self.told.append((request_id, fields, detections))


class FakeExaminer:
    """Knows `secrets`, as the detector `secret`."""

    def __init__(self, *secrets: str) -> None:
        self._secrets = secrets

    def examine(self, sample: ColumnSample) -> ColumnEvidence:
        """See ColumnExaminer."""
        texts = [str(value).strip() for value in sample.values if str(value).strip()]
        whole = sum(text in self._secrets for text in texts)
        inside = sum(any(secret in text for secret in self._secrets) for text in texts)
        return ColumnEvidence(
            column=sample.name,
            type=sample.type,
            is_text=sample.is_text,
            values=len(texts),
            mean_length=sum(map(len, texts)) / max(len(texts), 1),
            whole={"secret": whole} if whole else {},
            inside={"secret": inside} if inside else {},
            masks={"secret": "***"},
        )


class FakeMasker:
    """Replaces each of `secrets` by `***` wherever it stands; detector name `secret`."""

    def __init__(self, *secrets: str, enabled: bool = True) -> None:
        self._secrets = secrets
        self._enabled = enabled

    @property
    def enabled(self) -> bool:
        """See Masker."""
        return self._enabled

    def mask_text(self, text: str) -> MaskedText:
        """See Masker."""
        if not self._enabled:
            return MaskedText(text=text)
        count = sum(text.count(secret) for secret in self._secrets)
        for secret in self._secrets:
            text = text.replace(secret, "***")
        return MaskedText(text=text, detections=(Detection(detector="secret", count=count),) if count else ())

    def mask_fields(self, fields: tuple[Field, ...]) -> tuple[Field, ...]:
        """See Masker."""
        shown = (field for field in fields if field.treatment.handling is not Handling.SOURCE)
        return tuple(Field(name=self.mask_text(field.name).text, type=field.type) for field in shown)

    def mask_rows(self, batch: RowBatch, fields: tuple[Field, ...]) -> MaskedRows:
        """See Masker."""
        treatments = {field.name: field.treatment for field in fields}
        found: Counter[tuple[str, str]] = Counter()
        rows = []
        for row in batch.rows:
            masked = {
                self.mask_text(name).text: self._treat(row, name, treatments.get(name, DETECT), found)
                for name in row
                if treatments.get(name, DETECT).handling is not Handling.SOURCE
            }
            rows.append(json.dumps(masked, ensure_ascii=False, separators=(",", ":")).encode())
        detections = tuple(
            Detection(detector=detector, column=column, count=count) for (column, detector), count in found.items()
        )
        return MaskedRows(rows=tuple(rows), masked_value_count=sum(found.values()), detections=detections)

    def _treat(
        self, row: Mapping[str, JsonValue], column: str, treatment: Treatment, found: Counter[tuple[str, str]]
    ) -> JsonValue:
        value = row[column]
        if treatment.handling is Handling.PASS or value is None:
            return value
        if treatment.handling is Handling.WHOLE:
            found[column, treatment.detector or "derived"] += 1
            return treatment.mask
        if treatment.handling is Handling.SCRUB and not self._may_stay(str(value), row, treatment):
            found[column, "secret"] += 1
            return "***"
        return self._mask(value, column, found)

    def _may_stay(self, text: str, row: Mapping[str, JsonValue], treatment: Treatment) -> bool:
        """Tell whether no piece of a source's secret is in the text; without a source, whether nothing was cut."""
        if not treatment.sources:
            return not treatment.is_cut
        sources = " ".join(str(row.get(name, "")) for name in treatment.sources)
        secrets = [secret for secret in self._secrets if secret in sources]
        return row.keys() >= set(treatment.sources) and not any(
            secret[place : place + PIECE] in text for secret in secrets for place in range(len(secret) - PIECE + 1)
        )

    def _mask(self, value: JsonValue, column: str, found: Counter[tuple[str, str]]) -> JsonValue:
        if isinstance(value, str):
            masked = self.mask_text(value)
            found.update([(column, "secret")] if masked.detections else [])
            return masked.text
        if isinstance(value, Mapping):
            return {str(self._mask(key, column, found)): self._mask(item, column, found) for key, item in value.items()}
        if isinstance(value, (list, tuple)):
            return [self._mask(item, column, found) for item in value]
        return value
