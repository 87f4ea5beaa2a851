"""What holds for every text."""

# ruff: noqa: RUF001, PLR0917 - look-alikes are what is tested; pytest passes by keyword
from __future__ import annotations

import random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from relay.adapters.outbound.masking.joined_texts import JoinedTexts
from relay.adapters.outbound.masking.masker import build_masker
from relay.adapters.outbound.masking.view import view_of
from relay.domain.masking import MaskingSettings

MASKER = build_masker(MaskingSettings())
PIECES = st.sampled_from(
    (
        "a",
        "Z",
        "é",
        "0",
        "1",
        "52",
        "9",
        "@",
        ".",
        "-",
        " ",
        "/",
        "+",
        "(",
        ")",
        ",",
        ":",
        "_",
        "%40",
        "\n",
        "😀",
        "\u200b",
        "１",
        "*",
        "52998224725",
        "529.982.247-25",
        "joao@example.com",
        "4111111111111111",
        "4111 1111 1111 1111",
        "(11) 98765-4321",
        "+5511987654321",
        "11987654321",
        "Bearer abc",
        "bearer ",
        "eyJhbGciOiJI.eyJzdWIi.c2ln",
        "DE89370400440532013000",
        "tel ",
        "cpf",
        "123.456.789-00",
        "11.222.333/0001-81",
        "\ud800",
    )
)
TEXTS = st.lists(PIECES, max_size=14).map("".join)
PERSONAL = ("cpf", "email", "card", "phone", "bearer")
SEPARATORS = st.sampled_from(
    (" ", "", ", ", "; ", "\n", '"', "'", "(", ") ", "<b>", "|", "\t", " = ", ": ", " é ", "😀", "[", "{")
)
LETTERS_APART = st.text(st.sampled_from("abcdefxyzéã ,;!?"), max_size=12)


@settings(max_examples=400, deadline=None)
@given(TEXTS)
def test_masking_changes_nothing_more_when_done_again(text):
    once = MASKER.mask_text(text).text
    assert MASKER.mask_text(once).text == once


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sampled_from(PERSONAL), st.integers(0, 2**32), LETTERS_APART, LETTERS_APART, SEPARATORS, SEPARATORS)
def test_personal_value_is_gone_when_it_stood_anywhere(people, kind, seed, before, after, left, right):
    value = getattr(people(seed), kind)()
    left = left or " "
    right = right or " "
    masked = MASKER.mask_text(f"{before}{left}{value}{right}{after}")
    assert value not in masked.text
    assert masked.detections


@settings(max_examples=200, deadline=None)
@given(st.text(st.characters(exclude_categories=["Nd", "No", "Nl", "Cs"], exclude_characters="@＠﹫%&\\"), max_size=80))
def test_text_stays_when_it_has_no_digit_at_sign_or_keyword(text):
    plain = text if "bearer" not in view_of(text).data.decode("latin-1").lower() else ""
    if (
        not any(mark in plain for mark in ("eyJ", "PRIVATE KEY"))
        and "at" not in plain.lower()
        and "arroba" not in plain.lower()
    ):
        assert MASKER.mask_text(plain).text == plain


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=30), st.text(max_size=30))
def test_offsets_are_right_when_unicode_stands_around(before, after):
    masked = MASKER.mask_text(f"{before} \x1f123.456.789-00\x1f {after}").text
    assert "\x1f***.***.***-**\x1f" in masked


@settings(max_examples=200, deadline=None)
@given(st.lists(TEXTS, max_size=8))
def test_texts_do_not_influence_each_other_when_looked_at_together(texts):
    together = MASKER._engine.find(list(dict.fromkeys(texts)))
    for text in texts:
        alone = MASKER._engine.find([text])
        assert together.get(text) == alone.get(text)


@pytest.mark.parametrize("seed", range(3))
def test_view_maps_back_when_characters_were_left_out(seed):
    rng = random.Random(seed)
    for _ in range(200):
        text = "".join(rng.choices("a1é😀\u200b\u200d１\u00ad-", k=30))
        view = view_of(text)
        kept = [index for index, character in enumerate(text) if character not in "\u200b\u200d\u00ad"]
        assert len(view.data) == len(kept)
        for offset, place in enumerate(kept):
            assert view.span_in_text(offset, offset + 1) == (place, place + 1)


@settings(max_examples=400, deadline=None)
@given(TEXTS)
def test_text_triggers_when_any_detector_would_find_something(text):
    scanner = MASKER._engine._scanner
    view = view_of(f"\x1e{text}\x1e").data
    if any(list(each.matches(view)) for each in scanner._passes):
        assert scanner.triggered(JoinedTexts([text])) == [0]
