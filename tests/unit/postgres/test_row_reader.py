from __future__ import annotations

import pytest

from relay.adapters.outbound.postgres.row_reader import BATCH_BYTES, parts

LONG, HALF = "x" * BATCH_BYTES, b"x" * (BATCH_BYTES // 2)


@pytest.mark.parametrize(
    ("records", "lengths"),
    [
        ([(1, "a", None)] * 50, [50]),
        ([(LONG,)] * 3, [1, 1, 1]),
        ([(HALF, 1)] * 5, [2, 2, 1]),
        ([("a",)] * 49 + [(LONG,)], [49, 1]),
        ([(LONG,)] + [("a",)] * 9, [1, 9]),
        ([([0] * BATCH_BYTES,), (LONG,)], [1, 1]),
        ([()] * 3, [3]),
        ([(1,)], [1]),
    ],
    ids=["small rows", "long cells", "two halves", "one at the end", "one at the start", "arrays", "no columns", "one"],
)
def test_batches_are_bounded_by_bytes_and_keep_every_row(records, lengths) -> None:
    cut = list(parts(records))
    assert [len(part) for part in cut] == lengths
    assert [record for part in cut for record in part] == records
