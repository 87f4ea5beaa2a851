"""Masks a batch without holding the event loop: a small one at once, a larger one in a worker thread."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import anyio
import anyio.to_thread
from anyio.lowlevel import RunVar

from relay.application.ports.masking import Masker
from relay.domain.results import Field, MaskedRows, RowBatch

SMALL = 6_000
"""Characters, and some more for each value, that are masked well within a millisecond whatever they are."""
_FOR_EACH_VALUE = 16
_WORKERS = 2
"""They share one interpreter with the loop: more of them would only make each other, and the loop, wait."""
_limiter: RunVar[anyio.CapacityLimiter] = RunVar("masking_workers")


async def mask_in_turn(masker: Masker, batch: RowBatch, fields: tuple[Field, ...]) -> MaskedRows:
    """Mask a batch. Cancelled, it ends at once; a thread that is at work finishes its batch for nobody."""
    if is_small(batch.rows):
        masked = masker.mask_rows(batch, fields)
        await anyio.lowlevel.checkpoint()
        return masked
    return await anyio.to_thread.run_sync(masker.mask_rows, batch, fields, abandon_on_cancel=True, limiter=_workers())


def is_small(rows: Sequence[object]) -> bool:
    """Tell whether values are short and few; looks at no more than that takes."""
    room = SMALL
    level: list[object] = list(rows[: SMALL // _FOR_EACH_VALUE + 1])
    while level:
        following: list[object] = []
        for value in level:
            room -= _FOR_EACH_VALUE
            if isinstance(value, (str, bytes)):
                room -= len(value)
            elif isinstance(value, Mapping):
                following += value.keys()
                following += value.values()
            elif isinstance(value, Sequence):
                following += value
            if room < len(following) * _FOR_EACH_VALUE:
                return False
        level = following
    return True


def _workers() -> anyio.CapacityLimiter:
    limiter = _limiter.get(None)
    if limiter is None:
        limiter = anyio.CapacityLimiter(_WORKERS)
        _limiter.set(limiter)
    return limiter
