"""Port of masking."""

from __future__ import annotations

from typing import Protocol

from relay.application.ports.database import ColumnSample
from relay.domain.protection import ColumnEvidence
from relay.domain.results import Detection, Field, MaskedRows, MaskedText, RowBatch


class Masker(Protocol):
    """Finds personal data and replaces it. Pure computation: no I/O, linear time in its input.

    `mask_rows` is called from worker threads too, and from several at once.
    An implementation that fails on a value must replace that value, never pass it.
    """

    @property
    def enabled(self) -> bool:
        """Whether masking is on."""
        ...

    def mask_rows(self, batch: RowBatch, fields: tuple[Field, ...]) -> MaskedRows:
        """Mask each value of each row as its field's treatment says, and encode the rows.

        Keys of a row that comes in are the raw names of `fields`; keys of a row that goes out are those of
        `mask_fields(fields)`.
        """
        ...

    def mask_fields(self, fields: tuple[Field, ...]) -> tuple[Field, ...]:
        """Mask the names of output columns: an alias is the caller's text. Names stay distinct."""
        ...

    def mask_text(self, text: str) -> MaskedText:
        """Mask one text: an error's words, a statement on its way to the audit trail, a column's name."""
        ...


class ColumnExaminer(Protocol):
    """Says what the detectors find in samples of columns. Keeps no value."""

    def examine(self, sample: ColumnSample) -> ColumnEvidence:
        """Count the sample's values in which detectors and patterns found something; pure computation."""
        ...


class MaskingObserver(Protocol):
    """Is told, for an operator who looks for a leak or a false alarm, what masking did to one answer."""

    def masked(self, request_id: str, fields: tuple[Field, ...], detections: tuple[Detection, ...]) -> None:
        """Take note of the (masked) names of the columns looked at, and of what was found; returns at once."""
        ...
