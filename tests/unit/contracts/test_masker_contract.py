"""What every Masker keeps, the in-memory one and the real ones alike."""

from __future__ import annotations

import json

import pytest

from relay.adapters.outbound.masking.masker import build_masker
from relay.adapters.outbound.memory import FakeMasker
from relay.application.ports.masking import Masker
from relay.domain.masking import MaskingRule, MaskingSettings
from relay.domain.results import Field, Handling, RowBatch, Treatment

SECRET = "zebra-4711"
RULE = MaskingRule(name="secret", regex="zebra-[0-9]{4}", replacement="***")


@pytest.fixture(
    params=[lambda: FakeMasker(SECRET), lambda: build_masker(MaskingSettings(rules=(RULE,)))], ids=["memory", "rules"]
)
def masker(request) -> Masker:
    return request.param()


@pytest.fixture(
    params=[lambda: FakeMasker(SECRET, enabled=False), lambda: build_masker(MaskingSettings(enabled=False))],
    ids=["memory", "rules"],
)
def switched_off(request) -> Masker:
    return request.param()


def fields(*names: str) -> tuple[Field, ...]:
    return tuple(Field(name=name, type="jsonb") for name in names)


VALUES = [
    ("whole", SECRET, "***"),
    ("inside", f"call {SECRET} now", "call *** now"),
    ("twice", f"{SECRET} {SECRET}", "*** ***"),
    ("nested", {"a": [SECRET, 1, None, True]}, {"a": ["***", 1, None, True]}),
    ("key", {SECRET: 1}, {"***": 1}),
    ("clean", "nothing here", "nothing here"),
    ("null", None, None),
    ("number", 7, 7),
    ("boolean", True, True),
    ("float", 1.5, 1.5),
    ("unicode", f"é 😀 {SECRET}", "é 😀 ***"),
]


@pytest.mark.parametrize(("value", "masked"), [row[1:] for row in VALUES], ids=[row[0] for row in VALUES])
def test_value_masked_and_encoded(masker, value, masked) -> None:
    result = masker.mask_rows(RowBatch(rows=[{"v": value}]), fields("v"))
    assert [json.loads(row) for row in result.rows] == [{"v": masked}]
    assert result.masked_value_count == (value != masked)


def test_counts_are_of_values_by_column(masker) -> None:
    rows = [{"a": SECRET, "b": "x"}, {"a": f"{SECRET}{SECRET}", "b": SECRET}]
    result = masker.mask_rows(RowBatch(rows=rows), fields("a", "b"))
    assert result.masked_value_count == 3
    assert {(found.detector, found.column): found.count for found in result.detections} == {
        ("secret", "a"): 2,
        ("secret", "b"): 1,
    }


def test_rows_keep_their_order_and_number(masker) -> None:
    rows = [{"v": number} for number in range(100)]
    result = masker.mask_rows(RowBatch(rows=rows), fields("v"))
    assert [json.loads(row)["v"] for row in result.rows] == list(range(100))


def test_names_masked_alike_in_fields_and_rows(masker) -> None:
    named = fields("ok", f"is {SECRET}")
    result = masker.mask_rows(RowBatch(rows=[{"ok": 1, f"is {SECRET}": 2}]), named)
    names = [field.name for field in masker.mask_fields(named)]
    assert list(json.loads(result.rows[0])) == names == ["ok", "is ***"]


def test_text_masked_with_what_was_found(masker) -> None:
    masked = masker.mask_text(f"a {SECRET} b")
    assert masked.text == "a *** b"
    assert [found.detector for found in masked.detections] == ["secret"]
    assert masker.mask_text("clean").detections == ()


def test_nothing_masked_when_switched_off(switched_off) -> None:
    assert switched_off.enabled is False
    result = switched_off.mask_rows(RowBatch(rows=[{"v": SECRET}]), fields("v"))
    assert json.loads(result.rows[0]) == {"v": SECRET}
    assert result.masked_value_count == 0


WHOLE = Treatment(handling=Handling.WHOLE, mask="###", detector="own")
NULL = Treatment(handling=Handling.WHOLE)
SCRUB = Treatment(handling=Handling.SCRUB, sources=("source",), is_cut=True)
CUT = Treatment(handling=Handling.SCRUB, is_cut=True)
PASS = Treatment(handling=Handling.PASS)

TREATED = {
    "whole": (WHOLE, "anything", "x", "###", "own"),
    "whole number": (WHOLE, 7, "x", "###", "own"),
    "whole document": (WHOLE, {"a": [1]}, "x", "###", "own"),
    "whole null": (WHOLE, None, "x", None, None),
    "no mask": (NULL, "anything", "x", None, "derived"),
    "passed": (PASS, SECRET, "x", SECRET, None),
    "passed document": (PASS, {SECRET: [SECRET, 1]}, "x", {SECRET: [SECRET, 1]}, None),
    "scrubbed and clean": (SCRUB, "error 12", f"error 12 of {SECRET}", "error 12", None),
    "half of the source's": (SCRUB, SECRET[:6], f"{SECRET} failed", "***", "secret"),
    "short parts of a document": (
        SCRUB,
        {"ze": 47, "note": "fine"},
        f"{SECRET} failed",
        {"ze": 47, "note": "fine"},
        None,
    ),
    "source without anything": (SCRUB, SECRET[:6], "failed", SECRET[:6], None),
    "source that is null": (SCRUB, SECRET[:6], None, SECRET[:6], None),
    "whole value beside the source": (SCRUB, SECRET, None, "***", "secret"),
    "cut without a source": (CUT, SECRET[:6], "x", "***", None),
    "not cut": (Treatment(handling=Handling.SCRUB), "refused", "x", "refused", None),
}


@pytest.mark.parametrize("case", TREATED.values(), ids=TREATED)
def test_value_treated_as_its_field_says(masker, case) -> None:
    treatment, value, source, expected, detector = case
    named = (
        Field(name="v", type="text", treatment=treatment),
        Field(name="source", type="text", treatment=Treatment(handling=Handling.SOURCE)),
    )
    result = masker.mask_rows(RowBatch(rows=[{"v": value, "source": source}]), named)
    assert [json.loads(row) for row in result.rows] == [{"v": expected}]
    assert result.masked_value_count == (value != expected)
    if detector is not None:
        assert [(found.detector, found.column, found.count) for found in result.detections] == [(detector, "v", 1)]


def test_other_columns_looked_at_beside_treated_ones(masker) -> None:
    named = (
        Field(name="a", type="text"),
        Field(name="hidden", type="text", treatment=Treatment(handling=Handling.SOURCE)),
        Field(name="b", type="text", treatment=PASS),
    )
    rows = [{"a": SECRET, "hidden": SECRET, "b": SECRET, "more": SECRET}]
    result = masker.mask_rows(RowBatch(rows=rows), named)
    assert [json.loads(row) for row in result.rows] == [{"a": "***", "b": SECRET, "more": "***"}]
    assert [field.name for field in masker.mask_fields(named)] == ["a", "b"]


def test_value_masked_whole_when_its_source_did_not_come(masker) -> None:
    named = (Field(name="v", type="text", treatment=SCRUB),)
    result = masker.mask_rows(RowBatch(rows=[{"v": "clean"}]), named)
    assert [json.loads(row) for row in result.rows] == [{"v": "***"}]


@pytest.mark.parametrize(("treatment", "expected"), [(WHOLE, "###"), (NULL, None), (PASS, SECRET)], ids=str)
def test_treated_all_the_same_when_switched_off(switched_off, treatment, expected) -> None:
    named = (
        Field(name="v", type="text", treatment=treatment),
        Field(name="hidden", type="text", treatment=Treatment(handling=Handling.SOURCE)),
    )
    result = switched_off.mask_rows(RowBatch(rows=[{"v": SECRET, "hidden": SECRET}]), named)
    assert [json.loads(row) for row in result.rows] == [{"v": expected}]
    assert [field.name for field in switched_off.mask_fields(named)] == ["v"]
