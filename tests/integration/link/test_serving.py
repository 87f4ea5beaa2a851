"""The link and a well-behaved control plane."""

from __future__ import annotations

import json

import anyio
import pytest

from relay.adapters.inbound.ws_jsonrpc.settings import LinkBounds
from relay.domain.errors import Reason, RelayError

READ = {"resourceId": "main", "operation": "query", "params": {"table": "customers"}}


async def test_masked_rows_arrive_when_a_query_is_allowed(start, make_plane):
    async with make_plane().open() as plane, start(plane.url):
        await plane.wait_connected()

        answer = await plane.call("execute", READ, request_id="req-1")

    assert answer["id"] == "req-1"
    assert answer["result"]["rows"] == [{"id": 1, "email": "***"}]
    assert plane.handshakes == [101]


async def test_heartbeat_and_resources_come_at_once_when_connected(start, make_plane):
    async with make_plane().open() as plane, start(plane.url) as agent:
        await plane.wait_until(lambda: bool(plane.heartbeats and plane.resource_updates))

        beat, update = plane.heartbeats[0], plane.resource_updates[0]
        assert beat["params"]["version"] == "0.1.0"
        assert beat["params"]["tokenExpiresInS"] is None
        assert [one["resourceId"] for one in update["resources"]] == ["main"]
        assert update["resources"][0]["status"] == "unknown"
        assert agent.states == [True]
        assert agent.details("relay.connected") == [{"url": plane.url}]
        assert agent.database.running == 0


async def test_whole_list_is_sent_again_when_a_status_changes(start, make_plane):
    async with make_plane().open() as plane, start(plane.url) as agent:
        await plane.wait_until(lambda: bool(plane.resource_updates))
        await agent.prober.probe_all()
        await plane.wait_until(lambda: len(plane.resource_updates) >= 2)

        assert plane.resource_updates[-1]["resources"][0]["status"] == "healthy"
        assert plane.resource_updates[-1]["resources"][0]["schemaFingerprint"].startswith("sha256:")
        assert len(plane.resource_updates) == 2, "two resources changed at once: one update"


async def test_heartbeats_go_on_when_time_passes(start, make_plane):
    async with make_plane().open() as plane, start(plane.url, timings={"heartbeat_interval_s": 0.05}):
        await plane.wait_until(lambda: len(plane.heartbeats) >= 4)


async def test_quick_answer_overtakes_when_a_slow_one_runs(start, make_plane):
    order = []
    async with make_plane().open() as plane, start(plane.url) as agent:
        await plane.wait_connected()
        agent.database.delay_s = 0.3

        async def ask(method, params):
            await plane.call(method, params)
            order.append(method)

        async with anyio.create_task_group() as group:
            group.start_soon(ask, "execute", READ)
            await agent.until(lambda: agent.database.running == 1)
            group.start_soon(ask, "list_resources", None)

    assert order == ["list_resources", "execute"]


RAW = {
    "not json": ("nope", -32700),
    "binary not utf8": (b'{"a":"\xff"}', -32700),
    "no request": ("{}", -32600),
    "fragments": (['{"jsonrpc":"2.0","id":null,', '"method":"no', '_such"}'], -32601),
}


@pytest.mark.parametrize(("message", "code"), RAW.values(), ids=RAW)
async def test_error_with_null_id_when_a_message_is_unusable(start, make_plane, message, code):
    async with make_plane().open() as plane, start(plane.url):
        await plane.wait_connected()
        await plane.send_raw(message)
        await plane.wait_until(lambda: bool(plane.unmatched))

    assert plane.unmatched[0]["error"]["code"] == code


async def test_binary_frame_is_read_as_utf8_when_it_is(start, make_plane):
    async with make_plane().open() as plane, start(plane.url):
        await plane.wait_connected()
        await plane.send_raw('{"jsonrpc":"2.0","id":"çã","method":"list_resources"}'.encode())
        await plane.wait_until(lambda: bool(plane.unmatched))

    assert plane.unmatched[0]["id"] == "çã"


async def test_batch_is_answered_as_batch(start, make_plane):
    batch = [{"jsonrpc": "2.0", "id": n, "method": "list_resources"} for n in range(5)]
    async with make_plane().open() as plane, start(plane.url):
        await plane.wait_connected()
        await plane.send_raw(json.dumps(batch))
        await plane.wait_until(lambda: bool(plane.unmatched))

    assert [answer["id"] for answer in plane.unmatched[0]] == [0, 1, 2, 3, 4]


async def test_large_answer_arrives_whole_when_rows_are_large(start, make_plane):
    async with make_plane().open() as plane, start(plane.url) as agent:
        agent.database.tables["big"] = [{"text": "é" * 500_000} for _ in range(7)]
        await plane.wait_connected()

        answer = await plane.call("execute", READ | {"params": {"table": "big"}})

    assert [len(row["text"]) for row in answer["result"]["rows"]] == [500_000] * 7


async def test_overloaded_when_too_many_requests_are_in_flight(start, make_plane):
    async with make_plane().open() as plane, start(plane.url, bounds=LinkBounds(max_requests=3)) as agent:
        await plane.wait_connected()
        agent.database.delay_s = 30
        answers = []

        async def ask():
            answers.append(await plane.call("execute", READ))

        async with anyio.create_task_group() as group:
            for _ in range(300):
                group.start_soon(ask)
            await agent.until(lambda: len(answers) == 297, 20)
            group.cancel_scope.cancel()
        assert agent.database.running == 3

        assert (await plane.call("list_resources"))["error"]["data"]["reason"] == "OVERLOADED"
        agent.in_flight.cancel_all(RelayError(Reason.REQUEST_CANCELLED, "by the test"))
        await agent.until(lambda: agent.database.running == 0)
        assert (await plane.call("list_resources"))["result"]
    refused = [answer["error"]["data"] for answer in answers]
    assert {one["reason"] for one in refused} == {"OVERLOADED"}
    assert refused[0]["retryAfterMs"] == 1000
    assert agent.kinds("request.").count("request.received") == 302


async def test_overloaded_when_requests_in_flight_are_too_large_together(start, make_plane):
    padded = READ | {"padding": "x" * 400_000}
    async with make_plane().open() as plane, start(plane.url, bounds=LinkBounds(max_request_bytes=600_000)) as agent:
        await plane.wait_connected()
        agent.database.delay_s = 0.3
        answers = []

        async def ask():
            answers.append(await plane.call("execute", padded))

        async with anyio.create_task_group() as group:
            group.start_soon(ask)
            group.start_soon(ask)

    assert [answer.get("error", {}).get("data", {}).get("reason") for answer in answers] == ["OVERLOADED", None]


async def test_answers_are_finished_when_drained(start, make_plane):
    async with make_plane().open() as plane, start(plane.url) as agent:
        await plane.wait_connected()
        agent.database.delay_s = 0.3
        answers = {}

        async def ask(name, timeout_s=5.0):
            answers[name] = await plane.call("execute", READ, request_id=name, timeout_s=timeout_s)

        async with anyio.create_task_group() as group:
            group.start_soon(ask, "before")
            await agent.until(lambda: agent.database.running == 1)
            group.start_soon(agent.link.drain, 8.0)
            await anyio.sleep(0.05)
            group.start_soon(ask, "during")
        await plane.wait_disconnected()
        await anyio.sleep(0.3)

    assert answers["before"]["result"]["rowCount"] == 1
    assert answers["during"]["error"]["data"]["reason"] == "OVERLOADED"
    assert plane.handshakes == [101], "it must not dial again"
    assert agent.states == [True, False]
    assert agent.details("relay.disconnected")[0]["detail"] == "the agent is stopping"


async def test_slow_requests_are_cancelled_and_say_so_when_draining_takes_too_long(start, make_plane):
    async with make_plane().open() as plane, start(plane.url) as agent:
        await plane.wait_connected()
        agent.database.delay_s = 60
        answers = []

        async def ask():
            answers.append(await plane.call("execute", READ))

        with anyio.fail_after(4):
            async with anyio.create_task_group() as group:
                group.start_soon(ask)
                await agent.until(lambda: agent.database.running == 1)
                await agent.link.drain(2.5)

    assert answers[0]["error"]["data"]["reason"] == Reason.REQUEST_CANCELLED
    assert agent.database.running == 0


def test_link_can_be_built_and_drained_when_there_is_no_loop_yet(build):
    agent = build("ws://127.0.0.1:9/")

    anyio.run(agent.link.drain, 1.0)

    assert agent.states == []


async def test_drain_returns_at_once_when_not_connected(start):
    async with start("ws://127.0.0.1:9/v1/relay/connect") as agent:
        await anyio.sleep(0.1)
        with anyio.fail_after(1):
            await agent.link.drain(8.0)


async def test_closing_code_says_going_away_when_drained(start, raw_server):
    codes = []

    async def behave(peer):
        await peer.upgrade()
        codes.append(int.from_bytes((await peer.read_until(0x8))[:2], "big"))
        await peer.send_frame(0x8, (1001).to_bytes(2, "big"))

    async with raw_server(behave) as server, start(server.url) as agent:
        await agent.until(lambda: agent.states == [True])
        await agent.link.drain(5.0)
        await agent.until(lambda: server.open == 0)

    assert codes == [1001]
