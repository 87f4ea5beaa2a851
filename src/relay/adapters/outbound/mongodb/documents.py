"""The documents of a running query, in bounded pieces."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from functools import partial
from typing import Protocol, cast

import anyio.lowlevel
import bson
from bson import CodecOptions
from bson.raw_bson import RawBSONDocument

from relay.adapters.outbound.mongodb.errors import to_relay_error
from relay.adapters.outbound.mongodb.operation import Operation
from relay.adapters.outbound.mongodb.plans import FindPlan, QueryPlan
from relay.adapters.outbound.mongodb.rows import DOCUMENT_CODEC

MAX_PIECE_DOCUMENTS = 100
MAX_PIECE_BYTES = 2 * 1024 * 1024
"""A piece aims at this much; the server's own answers end at 16 MiB."""
YIELD_EVERY_BYTES = 128 * 1024
"""How much is decoded before others get the event loop."""

_RAW: CodecOptions[RawBSONDocument] = CodecOptions(document_class=RawBSONDocument)


class _Cursor(Protocol):
    """What a cursor of motor's is used for."""

    async def to_list(self, length: int) -> list[RawBSONDocument]: ...

    async def close(self) -> None: ...


def _open(operation: Operation, plan: QueryPlan, max_rows: int) -> _Cursor:
    """Make the cursor; sends nothing yet. Sorting and grouping stay in memory: nothing is spilled to the disk."""
    collection = operation.database.get_collection(plan.collection, codec_options=_RAW)
    if isinstance(plan, FindPlan):
        found = collection.find(
            dict(plan.filter),
            dict(plan.projection) if plan.projection else None,
            sort=list(plan.sort.items()) if plan.sort else None,
            skip=plan.skip,
            limit=max_rows,
            batch_size=min(max_rows, MAX_PIECE_DOCUMENTS),
            allow_disk_use=False,
            comment=operation.comment,
            session=operation.session,
        )
        return cast("_Cursor", found)
    piped = collection.aggregate(
        [*plan.pipeline, {"$limit": max_rows}],
        batchSize=min(max_rows, MAX_PIECE_DOCUMENTS),
        allowDiskUse=False,
        comment=operation.comment,
        session=operation.session,
    )
    return cast("_Cursor", piped)


async def documents(operation: Operation, plan: QueryPlan, max_rows: int) -> AsyncIterator[list[Mapping[str, object]]]:
    """Yield the documents of a query, at most `max_rows` in all, never an empty piece."""
    if max_rows < 1:
        return
    cursor = _open(operation, plan, max_rows)
    operation.close_later(cursor.close)
    seen, want = 0, 1
    while seen < max_rows:
        size = min(want, max_rows - seen)
        raw = await operation.call(partial(cursor.to_list, size))
        if not raw:
            return
        seen += len(raw)
        mean = sum(len(document.raw) for document in raw) // len(raw)
        want = max(1, min(MAX_PIECE_DOCUMENTS, MAX_PIECE_BYTES // max(1, mean)))
        yield await _decode(raw)
        if len(raw) < size:
            return


async def _decode(raw: list[RawBSONDocument]) -> list[Mapping[str, object]]:
    decoded: list[Mapping[str, object]] = []
    since_yield = 0
    for document in raw:
        try:
            decoded.append(bson.decode(document.raw, DOCUMENT_CODEC))
        except Exception as error:  # noqa: BLE001 - the driver's text never leaves an adapter
            raise to_relay_error(error) from None
        since_yield += len(document.raw)
        if since_yield >= YIELD_EVERY_BYTES:
            since_yield = 0
            await anyio.lowlevel.checkpoint()
    return decoded
