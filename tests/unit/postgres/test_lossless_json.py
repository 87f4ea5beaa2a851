from __future__ import annotations

import json
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from relay.adapters.outbound.postgres.lossless_json import loads

CASES = [
    ("1", 1),
    ("9007199254740991", 9007199254740991),
    ("9007199254740992", "9007199254740992"),
    ("-9007199254740992", "-9007199254740992"),
    ("123456789012345678901234567890", "123456789012345678901234567890"),
    ("1.10", 1.1),
    ("0.1", 0.1),
    ("0.1000000000000000055511151231257827", "0.1000000000000000055511151231257827"),
    ("1e5", 100000.0),
    ("1e400", "1e400"),
    ("-0.0", -0.0),
    ('{"a": [1, null, true]}', {"a": [1, None, True]}),
    ('"\\ud800"', "\ufffd"),
    ('{"\\ud800": 1}', {"\ufffd": 1}),
    ('"\\u00e9 \\ud83d\\ude00"', "é 😀"),
    ("[" * 5000 + "]" * 5000, "[" * 5000 + "]" * 5000),
    ("", ""),
]


@pytest.mark.parametrize(("text", "value"), CASES, ids=[case[0][:24] or "empty" for case in CASES])
def test_value_kept_exactly(text, value) -> None:
    assert loads(text) == value


@given(st.decimals(allow_nan=False, allow_infinity=False, places=None).filter(lambda d: abs(d.adjusted()) < 50))
def test_every_number_is_the_same_number_when_read_back(number) -> None:
    text = f"{number:f}"
    value = loads(text)
    assert Decimal(value if isinstance(value, str) else repr(value)) == Decimal(text)


@given(st.recursive(st.none() | st.booleans() | st.integers(-1000, 1000) | st.text(), st.lists, max_leaves=20))
def test_plain_json_is_read_as_json_reads_it(value) -> None:
    text = json.dumps(value)
    assert json.dumps(loads(text)).replace("\\ufffd", "") == text or "\\ud" in text or "\\ufffd" in text
