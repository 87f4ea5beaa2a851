"""Rows: every shape of value, names, counts, and what can't be encoded."""

# ruff: noqa: PLR0917 - pytest passes by keyword
from __future__ import annotations

import base64
import datetime as dt
import decimal
import enum
import json
import uuid

import orjson
import pytest

from relay.adapters.outbound.masking.engine import Engine
from relay.adapters.outbound.masking.masker import PassThroughMasker, RuleMasker, build_masker
from relay.domain.masking import MaskingRule, MaskingSettings
from relay.domain.results import Field, RowBatch

CPF, EMAIL, CARD, PHONE = "***.***.***-**", "***@***.***", "****-****-****-****", "(**) *****-****"


class Colour(enum.StrEnum):
    MAIL = "joao@example.com"


class BigInt(int):
    """As a driver's own integer type."""


def binary(data: bytes) -> dict[str, dict[str, str]]:
    """As MongoDB's extended JSON writes bytes."""
    return {"$binary": {"base64": base64.b64encode(data).decode(), "subType": "00"}}


CELLS = [
    ("text", "joao@example.com", EMAIL),
    ("text", "id 7", "id 7"),
    ("int8", 52998224725, CPF),
    ("int8", 313085382, CPF),
    ("int4", 313085383, 313085383),
    ("int8", 251209000128, "**.***.***/****-**"),
    ("int8", 251209001280, 251209001280),
    ("numeric", "100000000", "100000000"),
    ("int8", 1234567891, 1234567891),
    ("int8", 1736900000, 1736900000),
    ("numeric", "52998224725", CPF),
    ("numeric", "52998224725.00", CPF),
    ("numeric", "1234.50", "1234.50"),
    ("float8", 52998224725.0, CPF),
    ("float8", 4111111111111111.0, CARD),
    ("float8", 0.52998224725, 0.52998224725),
    ("int8", 4111111111111111, CARD),
    ("int8", 11222333000181, "**.***.***/****-**"),
    ("int8", 11987654321, PHONE),
    ("int8", 1736900000123, 1736900000123),
    ("int4", 1234567890, 1234567890),
    ("int8", 9007199254740993, "9007199254740993"),
    ("bool", True, True),
    ("text", None, None),
    ("float8", float("nan"), "NaN"),
    ("float8", float("-inf"), "-Infinity"),
    ("int8", 2**80, str(2**80)),
    ("numeric", decimal.Decimal("52998224725"), CPF),
    ("date", dt.date(2026, 1, 15), "2026-01-15"),
    ("uuid", uuid.UUID(int=0), "00000000-0000-0000-0000-000000000000"),
    ("uuid", "joao@example.com", EMAIL),
    ("timestamptz", "52998224725", CPF),
    ("text", b"joao@example.com", EMAIL),
    ("bytea", "\\x" + b"call joao@example.com now".hex(), EMAIL),
    ("bytea", "\\x" + "joao@example.com".encode("utf-16").hex(), EMAIL),
    ("bytea", "\\x" + b"\xff\xfe\x80 joao@example.com \x81".hex(), EMAIL),
    ("bytea", "\\xdeadbeef00", "\\xdeadbeef00"),
    ("binData", binary(b"call joao@example.com now"), EMAIL),
    ("array", [1, {"x": binary("joao@example.com".encode("utf-16"))}], [1, {"x": EMAIL}]),
    ("binData", binary(b"\xde\xad\xbe\xef"), binary(b"\xde\xad\xbe\xef")),
    (
        "jsonb",
        {"$binary": {"base64": "not base64", "to": "joao@x.com"}},
        {"$binary": {"base64": "not base64", "to": EMAIL}},
    ),
    ("text", "\\xnot hexadecimal", "\\xnot hexadecimal"),
    ("text", '(1,"\\x' + b"call joao@example.com now".hex() + '")', f'(1,"{EMAIL}")'),
    ("text", '(1,"\\x' + b"nothing of that kind".hex() + '")', '(1,"\\x' + b"nothing of that kind".hex() + '")'),
    ("text", Colour.MAIL, EMAIL),
    ("int8", BigInt(52998224725), CPF),
    ("text", "\ud800 joao@example.com", "��� " + EMAIL),
    ("text", object(), "***"),
    ("_text", ["a", "joao@example.com", ["11987654321"]], ["a", EMAIL, [PHONE]]),
    ("_int8", [1, 52998224725, None], [1, CPF, None]),
    ("_int4", [1234567890], [1234567890]),
    ("jsonb", {"a": {"joao@example.com": [{"b": "529.982.247-25"}]}}, {"a": {EMAIL: [{"b": CPF}]}}),
    ("jsonb", {"a@example.com": 1, "b@example.com": 2, "n": True}, {EMAIL: 1, f"{EMAIL}_2": 2, "n": True}),
    ("jsonb", {1: "joao@example.com", None: 2, (1, 2): 3}, {"1": EMAIL, "None": 2, "***": 3}),
    ("jsonb", {"a": {1, 2}}, {"a": [1, 2]}),
    ("jsonb", {"a": ("joao@example.com",)}, {"a": [EMAIL]}),
    ("jsonb", {"a": float("inf")}, {"a": "Infinity"}),
    ("jsonb", {"a": 'q"', "b": "x: bearer\nabc"}, {"a": 'q"', "b": "x: Bearer ***"}),
    ("jsonb", {"a": None, "b": float("nan")}, {"a": None, "b": "NaN"}),
    ("jsonb", {"score": 0.5299822472512345, "n": 52998224725.0}, {"score": 0.5299822472512345, "n": CPF}),
    (
        "jsonb",
        {"n": 9007199254740993, "cnpj": "x12ABC34501DE35", "m": ["12ABC34501DE35"]},
        {"n": "9007199254740993", "cnpj": "x12ABC34501DE35", "m": ["**.***.***/****-**"]},
    ),
    ("json", "", ""),
]


@pytest.mark.parametrize(
    ("kind", "value", "expected"), CELLS, ids=[f"{kind}-{ascii(value)[:40]}" for kind, value, _ in CELLS]
)
def test_cell_is_what_it_should_be_when_masked(kind, value, expected, mask_rows):
    rows, _ = mask_rows([{"c": value}], {"c": kind})
    assert rows == [{"c": expected}]


def test_lost_zero_is_thought_of_when_a_cpf_is_a_number(mask_rows):
    rows, result = mask_rows([{"c": 191}, {"c": 1000000000 + 1}, {"c": 1234567890}, {"c": "1234567890"}], {"c": "int8"})
    assert [row["c"] for row in rows] == [191, 1000000001, CPF, CPF]
    assert result.masked_value_count == 2


def test_each_value_counts_once_when_it_holds_several_matches(mask_rows):
    rows, result = mask_rows(
        [
            {
                "a": "joao@example.com and maria@example.com",
                "b": {"x": "a@example.com", "y": ["b@example.com 529.982.247-25"]},
            },
            {"a": "joao@example.com", "b": {"c@example.com": "plain"}},
        ]
    )
    assert rows[0]["a"] == f"{EMAIL} and {EMAIL}"
    assert result.masked_value_count == 5
    counts = {(each.detector, each.column): each.count for each in result.detections}
    assert counts == {("email", "a"): 2, ("email", "b"): 3, ("cpf", "b"): 1}


def test_names_are_masked_when_they_hold_personal_data(masker):
    fields = tuple(Field(name=name, type="text") for name in ("a@example.com", "id", "b@example.com"))
    assert [each.name for each in masker.mask_fields(fields)] == [EMAIL, "id", f"{EMAIL}_2"]
    result = masker.mask_rows(RowBatch(rows=[{"a@example.com": "c@example.com", "id": 1, "b@example.com": 2}]), fields)
    assert [orjson.loads(row) for row in result.rows] == [{EMAIL: EMAIL, "id": 1, f"{EMAIL}_2": 2}]
    assert [each.column for each in result.detections] == [EMAIL]


def test_column_is_masked_when_fields_do_not_name_it(masker):
    result = masker.mask_rows(RowBatch(rows=[{"a": 1}, {"b": "joao@example.com"}]), (Field(name="a", type="int4"),))
    assert [orjson.loads(row) for row in result.rows] == [{"a": 1}, {"b": EMAIL}]


def test_nothing_is_raised_when_a_value_is_nested_very_deep(mask_rows):
    deep = "joao@example.com"
    for _ in range(100_000):
        deep = [deep]
    rows, result = mask_rows([{"a": deep, "b": "joao@example.com"}])
    assert "joao" not in json.dumps(rows)
    assert rows[0]["b"] == EMAIL
    assert result.masked_value_count == 2


def test_value_becomes_a_mask_when_looking_at_it_fails(mask_rows):
    class Failing(Engine):
        def find(self, texts):
            if any("boom" in text for text in texts):
                raise RuntimeError("boom 529.982.247-25")
            return super().find(texts)

    masker = RuleMasker(Failing(MaskingSettings()))
    rows, result = mask_rows([{"a": "boom"}, {"a": "joao@example.com"}, {"a": "x"}], with_masker=masker)
    assert [row["a"] for row in rows] == ["***", EMAIL, "x"]
    assert {each.detector for each in result.detections} == {"unreadable", "email"}
    assert masker.mask_text("boom").text == "***"


def test_many_equal_keys_stay_apart_when_masked(mask_rows):
    rows, _ = mask_rows([{"a": {f"p{number}@example.com": number for number in range(20_000)}}])
    assert sorted(rows[0]["a"].values()) == list(range(20_000))
    assert all(key.startswith(EMAIL) for key in rows[0]["a"])


def test_rows_are_only_encoded_when_masking_is_off():
    masker = build_masker(MaskingSettings(enabled=False))
    assert isinstance(masker, PassThroughMasker)
    assert masker.enabled is False
    fields = (Field(name="a", type="text"),)
    result = masker.mask_rows(RowBatch(rows=[{"a": "joao@example.com"}, {"a": "\ud800"}]), fields)
    assert [orjson.loads(row)["a"] for row in result.rows] == ["joao@example.com", "���"]
    assert (result.masked_value_count, result.detections) == (0, ())
    assert masker.mask_text("joao@example.com").text == "joao@example.com"
    assert masker.mask_fields(fields) == fields


def rules(*pairs):
    return MaskingSettings(
        rules=tuple(MaskingRule(name=name, regex=regex, replacement=mask) for name, regex, mask in pairs)
    )


CUSTOM = [
    ("literal-replacement", r"EMP-\d{6}", r"\1\g<0>$1", "x EMP-123456 y", r"x \1\g<0>$1 y"),
    ("wins-over-built-in", r"\d{3}\.\d{3}\.\d{3}-\d{2}", "CPF", "a 529.982.247-25 b", "a CPF b"),
    ("partly-over-an-email", r"EMP-\d{6}", "EMP-******", "EMP-123456@example.com", "EMP-******"),
    ("empty-match", r"x*", "#", "axxb", "a#b"),
    ("only-empty", r"\b", "#", "a b", "a b"),
    ("anchored", r"^secret$", "#", "secret", "#"),
    ("anchored-not-in-text", r"^secret$", "#", "a secret", "a secret"),
    ("text-start", r"\Asecret", "#", "secret secret", "# secret"),
    ("accents", r"segredo-\pL+", "#", "é segredo-ção é", "é # é"),
    ("any-case", r"(?i)codename", "#", "CodeName x", "# x"),
    ("masks-like-a-value", r"EMP-\d{6}", "a@example.com", "EMP-123456", "a@example.com"),
    ("everything", r".+", "#", "joao@example.com\nb", "#\n#"),
    ("a-tail", r"\d{2}$", "##", "cpf 529.982.247-25", "cpf ##"),
    ("dot-spans-lines", r"(?s)a.*b", "#", "1a\n\nb2", "1#2"),
]


@pytest.mark.parametrize(("name", "regex", "replacement", "text", "expected"), CUSTOM, ids=[row[0] for row in CUSTOM])
def test_custom_pattern_replaces_its_matches_when_it_fits(name, regex, replacement, text, expected, mask_rows):
    masker = build_masker(rules((name, regex, replacement)))
    assert masker.mask_text(text).text == expected
    rows, _ = mask_rows([{"a": "before"}, {"a": text}, {"a": "after"}], with_masker=masker)
    if name != "everything":
        assert [row["a"] for row in rows] == ["before", expected, "after"]


def test_first_rule_wins_when_two_custom_patterns_overlap():
    masker = build_masker(rules(("first", r"abc", "1"), ("second", r"bcd", "2")))
    masked = masker.mask_text("abcd")
    assert masked.text == "1"
    assert [each.detector for each in masked.detections] == ["first"]


def test_custom_pattern_may_bear_a_built_in_name():
    masker = build_masker(rules(("cpf", r"CPF-\d{4}", "CPF-****")))
    assert masker.mask_text("CPF-1234 529.982.247-25").text == f"CPF-**** {CPF}"
    assert [each.detector for each in masker.mask_text("CPF-1234 529.982.247-25").detections] == ["cpf"]


def test_custom_pattern_sees_numbers_and_dates_when_it_could_match(mask_rows):
    masker = build_masker(rules(("badge", r"^77\d{3}$", "badge"), ("day", r"2026-01-\d\d", "day")))
    rows, _ = mask_rows(
        [{"a": 77123, "b": {"x": [77124, 78000]}, "c": "2026-01-15", "d": 77125.0}],
        {"a": "int4", "b": "jsonb", "c": "date", "d": "float8"},
        with_masker=masker,
    )
    assert rows == [{"a": "badge", "b": {"x": ["badge", 78000]}, "c": "day", "d": "badge"}]


@pytest.mark.parametrize("regex", [r"(a)\1", r"(?<=x)y", r"(", r"(?P<n>a)(?P=n)", "a{2000}", "[", "\ud800"])
def test_pattern_is_refused_by_name_when_it_is_not_linear(regex):
    with pytest.raises(ValueError, match="bad-one"):
        build_masker(rules(("fine", "a", "b"), ("bad-one", regex, "x")))
