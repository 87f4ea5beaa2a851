from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from relay.domain.audit import KINDS, AuditEvent, AuditKind, statement_sha256
from relay.domain.errors import MAX_MESSAGE_LENGTH, TRAITS, Reason, RelayError
from relay.domain.rate import TokenBucket
from relay.domain.replay import ReplayWindow
from relay.domain.resource import RateLimit

CODES = {
    "PARSE_ERROR": -32700, "INVALID_REQUEST": -32600, "METHOD_NOT_FOUND": -32601, "INVALID_PARAMS": -32602,
    "RESOURCE_NOT_FOUND": -32602, "OPERATION_NOT_ALLOWED": -32600, "TABLE_NOT_ALLOWED": -32600,
    "FUNCTION_NOT_ALLOWED": -32600, "COLUMN_NOT_ALLOWED": -32600, "REPLAY_REFUSED": -32600, "DUPLICATE_ID": -32600,
    "QUERY_BLOCKED": -32602, "QUERY_FAILED": -32603, "QUERY_TIMEOUT": -32603, "RESOURCE_UNAVAILABLE": -32603,
    "AUDIT_UNAVAILABLE": -32603, "INTERNAL_ERROR": -32603, "SESSION_DENIED": -32001, "REQUEST_CANCELLED": -32002,
    "RATE_LIMITED": -32010, "OVERLOADED": -32010, "APPROVAL_REQUIRED": -32011,
}  # fmt: skip


@pytest.mark.parametrize("reason", Reason)
def test_every_reason_has_the_contracts_code(reason) -> None:
    if reason is not Reason.CONNECTION_LOST:
        assert TRAITS[reason].code == CODES[reason.value]
    assert RelayError(reason, "x").message == f"{reason.value}: x"


@given(st.text(max_size=2000), st.text(max_size=2000))
def test_message_never_longer_than_500(detail, hint) -> None:
    assert len(RelayError(Reason.QUERY_FAILED, detail, hint=hint).message) <= MAX_MESSAGE_LENGTH


def test_every_kind_of_record_has_level_and_message() -> None:
    assert set(KINDS) == set(AuditKind)


def test_record_takes_no_key_that_is_not_listed() -> None:
    with pytest.raises(ValueError, match="password"):
        AuditEvent(kind=AuditKind.REQUEST_STARTED, fields={"password": "x"})


def test_hash_of_a_statement_with_a_lone_surrogate() -> None:
    assert len(statement_sha256("\ud800")) == 64


@given(st.lists(st.floats(min_value=0, max_value=5), max_size=60))
def test_bucket_never_gives_more_than_burst_and_rate(waits) -> None:
    limit = RateLimit(requests_per_minute=60, burst_capacity=5)
    bucket, now_s, given_out = TokenBucket.full(limit, 0.0), 0.0, 0
    for wait_s in waits:
        now_s += wait_s
        bucket, retry_ms = bucket.take(now_s)
        given_out += retry_ms == 0
        assert retry_ms <= 1000
    assert given_out <= 5 + now_s + 1e-6


def test_waiting_as_told_is_enough() -> None:
    bucket = TokenBucket.full(RateLimit(requests_per_minute=7, burst_capacity=1), 0.0)
    bucket, wait_ms = bucket.take(0.0)
    bucket, wait_ms = bucket.take(1.0)
    bucket, again_ms = bucket.take(1.0 + (wait_ms + 1) / 1000)
    assert (wait_ms > 0, again_ms) == (True, 0)


AGES = [(0, True), (59_999, True), (60_001, False), (-59_999, True), (-60_001, False)]


@pytest.mark.parametrize(("age_ms", "accepted"), AGES)
def test_issued_at_within_a_minute(age_ms, accepted) -> None:
    window, now_ms = ReplayWindow(), 1_700_000_000_000.0
    if accepted:
        window.check(nonce="n", issued_at_ms=now_ms - age_ms, now_ms=now_ms)
    else:
        with pytest.raises(RelayError) as caught:
            window.check(nonce="n", issued_at_ms=now_ms - age_ms, now_ms=now_ms)
        assert caught.value.reason is Reason.REPLAY_REFUSED


@pytest.mark.parametrize("issued_at_ms", [float("nan"), float("inf")])
def test_time_that_is_none_refused(issued_at_ms) -> None:
    with pytest.raises(RelayError):
        ReplayWindow().check(nonce="n", issued_at_ms=issued_at_ms, now_ms=0.0)


def test_nonces_remembered_up_to_the_capacity() -> None:
    window = ReplayWindow(capacity=2)
    for nonce in "abc":
        window.check(nonce=nonce, issued_at_ms=None, now_ms=0.0)
    with pytest.raises(RelayError):
        window.check(nonce="c", issued_at_ms=None, now_ms=0.0)
    window.check(nonce="a", issued_at_ms=None, now_ms=0.0)
