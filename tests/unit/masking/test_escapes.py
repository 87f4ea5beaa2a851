"""Texts without their escapes, and the way back to where things stood."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from relay.adapters.outbound.masking.escapes import add_unescaped, unescape, with_escapes
from relay.adapters.outbound.masking.joined_texts import JoinedTexts
from relay.adapters.outbound.masking.spans import Match

ROWS = [
    ("a%40b", "a@b"),
    ("a%2540b", "a@b"),
    ("%C3%A3", "ã"),
    ("jo\\u00e3o", "joão"),
    ("jo\\\\u00e3o", "joão"),
    ("a\\nb\\tc", "a\nb\nc"),
    ("1\\/2", "1/2"),
    ("&#64;&#x40;&commat;", "@@@"),
    ("&amp;#64;", "@"),
    ("=C3=A9 a=\nb", "é ab"),
    ("=E0=A4=89@=D0=BF", "उ@п"),
    ("mode=Edit&x=D1", "mode=Edit&x=D1"),
    ("a=\nb", "a=\nb"),
    ("?a=1+2&b=3+4", "?a=1 2&b=3 4"),
    ("1+2", "1+2"),
    ("+55", "+55"),
    ("100% of 5%", "100% of 5%"),
    ("C:\\dir \\d+ &x %zz", "C:\\dir \\d+ &x %zz"),
]
"""What is written, and what it says."""
UNITS = (
    "%40",
    "%41",
    "%2B",
    "\\n",
    "\\",
    "\\\\u0041",
    "&#64;",
    "&amp;",
    "&",
    "=C3=A9",
    "=\n",
    "a=",
    "a=1&",
    "?a=",
    "1+1",
)
PIECES = st.lists(st.sampled_from((*UNITS, "%C3%A9", "é", "😀", "a", " ", "+", "=", "%")), max_size=12).map("".join)
TEN_SECONDS = 10


@pytest.mark.parametrize(("written", "said"), ROWS, ids=[written for written, _ in ROWS])
def test_text_says_what_its_escapes_stand_for_when_they_are_taken_off(written, said):
    assert unescape(written).text == said


@pytest.mark.parametrize(("written", "said"), ROWS, ids=[written for written, _ in ROWS])
def test_text_is_looked_at_again_when_it_has_an_escape(written, said):
    assert with_escapes(JoinedTexts(["plain", written, "text"])) == ([1] if written != said else [])


@given(PIECES, PIECES)
def test_span_is_that_of_the_original_when_escapes_stand_around(before, after):
    text = f"{before}<§>{after}"
    unescaped = unescape(text)
    place = unescaped.text.index("<§>")
    placed = unescaped.in_original(Match(place, place + 3, 0, "mark", "*"))
    assert text[placed[0] : placed[1]] == "<§>"


def test_escape_belongs_to_the_match_when_the_match_begins_or_ends_in_it():
    unescaped = unescape("x%28%2911%29y")
    placed = unescaped.in_original(Match(1, 6, 0, "mark", "*"))
    assert placed[:2] == (1, 12)


def test_match_begins_behind_an_escape_when_it_took_a_piece_of_it():
    text = "\\nana@x.com"
    raw, hidden = Match(1, 11, 0, "email", "*"), Match(1, 10, 0, "email", "*")
    assert {each[0] for each in add_unescaped([raw], unescape(text), [hidden])} == {2}


@pytest.mark.parametrize("unit", UNITS, ids=ascii)
def test_masking_ends_when_escapes_fill_a_cell(unit, masker):
    begin = time.perf_counter()
    masker.mask_text(unit * (200_000 // len(unit)))
    assert time.perf_counter() - begin < TEN_SECONDS
