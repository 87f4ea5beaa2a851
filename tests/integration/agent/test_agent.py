"""Every method and every error of the contract, through a real socket, by a real process."""

from __future__ import annotations

import json
import resource
import time
from itertools import pairwise

import anyio
import psutil
import pytest

from relay.adapters.outbound.audit.chain_verification import verify_chain
from relay.bootstrap.demo.control_plane import RelayGoneError
from relay.bootstrap.demo.listening_sockets import listening_sockets

FAILED_WHILE_RUNNING = -32603
FOREVER = "SELECT count(*) FROM generate_series(1, 100000000000)"


def reason(answer: dict) -> str:
    return answer["error"]["data"]["reason"]


async def records(stage, request_id: str) -> list[dict]:
    return await stage.agent.records_of(request_id, masked=False)


async def test_connects_as_the_contract_says(stage) -> None:
    await stage.plane.wait_until(lambda: bool(stage.plane.resource_updates))
    beat, update = stage.plane.heartbeats[0], stage.plane.resource_updates[0]
    assert beat["type"] == beat["method"] == "heartbeat"
    assert beat["tenantId"] == "tenant-1"
    assert beat["relayId"] == update["relayId"]
    assert {row["type"] for row in update["resources"]} == {"postgres", "mongodb"}
    assert len(update["resources"]) == 5


async def test_resources_become_healthy_with_a_fingerprint(stage) -> None:
    def healthy() -> bool:
        return all(row["status"] == "healthy" for row in stage.plane.resource_updates[-1]["resources"])

    await stage.plane.wait_until(healthy)
    assert all(row["schemaFingerprint"].startswith("sha256:") for row in stage.plane.resource_updates[-1]["resources"])


async def test_no_listening_socket(stage) -> None:
    assert listening_sockets(stage.agent.process.pid) == ()


async def test_resources_listed(stage) -> None:
    answer = await stage.call("list_resources")
    by_id = {row["resourceId"]: row for row in answer["result"]}
    assert by_id["main-pg"]["readOnly"] is True
    assert by_id["main-pg"]["capabilities"] == ["describe_table", "explain", "list_tables", "query"]
    assert by_id["read-only"]["capabilities"] == ["query"]


async def test_health_checked_side_by_side(stage) -> None:
    answer = await stage.call("health_check")
    assert [(row["resourceId"], row["healthy"]) for row in answer["result"]] == [
        ("main-pg", True), ("tiny-pg", True), ("slow-pg", True), ("read-only", True), ("events", True),
    ]  # fmt: skip


async def test_resource_described(stage) -> None:
    answer = await stage.call("describe_resource", {"resourceId": "main-pg"})
    assert {table["name"] for table in answer["result"]["tables"]} == {"customers", "throwaway"}
    assert reason(await stage.call("describe_resource", {"resourceId": "read-only"})) == "OPERATION_NOT_ALLOWED"


async def test_rows_masked_in_every_place(stage, canaries) -> None:
    answer = await stage.sql("SELECT * FROM customers WHERE id = $1", parameters=[7])
    result = answer["result"]
    (row,) = result["rows"]
    assert (row["id"], row["name"]) == (7, "Cliente 7")
    assert row["email"] == "***@***.***"
    assert row["cpf"] == "***.***.***-**"
    assert row["card"] == "****-****-****-****"
    assert row["phone"] == "(**) *****-****"
    assert row["notes"] == "Ligou com Bearer *** e ***.***.***-**"
    assert row["profile"] == {"contact": {"email": "***@***.***"}, "***.***.***-**": 1}
    assert result["masked"] is True
    assert result["maskedFieldCount"] >= 6
    assert {found["detector"] for found in result["detections"]} >= {"cpf", "email", "credit_card", "phone"}
    assert not any(value in json.dumps(answer) for value in canaries.values())


async def test_limit_clamps_and_result_says_so(stage) -> None:
    result = (await stage.sql("SELECT id FROM customers", limit=5000))["result"]
    assert (result["rowCount"], result["truncated"], result["metadata"]["clamped"]) == (1000, True, True)
    assert len(result["warnings"]) == 2
    result = (await stage.sql("SELECT id FROM customers", limit=0))["result"]
    assert (result["rows"], result["truncated"]) == ([], True)


async def test_flat_spelling_answered_too(stage) -> None:
    answer = await stage.call(
        "execute",
        {"resourceId": "main-pg", "operation": "query", "statement": "SELECT $1::int AS n", "parameters": [3]},
    )
    assert answer["result"]["rows"] == [{"n": 3}]


@pytest.mark.parametrize("operation", ["list_tables", "describe_table", "explain"])
async def test_other_operations_answered(stage, operation) -> None:
    params = {"describe_table": {"tableName": "customers"}, "explain": {"sql": "SELECT * FROM customers"}}
    result = (await stage.execute("main-pg", operation, **params.get(operation, {})))["result"]
    assert result["rowCount"] == len(result["rows"]) > 0
    expected = {"list_tables": "table_name", "describe_table": "column_name", "explain": "plan"}[operation]
    assert expected in result["rows"][0]


async def test_mongodb_answered_and_masked(stage, canaries) -> None:
    answer = await stage.execute("events", "query", collection="events", filter={"ok": True}, sort={"n": -1}, limit=3)
    result = answer["result"]
    assert [row["n"] for row in result["rows"]] == [19, 18, 17]
    assert result["rows"][0]["user"] == {"email": "***@***.***", "cpf": "***.***.***-**"}
    assert result["truncated"] is True
    assert not any(value in json.dumps(answer) for value in canaries.values())
    for operation, params in (("list_tables", {}), ("describe_table", {"tableName": "events"})):
        assert (await stage.execute("events", operation, **params))["result"]["rowCount"] > 0
    explained = await stage.execute("events", "explain", collection="events", filter={"ok": True})
    assert explained["result"]["rowCount"] == 1


REFUSALS = [
    ("RESOURCE_NOT_FOUND", -32602, "nope", "query", {"sql": "SELECT 1"}),
    ("OPERATION_NOT_ALLOWED", -32600, "read-only", "explain", {"sql": "SELECT 1"}),
    ("OPERATION_NOT_ALLOWED", -32600, "main-pg", "drop", {}),
    ("OPERATION_NOT_ALLOWED", -32600, "events", "query", {"collection": "events", "pipeline": []}),
    ("TABLE_NOT_ALLOWED", -32600, "main-pg", "query", {"sql": "SELECT * FROM salaries"}),
    ("TABLE_NOT_ALLOWED", -32600, "main-pg", "query", {"sql": "SELECT * FROM pg_authid"}),
    ("TABLE_NOT_ALLOWED", -32600, "main-pg", "describe_table", {"tableName": "salaries"}),
    ("FUNCTION_NOT_ALLOWED", -32600, "main-pg", "query", {"sql": "SELECT * FROM pg_read_file('/etc/passwd')"}),
    ("FUNCTION_NOT_ALLOWED", -32600, "main-pg", "query", {"sql": "SELECT pg_sleep(10)"}),
    ("FUNCTION_NOT_ALLOWED", -32600, "events", "query", {"collection": "events", "filter": {"$where": "1"}}),
    ("QUERY_BLOCKED", -32602, "main-pg", "query", {"sql": "DELETE FROM throwaway"}),
    ("QUERY_BLOCKED", -32602, "main-pg", "query", {"sql": "SELECT 1; COMMIT; DELETE FROM throwaway"}),
    ("QUERY_BLOCKED", -32602, "main-pg", "query", {"sql": "this is not SQL"}),
    ("QUERY_BLOCKED", -32602, "main-pg", "query", {"sql": "SELECT 1 FROM throwaway FOR UPDATE"}),
    ("INVALID_PARAMS", -32602, "main-pg", "query", {}),
    ("INVALID_PARAMS", -32602, "main-pg", "query", {"sql": 5}),
    ("INVALID_PARAMS", -32602, "main-pg", "query", {"sql": "SELECT 1", "limit": -1}),
    ("INVALID_PARAMS", -32602, "main-pg", "query", {"sql": "SELECT 1", "deadlineMs": "soon"}),
    ("INVALID_PARAMS", -32602, "main-pg", "query", {"sql": "SELECT $1::int", "parameters": ["x"]}),
    ("INVALID_PARAMS", -32602, "main-pg", "query", {"sql": "SELECT $1::int", "parameters": []}),
    ("INVALID_PARAMS", -32602, "events", "query", {"filter": {}}),
    ("QUERY_FAILED", -32603, "main-pg", "query", {"sql": "SELECT 1 / 0"}),
    ("QUERY_FAILED", -32603, "main-pg", "query", {"sql": "SELECT emial FROM customers"}),
    ("QUERY_TIMEOUT", -32603, "tiny-pg", "query", {"sql": FOREVER}),
    ("QUERY_TIMEOUT", -32603, "main-pg", "query", {"sql": FOREVER, "deadlineMs": 300}),
    ("REPLAY_REFUSED", -32600, "main-pg", "query", {"sql": "SELECT 1", "issuedAt": 1000}),
]


@pytest.mark.parametrize("row", REFUSALS, ids=[f"{row[0]}-{row[3]}" for row in REFUSALS])
async def test_error_of_the_contract(stage, row) -> None:
    expected, code, resource_id, operation, params = row
    answer = await stage.execute(resource_id, operation, **params)
    error = answer["error"]
    assert (error["data"]["reason"], error["code"]) == (expected, code)
    assert error["message"].startswith(f"{expected}: ")
    assert len(error["message"]) <= 500
    assert error["data"]["requestId"] == answer["id"]
    found = await records(stage, answer["id"])
    kinds = [record["event"] for record in found]
    assert kinds[0] == "request.received"
    assert kinds[-1] == ("request.failed" if code == FAILED_WHILE_RUNNING else "request.rejected")
    assert found[-1]["reason"] == expected


async def test_nothing_written_by_all_that(stage) -> None:
    (row,) = await stage.postgres.fetch("SELECT count(*) AS n FROM throwaway")
    assert row["n"] == 3


MALFORMED = [
    ("not json", "PARSE_ERROR", -32700),
    ("[", "PARSE_ERROR", -32700),
    ("[]", "INVALID_REQUEST", -32600),
    ("5", "INVALID_REQUEST", -32600),
    ('{"jsonrpc":"1.0","id":null,"method":"execute"}', "INVALID_REQUEST", -32600),
    ('{"jsonrpc":"2.0","id":null,"method":"explode"}', "METHOD_NOT_FOUND", -32601),
    ('{"jsonrpc":"2.0","id":null,"method":"execute"}', "INVALID_PARAMS", -32602),
    ('{"jsonrpc":"2.0","id":null,"method":"execute","params":[1]}', "INVALID_PARAMS", -32602),
    ('{"jsonrpc":"2.0","id":null,"method":"execute","params":{"resourceId":5}}', "INVALID_PARAMS", -32602),
    ('{"jsonrpc":"2.0","id":null,"method":"cancel","params":{}}', "INVALID_PARAMS", -32602),
    ("[" * 20000, "PARSE_ERROR", -32700),
]


@pytest.mark.parametrize(("frame", "expected", "code"), MALFORMED, ids=[row[0][:40] for row in MALFORMED])
async def test_malformed_frame_answered_and_on_record(stage, frame, expected, code) -> None:
    before = len(stage.agent.audit_records())
    seen = len(stage.plane.unmatched)
    await stage.plane.send_raw(frame)
    await stage.plane.wait_until(lambda: len(stage.plane.unmatched) > seen)
    answer = stage.plane.unmatched[-1]
    assert answer["id"] is None
    assert (reason(answer), answer["error"]["code"]) == (expected, code)
    with anyio.fail_after(5):
        while len(stage.agent.audit_records()) < before + 2:
            await anyio.sleep(0.01)
    assert (await stage.sql("SELECT 1 AS one"))["result"]["rows"] == [{"one": 1}]


async def test_ids_come_back_as_they_came(stage) -> None:
    for request_id in ("text", 7, 0, -3, 1.5, "7"):
        answer = await stage.sql("SELECT 1 AS one", request_id=request_id)
        assert (answer["id"], type(answer["id"])) == (request_id, type(request_id))


async def test_batch_answered_as_a_batch(stage) -> None:
    batch = [
        {"jsonrpc": "2.0", "id": "b1", "method": "list_resources"},
        {"jsonrpc": "2.0", "method": "list_resources"},
        {"jsonrpc": "2.0", "id": "b2", "method": "nope"},
        5,
    ]
    seen = len(stage.plane.unmatched)
    await stage.plane.send_raw(json.dumps(batch))
    await stage.plane.wait_until(lambda: len(stage.plane.unmatched) > seen)
    answers = stage.plane.unmatched[-1]
    assert [answer["id"] for answer in answers] == ["b1", "b2", None]


async def test_execute_as_a_notification_refused_on_record(stage) -> None:
    await stage.plane.notify(
        "execute", {"resourceId": "main-pg", "operation": "query", "params": {"sql": "SELECT 41 AS notified"}}
    )
    with anyio.fail_after(5):
        while not any(
            record["event"] == "request.rejected" and record.get("reason") == "INVALID_REQUEST"
            for record in stage.agent.audit_records()[-5:]
        ):
            await anyio.sleep(0.01)


async def test_fast_answers_overtake_slow_ones(stage) -> None:
    order = []

    async def ask(sql: str, name: str) -> None:
        await stage.sql(sql)
        order.append(name)

    async with anyio.create_task_group() as group:
        group.start_soon(ask, "SELECT count(*) FROM generate_series(1, 3000000)", "slow")
        await anyio.sleep(0.05)
        group.start_soon(ask, "SELECT 1", "fast")
    assert order == ["fast", "slow"]


async def test_request_cancelled_on_the_server_too(stage) -> None:
    answers = []

    async def slow() -> None:
        answers.append(await stage.sql(FOREVER, request_id="to-cancel"))

    async with anyio.create_task_group() as group:
        group.start_soon(slow)
        await anyio.sleep(0.5)
        assert (await stage.call("cancel", {"requestId": "to-cancel"}))["result"] == {"cancelled": True}
    (answer,) = answers
    assert (reason(answer), answer["error"]["code"]) == ("REQUEST_CANCELLED", -32002)
    assert (await stage.call("cancel", {"requestId": "to-cancel"}))["result"] == {"cancelled": False}
    await nothing_runs(stage)


async def nothing_runs(stage, within_s: float = 2.0) -> None:
    """Nothing of the agent's is active on the server: looked at for as long as the issue allows."""
    with anyio.fail_after(within_s):
        while await stage.postgres.fetch(
            "SELECT 1 FROM pg_stat_activity WHERE usename = $1 AND state = 'active'", stage.postgres.reader
        ):
            await anyio.sleep(0.05)


async def test_duplicate_refused_while_the_first_runs(stage) -> None:
    answers = []

    async def twice(sql: str) -> None:
        answers.append(reason(await stage.sql(sql, request_id="twice", deadlineMs=1500)))

    async with anyio.create_task_group() as group:
        group.start_soon(twice, FOREVER)
        await anyio.sleep(0.4)
        group.start_soon(twice, "SELECT 1")
    # one id, two answers: the control plane gives the first that comes to the first that waits
    assert sorted(answers) == ["DUPLICATE_ID", "QUERY_TIMEOUT"]
    rejected = [record for record in await records(stage, "twice") if record["event"] == "request.rejected"]
    assert [record["reason"] for record in rejected] == ["DUPLICATE_ID"]


async def test_replayed_nonce_refused(stage) -> None:
    params = {"sql": "SELECT 1", "nonce": "once", "issuedAt": time.time() * 1000}
    assert "result" in await stage.execute("main-pg", "query", **params)
    assert reason(await stage.execute("main-pg", "query", **params)) == "REPLAY_REFUSED"


async def test_rate_limited_with_the_time_to_wait(stage) -> None:
    answers = [await stage.sql("SELECT 1", resource="slow-pg") for _ in range(3)]
    error = answers[-1]["error"]
    assert (error["code"], error["data"]["reason"], error["data"]["retryable"]) == (-32010, "RATE_LIMITED", True)
    assert error["data"]["retryAfterMs"] > 1000


async def test_overloaded_when_too_many_wait_and_others_are_not_delayed(stage) -> None:
    answers = []

    async def slow() -> None:
        answers.append(await stage.sql(FOREVER, resource="tiny-pg", deadlineMs=3000))

    async with anyio.create_task_group() as group:
        for _ in range(70):
            group.start_soon(slow)
        await anyio.sleep(0.4)
        with anyio.fail_after(1.5):
            assert "result" in await stage.sql("SELECT 1")
            health = (await stage.call("health_check"))["result"]
            assert all(row["healthy"] for row in health)
    reasons = [reason(answer) for answer in answers]
    assert reasons.count("OVERLOADED") == 5
    assert set(reasons) == {"OVERLOADED", "QUERY_TIMEOUT"}
    await nothing_runs(stage)


async def test_everything_refused_while_the_glass_is_broken(stage) -> None:
    stage.break_glass.touch()
    try:
        for answer in (await stage.sql("SELECT 1"), await stage.call("list_resources")):
            assert (reason(answer), answer["error"]["code"]) == ("SESSION_DENIED", -32001)
    finally:
        stage.break_glass.unlink()
    assert "result" in await stage.sql("SELECT 1")


async def test_nothing_runs_while_the_audit_file_can_not_grow(stage) -> None:
    process = stage.agent.process.pid
    size = stage.audit_file.stat().st_size
    before = resource.prlimit(process, resource.RLIMIT_FSIZE)
    resource.prlimit(process, resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        answer = await stage.sql("SELECT 1")
        assert (reason(answer), answer["error"]["code"]) == ("AUDIT_UNAVAILABLE", -32603)
    finally:
        resource.prlimit(process, resource.RLIMIT_FSIZE, before)
    with anyio.fail_after(10):
        while "error" in await stage.sql("SELECT 1"):
            await anyio.sleep(0.1)


async def test_database_that_goes_away_and_comes_back(stage) -> None:
    def status() -> str:
        rows = stage.plane.resource_updates[-1]["resources"]
        return next(row["status"] for row in rows if row["resourceId"] == "main-pg")

    await stage.plane.wait_until(lambda: status() == "healthy")
    stage.forwarder.down()
    await anyio.sleep(0.2)
    assert reason(await stage.sql("SELECT 1")) == "RESOURCE_UNAVAILABLE"
    await stage.plane.wait_until(lambda: status() == "unhealthy", 10)
    assert "result" in await stage.execute("events", "query", collection="events")
    await stage.forwarder.up()
    with anyio.fail_after(10):
        while "error" in await stage.sql("SELECT 1"):
            await anyio.sleep(0.1)
    await stage.plane.wait_until(lambda: status() == "healthy", 10)


async def test_reconnects_and_cancels_on_the_server_when_the_link_is_cut(stage) -> None:
    async with anyio.create_task_group() as group:
        group.start_soon(ignore_gone, stage)
        await anyio.sleep(0.5)
        connections = len(stage.plane.handshakes)
        stage.plane.abort()
        await nothing_runs(stage)
    await stage.plane.wait_until(lambda: len(stage.plane.handshakes) > connections, 10)
    assert "result" in await stage.sql("SELECT 1")
    lost = [record for record in await records(stage, "cut-off") if record["event"] == "request.failed"]
    assert [record["reason"] for record in lost] == ["CONNECTION_LOST"]


async def ignore_gone(stage) -> None:
    with pytest.raises(RelayGoneError):
        await stage.sql(FOREVER, request_id="cut-off")


async def test_ten_megabytes_of_text_close_the_connection_and_nothing_else(stage) -> None:
    connections = len(stage.plane.handshakes)
    await stage.plane.send_raw("x" * 10_000_000)
    await stage.plane.wait_until(lambda: len(stage.plane.handshakes) > connections, 15)
    assert "result" in await stage.sql("SELECT 1")


async def test_memory_stays_modest(stage) -> None:
    assert psutil.Process(stage.agent.process.pid).memory_info().rss < 300e6


async def test_every_request_has_its_records_and_the_chain_holds(stage) -> None:
    ends = {"request.completed", "request.rejected", "request.failed"}
    await anyio.sleep(0.3)
    found = stage.agent.audit_records()
    by_request: dict[str, list[str]] = {}
    for record in found:
        if "requestId" in record and record["event"] != "reply.dropped":
            by_request.setdefault(record["requestId"], []).append(record["event"])
    for request_id, events in by_request.items():
        assert events.count("request.received") == sum(events.count(end) for end in ends), (request_id, events)
    assert [later["prevHash"] == earlier["hash"] for earlier, later in pairwise(found)].count(False) == 0
    report = verify_chain(stage.audit_file.read_bytes().splitlines(keepends=True), b"k" * 32)
    assert report.ok, report.first_problem


async def test_no_canary_in_any_line(stage, canaries) -> None:
    written = b"".join(stage.agent.lines()).decode() + stage.audit_file.read_text()
    for name, value in {**canaries, "database password": stage.postgres.password, "audit key": "k" * 32}.items():
        assert value not in written, name


async def test_stops_in_time_with_work_in_flight(stage) -> None:
    answers = []

    async def slow() -> None:
        answers.append(await stage.sql(FOREVER, request_id="last"))

    async with anyio.create_task_group() as group:
        group.start_soon(slow)
        await anyio.sleep(0.3)
        started_s = time.monotonic()
        stage.agent.process.terminate()
        with anyio.fail_after(12):
            while stage.agent.process.poll() is None:
                await anyio.sleep(0.05)
        assert time.monotonic() - started_s < 11
    assert stage.agent.process.returncode == 0
    assert reason(answers[0]) == "REQUEST_CANCELLED"
    await nothing_runs(stage)
    last = stage.agent.audit_records()[-1]
    assert last["event"] == "relay.stopped"
