from __future__ import annotations

import json

import pytest

from relay.adapters.inbound.ws_jsonrpc.jsonrpc import parse_frame
from relay.adapters.inbound.ws_jsonrpc.params import operation_arguments, read_common, read_deadline_ms


def parsed(params, **beside):
    (call,) = parse_frame(
        json.dumps({"jsonrpc": "2.0", "id": 1, "method": "execute", "params": params, **beside})
    ).items
    return call


ARGUMENTS = {
    "nested": ({"params": {"sql": "S", "parameters": [1], "limit": 5}}, {"sql": "S", "parameters": [1], "limit": 5}),
    "flat": ({"statement": "S", "parameters": [1]}, {"statement": "S", "parameters": [1]}),
    "flat mongo": (
        {"collection": "c", "filter": {"a": 1}, "projection": {"a": 1}, "sort": {"a": 1}, "skip": 1, "pipeline": []},
        {"collection": "c", "filter": {"a": 1}, "projection": {"a": 1}, "sort": {"a": 1}, "skip": 1, "pipeline": []},
    ),
    "both, nested wins": ({"sql": "F", "limit": 9, "params": {"sql": "N"}}, {"sql": "N", "limit": 9}),
    "null nested counts as absent": ({"sql": "F", "params": {"sql": None}}, {"sql": "F"}),
    "null flat is absent": ({"sql": None, "params": {}}, {}),
    "params null": ({"sql": "F", "params": None}, {"sql": "F"}),
    "unknown flat keys stay out": ({"agentId": "a", "sql": "F"}, {"sql": "F"}),
    "unknown nested keys go through": ({"params": {"table": "t"}}, {"table": "t"}),
    "context keys stay out": ({"params": {"sql": "S", "nonce": "n", "deadlineMs": 5}}, {"sql": "S"}),
    "resource and operation stay out": ({"resourceId": "r", "operation": "query"}, {}),
}


@pytest.mark.parametrize(("params", "expected"), ARGUMENTS.values(), ids=ARGUMENTS)
def test_arguments_are_merged_when_spelt_either_way(params, expected):
    assert operation_arguments(parsed(params)) == expected


DEADLINES = {
    "absent": ({}, 28_000),
    "beside": ({"deadlineMs": 1000}, 1000),
    "nested": ({"params": {"deadlineMs": 1500}}, 1500),
    "nested wins": ({"deadlineMs": 9, "params": {"deadlineMs": 1500}}, 1500),
    "longer is cut": ({"deadlineMs": 60_000}, 28_000),
    "fraction": ({"deadlineMs": 0.2}, 1),
    "largest": ({"deadlineMs": 2**62}, 28_000),
}


@pytest.mark.parametrize(("params", "expected"), DEADLINES.values(), ids=DEADLINES)
def test_deadline_only_shortens_when_it_is_a_positive_number(params, expected):
    call = parsed(params)

    assert read_deadline_ms(call) == expected
    assert read_common(call).problem is None


def test_envelope_is_looked_at_last_when_a_key_stands_there():
    common = read_common(parsed({"incidentId": "inner"}, incidentId="outer", nonce="n"))

    assert (common.incident_id, common.nonce) == ("inner", "n")


ISSUED = {
    "epoch": (1736937001234, 1736937001234.0),
    "epoch fraction": (1736937001234.5, 1736937001234.5),
    "zulu": ("2025-01-15T10:30:01.234Z", 1736937001234.0),
    "offset": ("2025-01-15T07:30:01.234-03:00", 1736937001234.0),
    "without offset is UTC": ("2025-01-15T10:30:01.234", 1736937001234.0),
    "basic format": ("20250115T103001.234Z", 1736937001234.0),
}


@pytest.mark.parametrize(("value", "expected"), ISSUED.values(), ids=ISSUED)
def test_issued_at_is_epoch_ms_when_spelt_either_way(value, expected):
    assert read_common(parsed({"issuedAt": value})).issued_at_ms == pytest.approx(expected)


WRONG = [
    *[("deadlineMs", value) for value in (0, -1, "100", True, [], {}, 10**40, -0.0)],
    *[("issuedAt", value) for value in ("yesterday", "", True, [], {}, 10**40, "99999-01-01", "2025-13-01T00:00:00Z")],
    *[("incidentId", value) for value in (1, True, [], {"a": 1})],
    *[("nonce", value) for value in (1, True, "", "n" * 257, [])],
]


@pytest.mark.parametrize(("key", "value"), WRONG, ids=lambda value: repr(value)[:20])
def test_problem_names_the_key_and_not_the_value_when_it_is_wrong(key, value):
    for params in ({key: value}, {"params": {key: value}}):
        problem = read_common(parsed(params)).problem

        assert problem.code == -32602
        assert key in problem.detail
        assert f"{key} must be" in problem.hint
        assert str(value) not in problem.message or len(str(value)) < 3


def test_right_ones_are_kept_when_another_is_wrong():
    common = read_common(parsed({"incidentId": "INC-1", "nonce": 7, "deadlineMs": "x"}))

    assert common.incident_id == "INC-1"
    assert "nonce" in common.problem.detail
    assert "deadlineMs" in common.problem.detail


EXECUTE = {
    "nothing": ({}, {"resourceId", "operation"}),
    "no operation": ({"resourceId": "main"}, {"operation"}),
    "resource a number": ({"resourceId": 1, "operation": "query"}, {"resourceId"}),
    "resource empty": ({"resourceId": "", "operation": "query"}, {"resourceId"}),
    "operation null": ({"resourceId": "main", "operation": None}, {"operation"}),
    "params an array": ({"resourceId": "main", "operation": "query", "params": []}, {"params"}),
    "params text": ({"resourceId": "main", "operation": "query", "params": "s3cr3t"}, {"params"}),
}


@pytest.mark.parametrize(("params", "keys"), EXECUTE.values(), ids=EXECUTE)
async def test_execute_is_refused_by_name_when_a_param_is_missing_or_wrong(world, params, keys):
    answer = await world.ask({"jsonrpc": "2.0", "id": 1, "method": "execute", "params": params})

    assert answer["error"]["data"]["reason"] == "INVALID_PARAMS"
    assert all(key in answer["error"]["data"]["detail"] for key in keys)
    assert "s3cr3t" not in json.dumps(answer)


@pytest.mark.parametrize("target", [None, True, [], {}, "absent"], ids=repr)
async def test_cancel_is_refused_when_its_target_is_no_id(world, target):
    params = {} if target == "absent" else {"requestId": target}

    answer = await world.ask({"jsonrpc": "2.0", "id": 1, "method": "cancel", "params": params})

    assert answer["error"]["data"]["detail"] == "missing or wrong: requestId;"


@pytest.mark.parametrize("method", ["list_resources", "health_check"])
async def test_wrong_nonce_is_refused_when_the_method_takes_no_params(world, method):
    answer = await world.ask({"jsonrpc": "2.0", "id": 1, "method": method, "params": {"nonce": 5}})

    assert answer["error"]["data"]["reason"] == "INVALID_PARAMS"
    assert [kind for kind, _ in world.records] == ["request.received", "request.rejected"]


async def test_request_is_too_late_when_its_deadline_has_passed(world):
    world.database.delay_s = 5
    params = {"resourceId": "main", "operation": "query", "params": {"table": "customers"}, "deadlineMs": 30}

    answer = await world.ask({"jsonrpc": "2.0", "id": 1, "method": "execute", "params": params})

    assert answer["error"]["data"]["reason"] == "QUERY_TIMEOUT"


async def test_limit_clamps_when_it_is_spelt_beside(world):
    params = {"resourceId": "main", "operation": "query", "limit": 1, "params": {"table": "customers"}}

    answer = await world.ask({"jsonrpc": "2.0", "id": 1, "method": "execute", "params": params})

    assert answer["result"]["rowCount"] == 1
    assert answer["result"]["truncated"] is True
