"""Who may ask the page for what."""

import json
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from relay.bootstrap.demo.page_requests import (
    MAX_BODY_BYTES,
    METHODS,
    BadRequestError,
    SameOrigin,
    body_length,
    read_call,
)

OWN = {"Host": "127.0.0.1:8000", "Origin": "http://127.0.0.1:8000", "Content-Type": "application/json"}


@pytest.fixture
def same_origin() -> SameOrigin:
    return SameOrigin(port=8000)


@pytest.mark.parametrize("host", ["127.0.0.1:8000", "localhost:8000"])
def test_the_page_is_let_in_when_it_asks_itself(same_origin, host):
    same_origin.check("GET", {"Host": host})
    same_origin.check("POST", {**OWN, "Host": host, "Origin": f"http://{host}"})


@pytest.mark.parametrize(
    ("method", "changes", "status"),
    [
        ("GET", {"Host": "evil.example:8000"}, 403),
        ("GET", {"Host": "127.0.0.1"}, 403),
        ("GET", {"Host": "127.0.0.1:8001"}, 403),
        ("GET", {"Host": None}, 403),
        ("POST", {"Host": "evil.example:8000", "Origin": "http://evil.example:8000"}, 403),
        ("POST", {"Origin": None}, 403),
        ("POST", {"Origin": "null"}, 403),
        ("POST", {"Origin": "http://evil.example"}, 403),
        ("POST", {"Origin": "https://127.0.0.1:8000"}, 403),
        ("POST", {"Origin": "http://127.0.0.1:8000.evil.example"}, 403),
        ("POST", {"Content-Type": "text/plain"}, 415),
        ("POST", {"Content-Type": None}, 415),
    ],
)
def test_others_are_refused_when_they_ask(same_origin, method, changes, status):
    headers = {name: value for name, value in {**OWN, **changes}.items() if value is not None}
    with pytest.raises(BadRequestError) as refused:
        same_origin.check(method, headers)
    assert refused.value.status == status


@pytest.mark.parametrize(
    ("length", "status"),
    [
        ("", 411),
        ("-1", 411),
        ("1e3", 411),
        ("٣", 411),
        (str(MAX_BODY_BYTES + 1), 413),
        ("9" * 10_000, 413),
    ],
    ids=["none", "negative", "float", "arabic", "too-long", "huge"],
)
def test_a_body_is_refused_when_its_length_is_not_fine(length, status):
    with pytest.raises(BadRequestError) as refused:
        body_length({"Content-Length": length})
    assert refused.value.status == status


def test_a_body_is_taken_when_its_length_is_fine():
    assert body_length({"Content-Length": str(MAX_BODY_BYTES)}) == MAX_BODY_BYTES


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b'"execute"',
        b'{"method": "cancel"}',
        b'{"method": ["execute"]}',
        b'{"method": "execute", "params": []}',
        b"\xff\xfe\xfd",
        b"[" * 60_000,
    ],
    ids=["empty", "torn", "array", "text", "unknown", "list", "params", "bytes", "deep"],
)
def test_a_call_is_refused_when_it_is_not_one(body):
    with pytest.raises(BadRequestError):
        read_call(body)


def test_a_call_is_read_when_it_is_one():
    params = {"resourceId": "main-pg", "operation": "query", "params": {"sql": "SELECT 1"}}
    assert read_call(json.dumps({"method": "execute", "params": params}).encode()) == ("execute", params)
    assert read_call(b'{"method": "health_check"}') == ("health_check", None)


@given(st.binary(max_size=300))
def test_only_bad_request_is_raised_when_the_body_is_anything(body):
    with suppress(BadRequestError):
        assert read_call(body)[0] in METHODS
