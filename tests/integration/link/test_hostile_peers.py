"""The link and peers that misbehave: none of them ends the agent, and none makes it grow."""

from __future__ import annotations

import errno
import json
import socket
import struct
import tracemalloc

import anyio
import pytest
import structlog

from relay.adapters.inbound.ws_jsonrpc.ending import EndReason
from relay.adapters.inbound.ws_jsonrpc.settings import LinkBounds

READ = {"resourceId": "main", "operation": "query", "params": {"table": "customers"}}
REQUEST = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "execute", "params": READ}).encode()
TEXT, BINARY, CLOSE, PING, PONG = 0x1, 0x2, 0x8, 0x9, 0xA


async def wait_for_disconnect(agent, timeout_s=5.0):
    await agent.until(lambda: "relay.disconnected" in agent.kinds(), timeout_s)
    return agent.details("relay.disconnected")[0]


async def close_code(peer):
    return int.from_bytes((await peer.read_until(CLOSE))[:2], "big")


TOO_BIG = {
    "one frame of 100 MB": (100_000_000, None),
    "one frame announced as 2^62": (4_000_000, 2**62),
    "binary of 100 MB": (100_000_000, None),
}


@pytest.mark.parametrize(("size", "announced"), TOO_BIG.values(), ids=TOO_BIG)
async def test_closes_with_1009_when_a_frame_is_too_big(start, raw_server, size, announced):
    codes = []

    async def behave(peer):
        await peer.upgrade()

        async def flood():
            await peer.send_frame(TEXT, b"", announce=announced or size)
            for _ in range(0, size, 1_000_000):
                await peer.stream.send(b" " * 1_000_000)

        async with anyio.create_task_group() as group:
            group.start_soon(flood)
            codes.append(await close_code(peer))
            group.cancel_scope.cancel()

    tracemalloc.start()
    try:
        async with raw_server(behave) as server, start(server.url, timings={"initial_delay_s": 9}) as agent:
            ending = await wait_for_disconnect(agent)
            await agent.until(lambda: bool(codes))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert ending["detail"] == EndReason.MESSAGE_TOO_BIG
    assert codes == [1009]
    assert peak < 20_000_000


FRAGMENTS = {"no bytes": 0, "1 byte": 1, "1 kB": 1024, "100 kB": 100_000}


@pytest.mark.parametrize("size", FRAGMENTS.values(), ids=FRAGMENTS)
async def test_closes_with_1009_when_fragments_never_end(start, raw_server, size):
    codes = []

    async def behave(peer):
        await peer.upgrade()

        async def flood():
            await peer.send_frame(TEXT, b" " * size, fin=False)
            while True:
                await peer.send_many(0x0, b" " * size, 60_000 // (size + 2) + 1, fin=False)

        async with anyio.create_task_group() as group:
            group.start_soon(flood)
            codes.append(await close_code(peer))
            group.cancel_scope.cancel()

    async with (
        raw_server(behave) as server,
        start(server.url, timings={"initial_delay_s": 90, "max_delay_s": 90}) as agent,
    ):
        ending = await wait_for_disconnect(agent, 60)
        await agent.until(lambda: bool(codes))

    assert ending["detail"] == EndReason.MESSAGE_TOO_BIG
    assert codes == [1009]


async def test_message_of_exactly_1_mib_is_answered(start, make_plane):
    async with make_plane().open() as plane, start(plane.url):
        await plane.wait_connected()
        text = '{"jsonrpc":"2.0","id":5,"method":"list_resources"}'
        await plane.send_raw(" " * (1_048_576 - len(text)) + text)
        await plane.wait_until(lambda: bool(plane.unmatched))
        assert plane.unmatched[0]["id"] == 5
        await plane.send_raw(" " * (1_048_577 - len(text)) + text)
        await plane.wait_disconnected()


async def test_connection_is_cut_and_memory_bounded_when_the_peer_never_reads(start, raw_server):
    async def behave(peer):
        raw = peer.stream.extra(anyio.abc.SocketAttribute.raw_socket)
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        await peer.upgrade()
        with anyio.CancelScope():
            for number in range(3000):
                request = REQUEST.replace(b'"id": 1', b'"id": %d' % number)
                await peer.send_frame(TEXT, request)
        await anyio.sleep(60)

    bounds = LinkBounds(max_reply_bytes=2_000_000)
    timings = {"write_timeout_s": 0.5, "initial_delay_s": 90, "max_delay_s": 90}
    async with raw_server(behave) as server, start(server.url, bounds=bounds, timings=timings) as agent:
        agent.database.tables["customers"] = [{"text": "x" * 100_000}]
        with anyio.fail_after(10):
            ending = await wait_for_disconnect(agent, 10)

        assert ending["detail"] in {EndReason.WRITE_STALLED, EndReason.REPLIES_PILED_UP}
        assert agent.kinds("reply.dropped")
        assert len(agent.in_flight) == 0


async def test_write_stall_is_noticed_and_the_socket_reset_when_one_answer_is_never_read(start, raw_server):
    resets = []

    async def behave(peer):
        raw = peer.stream.extra(anyio.abc.SocketAttribute.raw_socket)
        await peer.upgrade()
        await peer.send_frame(TEXT, REQUEST)
        await anyio.sleep(2.5)
        resets.append(raw.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR))

    timings = {"write_timeout_s": 0.5, "initial_delay_s": 90, "max_delay_s": 90}
    async with raw_server(behave) as server, start(server.url, timings=timings) as agent:
        agent.database.tables["customers"] = [{"text": "x" * 900_000} for _ in range(8)]
        ending = await wait_for_disconnect(agent)
        await agent.until(lambda: bool(resets))

    assert ending["detail"] == EndReason.WRITE_STALLED
    assert agent.details("reply.dropped")[0]["requestId"] == "1"
    assert resets == [errno.ECONNRESET], "what the kernel held must be dropped, not delivered later"


async def test_peer_is_gone_when_it_answers_no_ping(start, raw_server):
    async def behave(peer):
        await peer.upgrade()
        while True:
            await peer.read_frame()

    timings = {"ping_interval_s": 0.1, "ping_timeout_s": 0.2, "initial_delay_s": 90, "max_delay_s": 90}
    async with raw_server(behave) as server, start(server.url, timings=timings) as agent:
        with anyio.fail_after(2):
            ending = await wait_for_disconnect(agent)
        await agent.until(lambda: server.open == 0)

    assert ending["detail"] == EndReason.NO_PONG


async def test_connection_holds_when_pongs_come_unasked_and_pings_are_answered(start, raw_server):
    pongs = []

    async def behave(peer):
        await peer.upgrade()
        await peer.send_frame(PONG, b"nobody asked")
        await peer.send_frame(PONG)
        await peer.send_frame(PING, b"are you there")
        pongs.append(await peer.read_until(PONG))
        for _ in range(5):
            await peer.send_frame(PONG, await peer.read_until(PING))

        pongs.append("held")
        await anyio.sleep(5)

    timings = {"ping_interval_s": 0.05, "ping_timeout_s": 0.5}
    async with raw_server(behave) as server, start(server.url, timings=timings) as agent:
        await agent.until(lambda: len(pongs) == 2)
        assert agent.states == [True]

    assert pongs == [b"are you there", "held"]


BROKEN = {
    "closes mid-frame": (b"\x81\x7e\x10\x00half", EndReason.CONNECTION_LOST),
    "reserved bit (compression nobody offered)": (b"\xc1\x02{}", EndReason.PROTOCOL_ERROR),
    "unknown opcode": (b"\x83\x00", EndReason.PROTOCOL_ERROR),
    "masked by a server": (b"\x81\x82\x00\x00\x00\x00{}", EndReason.PROTOCOL_ERROR),
    "continuation of nothing": (b"\x80\x02{}", EndReason.PROTOCOL_ERROR),
    "fragmented ping": (b"\x09\x00", EndReason.PROTOCOL_ERROR),
    "ping of 126 bytes": (b"\x89\x7e\x00\x7e" + b"x" * 126, EndReason.PROTOCOL_ERROR),
    "invalid utf-8 in a text frame": (b"\x81\x01\xff", EndReason.PROTOCOL_ERROR),
    "close code 1005": (b"\x88\x02\x03\xed", EndReason.PROTOCOL_ERROR),
    "close frame of one byte": (b"\x88\x01\x03", EndReason.PROTOCOL_ERROR),
    "http instead of frames": (b"HTTP/1.1 200 OK\r\n\r\n", EndReason.PROTOCOL_ERROR),
    "close without a code": (b"\x88\x00", EndReason.CLOSED_BY_PEER),
}


@pytest.mark.parametrize(("data", "reason"), BROKEN.values(), ids=BROKEN)
async def test_next_connection_works_when_framing_was_broken(start, raw_server, data, reason):
    async def behave(peer):
        await peer.upgrade()
        if server.connections == 1:
            await peer.stream.send(data)
            await anyio.sleep(0.05)
            return
        await anyio.sleep(5)

    async with raw_server(behave) as server, start(server.url) as agent:
        ending = await wait_for_disconnect(agent)
        await agent.until(lambda: agent.states == [True, False, True])

    assert ending["detail"] == reason


async def test_requests_are_cancelled_and_not_replayed_when_the_connection_drops(start, make_plane):
    async with make_plane().open() as plane, start(plane.url) as agent:
        await plane.wait_connected()
        agent.database.delay_s = 30
        await plane.send_raw(REQUEST.decode())
        await agent.until(lambda: agent.database.running == 1)
        plane.abort()
        await agent.until(lambda: agent.database.running == 0, 2)
        await agent.until(lambda: agent.states == [True, False, True])
        await anyio.sleep(0.1)

        assert agent.database.statements_run == 1
        assert agent.details("request.failed")[0]["reason"] == "CONNECTION_LOST"
        assert plane.most_at_once == 1


async def test_server_sees_the_old_socket_closed_when_the_next_one_opens(start, raw_server):
    open_at_connect = []

    async def behave(peer):
        open_at_connect.append(server.open)
        await peer.upgrade()
        await peer.send_frame(CLOSE, (1000).to_bytes(2, "big"))
        await peer.read_until(CLOSE)

    async with raw_server(behave) as server, start(server.url) as agent:
        await agent.until(lambda: len(open_at_connect) >= 6)

    assert set(open_at_connect) == {1}


async def test_next_dial_waits_when_the_server_takes_time_to_close_the_old_socket(start, raw_server):
    open_at_connect = []

    async def behave(peer):
        open_at_connect.append(server.open)
        await peer.upgrade()
        await peer.send_frame(CLOSE, (1000).to_bytes(2, "big"))
        await peer.read_until(CLOSE)
        await anyio.sleep(0.3)

    async with raw_server(behave) as server, start(server.url) as agent:
        await agent.until(lambda: len(open_at_connect) >= 3)

    assert set(open_at_connect) == {1}


async def test_delay_is_back_at_its_beginning_when_a_connection_stayed_up(start, raw_server):
    async def behave(peer):
        await peer.upgrade()
        await anyio.sleep(0.4 if server.connections == 4 else 0)

    timings = {"initial_delay_s": 0.02, "max_delay_s": 9, "stable_after_s": 0.3}
    with structlog.testing.capture_logs() as lines:
        async with raw_server(behave) as server, start(server.url, timings=timings) as agent:
            await agent.until(lambda: server.connections >= 5)

    delays = [line["delayS"] for line in lines if line["event"] == "Control plane not connected"]
    bounds = [(0.01, 0.02), (0.02, 0.04), (0.04, 0.08), (0.01, 0.02)]
    assert [low <= delay <= high for delay, (low, high) in zip(delays, bounds, strict=False)] == [True] * 4


async def test_agent_does_not_hang_when_the_peer_answers_no_close(start, raw_server):
    async def behave(peer):
        await peer.upgrade()
        await peer.send_frame(TEXT, b"x" * 2_000_000)
        await anyio.sleep(30)

    async with raw_server(behave) as server, start(server.url, timings={"close_timeout_s": 0.3}) as agent:
        await agent.until(lambda: server.connections >= 2, 3)
        assert agent.states[:2] == [True, False]


async def test_cancelling_returns_soon_when_the_peer_never_reads(start, raw_server):
    async def behave(peer):
        await peer.upgrade()
        await peer.send_frame(TEXT, REQUEST)
        await anyio.sleep(30)

    with anyio.fail_after(4):
        async with raw_server(behave) as server, start(server.url, timings={"write_timeout_s": 60}) as agent:
            agent.database.tables["customers"] = [{"text": "x" * 900_000} for _ in range(8)]
            await agent.until(lambda: "request.completed" in agent.kinds())
            await anyio.sleep(0.2)


async def test_flood_of_refused_frames_is_survived_when_it_comes_fast(start, raw_server):
    answers = []

    async def behave(peer):
        await peer.upgrade()

        async def flood():
            for _ in range(20):
                await peer.stream.send(b"\x81\x01x" * 100)

        async with anyio.create_task_group() as group:
            group.start_soon(flood)
            while len(answers) < 2002:  # heartbeat and resources come too
                answers.append(await peer.read_until(TEXT))

    async with raw_server(behave) as server, start(server.url) as agent:
        await agent.until(lambda: len(answers) == 2002, 20)

    assert agent.kinds("request.").count("request.rejected") == 2000


def test_linger_struct_is_what_the_kernel_takes():
    with socket.socket() as raw:
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        assert struct.unpack("ii", raw.getsockopt(socket.SOL_SOCKET, socket.SO_LINGER, 8)) == (1, 0)
