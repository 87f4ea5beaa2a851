from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from relay.adapters.outbound.audit.clean_value import bare_url
from relay.adapters.outbound.audit.json_line import json_line
from relay.adapters.outbound.audit.record import FIELD_ORDER, RecordLayout, timestamp
from relay.domain.audit import FIELD_NAMES, AuditEvent, AuditKind

AT = datetime(2026, 1, 15, 10, 30, 1, 234999, tzinfo=UTC)
CPF = "529.982.247-25"


def hide_cpf(text: str) -> str:
    return text.replace(CPF, "***.***.***-**")


def lay_out(fields: dict[str, object], scrub: Callable[[str], str] = str, tenant_id: str = "acme") -> dict[str, object]:
    layout = RecordLayout(relay_id="relay-1", tenant_id=tenant_id, scrub=scrub)
    event = AuditEvent(kind=AuditKind.REQUEST_RECEIVED, fields=fields)  # type: ignore[arg-type]
    return dict(layout.lay_out(event, AT, 41))


def test_keys_come_in_the_contracts_order_when_laid_out() -> None:
    fields = {"incidentId": "i", "operation": "query", "resourceId": "main-pg", "method": "execute", "requestId": "r"}
    assert list(lay_out(fields)) == [
        "time", "level", "msg", "audit", "event", "seq", "requestId", "method", "resourceId", "operation", "relayId",
        "tenantId", "incidentId",
    ]  # fmt: skip


def test_every_allowed_field_has_a_place_when_domain_names_it() -> None:
    assert frozenset(FIELD_ORDER) | {"incidentId"} == FIELD_NAMES


def test_time_is_cut_to_milliseconds_when_written() -> None:
    assert timestamp(AT) == "2026-01-15T10:30:01.234Z"
    assert timestamp(AT.replace(microsecond=0)) == "2026-01-15T10:30:01.000Z"


@pytest.mark.parametrize(
    ("field", "length", "kept"),
    [
        ("requestId", 1_000, 128),
        ("incidentId", 1_000, 128),
        ("requestId", 10_000_000, 128),
        ("resourceId", 1_000, 128),
        ("statement", 100_000, 8192),
        ("detail", 1_000_000, 2048),
    ],
)
def test_text_is_cut_when_longer_than_its_limit(field: str, length: int, kept: int) -> None:
    assert lay_out({field: "x" * length})[field] == "x" * kept


@pytest.mark.parametrize("field", ["requestId", "statement", "detail"])
def test_text_stays_whole_when_within_its_limit(field: str) -> None:
    assert lay_out({field: "é" * 128})[field] == "é" * 128


def test_statement_is_cut_between_characters_when_they_have_several_bytes() -> None:
    statement = str(lay_out({"statement": "a" + "€" * 5000})["statement"])
    assert statement == "a" + "€" * 2730
    assert len(statement.encode()) == 8191


def test_hash_covers_the_scrubbed_statement_before_the_cut_when_one_is_given() -> None:
    statement = f'SELECT 1 AS "{CPF}" /*' + "x" * 9000
    record = lay_out(
        {"statement": statement, "statementSha256": hashlib.sha256(statement.encode()).hexdigest()}, hide_cpf
    )
    assert record["statementSha256"] == hashlib.sha256(hide_cpf(statement).encode()).hexdigest()
    assert CPF not in json.dumps(record)


def test_statement_hash_is_kept_only_when_it_is_one() -> None:
    assert lay_out({"statementSha256": "a" * 64}, lambda _: "scrubbed")["statementSha256"] == "a" * 64
    assert lay_out({"statementSha256": CPF}, hide_cpf)["statementSha256"] == "***.***.***-**"


@pytest.mark.parametrize("field", sorted(FIELD_NAMES))
def test_no_personal_datum_is_left_when_it_stands_in_any_field(field: str) -> None:
    value = {"columns": [{CPF: f"x {CPF}"}, CPF], f"k{CPF}": {"deep": [[CPF]]}}
    assert CPF not in json.dumps(lay_out({field: f"see {CPF}"}, hide_cpf))
    assert CPF not in json.dumps(lay_out({field: value}, hide_cpf))
    assert CPF not in json.dumps(lay_out({}, hide_cpf, tenant_id=CPF))


def test_datum_leaves_no_beginning_when_a_cut_goes_through_it() -> None:
    for before in range(100, 140):
        kept = str(lay_out({"requestId": "x" * before + CPF}, hide_cpf)["requestId"])
        assert "5" not in kept


def test_text_is_withheld_when_the_scanned_part_shrinks_to_less_than_the_limit() -> None:
    shrinks = "x" * 4090 + CPF + "y" * 1000
    assert (
        lay_out({"requestId": shrinks}, lambda text: text.replace("x", ""))["requestId"]
        == "[withheld: 5104 characters]"
    )


def test_text_is_withheld_when_a_detector_fails() -> None:
    def broken(_: str) -> str:
        raise ZeroDivisionError

    assert lay_out({"detail": CPF}, broken)["detail"] == "[withheld: 14 characters]"


def test_words_of_the_contract_pass_unscanned_when_a_field_holds_one() -> None:
    record = lay_out({"operation": "query", "outcome": "denied", "reason": "QUERY_BLOCKED"}, lambda _: "scanned")
    assert (record["operation"], record["outcome"], record["reason"]) == ("query", "denied", "QUERY_BLOCKED")


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (2**53, "[withheld: integer beyond 2^53]"),
        (-(10**400), "[withheld: integer beyond 2^53]"),
        (float("nan"), "[withheld: not a finite number]"),
        (float("-inf"), "[withheld: not a finite number]"),
        (b"raw", "[withheld: bytes]"),
        (object(), "[withheld: object]"),
        ({1: "a"}, {"[withheld: int]": "a"}),
        (("a", 1, None, True, 1.5), ["a", 1, None, True, 1.5]),
    ],
    ids=["big", "huge", "nan", "infinity", "bytes", "object", "key", "tuple"],
)
def test_odd_value_becomes_a_note_when_not_json(value: object, expected: object) -> None:
    assert lay_out({"code": value})["code"] == expected


def test_nested_value_is_bounded_when_deep_or_wide() -> None:
    deep: object = "x"
    for _ in range(10_000):
        deep = [deep]
    assert "[withheld: list]" in json.dumps(lay_out({"detections": deep})["detections"])
    wide = lay_out({"detections": {str(number): "v" * 10_000 for number in range(20_000)}})["detections"]
    assert isinstance(wide, dict)
    assert wide["[withheld]"] == 16_000
    assert len(json.dumps(wide)) < 2_000_000


def test_both_counts_stay_when_scrubbing_makes_two_keys_equal() -> None:
    found = lay_out({"detections": {CPF: 1, "***.***.***-**": 2}}, hide_cpf)["detections"]
    assert found == {"***.***.***-**": 1, "***.***.***-**#2": 2}


@pytest.mark.parametrize(
    ("url", "bare"),
    [
        ("wss://api.example.com/v1/relay/connect", "wss://api.example.com/v1/relay/connect"),
        ("wss://h/p?token=secret&tenantId=t", "wss://h/p"),
        ("wss://user:secret@h/p#secret", "wss://h/p"),
        ("http://user:se@cret@h", "http://h"),
    ],
)
def test_url_loses_what_may_be_a_credential_when_recorded(url: str, bare: str) -> None:
    assert bare_url(url) == bare
    assert lay_out({"url": url})["url"] == bare


HOSTILE = st.text(st.characters(exclude_categories=()))


@given(HOSTILE, HOSTILE)
def test_line_is_one_line_of_valid_json_when_text_is_hostile(one: str, other: str) -> None:
    line = json_line(lay_out({"requestId": one, "statement": other, "detections": {one: other}}))  # type: ignore[arg-type]
    assert len(line.decode().splitlines()) == 1
    assert line.endswith(b"}\n")
    assert isinstance(json.loads(line), dict)


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("a\nb\r\x00\x1b[31m", "a\nb\r\x00\x1b[31m"),
        ("\ud800x\udfff", "\ufffdx\ufffd"),
        ("\ud83d\ude00", "\U0001f600"),
        ("\x7f\x85\x9b\u2028\u2029\u202e\u200b\ufeff", "\x7f\x85\x9b\u2028\u2029\u202e\u200b\ufeff"),
    ],
    ids=["controls", "lone-surrogates", "surrogate-pair", "mischief"],
)
def test_text_survives_as_escapes_when_it_could_mislead_a_reader(text: str, kept: str) -> None:
    line = json_line(lay_out({"requestId": text}))  # type: ignore[arg-type]
    assert json.loads(line)["requestId"] == kept
    assert not any(
        character in line[:-1].decode() for character in "\n\r\x00\x1b\x7f\x85\x9b\u2028\u2029\u202e\u200b\ufeff"
    )
