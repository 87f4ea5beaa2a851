"""What masking did, column by column, at debug level: never a value."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection

import structlog

from relay.domain.results import Detection, Field

log = structlog.get_logger()


class MaskingLog:
    """Implements MaskingObserver."""

    def __init__(self, *, detectors: Collection[str]) -> None:
        self._detectors = ",".join(sorted(detectors))

    def masked(self, request_id: str, fields: tuple[Field, ...], detections: tuple[Detection, ...]) -> None:
        """Write one line a column: the detectors that looked at it, and those that hit, with their counts."""
        hits: defaultdict[str | None, list[str]] = defaultdict(list)
        for found in detections:
            hits[found.column].append(f"{found.detector}:{found.count}")
        for field in fields:
            log.debug(
                "Masking looked at a column",
                requestId=request_id,
                column=field.name,
                type=field.type,
                looked=self._detectors,
                detector=",".join(hits[field.name]) or "none",
            )
