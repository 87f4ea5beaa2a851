"""Rules that would do nothing, or not what they say, stop the start."""

from __future__ import annotations

import pytest

from relay.bootstrap.databases import kind as kinds
from relay.domain.policy import ColumnRule
from relay.domain.protection import ColumnAction

KEY = "masking: {hashKey: 0123456789abcdef}\n"
OWN = "masking: {patterns: [{name: badge, regex: 'EMP-[0-9]+', replacement: 'EMP-*'}]}\n"


def rules(*entries: str, more: str = "") -> str:
    return "    columnRules:\n" + "".join(f"      - {{{entry}}}\n" for entry in entries) + more


def test_rules_are_what_the_policy_holds_when_they_are_valid(load_text, minimal) -> None:
    written = rules(
        "table: people, column: email, action: mask, kind: email",
        "table: sales.people, column: email, action: hash",
        "table: people, column: badge, action: mask, kind: us_ssn",
        "table: people, column: cpf, action: partial",
    )
    settings = load_text(minimal + written + KEY)
    found = settings.resources[0].to_policy().column_rules
    assert found == (
        ColumnRule(table="people", column="email", action=ColumnAction.MASK, kind="email"),
        ColumnRule(table="sales.people", column="email", action=ColumnAction.HASH),
        ColumnRule(table="people", column="badge", action=ColumnAction.MASK, kind="us_ssn"),
        ColumnRule(table="people", column="cpf", action=ColumnAction.PARTIAL),
    )
    protection = settings.protection_of("main-pg")
    assert len(protection.hash_key) == 32
    assert (protection.masks["email"], protection.masks["us_ssn"]) == ("***@***.***", "***-**-****")


def test_own_pattern_is_a_kind_with_its_replacement(load_text, minimal) -> None:
    settings = load_text(minimal + rules("table: a, column: b, action: mask, kind: badge", more=OWN))
    assert settings.protection_of("main-pg").masks["badge"] == "EMP-*"


SECOND = "columnRules[1].column"
WRONG = {
    "hash without a key": (
        ("table: a, column: b, action: hash",),
        "columnRules[0].action",
        "a.b needs masking.hashKey",
    ),
    "a kind that is none": (("table: a, column: b, action: mask, kind: mail",), "columnRules[0].kind", "email"),
    "a kind without effect": (("table: a, column: b, action: drop, kind: email",), "columnRules[0].kind", "mask only"),
    "an action that is none": (("table: a, column: b, action: hide",), "columnRules[0].action", "'mask'"),
    "no column": (("table: a, action: mask",), "columnRules[0].column", "is required"),
    "two rules": (
        ("table: a, column: b, action: mask", "table: a, column: b, action: pass"),
        SECOND,
        "under columnRules[0] too",
    ),
    "two rules, one with the schema": (
        ("table: public.a, column: b, action: mask", "table: a, column: b, action: pass"),
        SECOND,
        "under columnRules[0] too",
    ),
}


@pytest.mark.parametrize(("entries", "path", "message"), WRONG.values(), ids=WRONG)
def test_refused_when_a_rule_can_not_do_what_it_says(problem_of, minimal, entries, path, message) -> None:
    problem = problem_of(minimal + rules(*entries))
    assert problem.path == f"resources[0].{path}"
    assert message in problem.message
    assert problem.line is not None


ALIKE = {
    "another column": ("table: a, column: b, action: mask", "table: a, column: c, action: mask"),
    "another schema": ("table: a, column: b, action: mask", "table: other.a, column: b, action: mask"),
    "another table": ("table: a, column: b, action: mask", "table: a2, column: b, action: mask"),
}


@pytest.mark.parametrize("entries", ALIKE.values(), ids=ALIKE)
def test_fine_when_rules_only_look_alike(load_text, minimal, entries) -> None:
    assert len(load_text(minimal + rules(*entries)).resources[0].column_rules) == 2


def test_refused_when_the_kind_of_database_applies_no_rules(problem_of, minimal, monkeypatch) -> None:
    real = kinds.kind_of("postgres")

    class WithoutRules:
        column_rules = False
        settings_model = real.settings_model

    monkeypatch.setattr(kinds, "kind_of", lambda _: WithoutRules)
    problem = problem_of(minimal + rules("table: a, column: b, action: mask"))
    assert problem.path == "resources[0].columnRules"
    assert "postgres can't apply column rules" in problem.message
