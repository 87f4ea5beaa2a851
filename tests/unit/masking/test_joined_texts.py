"""Texts joined in pieces: all of them, once, in order, and none together with what costs more to look at."""

from __future__ import annotations

import pytest

from relay.adapters.outbound.masking import joined_texts
from relay.adapters.outbound.masking.joined_texts import JoinedTexts, joined_in_chunks

SIX = 6


@pytest.mark.parametrize(
    ("texts", "chunks"),
    [
        ([], []),
        ([""], [[""]]),
        (["aaa", "bbb", "c", "d"], [["aaa", "bbb", "c"], ["d"]]),
        (["a" * 20, "b"], [["a" * 20], ["b"]]),
        (["a", "\u20ac", "\xe9"], [["a", "\xe9"], ["\u20ac"]]),
        (["a\xadb", "c"], [["c"], ["a\xadb"]]),
    ],
    ids=["none", "empty", "cut behind the larger one", "long", "beyond Latin-1 apart", "soft hyphen apart"],
)
def test_texts_are_cut_into_chunks_when_they_are_many(monkeypatch, texts, chunks):
    monkeypatch.setattr(joined_texts, "_CHUNK_CHARACTERS", SIX)
    assert [list(each.texts) for each in joined_in_chunks(texts)] == chunks


def test_place_leads_to_its_text_when_texts_are_joined():
    joined = JoinedTexts(["ab", "", "c"])
    places = [joined.text.index("a"), joined.text.index("b"), joined.text.index("c")]
    assert [joined.index_at(place) for place in places] == [0, 0, 2]
