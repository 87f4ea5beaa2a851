"""What a sample makes of a column."""

from __future__ import annotations

import pytest

from relay.domain.protection import ColumnClass, ColumnEvidence, ColumnKind, classify, share_at_least

MASKS = {"email": "***@***.***", "cpf": "***.***.***-**"}
UNKNOWN = ColumnClass(kind=ColumnKind.UNKNOWN)
NEITHER = ColumnClass(kind=ColumnKind.NEITHER)
EMAILS = ColumnClass(kind=ColumnKind.IDENTIFIER, detector="email", mask="***@***.***")
CPFS = ColumnClass(kind=ColumnKind.IDENTIFIER, detector="cpf", mask="***.***.***-**")
TEXT = ColumnClass(kind=ColumnKind.FREE_TEXT)
TEXT_WITH_EMAILS = ColumnClass(kind=ColumnKind.FREE_TEXT, detector="email", mask="***@***.***")

CASES = {
    "no values": ({"values": 0}, UNKNOWN),
    "no values of a number": ({"values": 0, "is_text": False}, UNKNOWN),
    "all whole": ({"values": 10, "whole": {"email": 10}, "inside": {"email": 10}}, EMAILS),
    "four of five whole": ({"values": 10, "whole": {"email": 8}, "inside": {"email": 8}}, EMAILS),
    "fewer whole, among words": ({"values": 30, "whole": {"email": 3}, "inside": {"email": 3}}, EMAILS),
    "still fewer whole": ({"values": 31, "whole": {"email": 3}, "inside": {"email": 3}}, TEXT_WITH_EMAILS),
    "too few whole": ({"values": 5, "whole": {"email": 2}, "inside": {"email": 2}}, TEXT_WITH_EMAILS),
    "fewer whole, others inside": (
        {"values": 10, "whole": {"email": 7}, "inside": {"email": 9}},
        TEXT_WITH_EMAILS,
    ),
    "fewer whole, among long texts": (
        {"values": 10, "whole": {"email": 7}, "inside": {"email": 7}, "mean_length": 200},
        TEXT_WITH_EMAILS,
    ),
    "numbers, more than by chance": (
        {"values": 100, "whole": {"cpf": 15}, "inside": {"cpf": 15}, "is_text": False},
        CPFS,
    ),
    "kinds of several sorts": ({"values": 10, "whole": {"email": 6, "cpf": 4}, "inside": {"email": 6}}, EMAILS),
    "one of two whole": ({"values": 2, "whole": {"cpf": 1}, "inside": {"cpf": 1}}, CPFS),
    "one of three whole": ({"values": 3, "whole": {"email": 1}, "inside": {"email": 1}}, TEXT_WITH_EMAILS),
    "a match inside one value": ({"values": 200, "inside": {"email": 1}}, TEXT_WITH_EMAILS),
    "no match in short text": ({"values": 200, "mean_length": 100}, NEITHER),
    "no match in long text": ({"values": 200, "mean_length": 100.5}, TEXT),
    "no match in documents": ({"values": 200, "is_nested": True}, TEXT),
    "numbers that are documents": ({"values": 9, "whole": {"cpf": 9}, "is_text": False}, CPFS),
    "numbers that check by chance": (
        {"values": 200, "whole": {"cpf": 2}, "inside": {"cpf": 2}, "is_text": False},
        NEITHER,
    ),
    "long values that are no text": ({"values": 9, "mean_length": 900, "is_text": False}, NEITHER),
}


@pytest.mark.parametrize(("found", "expected"), CASES.values(), ids=CASES)
def test_kind_is_the_careful_one_when_a_sample_says(found: dict, expected: ColumnClass) -> None:
    evidence = ColumnEvidence(**{"column": "c", "type": "text", "is_text": True, "masks": MASKS} | found)
    assert classify(evidence) == expected


def test_mask_is_none_when_the_detector_has_none() -> None:
    found = {"values": 5, "whole": {"own": 5}, "masks": MASKS}
    assert classify(ColumnEvidence(column="c", type="text", is_text=True, **found)) == ColumnClass(
        kind=ColumnKind.IDENTIFIER, detector="own"
    )


# computed by hand from Wilson's formula (E. B. Wilson, JASA 22, 1927)
SHARES = {"none of none": (0, 0, 0.0), "none": (0, 10, 0.0), "one": (1, 1, 0.207), "half": (50, 100, 0.404)}
SHARES |= {"all of ten": (10, 10, 0.722), "all of many": (300, 300, 0.987), "few of many": (3, 300, 0.003)}


@pytest.mark.parametrize(("hits", "values", "least"), SHARES.values(), ids=SHARES)
def test_share_is_the_careful_one_when_a_sample_is_small(hits: int, values: int, least: float) -> None:
    assert round(share_at_least(hits, values), 3) == least
