"""What the detectors say of samples; counts only."""

from __future__ import annotations

import pytest

from relay.adapters.outbound.masking.examiner import build_examiner
from relay.adapters.outbound.masking.values import UNREADABLE
from relay.application.ports.database import ColumnSample
from relay.domain.masking import MaskingRule, MaskingSettings
from relay.domain.protection import ColumnKind, classify

CPF = "529.982.247-25"
OWN = MaskingRule(name="badge", regex=r"EMP-\d{3}", replacement="EMP-***")
IDENTIFIER, FREE_TEXT, NEITHER, UNKNOWN = (
    ColumnKind.IDENTIFIER,
    ColumnKind.FREE_TEXT,
    ColumnKind.NEITHER,
    ColumnKind.UNKNOWN,
)


@pytest.fixture(scope="module")
def examiner():
    return build_examiner(MaskingSettings(enabled=False, rules=(OWN,)))


CASES = {
    "e-mails": ("text", True, ["ana@example.com", " bob@example.com ", ""], IDENTIFIER, "email"),
    "punctuated": ("varchar", True, [CPF] * 3, IDENTIFIER, "cpf"),
    "bare digits in text": ("text", True, ["52998224725"] * 3, IDENTIFIER, "cpf"),
    "numbers": ("int8", False, ["52998224725"] * 3, IDENTIFIER, "cpf"),
    "numbers without their zero": ("int8", False, ["1234567890"] * 3, IDENTIFIER, "cpf"),
    "numbers of MongoDB": ("double", False, [52998224725.0] * 3, IDENTIFIER, "cpf"),
    "numbers with a fraction": ("numeric", False, ["52998224725.00"] * 3, IDENTIFIER, "cpf"),
    "order numbers": ("int8", False, [str(10_000_000_000 + 997 * number) for number in range(200)], NEITHER, None),
    "small numbers": ("int4", False, ["1", "2"], NEITHER, None),
    "a number that is too small for its type's match": ("int4", False, ["1234567890"] * 3, NEITHER, None),
    "notes": ("text", True, [f"call {CPF}", "fine", "fine"], FREE_TEXT, "cpf"),
    "names": ("text", True, ["Ana", "Bob", "Eve"], NEITHER, None),
    "long text": ("text", True, ["all is well " * 20] * 3, FREE_TEXT, None),
    "documents": ("jsonb", True, ['{"a": 1}'] * 3, FREE_TEXT, None),
    "documents with a value": ("jsonb", True, ['{"a": "ana@example.com"}'] * 3, FREE_TEXT, "email"),
    "one value in JSON": ("json", True, ['"ana@example.com"'] * 3, FREE_TEXT, "email"),
    "documents of MongoDB": ("object", True, [{"a": ["ana@example.com"]}] * 3, FREE_TEXT, "email"),
    "empty documents": ("jsonb", True, ["{}", "[]"], UNKNOWN, None),
    "arrays of text": ("_text", True, ["{ana@example.com}"] * 3, FREE_TEXT, "email"),
    "arrays of numbers": ("_int8", False, ["{1,2}"] * 3, NEITHER, None),
    "bytes": ("bytea", True, ["\\x" + b"see ana@example.com there".hex()] * 3, FREE_TEXT, "email"),
    "bytes that are a value": ("bytea", True, ["\\x" + b"ana@example.com".hex()] * 3, IDENTIFIER, "email"),
    "nothing": ("text", True, [], UNKNOWN, None),
    "blank": ("text", True, ["", "  "], UNKNOWN, None),
    "own pattern": ("text", True, ["EMP-123"] * 3, IDENTIFIER, "badge"),
    "two matches": ("text", True, ["ana@example.com, bob@example.com"] * 3, FREE_TEXT, "email"),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_kind_is_found_when_a_sample_is_looked_at(examiner, case) -> None:
    type_, is_text, values, kind, detector = case
    sample = ColumnSample(name="c", type=type_, is_text=is_text, values=tuple(values))
    found = classify(examiner.examine(sample))
    assert (found.kind, found.detector) == (kind, detector)


def test_masks_are_the_detectors_own() -> None:
    sample = ColumnSample(name="c", type="text", is_text=True, values=(CPF, "ana@example.com"))
    evidence = build_examiner(MaskingSettings()).examine(sample)
    assert evidence.masks == {"cpf": "***.***.***-**", "email": "***@***.***"}


def test_everything_counts_when_the_detectors_break(examiner, monkeypatch) -> None:
    def broken(_: object) -> dict:
        raise MemoryError

    monkeypatch.setattr(examiner._engine, "find", broken)
    evidence = examiner.examine(ColumnSample(name="c", type="text", is_text=True, values=("a", "b")))
    assert evidence.inside == {UNREADABLE: 2}
    assert classify(evidence).kind is FREE_TEXT


def test_no_value_is_kept(examiner) -> None:
    evidence = examiner.examine(ColumnSample(name="c", type="text", is_text=True, values=(CPF,)))
    assert CPF not in repr(evidence)
