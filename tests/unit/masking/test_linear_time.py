"""Every input ends, in linear time. Bounds are generous; figures come from the benchmark."""

from __future__ import annotations

import time

import pytest

from relay.adapters.outbound.masking.masker import build_masker
from relay.domain.masking import MaskingRule, MaskingSettings

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


@pytest.mark.parametrize("regex", [r"(a+)+$", r"(a|a)*b", r"x*", r"(.*)(.*)(.*)z", r"(a{1,30}){1,30}c"])
def test_masking_ends_when_a_custom_pattern_would_backtrack(regex):
    masker = build_masker(MaskingSettings(rules=(MaskingRule(name="custom", regex=regex, replacement="#"),)))
    begin = time.perf_counter()
    masker.mask_text("a" * 50_000 + "!")
    assert time.perf_counter() - begin < 5
