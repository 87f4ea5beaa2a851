"""Every input ends, in linear time. Bounds are generous; figures come from the benchmark."""

from __future__ import annotations

import time

import pytest

from relay.adapters.outbound.masking.masker import build_masker
from relay.domain.masking import MaskingRule, MaskingSettings
from relay.domain.results import Field, RowBatch

UNITS = (
    "a",
    "a.",
    "1",
    "1 ",
    "1-",
    "1.",
    "@",
    "a@",
    "a@a.",
    "a@a.aa ",
    "+1 ",
    "(11) ",
    "DE11 ",
    "é",
    "😀",
    "\u200b",
    "bearer ",
    "eyJ",
    "-----BEGIN PRIVATE KEY-----",
    "529.982.247-25 ",
    "111 ",
    "1111-",
    "11 1111 ",
    "a%40",
    "0",
    ":",
    "::",
    "A1",
    "tel ",
    "AKIA",
    "a@b.co ",
    "52998224725 ",
    "52998224726 ",
    "99999999 ",
    "4111 1111 1111 1111 ",
    "eyJaaaaaa.aaa ",
    "(11) 98765-4321 ",
    "a%40b.co ",
    "&#64;",
    "a\u200b",
    "\uff11",
)


@pytest.mark.parametrize("unit", UNITS, ids=ascii)
def test_masking_ends_when_a_cell_of_a_hundred_kilobytes_repeats_itself(unit, masker):
    text = unit * (100_000 // len(unit))
    begin = time.perf_counter()
    masker.mask_text(text)
    assert time.perf_counter() - begin < 5


@pytest.mark.parametrize("unit", ["a", "a.", "1", "@", "a@a."])
def test_masking_ends_when_a_cell_has_ten_megabytes(unit, masker):
    text = unit * (10_000_000 // len(unit))
    begin = time.perf_counter()
    assert masker.mask_text(text).text == text
    assert time.perf_counter() - begin < 10


PATIENT = [r"(a+)+$", r"(a|a)*b", r"x*", r"(.*)(.*)(.*)z", r"(a{1,30}){1,30}c", r"[a-z]"]
LOOKING_FAR_AHEAD = [r"a(?:.*z)?", r"(?s)a.*z|a", r"a|ab", r"\w(?:[^#]*#)?"]


@pytest.mark.parametrize("regex", PATIENT + LOOKING_FAR_AHEAD)
def test_masking_ends_when_a_custom_pattern_would_backtrack_or_look_far_ahead(regex):
    masker = build_masker(MaskingSettings(rules=(MaskingRule(name="custom", regex=regex, replacement="#"),)))
    begin = time.perf_counter()
    masker.mask_text("a" * 100_000 + "!")
    assert time.perf_counter() - begin < 20


@pytest.mark.parametrize("regex", LOOKING_FAR_AHEAD)
def test_no_match_is_left_over_when_a_custom_pattern_looks_far_ahead(regex):
    masker = build_masker(MaskingSettings(rules=(MaskingRule(name="custom", regex=regex, replacement="#"),)))
    assert "a" not in masker.mask_text("a" * 200_000 + "!").text
    texts = [{"c": "a" * 20_000} for _ in range(10)]
    rows = masker.mask_rows(RowBatch(rows=texts), (Field(name="c", type="text"),)).rows
    assert not any(b"a" in row for row in rows)
