"""Documents whose text goes out as the encoder wrote it, and those that are looked at leaf by leaf."""

from __future__ import annotations

import math

import orjson
import pytest

from relay.adapters.outbound.masking.encoding import harmless_json
from relay.adapters.outbound.masking.masker import build_masker
from relay.domain.masking import MaskingSettings
from relay.domain.results import Field, RowBatch

MASKER = build_masker(MaskingSettings())
CLEAN = {"words": ["nothing to see here"] * 20, "next": None, "share": 0.5}
PERSONAL = CLEAN | {"to": "ana@example.com"}


def test_clean_document_stays_when_the_one_beside_it_is_masked():
    rows = [{"d": CLEAN}, {"d": PERSONAL}, {"d": CLEAN}]
    result = MASKER.mask_rows(RowBatch(rows=rows), (Field(name="d", type="jsonb"),))
    assert [orjson.loads(row)["d"] for row in result.rows] == [CLEAN, CLEAN | {"to": "***@***.***"}, CLEAN]


def test_clean_document_stays_when_its_row_is_encoded_cell_by_cell():
    fields = (Field(name="d", type="jsonb"), Field(name="t", type="text"))
    rows = [{"d": CLEAN, "t": "half a pair \ud800"}, {"d": PERSONAL, "t": ""}]
    result = MASKER.mask_rows(RowBatch(rows=rows), fields)
    assert orjson.loads(result.rows[0])["d"] == CLEAN


@pytest.mark.parametrize("number", [math.nan, -math.nan, math.inf, -math.inf], ids=str)
def test_number_goes_by_its_name_when_it_is_not_finite(number):
    result = MASKER.mask_rows(RowBatch(rows=[{"d": CLEAN | {"n": [number]}}]), (Field(name="d", type="jsonb"),))
    assert orjson.loads(result.rows[0])["d"]["n"][0] in {"NaN", "Infinity", "-Infinity"}


@pytest.mark.parametrize(
    ("value", "is_harmless"),
    [
        (CLEAN, True),
        ([None, 1e300, -0.0, 5e-324, 2**62], True),
        ([None, math.nan], False),
        ([None, -math.inf], False),
        (["a\nb"], False),
        ([None, object()], False),
        (["\ud800"], False),
    ],
    ids=ascii,
)
def test_text_is_kept_when_each_leaf_stands_in_it(value, is_harmless):
    assert (harmless_json(value) is not None) == is_harmless
