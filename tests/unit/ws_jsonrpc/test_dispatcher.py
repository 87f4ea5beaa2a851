from __future__ import annotations

import json

import anyio
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from relay.adapters.inbound.ws_jsonrpc import dispatcher as dispatcher_module
from relay.adapters.inbound.ws_jsonrpc.jsonrpc import parse_frame
from relay.domain.errors import Position, Reason, RelayError

READ = {"resourceId": "main", "operation": "query", "params": {"table": "customers"}}


def call(method, params=None, id_=1, **beside):
    document = {"jsonrpc": "2.0", "id": id_, "method": method, **beside}
    return document if params is None else document | {"params": params}


async def test_result_has_the_contracts_shape_when_execute_succeeds(world):
    letter = await world.dispatcher.serve(parse_frame(json.dumps(call("execute", READ, "req-1"))))

    answer = json.loads(letter.payload)
    assert answer == {
        "jsonrpc": "2.0",
        "id": "req-1",
        "result": {
            "rows": [{"id": 1, "email": "***"}, {"id": 2, "email": "none"}],
            "rowCount": 2,
            "fields": [{"name": "id", "type": "json"}, {"name": "email", "type": "json"}],
            "executionTimeMs": 0,
            "masked": True,
            "maskedFieldCount": 1,
            "detections": [{"detector": "secret", "count": 1}],
            "warnings": [],
            "truncated": False,
            "metadata": {
                "masked": True,
                "maskedFieldCount": 1,
                "executionMs": 0,
                "resourceId": "main",
                "clamped": False,
                "truncated": False,
            },
        },
    }
    assert list(answer["result"]) == [
        "rows", "rowCount", "fields", "executionTimeMs", "masked", "maskedFieldCount", "detections", "warnings",
        "truncated", "metadata",
    ]  # fmt: skip
    assert letter.request_ids == ("req-1",)


async def test_rows_are_an_empty_array_when_there_are_none(world):
    answer = await world.ask(call("execute", READ | {"params": {"table": "empty"}}))

    assert answer["result"]["rows"] == []
    assert answer["result"]["masked"] is False


async def test_error_has_the_contracts_shape_when_refused(world):
    answer = await world.ask(call("execute", READ | {"resourceId": "other"}, "r"))

    assert answer["id"] == "r"
    error = answer["error"]
    assert list(error) == ["code", "message", "data"]
    assert list(error["data"]) == ["reason", "detail", "requestId", "retryable", "hint"]
    assert error["code"] == -32602
    assert error["message"] == f"RESOURCE_NOT_FOUND: {error['data']['detail']} {error['data']['hint']}"
    assert error["data"]["requestId"] == "r"
    assert error["data"]["retryable"] is False


async def test_list_resources_shape(world):
    answer = await world.ask(call("list_resources"))

    assert answer["result"] == [
        {
            "resourceId": "main",
            "type": "postgres",
            "name": "Main",
            "database": "app",
            "readOnly": True,
            "capabilities": ["describe_table", "explain", "list_tables", "query"],
            "status": "unknown",
        }
    ]


async def test_describe_resource_shape(world):
    result = (await world.ask(call("describe_resource", {"resourceId": "main"})))["result"]

    assert [table["name"] for table in result["tables"]] == ["customers", "empty"]
    assert {"name", "schema", "type", "rowCount"} <= set(result["tables"][0])
    assert (result["type"], result["database"]) == ("postgres", "app")


async def test_health_check_shape(world):
    assert (await world.ask(call("health_check", {})))["result"] == [
        {"resourceId": "main", "type": "postgres", "healthy": True, "latencyMs": 1}
    ]
    world.database.reachable = False
    (health,) = (await world.ask(call("health_check", {})))["result"]
    assert health["healthy"] is False
    assert health["error"] == "the database can't be used at the moment"


@pytest.mark.parametrize("is_notification", [False, True], ids=["request", "notification"])
async def test_running_request_is_cancelled_when_cancel_names_it(world, is_notification):
    world.database.delay_s = 10
    answers = {}

    async def ask(name, frame):
        answers[name] = await world.ask(frame)

    cancel = call("cancel", {"requestId": 7}, "c")
    if is_notification:
        del cancel["id"]
    with anyio.fail_after(5):
        async with anyio.create_task_group() as group:
            group.start_soon(ask, "slow", call("execute", READ, 7))
            await anyio.wait_all_tasks_blocked()
            group.start_soon(ask, "cancel", cancel)

    assert answers["slow"]["error"]["data"]["reason"] == "REQUEST_CANCELLED"
    expected = None if is_notification else {"jsonrpc": "2.0", "id": "c", "result": {"cancelled": True}}
    assert answers["cancel"] == expected


async def test_nothing_is_cancelled_when_no_such_request_runs(world):
    assert (await world.ask(call("cancel", {"requestId": "x"})))["result"] == {"cancelled": False}


async def test_methods_are_named_when_the_method_is_unknown(world):
    error = (await world.ask(call("drop_table_s3cr3t", {"x": 1})))["error"]

    assert error["code"] == -32601
    assert "execute, list_resources, describe_resource, health_check, cancel" in error["message"]
    assert "s3cr3t" not in error["message"]
    assert [kind for kind, _ in world.records] == ["request.received", "request.rejected"]


@pytest.mark.parametrize("method", ["execute", "list_resources", "describe_resource", "health_check", "no_such"])
async def test_notification_is_recorded_and_not_run_when_it_needs_an_answer(world, method):
    answer = await world.ask({"jsonrpc": "2.0", "method": method, "params": READ})

    assert answer is None
    assert world.database.statements_run == 0
    (_, received), (kind, rejected) = world.records
    assert received["method"] == method
    assert received["requestId"].startswith("relay-")
    assert kind == "request.rejected"
    assert rejected["requestId"] == received["requestId"]


@pytest.mark.parametrize(
    ("frame", "reason"),
    [("nonsense", "PARSE_ERROR"), ("{}", "INVALID_REQUEST"), ("[]", "INVALID_REQUEST"), ("[1]", "INVALID_REQUEST")],
)
async def test_malformed_frame_is_recorded_when_it_is_refused(world, frame, reason):
    answer = await world.ask(frame)

    (answer,) = answer if isinstance(answer, list) else [answer]
    assert answer["error"]["data"]["reason"] == reason
    assert answer["id"] is None
    (first, received), (second, rejected) = world.records
    assert (first, second) == ("request.received", "request.rejected")
    assert received["method"] == "invalid"
    assert rejected["reason"] == reason


async def test_batch_is_answered_as_a_batch_when_it_mixes_everything(world):
    answer = await world.ask(
        [
            call("execute", READ, "a"),
            {"jsonrpc": "2.0", "method": "cancel", "params": {"requestId": "zz"}},
            call("nope", None, 2),
            1,
            call("list_resources", None, None),
        ]
    )

    assert [(one["id"], one.get("error", {}).get("code")) for one in answer] == [
        ("a", None), (2, -32601), (None, -32600), (None, None),
    ]  # fmt: skip


async def test_no_answer_when_a_batch_holds_notifications_only(world):
    batch = [{"jsonrpc": "2.0", "method": "cancel", "params": {"requestId": "z"}}] * 3

    assert await world.ask(batch) is None
    assert [kind for kind, _ in world.records].count("request.completed") == 3


async def test_second_is_refused_when_a_batch_uses_an_id_twice(world):
    world.database.delay_s = 0.01

    answer = await world.ask([call("execute", READ, 1), call("execute", READ, 1.0)])

    assert answer[1]["error"]["data"]["reason"] == "DUPLICATE_ID"
    assert "result" in answer[0]


async def test_rest_of_a_batch_is_left_out_and_recorded_when_it_is_too_large(world, monkeypatch):
    monkeypatch.setattr(dispatcher_module, "MAX_BATCH_REPLY_BYTES", 600)

    answer = await world.ask([call("execute", READ, "a"), call("execute", READ, "b")])

    assert "result" in answer[0]
    assert answer[1]["error"]["data"]["reason"] == "OVERLOADED"
    assert ("reply.dropped", {"requestId": "b", "detail": "its batch is too large to send"}) in world.records


async def test_finished_answers_are_recorded_as_dropped_when_their_batch_is_cancelled(world):
    world.database.delay_s = 10
    batch = [call("list_resources", None, "quick"), call("execute", READ, "slow")]
    with anyio.move_on_after(0.05):
        await world.ask(batch)

    dropped = [fields["requestId"] for kind, fields in world.records if kind == "reply.dropped"]
    failed = [fields for kind, fields in world.records if kind == "request.failed"]
    assert dropped == ["quick"]
    assert failed[0]["reason"] == "CONNECTION_LOST"
    assert world.database.running == 0


async def test_all_is_refused_when_a_refusal_is_given(world):
    refusal = RelayError(Reason.OVERLOADED, "busy;", hint="later", retry_after_ms=1000)

    answer = await world.ask([call("execute", READ, "a"), 1], refusal=refusal)

    assert [one["error"]["data"]["retryAfterMs"] for one in answer] == [1000, 1000]
    assert world.database.statements_run == 0


async def test_position_is_sent_when_the_error_has_one(world):
    world.database.failure = RelayError(Reason.QUERY_FAILED, "no", position=Position(line=2, column=8))

    answer = await world.ask(call("execute", READ))

    assert answer["error"]["data"]["position"] == {"line": 2, "column": 8}


async def test_internal_error_without_its_text_when_something_unexpected_happens(world, monkeypatch):
    async def explode(*_):
        raise ValueError("s3cr3t")

    monkeypatch.setattr(world.handle, "execute", explode)

    answer = await world.ask(call("execute", READ))

    assert answer["error"]["data"]["reason"] == "INTERNAL_ERROR"
    assert "s3cr3t" not in json.dumps(answer)
    assert len(world.failures.errors) == 1


async def test_session_comes_before_everything_else_when_it_is_stopped(world):
    world.gate.stopped = True

    for frame in ["nonsense", call("nope"), call("execute", {}), call("list_resources", {"nonce": 1})]:
        assert (await world.ask(frame))["error"]["code"] == -32001


async def test_replay_comes_before_wrong_params_when_both_apply(world):
    await world.ask(call("list_resources", {"nonce": "n"}))

    answer = await world.ask(call("execute", {"nonce": "n"}))

    assert answer["error"]["data"]["reason"] == "REPLAY_REFUSED"


async def test_audit_unavailable_when_nothing_can_be_recorded(world):
    world.audit.broken = True

    for frame in ["nonsense", call("nope"), call("execute", READ), call("list_resources")]:
        assert (await world.ask(frame))["error"]["data"]["reason"] == "AUDIT_UNAVAILABLE"


VALUE = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=4), inner, max_size=2),
    max_leaves=4,
)
KEYS = [
    "resourceId",
    "operation",
    "params",
    "limit",
    "deadlineMs",
    "incidentId",
    "nonce",
    "issuedAt",
    "requestId",
    "statement",
]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=150)
@given(
    method=st.sampled_from(["execute", "describe_resource", "cancel", "list_resources", "health_check"]),
    params=st.dictionaries(st.sampled_from(KEYS), VALUE | st.sampled_from(["main", "query"])),
)
def test_exactly_one_answer_and_one_end_when_params_are_arbitrary(world, method, params):
    world.audit.events.clear()

    answer = anyio.run(world.ask, call(method, params, "x"))

    assert answer["id"] == "x"
    assert ("result" in answer) != ("error" in answer)
    assert answer.get("error", {}).get("data", {}).get("reason") != "INTERNAL_ERROR"
    ends = [kind for kind, _ in world.records if kind in {"request.completed", "request.rejected", "request.failed"}]
    assert len(ends) == 1
