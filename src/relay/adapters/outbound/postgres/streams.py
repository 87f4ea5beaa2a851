"""Row streams that are known whole."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence

from relay.domain.json_value import JsonValue
from relay.domain.results import Field, RowBatch


class FixedRows:
    """A short result that is there already."""

    def __init__(
        self, *, fields: tuple[Field, ...], rows: Sequence[dict[str, JsonValue]], warnings: tuple[str, ...] = ()
    ) -> None:
        self.fields = fields
        self.warnings = warnings
        self._rows = rows

    async def batches(self) -> AsyncIterator[RowBatch]:
        """Yield all rows at once."""
        yield RowBatch(rows=self._rows)
