from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from relay.adapters.inbound.ws_jsonrpc.json_text import MAX_DEPTH
from relay.adapters.inbound.ws_jsonrpc.jsonrpc import MAX_BATCH, MAX_MESSAGE_BYTES, Call, Malformed, parse_frame

CALL = '{"jsonrpc":"2.0","id":1,"method":"m"}'


def nested(depth, opener="[", closer="]"):
    return opener * depth + closer * depth


NOT_JSON = {
    "empty": "",
    "blank": "  \n",
    "word": "hello",
    "truncated object": '{"jsonrpc":"2.0"',
    "truncated string": '{"jsonrpc":"2.0","id":"',
    "two documents": CALL + CALL,
    "trailing comma": '{"a":1,}',
    "single quotes": "{'a':1}",
    "comment": "/* x */ {}",
    "NaN": '{"jsonrpc":"2.0","id":NaN,"method":"m"}',
    "Infinity": '{"jsonrpc":"2.0","id":1,"method":"m","params":{"limit":Infinity}}',
    "-Infinity": "[-Infinity]",
    "number beyond a double": '{"jsonrpc":"2.0","id":1,"method":"m","params":{"a":1e999}}',
    "id beyond a double": '{"jsonrpc":"2.0","id":-1e999,"method":"m"}',
    "number of 5000 digits": '{"jsonrpc":"2.0","id":' + "1" * 5000 + ',"method":"m"}',
    "escaped high surrogate": '{"jsonrpc":"2.0","id":"\\ud800","method":"m"}',
    "escaped low surrogate": '{"jsonrpc":"2.0","id":1,"method":"m","params":{"a":"\\uDC00"}}',
    "surrogate in a key": '{"\\udfff":1}',
    "pair the wrong way round": '["\\udc00\\ud800"]',
    "raw surrogate": '"\ud800"',
    "invalid UTF-8": b'{"jsonrpc":"2.0","id":"\xff","method":"m"}',
    "overlong UTF-8": b'"\xc0\x80"',
    "UTF-16": CALL.encode("utf-16"),
    "UTF-32": CALL.encode("utf-32"),
    "byte order mark": b"\xef\xbb\xbf" + CALL.encode(),
    "NUL bytes": b"\x00" * 64,
    "gzip": b"\x1f\x8b\x08\x00\x00",
    "control character in a string": '"a\x01"',
    "bomb of arrays": nested(200_000),
    "open bomb of arrays": "[" * 200_000,
    "bomb of objects": '{"a":' * 100_000 + "1" + "}" * 100_000,
    "open bomb of objects": '{"a":' * 100_000,
    "one level too deep": nested(MAX_DEPTH + 1),
    "deep params": '{"jsonrpc":"2.0","id":1,"method":"m","params":{"a":' + nested(500) + "}}",
    "10 MB of text": '"' + "x" * 10_000_000 + '"',
    "10 MB of bytes": b"[" * 10_000_000,
    "just too long": " " * (MAX_MESSAGE_BYTES - len(CALL) + 1) + CALL,
    "too long in UTF-8 only": '"' + "é" * (MAX_MESSAGE_BYTES // 2) + '"',
    "leading zero": "[01]",
    "plus sign": "[+1]",
    "hex": "[0x10]",
    "bare minus": "-",
    "tab in key": '{"a\tb":1}',
}


@pytest.mark.parametrize("frame", NOT_JSON.values(), ids=NOT_JSON)
def test_parse_error_when_it_is_not_json(frame):
    (item,) = parse_frame(frame).items

    assert isinstance(item, Malformed)
    assert item.error.code == -32700
    assert item.id_json == b"null"
    assert item.error.hint


NOT_A_REQUEST = {
    "null": ("null", b"null"),
    "true": ("true", b"null"),
    "number": ("12", b"null"),
    "string": ('"execute"', b"null"),
    "empty object": ("{}", b"null"),
    "foreign object": ('{"foo":"boo"}', b"null"),
    "empty batch": ("[]", b"null"),
    "long batch": ("[" + ",".join([CALL] * (MAX_BATCH + 1)) + "]", b"null"),
    "no jsonrpc": ('{"id":1,"method":"m"}', b"1"),
    "jsonrpc 1.0": ('{"jsonrpc":"1.0","id":"a","method":"m"}', b'"a"'),
    "jsonrpc a number": ('{"jsonrpc":2.0,"id":7,"method":"m"}', b"7"),
    "jsonrpc null": ('{"jsonrpc":null,"id":7,"method":"m"}', b"7"),
    "no method": ('{"jsonrpc":"2.0","id":7}', b"7"),
    "only jsonrpc": ('{"jsonrpc":"2.0"}', b"null"),
    "method a number": ('{"jsonrpc":"2.0","method":1,"params":"bar"}', b"null"),
    "method null": ('{"jsonrpc":"2.0","id":7,"method":null}', b"7"),
    "method an object": ('{"jsonrpc":"2.0","id":7,"method":{}}', b"7"),
    "params a string": ('{"jsonrpc":"2.0","id":7,"method":"m","params":"x"}', b"7"),
    "params a number": ('{"jsonrpc":"2.0","id":7,"method":"m","params":1}', b"7"),
    "params true": ('{"jsonrpc":"2.0","id":7,"method":"m","params":true}', b"7"),
    "params null": ('{"jsonrpc":"2.0","id":7,"method":"m","params":null}', b"7"),
    "id true": ('{"jsonrpc":"2.0","id":true,"method":"m"}', b"null"),
    "id false": ('{"jsonrpc":"2.0","id":false,"method":"m"}', b"null"),
    "id array": ('{"jsonrpc":"2.0","id":[1],"method":"m"}', b"null"),
    "id object": ('{"jsonrpc":"2.0","id":{"a":1},"method":"m"}', b"null"),
    "float id of a broken request": ('{"jsonrpc":"2.0","id":1.50}', b"1.50"),
    "type with an id": ('{"type":"ack","id":3}', b"3"),
    "type not a string": ('{"type":1}', b"null"),
}


@pytest.mark.parametrize(("frame", "id_json"), NOT_A_REQUEST.values(), ids=NOT_A_REQUEST)
def test_invalid_request_when_it_is_json_but_no_request(frame, id_json):
    (item,) = parse_frame(frame).items

    assert isinstance(item, Malformed)
    assert item.error.code == -32600
    assert item.id_json == id_json
    assert item.error.hint


IDS = {
    "string": '"req-1"',
    "empty string": '""',
    "text in many scripts": '"çã漢😀"',
    "escaped pair": '"\\ud83d\\ude00"',
    "zero": "0",
    "negative": "-7",
    "huge": "123456789012345678901234567890123456789",
    "4000 digits": "9" * 4000,
    "null": "null",
    "one point zero": "1.0",
    "exponent": "1e2",
    "capital exponent": "1.5E+10",
    "trailing zeros": "1.10",
    "many digits": "0.1234567890123456789012345678901",
    "minus zero": "-0.0",
    "tiny": "1e-400",
}


@pytest.mark.parametrize("id_json", IDS.values(), ids=IDS)
def test_id_goes_back_as_it_came_when_it_is_valid(id_json):
    (call,) = parse_frame('{"jsonrpc":"2.0","id":' + id_json + ',"method":"m"}').items

    assert isinstance(call, Call)
    assert not call.is_notification
    assert call.id == json.loads(id_json)
    expected = id_json if not id_json.startswith('"') else json.dumps(json.loads(id_json), ensure_ascii=False)
    assert call.id_json.decode() == expected


def test_notification_when_there_is_no_id():
    absent, null = parse_frame('[{"jsonrpc":"2.0","method":"m"},{"jsonrpc":"2.0","method":"m","id":null}]').items

    assert absent.is_notification
    assert not null.is_notification
    assert null.id_json == b"null"


IGNORED = {
    "result": '{"jsonrpc":"2.0","id":1,"result":{}}',
    "error": '{"jsonrpc":"2.0","id":null,"error":{"code":-32600,"message":"no"}}',
    "result without envelope": '{"result":true}',
    "ack": '{"type":"ack"}',
    "ack with fields": '{"type":"heartbeat_ack","at":12,"ok":true}',
    "batch of answers": '[{"jsonrpc":"2.0","id":1,"result":1},{"type":"ack"}]',
}


@pytest.mark.parametrize("frame", IGNORED.values(), ids=IGNORED)
def test_nothing_to_answer_when_it_asks_nothing(frame):
    assert parse_frame(frame).items == ()


def test_batch_keeps_order_and_judges_each_when_some_are_broken():
    frame = parse_frame(f'[1,{CALL},{{"jsonrpc":"2.0","id":1.0,"method":"m"}},{{"foo":1}},[]]')

    assert frame.is_batch
    assert [type(item) for item in frame.items] == [Malformed, Call, Call, Malformed, Malformed]
    assert [item.id_json for item in frame.items] == [b"null", b"1", b"1.0", b"null", b"null"]


def test_whole_batch_is_read_when_it_is_as_long_as_allowed():
    assert len(parse_frame("[" + ",".join([CALL] * MAX_BATCH) + "]").items) == MAX_BATCH


@pytest.mark.parametrize("params", ["[1]", '["main","query"]', "[null]"])
def test_problem_when_params_are_positional(params):
    (call,) = parse_frame('{"jsonrpc":"2.0","id":1,"method":"m","params":' + params + "}").items

    assert call.problem.code == -32602


@pytest.mark.parametrize("params", ["{}", "[]"])
def test_no_problem_when_params_are_empty(params):
    (call,) = parse_frame('{"jsonrpc":"2.0","id":1,"method":"m","params":' + params + "}").items

    assert call.problem is None
    assert call.params == {}


def test_bytes_and_text_are_read_alike_when_they_are_utf8():
    assert parse_frame(CALL) == parse_frame(CALL.encode())


def test_deep_params_pass_when_within_the_limit():
    text = '{"jsonrpc":"2.0","id":1,"method":"m","params":{"a":' + nested(MAX_DEPTH - 3) + "}}"

    assert isinstance(parse_frame(text).items[0], Call)


@pytest.mark.parametrize("frame", [*NOT_JSON.values(), *(frame for frame, _ in NOT_A_REQUEST.values())])
def test_error_never_quotes_when_input_holds_a_secret(frame):
    marked = frame + b"s3cr3t" if isinstance(frame, bytes) else frame.replace("m", "s3cr3t") + "s3cr3t"

    assert all("s3cr3t" not in item.error.message for item in parse_frame(marked).items if isinstance(item, Malformed))


@given(st.binary(max_size=300) | st.text(max_size=300))
def test_always_answered_or_ignored_when_bytes_are_arbitrary(data):
    for item in parse_frame(data).items:
        assert isinstance(item, (Call, Malformed))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
ENVELOPE = st.fixed_dictionaries(
    {},
    optional={
        "jsonrpc": st.just("2.0") | JSON,
        "id": JSON,
        "method": st.just("execute") | JSON,
        "params": JSON,
        "type": JSON,
        "result": JSON,
        "error": JSON,
    },
)


@given(ENVELOPE | st.lists(ENVELOPE | JSON, max_size=5))
def test_id_is_valid_json_when_envelopes_are_arbitrary(document):
    for item in parse_frame(json.dumps(document)).items:
        assert isinstance(json.loads(item.id_json), (str, int, float, type(None)))
