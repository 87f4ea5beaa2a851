"""What every ColumnExaminer keeps, the in-memory one and the real one alike."""

from __future__ import annotations

import pytest

from relay.adapters.outbound.masking.examiner import build_examiner
from relay.adapters.outbound.memory import FakeExaminer
from relay.application.ports.database import ColumnSample
from relay.application.ports.masking import ColumnExaminer
from relay.domain.masking import MaskingRule, MaskingSettings

SECRET = "zebra-4711"
RULE = MaskingRule(name="secret", regex="zebra-[0-9]{4}", replacement="***")


@pytest.fixture(
    params=[lambda: FakeExaminer(SECRET), lambda: build_examiner(MaskingSettings(rules=(RULE,)))],
    ids=["memory", "rules"],
)
def examiner(request) -> ColumnExaminer:
    return request.param()


CASES = {
    "none": ((), 0, 0, 0),
    "empty": (("", " "), 0, 0, 0),
    "clean": (("a", "b"), 2, 0, 0),
    "whole": ((SECRET, f" {SECRET}\n", "b"), 3, 2, 2),
    "inside": ((f"call {SECRET}", "b"), 2, 0, 1),
    "numbers": ((1, 2.5), 2, 0, 0),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_values_are_counted_when_a_sample_is_looked_at(examiner, case) -> None:
    values, count, whole, inside = case
    evidence = examiner.examine(ColumnSample(name="c", type="text", is_text=True, values=values))
    assert (evidence.column, evidence.type, evidence.is_text, evidence.values) == ("c", "text", True, count)
    assert (evidence.whole.get("secret", 0), evidence.inside.get("secret", 0)) == (whole, inside)
    assert not inside or evidence.masks["secret"] == "***"
    assert SECRET not in repr(evidence)


def test_length_is_the_mean_of_what_is_not_empty(examiner) -> None:
    evidence = examiner.examine(ColumnSample(name="c", type="text", is_text=True, values=("", "ab", "abcd")))
    assert evidence.mean_length == 3
