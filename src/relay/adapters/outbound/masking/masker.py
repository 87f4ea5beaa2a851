"""The masker: rows in, encoded rows out, with everything personal replaced."""

from __future__ import annotations

from collections.abc import Mapping

from relay.adapters.outbound.masking.column_masking import BatchMasking
from relay.adapters.outbound.masking.encoding import encode_row
from relay.adapters.outbound.masking.engine import Engine
from relay.adapters.outbound.masking.spans import Found
from relay.adapters.outbound.masking.values import UNREADABLE, UNREADABLE_MASK, UniqueNames
from relay.domain.json_value import JsonValue
from relay.domain.masking import MaskingSettings
from relay.domain.results import Detection, Field, MaskedRows, MaskedText, RowBatch


def build_masker(settings: MaskingSettings) -> RuleMasker | PassThroughMasker:
    """Compile the settings. Raises ValueError, naming the pattern or detector, for what can't be used."""
    engine = Engine(settings)
    return RuleMasker(engine) if settings.enabled else PassThroughMasker()


class PassThroughMasker:
    """Encodes and changes nothing: what `masking.enabled: false` asks for."""

    @property
    def enabled(self) -> bool:
        """Masking is off."""
        return False

    def mask_rows(self, batch: RowBatch, fields: tuple[Field, ...]) -> MaskedRows:  # noqa: ARG002 - the port's shape
        """Encode the rows as they are."""
        return MaskedRows(rows=tuple(encode_row(row) for row in batch.rows))

    def mask_text(self, text: str) -> MaskedText:
        """Return the text as it is."""
        return MaskedText(text=text)

    def mask_number(self, value: float) -> MaskedText | None:  # noqa: ARG002 - the same shape as RuleMasker's
        """Leave every number."""
        return None

    def mask_fields(self, fields: tuple[Field, ...]) -> tuple[Field, ...]:
        """Return the fields as they are."""
        return fields


class RuleMasker:
    """Replaces what the detectors and the custom patterns find. Remembers nothing between calls."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    @property
    def enabled(self) -> bool:
        """Masking is on."""
        return True

    def mask_rows(self, batch: RowBatch, fields: tuple[Field, ...]) -> MaskedRows:
        """Mask and encode; a column that `fields` does not name (a document's) is looked at all the same."""
        types = {each.name: each.type for each in fields}
        for row in batch.rows:
            if not row.keys() <= types.keys():
                types.update((name, "") for name in row if name not in types)
        names = dict(zip(types, self._masked_names(list(types)), strict=True))
        masking = BatchMasking(self._engine, batch.rows, types)
        changes = masking.run()
        renamed = any(name != masked for name, masked in names.items())
        return MaskedRows(
            rows=tuple(
                _encode(row, changes.get(index), names if renamed else None) for index, row in enumerate(batch.rows)
            ),
            masked_value_count=masking.masked_value_count,
            detections=tuple(
                Detection(detector=detector, count=count, column=names[column])
                for column, tally in masking.tallies.items()
                for detector, count in tally.by_detector.items()
            ),
        )

    def mask_text(self, text: str) -> MaskedText:
        """Mask one text; each detector counts once for it."""
        found = self._found_in(text)
        if found is None:
            return MaskedText(text=text)
        return MaskedText(
            text=found.text, detections=tuple(Detection(detector=name, count=1) for name in found.detectors)
        )

    def mask_number(self, value: float) -> MaskedText | None:
        """Look at one number as a numeric column's value is looked at; None if it stays."""
        masking = BatchMasking(self._engine, ({"number": value},), {"number": "numeric"})
        masked = masking.run().get(0)
        if masked is None or masking.masked_value_count == 0:
            return None
        detections = masking.tallies["number"].by_detector
        return MaskedText(
            text=str(masked["number"]),
            detections=tuple(Detection(detector=name, count=count) for name, count in detections.items()),
        )

    def mask_fields(self, fields: tuple[Field, ...]) -> tuple[Field, ...]:
        """Mask the columns' names, as the encoded rows carry them; a second equal one gets `_2`."""
        names = self._masked_names([each.name for each in fields])
        return tuple(Field(name=name, type=each.type) for name, each in zip(names, fields, strict=True))

    def _masked_names(self, names: list[str]) -> list[str]:
        unique = UniqueNames()
        found = self._engine.find(names)
        return [unique.take(found[name].text if name in found else name) for name in names]

    def _found_in(self, text: str) -> Found | None:
        try:
            return self._engine.find([text]).get(text)
        except Exception:  # noqa: BLE001 - whatever goes wrong, the text must not pass
            return Found(text=UNREADABLE_MASK, detectors=(UNREADABLE,), first_mask=UNREADABLE_MASK)


def _encode(
    row: Mapping[str, JsonValue], changes: Mapping[str, JsonValue] | None, names: dict[str, str] | None
) -> bytes:
    if changes:
        row = {**row, **changes}
    if names:
        row = {names[name]: value for name, value in row.items()}
    return encode_row(row)
