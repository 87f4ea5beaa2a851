"""Texts taken apart at every separator: none of the pieces is too short to be one of a personal value."""

from __future__ import annotations

import json
import re

import pytest

from relay.adapters.outbound.masking.masker import build_masker
from relay.domain.masking import MaskingSettings
from relay.domain.results import Field, Handling, RowBatch, Treatment

MESSAGE = "CPF 529.982.247-25 rejected: 12 invalid"
SOURCE = Field(name="source", type="text", treatment=Treatment(handling=Handling.SOURCE))


def scrubbed(value: object, *, in_pieces: bool) -> object:
    treatment = Treatment(handling=Handling.SCRUB, sources=("source",), is_cut=True, in_pieces=in_pieces)
    fields = (Field(name="value", type="_text", treatment=treatment), SOURCE)
    masked = build_masker(MaskingSettings()).mask_rows(RowBatch(rows=[{"value": value, "source": MESSAGE}]), fields)
    return json.loads(masked.rows[0])["value"]


@pytest.mark.parametrize("put", [lambda pieces: pieces, lambda pieces: {"all": pieces}], ids=["array", "document"])
def test_short_pieces_are_scrubbed_when_a_text_was_taken_apart(put):
    words = json.dumps(scrubbed(put(re.split(r"\W", MESSAGE)), in_pieces=True))
    assert not re.search("529|982|247|25", words)
    assert "rejected" in words
    assert '"12"' in words


def test_short_keys_stay_when_only_long_pieces_are_in_a_document():
    assert scrubbed({"n": 1, "m": "529.982.2"}, in_pieces=False)["n"] == 1
