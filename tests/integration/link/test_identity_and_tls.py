"""Who the agent says it is, to whom, by which way; and that its token is seen by nobody else."""

from __future__ import annotations

import base64
import json
import logging
import time

import anyio
import pytest
import structlog

from relay.adapters.inbound.ws_jsonrpc.ending import EndReason
from relay.adapters.inbound.ws_jsonrpc.settings import TlsSettings

TOKEN = "t0ken-that-nobody-may-see"


@pytest.fixture(autouse=True)
def everything_logged(caplog):
    """Look through every line of every library at debug level for the token, after each test."""
    caplog.set_level(logging.DEBUG)
    with structlog.testing.capture_logs() as lines:
        yield lines
    ours = [record for record in caplog.records if not record.name.startswith("websockets.")]
    assert all(TOKEN not in record.getMessage() for record in ours)
    assert TOKEN not in repr(lines)


def reasons(lines):
    return [line["reason"] for line in lines if line["event"] == "Control plane not connected"]


async def test_token_and_tenant_go_into_headers_only(start, raw_server):
    async def behave(peer):
        await peer.upgrade()
        await anyio.sleep(5)

    async with raw_server(behave) as server, start(server.url) as agent:
        await agent.until(lambda: agent.states == [True])

    head = server.seen[0].decode()
    assert head.startswith("GET /v1/relay/connect HTTP/1.1\r\n")
    assert f"\r\nAuthorization: Bearer {TOKEN}\r\n" in head
    assert "\r\nX-Tenant-Id: tenant-1\r\n" in head
    assert "extensions" not in head.lower(), "no compression"


async def test_token_goes_into_the_query_too_when_older_control_planes_need_it(start, make_plane, caplog):
    async with make_plane(reads_query_auth=True).open() as plane, start(plane.url, legacy_query_auth=True) as agent:
        await plane.wait_connected()
        await agent.until(lambda: agent.states == [True])

    assert agent.details("relay.connected") == [{"url": plane.url}]
    assert "HTTP Request: GET" in caplog.text, "httpx logs the URL, and must know one without the token"


async def test_user_in_the_url_is_not_sent_when_there_is_one(start, raw_server):
    async def behave(peer):
        await peer.upgrade()
        await anyio.sleep(5)

    async with raw_server(behave) as server, start(server.url.replace("ws://", "ws://user:pass@")) as agent:
        await agent.until(lambda: agent.states == [True])

    assert server.seen[0].count(b"Authorization") == 1
    assert f"Bearer {TOKEN}".encode() in server.seen[0]


@pytest.mark.parametrize("status", [401, 403])
async def test_identity_is_tried_again_late_with_a_new_token_when_refused(start, raw_server, everything_logged, status):
    tokens = []

    def read_token():
        tokens.append(f"token-{len(tokens)}")
        return tokens[-1]

    async def behave(peer):
        await peer.read_head()
        await peer.stream.send(b"HTTP/1.1 %d No\r\nContent-Length: 100000000\r\n\r\nendless" % status)
        await anyio.sleep(5)

    timings = {"initial_delay_s": 0.001, "max_delay_s": 0.2}
    async with raw_server(behave) as server, start(server.url, timings=timings, read_token=read_token) as agent:
        started = time.monotonic()
        await agent.until(lambda: len(server.seen) == 3)
        took_s = time.monotonic() - started

    assert 0.4 <= took_s < 1.5
    assert [b"Bearer token-%d" % n in head for n, head in enumerate(server.seen)] == [True] * 3
    assert reasons(everything_logged)[:2] == [EndReason.IDENTITY_REFUSED] * 2
    assert everything_logged[0]["code"] == status
    assert agent.states == []


@pytest.mark.parametrize("code", [4001, 1008])
async def test_identity_is_tried_again_late_when_closed_with_a_refusing_code(start, make_plane, code):
    timings = {"initial_delay_s": 0.001, "max_delay_s": 0.3}
    async with make_plane().open() as plane, start(plane.url, timings=timings) as agent:
        await plane.wait_connected()
        await plane.disconnect(code)
        await agent.until(lambda: agent.states == [True, False])
        started = time.monotonic()
        await agent.until(lambda: agent.states == [True, False, True])

        assert time.monotonic() - started >= 0.25
        gone = agent.details("relay.disconnected")[0]
        assert (gone["detail"], gone["code"]) == (EndReason.IDENTITY_REFUSED, code)


ANSWERS = {
    "500": (b"HTTP/1.1 500 Oops\r\nContent-Length: 0\r\n\r\n", EndReason.HANDSHAKE_REFUSED),
    "200": (b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi", EndReason.HANDSHAKE_REFUSED),
    "redirect": (b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\n\r\n", EndReason.HANDSHAKE_REFUSED),
    "no http": (b"SSH-2.0-OpenSSH_9.6\r\n", EndReason.NOT_A_WEBSOCKET),
    "nothing": (b"", EndReason.NOT_A_WEBSOCKET),
    "endless headers": (b"HTTP/1.1 101 X\r\n" + b"a: b\r\n" * 50_000, EndReason.NOT_A_WEBSOCKET),
}


@pytest.mark.parametrize(("answer", "reason"), ANSWERS.values(), ids=ANSWERS)
async def test_tries_again_by_backoff_when_the_handshake_fails(start, raw_server, everything_logged, answer, reason):
    async def behave(peer):
        await peer.read_head()
        await peer.stream.send(answer or b"\n" * 0)

    async with raw_server(behave) as server, start(server.url) as agent:
        await agent.until(lambda: server.connections >= 3)

    assert set(reasons(everything_logged)) <= {reason, EndReason.CONNECTION_LOST}
    assert agent.kinds() == []


async def test_handshake_fails_when_the_peer_did_not_read_our_key(start, raw_server, everything_logged):
    async def behave(peer):
        await peer.upgrade(proof=base64.b64encode(b"x" * 20))
        await anyio.sleep(1)

    async with raw_server(behave) as server, start(server.url) as agent:
        await agent.until(lambda: server.connections >= 2)

    assert reasons(everything_logged)[0] == EndReason.NOT_A_WEBSOCKET
    assert agent.states == []


async def test_handshake_ends_in_time_when_the_answer_trickles(start, raw_server, everything_logged):
    async def behave(peer):
        await peer.read_head()
        while True:
            await peer.stream.send(b"H")
            await anyio.sleep(0.02)

    timings = {"handshake_timeout_s": 0.3, "max_delay_s": 9, "initial_delay_s": 9}
    async with raw_server(behave) as server, start(server.url, timings=timings) as agent:
        with anyio.fail_after(2):
            await agent.until(lambda: reasons(everything_logged) == [EndReason.TIMED_OUT])
        await agent.until(lambda: server.open == 0)


async def test_unreachable_is_survived_when_nothing_listens(start, everything_logged):
    async with start("ws://127.0.0.1:9/v1/relay/connect") as agent:
        await agent.until(lambda: len(reasons(everything_logged)) >= 3)

    assert set(reasons(everything_logged)) == {EndReason.UNREACHABLE}


UNREADABLE = {
    "raises": lambda: (_ for _ in ()).throw(FileNotFoundError("/run/secrets/" + TOKEN)),
    "empty": lambda: "",
    "newline": lambda: TOKEN + "\nX-Evil: 1",
    "not ascii": lambda: TOKEN + "é",
    "blank": lambda: TOKEN + " x",
    "not text": lambda: None,
}


@pytest.mark.parametrize("read_token", UNREADABLE.values(), ids=UNREADABLE)
async def test_token_is_read_again_when_it_was_unusable(start, make_plane, everything_logged, read_token):
    good = []

    def read():
        return TOKEN if good else read_token()

    async with make_plane().open() as plane, start(plane.url, read_token=read) as agent:
        await agent.until(lambda: bool(reasons(everything_logged)))
        assert set(reasons(everything_logged)) == {EndReason.TOKEN_UNREADABLE}
        assert plane.handshakes == []
        good.append(1)
        await plane.wait_connected()


async def test_heartbeat_and_log_warn_when_the_token_is_ending(start, make_plane, everything_logged):
    now = int(time.time())
    claims = base64.urlsafe_b64encode(json.dumps({"iat": now - 900, "exp": now + 100}).encode()).decode().rstrip("=")
    token = f"e30.{claims}.c2ln"
    plane = make_plane()
    plane.token = token
    async with plane.open(), start(plane.url, read_token=lambda: token, timings={"heartbeat_interval_s": 0.05}):
        await plane.wait_until(lambda: len(plane.heartbeats) >= 3)

    assert 90 <= plane.heartbeats[0]["params"]["tokenExpiresInS"] <= 100
    assert plane.heartbeats[0]["params"]["tokenIsEnding"] is True
    warned = [line for line in everything_logged if line["event"] == "Control plane token is ending"]
    assert len(warned) == 1


async def test_connects_by_tls_when_its_ca_and_pin_are_right(start, make_plane, certificates):
    tls = TlsSettings(ca_file=certificates.ca, pinned_sha256=certificates.server_pin)
    async with make_plane(tls=certificates.server_context()).open() as plane, start(plane.url, tls=tls):
        await plane.wait_connected()
        assert (await plane.call("list_resources"))["result"]


async def test_connects_by_mutual_tls_when_it_has_a_certificate(start, make_plane, certificates):
    context = certificates.server_context(needs_client=True)
    tls = TlsSettings(ca_file=certificates.ca, cert_file=certificates.client, key_file=certificates.client_key)
    async with make_plane(tls=context).open() as plane, start(plane.url, tls=tls):
        await plane.wait_connected()


DISTRUST = {
    "public roots only": ({}, EndReason.TLS_FAILED),
    "another pin": ({"ca_file": "ca", "pinned_sha256": "another_pin"}, EndReason.PIN_MISMATCH),
    "the CA's pin": ({"ca_file": "ca", "pinned_sha256": "ca_pin"}, EndReason.PIN_MISMATCH),
    "CA file is missing": ({"ca_file": "missing"}, EndReason.TLS_FILES),
    "CA file is a key": ({"ca_file": "ca_key"}, EndReason.TLS_FILES),
    "key of another certificate": (
        {"ca_file": "ca", "cert_file": "client", "key_file": "server_key"},
        EndReason.TLS_FILES,
    ),
}


@pytest.mark.parametrize(("names", "reason"), DISTRUST.values(), ids=DISTRUST)
async def test_token_is_not_sent_when_the_peer_is_not_trusted(  # noqa: PLR0917 - fixtures come by position
    start, raw_server, certificates, everything_logged, names, reason
):
    received = []

    async def behave(peer):
        received.append(await peer.stream.receive())

    tls = certificates.settings(**names)
    async with raw_server(behave, tls=certificates.server_context()) as server:
        url = server.url.replace("ws://", "wss://")
        async with start(url, tls=tls) as agent:
            await agent.until(lambda: len(reasons(everything_logged)) >= 2)

    assert set(reasons(everything_logged)) == {reason}
    assert received == []


async def test_token_is_not_sent_when_the_name_is_another(start, raw_server, certificates, everything_logged):
    async def behave(peer):
        await peer.read_head()

    async with raw_server(behave, tls=certificates.server_context()) as server:
        url = f"wss://localhost:{server.port}/v1/relay/connect"
        async with start(url, tls=TlsSettings(ca_file=certificates.ca)) as agent:
            await agent.until(lambda: len(reasons(everything_logged)) >= 1)

    assert reasons(everything_logged)[0] == EndReason.TLS_FAILED
    assert server.seen == []


async def test_tls_fails_when_the_peer_speaks_an_old_version_only(start, raw_server, certificates, everything_logged):
    context = certificates.server_context(oldest=True)

    async def behave(peer):
        await peer.read_head()

    async with raw_server(behave, tls=context) as server:
        url = server.url.replace("ws://", "wss://")
        async with start(url, tls=TlsSettings(ca_file=certificates.ca)) as agent:
            await agent.until(lambda: len(reasons(everything_logged)) >= 1)

    assert reasons(everything_logged)[0] == EndReason.TLS_FAILED


@pytest.mark.parametrize("secure", [False, True], ids=["ws", "wss"])
async def test_tunnels_with_credentials_when_a_proxy_is_configured(
    start, make_plane, certificates, proxy_server, secure
):
    plane = make_plane(tls=certificates.server_context() if secure else None)
    tls = TlsSettings(ca_file=certificates.ca, pinned_sha256=certificates.server_pin if secure else None)
    async with plane.open(), proxy_server() as proxy:
        address = f"http://us%40er:pa%3Ass@127.0.0.1:{proxy.port}"
        async with start(plane.url, tls=tls, proxy=address):
            await plane.wait_connected()
            assert (await plane.call("list_resources"))["result"]

    (head,) = proxy.heads
    target = plane.url.split("/")[2]
    assert head.startswith(f"CONNECT {target} HTTP/1.1\r\n")
    assert "Proxy-Authorization: Basic " + base64.b64encode(b"us@er:pa:ss").decode() in head
    assert TOKEN not in head


async def test_proxy_of_the_environment_is_left_out_when_the_control_plane_is_on_loopback(
    start, make_plane, proxy_server, monkeypatch
):
    async with make_plane().open() as plane, proxy_server() as proxy:
        monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{proxy.port}")
        monkeypatch.setenv("ALL_PROXY", f"http://127.0.0.1:{proxy.port}")
        async with start(plane.url):
            await plane.wait_connected()

    assert proxy.heads == []


async def test_tries_again_when_the_proxy_refuses(start, make_plane, proxy_server, everything_logged):
    plane = make_plane()
    async with proxy_server(status=407) as proxy, plane.open():
        address = f"http://u:p4ss@127.0.0.1:{proxy.port}"
        async with start(plane.url, proxy=address) as agent:
            await agent.until(lambda: len(reasons(everything_logged)) >= 2)

    assert set(reasons(everything_logged)) == {EndReason.PROXY_REFUSED}
    assert everything_logged[0]["code"] == 407
    assert "p4ss" not in repr(everything_logged)
    assert plane.handshakes == []
