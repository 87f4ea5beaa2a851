"""The masker: rows in, encoded rows out, with everything personal replaced."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from relay.adapters.outbound.masking.column_masking import BatchMasking
from relay.adapters.outbound.masking.columns_of_rows import exact_columns
from relay.adapters.outbound.masking.encoding import encode_rows
from relay.adapters.outbound.masking.engine import Engine
from relay.adapters.outbound.masking.freed_memory import keep_freed_memory
from relay.adapters.outbound.masking.spans import Found
from relay.adapters.outbound.masking.treatments import (
    Row,
    TreatedColumns,
    leaves_any_out,
    leaving,
    shown_names,
    special_treatments,
)
from relay.adapters.outbound.masking.values import UNREADABLE, UNREADABLE_MASK, Tally, UniqueNames
from relay.domain.masking import MaskingSettings
from relay.domain.results import Detection, Field, MaskedRows, MaskedText, RowBatch, Treatment


def build_masker(settings: MaskingSettings) -> RuleMasker | PassThroughMasker:
    """Compile the settings. Raises ValueError, naming the pattern or detector, for what can't be used."""
    engine = Engine(settings)
    keep_freed_memory()
    return RuleMasker(engine) if settings.enabled else PassThroughMasker()


class PassThroughMasker:
    """Encodes and changes nothing: what `masking.enabled: false` asks for."""

    @property
    def enabled(self) -> bool:
        """Masking is off."""
        return False

    def mask_rows(self, batch: RowBatch, fields: tuple[Field, ...]) -> MaskedRows:
        """Encode the rows as they are, but for columns that a rule has treated."""
        special = special_treatments(fields)
        if not special:
            return MaskedRows(rows=encode_rows(batch.rows))
        names = {name: name for name in shown_names(batch.rows, fields)}
        treated = TreatedColumns(None, batch.rows, special)
        treated.run()
        return _masked_rows(batch.rows, names, treated.changes, treated.tallies, special)

    def mask_text(self, text: str) -> MaskedText:
        """Return the text as it is."""
        return MaskedText(text=text)

    def mask_number(self, value: float) -> MaskedText | None:  # noqa: ARG002 - the same shape as RuleMasker's
        """Leave every number."""
        return None

    def mask_fields(self, fields: tuple[Field, ...]) -> tuple[Field, ...]:
        """Return the fields that leave, as they are."""
        return leaving(fields)


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
        special = special_treatments(fields)
        columns = exact_columns(batch.rows, [each.name for each in fields])
        shown = shown_names(batch.rows, fields) if columns is None else [each.name for each in leaving(fields)]
        names = dict(zip(shown, self._masked_names(shown), strict=True))
        types = dict.fromkeys(shown, "") | {each.name: each.type for each in fields}
        looked_at = {name: types[name] for name in shown if name not in special}
        masking = BatchMasking(self._engine, batch.rows, looked_at, columns)
        changes = masking.run()
        if not special:
            return _masked_rows(batch.rows, names, changes, masking.tallies, special)
        treated = TreatedColumns(self._engine, batch.rows, special)
        treated.run()
        both = {index: {**changes.get(index, {}), **treated.changes.get(index, {})} for index in range(len(batch.rows))}
        return _masked_rows(batch.rows, names, both, masking.tallies | treated.tallies, special)

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
        """Mask the names of the columns that leave, as the encoded rows carry them; a second equal one gets `_2`."""
        shown = leaving(fields)
        names = self._masked_names([each.name for each in shown])
        return tuple(Field(name=name, type=each.type) for name, each in zip(names, shown, strict=True))

    def _masked_names(self, names: list[str]) -> list[str]:
        unique = UniqueNames()
        found = self._engine.find(names)
        return [unique.take(found[name].text if name in found else name) for name in names]

    def _found_in(self, text: str) -> Found | None:
        try:
            return self._engine.find([text]).get(text)
        except Exception:  # noqa: BLE001 - whatever goes wrong, the text must not pass
            return Found(text=UNREADABLE_MASK, detectors=(UNREADABLE,), first_mask=UNREADABLE_MASK)


def _masked_rows(
    rows: Sequence[Row],
    names: Mapping[str, str],
    changes: Mapping[int, Row],
    tallies: Mapping[str, Tally],
    special: Mapping[str, Treatment],
) -> MaskedRows:
    """Put the changes into the rows; `names` holds the columns that leave, as they are called then."""
    stay = not leaves_any_out(special) and all(name == masked for name, masked in names.items())
    renamed = None if stay else names
    return MaskedRows(
        rows=encode_rows(_changed(rows, changes, renamed)),
        masked_value_count=sum(tally.values for tally in tallies.values()),
        detections=tuple(
            Detection(detector=detector, count=count, column=names[column])
            for column, tally in tallies.items()
            for detector, count in tally.by_detector.items()
        ),
    )


def _changed(rows: Sequence[Row], changes: Mapping[int, Row], names: Mapping[str, str] | None) -> Sequence[Row]:
    changed = list(rows)
    for index, values in changes.items():
        changed[index] = {**rows[index], **values}
    if names is None:
        return changed
    return [{names[name]: value for name, value in row.items() if name in names} for row in changed]
