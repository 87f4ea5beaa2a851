"""The small parts of the link: backoff, token life, pins, proxies, message buffer, outbox, credentials."""

from __future__ import annotations

import base64
import json

import anyio
import httpcore
import pytest
from httpx_ws import AsyncWebSocketSession
from hypothesis import given
from hypothesis import strategies as st

from relay.adapters.inbound.ws_jsonrpc.backoff import Backoff
from relay.adapters.inbound.ws_jsonrpc.ending import EndReason, closed_by_peer, refused_by_status
from relay.adapters.inbound.ws_jsonrpc.link_socket import LinkSocket
from relay.adapters.inbound.ws_jsonrpc.message_buffer import MAX_FRAGMENTS, MessageBuffer, MessageTooBigError
from relay.adapters.inbound.ws_jsonrpc.outbox import FRAME_OVERHEAD_BYTES, Letter, Outbox, OutboxClosedError
from relay.adapters.inbound.ws_jsonrpc.proxy import ProxyAddress, ProxyRefused, open_tunnel, parse_proxy, proxy_for
from relay.adapters.inbound.ws_jsonrpc.settings import LinkSettings
from relay.adapters.inbound.ws_jsonrpc.tls import PinMismatch, check_pin, parse_pin
from relay.adapters.inbound.ws_jsonrpc.token_life import read_token_life
from relay.adapters.inbound.ws_jsonrpc.transport import Credentials
from relay.adapters.inbound.ws_jsonrpc.unasked import heartbeat_frame, resource_update_frame
from relay.application.registry import ResourceSummary
from relay.application.use_cases.report_heartbeat import Heartbeat
from relay.domain.resource import ResourceStatus


def test_delay_doubles_up_to_the_longest_when_failures_go_on():
    backoff, delays = Backoff.fresh(initial_s=1, max_s=60), []
    for _ in range(8):
        delays.append(backoff.delay_s)
        backoff = backoff.longer()

    assert delays == [1, 2, 4, 8, 16, 32, 60, 60]
    assert backoff.reset().delay_s == 1


@given(st.floats(min_value=0, max_value=1, exclude_max=True), st.integers(0, 12))
def test_wait_lies_in_the_upper_half_when_drawn(drawn, failures):
    backoff = Backoff.fresh(initial_s=1, max_s=60)
    for _ in range(failures):
        backoff = backoff.longer()

    assert backoff.delay_s / 2 <= backoff.wait_s(lambda: drawn) <= backoff.delay_s


def jwt(claims):
    body = base64.urlsafe_b64encode(json.dumps(claims).encode()).rstrip(b"=").decode()
    return f"eyJhbGciOiJIUzI1NiJ9.{body}.c2ln"


def test_token_is_ending_when_a_fifth_of_its_life_is_left():
    life = read_token_life(jwt({"iat": 1000, "exp": 2000}), 1500)

    assert life.left_s(1500) == 500
    assert not life.is_ending(1799)
    assert life.is_ending(1800)
    assert life.left_s(2500) == 0


def test_life_begins_now_when_the_token_does_not_say():
    assert read_token_life(jwt({"exp": 2000}), 1000).begins_s == 1000


NO_LIFE = {
    "opaque": "opaque-token",
    "two parts": "a.b",
    "not base64": "a.!!!.c",
    "not JSON": "a." + base64.urlsafe_b64encode(b"nope").decode() + ".c",
    "invalid UTF-8": "a." + base64.urlsafe_b64encode(b"\xff\xfe\x00").decode() + ".c",
    "an array": jwt([1]),
    "no exp": jwt({"iat": 5}),
    "exp a string": jwt({"exp": "2000"}),
    "exp true": jwt({"exp": True}),
    "exp negative": jwt({"exp": -5}),
    "exp NaN": jwt({"exp": float("nan")}),
    "exp huge": jwt({"exp": 10**400}),
    "bomb": "a." + base64.urlsafe_b64encode(b"[" * 100_000).decode() + ".c",
}


@pytest.mark.parametrize("token", NO_LIFE.values(), ids=NO_LIFE)
def test_life_is_unknown_when_the_token_says_nothing_of_it(token):
    assert read_token_life(token, 1000) is None


DIGEST = bytes(range(32))
PINS = {
    "hex": DIGEST.hex(),
    "upper hex": DIGEST.hex().upper(),
    "colons": DIGEST.hex(":"),
    "base64": base64.b64encode(DIGEST).decode(),
    "prefix": "sha256:" + DIGEST.hex(),
    "curl's prefix": "sha256/" + base64.b64encode(DIGEST).decode(),
    "blanks around": f" {DIGEST.hex()}\n",
}


@pytest.mark.parametrize("text", PINS.values(), ids=PINS)
def test_pin_is_read_when_spelt_in_any_usual_way(text):
    assert parse_pin(text) == DIGEST


@pytest.mark.parametrize("text", ["", "abc", "zz" * 32, DIGEST.hex()[:-2], base64.b64encode(DIGEST[:20]).decode(), "é"])
def test_value_error_when_a_pin_is_none(text):
    with pytest.raises(ValueError, match="a pin is a SHA-256"):
        parse_pin(text)


def test_pin_mismatch_when_there_is_another_certificate_or_none():
    check_pin(None, None)
    for certificate in (b"other", b"", None):
        with pytest.raises(PinMismatch):
            check_pin(DIGEST, certificate)


PROXIES = {
    "plain": ("http://proxy:3128", ProxyAddress(host="proxy", port=3128)),
    "default port": ("http://proxy", ProxyAddress(host="proxy", port=80)),
    "tls": ("https://proxy", ProxyAddress(host="proxy", port=443, is_tls=True)),
    "credentials": (
        "http://us%40er:p%3Aw@proxy:1",
        ProxyAddress(host="proxy", port=1, authorization="Basic " + base64.b64encode(b"us@er:p:w").decode()),
    ),
    "ipv6": ("http://[::1]:3128", ProxyAddress(host="::1", port=3128)),
}


@pytest.mark.parametrize(("url", "expected"), PROXIES.values(), ids=PROXIES)
def test_proxy_is_read_when_its_url_is_usable(url, expected):
    assert parse_proxy(url) == expected
    assert "Basic" not in repr(parse_proxy(url))


@pytest.mark.parametrize("url", ["proxy:3128", "socks5://u:s3cr3t@proxy:1", "http://", ""])
def test_value_error_without_credentials_when_a_proxy_is_none(url):
    with pytest.raises(ValueError, match="a proxy is") as caught:
        parse_proxy(url)
    assert "s3cr3t" not in str(caught.value)


ENVIRONMENTS = {
    "none": ({}, "wss://cp.example/x", None),
    "https for wss": ({"HTTPS_PROXY": "http://p:1"}, "wss://cp.example/x", "p"),
    "lower case": ({"https_proxy": "http://p:1"}, "wss://cp.example/x", "p"),
    "without scheme": ({"HTTPS_PROXY": "p:1"}, "wss://cp.example/x", "p"),
    "http not for wss": ({"HTTP_PROXY": "http://p:1"}, "wss://cp.example/x", None),
    "http for ws": ({"http_proxy": "http://p:1"}, "ws://cp.example/x", "p"),
    "all": ({"ALL_PROXY": "http://p:1"}, "wss://cp.example/x", "p"),
    "no_proxy host": ({"HTTPS_PROXY": "http://p:1", "NO_PROXY": "cp.example"}, "wss://cp.example/x", None),
    "no_proxy domain": ({"HTTPS_PROXY": "http://p:1", "NO_PROXY": ".example"}, "wss://cp.example/x", None),
    "no_proxy star": ({"HTTPS_PROXY": "http://p:1", "NO_PROXY": "*"}, "wss://cp.example/x", None),
    "no_proxy other": ({"HTTPS_PROXY": "http://p:1", "NO_PROXY": "other"}, "wss://cp.example/x", "p"),
    "loopback name": ({"ALL_PROXY": "http://p:1"}, "ws://localhost:1/x", None),
    "loopback": ({"ALL_PROXY": "http://p:1"}, "ws://127.0.0.1:1/x", None),
    "loopback v6": ({"ALL_PROXY": "http://p:1"}, "ws://[::1]:1/x", None),
}


@pytest.mark.parametrize(("environment", "url", "host"), ENVIRONMENTS.values(), ids=ENVIRONMENTS)
def test_proxy_of_the_environment_is_used_when_it_applies(monkeypatch, environment, url, host):
    for scheme in ("http", "https", "all", "no"):
        monkeypatch.delenv(f"{scheme}_proxy", raising=False)
        monkeypatch.delenv(f"{scheme.upper()}_PROXY", raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)

    found = proxy_for(url, None)

    assert (found and found.host) == host
    assert proxy_for(url, "http://mine:1").host == "mine"


class ScriptedStream(httpcore.AsyncNetworkStream):
    def __init__(self, *pieces):
        self.pieces, self.written = list(pieces), b""

    async def write(self, buffer, timeout=None):  # noqa: ASYNC109 - httpcore's signature
        self.written += buffer

    async def read(self, max_bytes, timeout=None):  # noqa: ASYNC109 - httpcore's signature
        return self.pieces.pop(0) if self.pieces else b""


async def test_tunnel_opens_when_the_proxy_says_yes():
    stream = ScriptedStream(b"HTTP/1.1 200 Connection esta", b"blished\r\nVia: x\r\n\r\n")

    await open_tunnel(stream, ProxyAddress(host="p", port=1, authorization="Basic eA=="), "cp", 443)

    assert stream.written == b"CONNECT cp:443 HTTP/1.1\r\nHost: cp:443\r\nProxy-Authorization: Basic eA==\r\n\r\n"


REFUSALS = {
    "407": ((b"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n",), 407),
    "redirect": ((b"HTTP/1.0 302 Found\r\n\r\n",), 302),
    "no reason phrase": ((b"HTTP/1.1 403\r\n\r\n",), 403),
    "closed": ((), 0),
    "cut": ((b"HTTP/1.1 200 OK\r\n",), 0),
    "not http": ((b"SSH-2.0-x\r\n\r\n",), 0),
    "endless": ((b"HTTP/1.1 200 OK\r\n" + b"a: b\r\n" * 10_000,), 0),
    "speaks too soon": ((b"HTTP/1.1 200 OK\r\n\r\nHTTP/1.1 101 Switching",), 0),
}


@pytest.mark.parametrize(("pieces", "status"), REFUSALS.values(), ids=REFUSALS)
async def test_proxy_refused_when_it_says_anything_else(pieces, status):
    with pytest.raises(ProxyRefused) as caught:
        await open_tunnel(ScriptedStream(*pieces), ProxyAddress(host="p", port=1), "::1", 443)
    assert caught.value.status == status


def test_whole_message_when_its_last_piece_arrives():
    buffer = MessageBuffer()

    assert buffer.add("{", is_last=False) is None
    assert buffer.add("", is_last=False) is None
    assert buffer.add("}", is_last=True) == "{}"
    assert buffer.add(bytearray(b"a"), is_last=False) is None
    assert buffer.add(b"b", is_last=True) == b"ab"
    assert buffer.add("", is_last=True) == ""


@pytest.mark.parametrize("piece", ["a" * 10, "é" * 5, b"0123456789"])
def test_too_big_when_pieces_exceed_the_limit_in_bytes(piece):
    buffer = MessageBuffer(max_bytes=25)
    buffer.add(piece, is_last=False)
    buffer.add(piece, is_last=False)

    with pytest.raises(MessageTooBigError):
        buffer.add(piece, is_last=False)


def test_too_big_when_there_are_too_many_fragments():
    buffer = MessageBuffer()
    for _ in range(MAX_FRAGMENTS):
        buffer.add("", is_last=False, is_frame_end=True)
    buffer.add("", is_last=False)

    with pytest.raises(MessageTooBigError):
        buffer.add("", is_last=True, is_frame_end=True)


def test_limit_counts_anew_when_a_message_is_complete():
    buffer = MessageBuffer(max_bytes=10)

    assert [buffer.add("0123456789", is_last=True) for _ in range(3)] == ["0123456789"] * 3


async def test_letters_leave_in_order_when_taken():
    outbox = Outbox(max_bytes=10_000)
    for name in (b"1", b"2"):
        outbox.put(Letter(payload=name))

    assert (await outbox.next()).payload == b"1"
    outbox.sent()
    assert (await outbox.next()).payload == b"2"
    assert [letter.payload for letter in outbox.close()] == [b"2"]
    with pytest.raises(OutboxClosedError):
        outbox.put(Letter(payload=b"3"))
    assert not outbox.overflowed.is_set()


async def test_outbox_closes_when_its_budget_is_exceeded():
    outbox = Outbox(max_bytes=3 * FRAME_OVERHEAD_BYTES)
    outbox.put(Letter(payload=b""))
    outbox.put(Letter(payload=b""))

    with pytest.raises(OutboxClosedError):
        outbox.put(Letter(payload=b"x" * FRAME_OVERHEAD_BYTES))
    assert outbox.overflowed.is_set()
    with pytest.raises(OutboxClosedError):
        outbox.put(Letter(payload=b""))


async def test_room_returns_when_letters_are_sent():
    outbox = Outbox(max_bytes=FRAME_OVERHEAD_BYTES + 10)
    for _ in range(50):
        outbox.put(Letter(payload=b"0123456789"))
        await outbox.next()
        outbox.sent()
    with anyio.fail_after(1):
        await outbox.flushed()


def test_credentials_stay_out_of_repr_and_go_into_the_query_only_when_asked():
    plain = Credentials(token="t0k/en", tenant_id="ten&ant")
    legacy = Credentials(token="t0k/en", tenant_id="ten&ant", in_query=True)

    assert "t0k" not in repr(plain)
    assert plain.target(b"/c") == b"/c"
    assert legacy.target(b"/c") == b"/c?token=t0k%2Fen&tenantId=ten%26ant"
    assert legacy.target(b"/c?a=1") == b"/c?a=1&token=t0k%2Fen&tenantId=ten%26ant"
    assert dict(plain.headers)[b"Authorization"] == b"Bearer t0k/en"


def test_public_url_has_no_user_and_no_query():
    def read() -> str:
        return "s3cr3t"

    settings = LinkSettings(
        url="wss://u:s3cr3t@cp.example:8443/v1/c?token=s3cr3t#f", tenant_id="t", relay_id="r", version="1",
        read_token=read, proxy="http://u:s3cr3t@p:1",
    )  # fmt: skip

    assert settings.public_url == "wss://cp.example:8443/v1/c"
    assert "s3cr3t" not in repr(settings)


@pytest.mark.parametrize("code", [1008, 4001])
def test_identity_is_refused_when_the_close_code_says_so(code):
    assert closed_by_peer(code).is_refusal


@pytest.mark.parametrize(("status", "refused"), [(401, True), (403, True), (404, False), (500, False), (302, False)])
def test_identity_is_refused_when_the_status_says_so(status, refused):
    assert refused_by_status(status).is_refusal is refused
    assert closed_by_peer(1011).reason is EndReason.CLOSED_BY_PEER


def summary(type_, fingerprint=None):
    return ResourceSummary(
        resource_id=f"a-{type_}", type=type_, name="A", database="app", capabilities=("query",),
        status=ResourceStatus.HEALTHY, fingerprint=fingerprint, latency_ms=3,
    )  # fmt: skip


def test_update_leaves_out_a_resource_when_its_type_is_another():
    resources = [summary("postgres", "sha256:ab"), summary("oracle"), summary("mongodb")]

    update = json.loads(resource_update_frame(resources, relay_id="r", tenant_id="t"))

    assert (update["jsonrpc"], update["method"], update["type"]) == ("2.0", "resource_update", "resource_update")
    assert (update["relayId"], update["tenantId"]) == ("r", "t")
    assert update["resources"] == update["params"]["resources"]
    assert update["resources"] == [
        {
            "resourceId": "a-postgres", "type": "postgres", "name": "A", "database": "app", "readOnly": True,
            "status": "healthy", "schemaFingerprint": "sha256:ab",
        },
        {
            "resourceId": "a-mongodb", "type": "mongodb", "name": "A", "database": "app", "readOnly": True,
            "status": "healthy",
        },
    ]  # fmt: skip


def test_heartbeat_carries_its_figures_twice():
    beat = Heartbeat(
        uptime_s=120, served=3, denied=2, failed=1, in_flight=4, resources=(summary("oracle"),), audit_head="ab"
    )

    frame = json.loads(
        heartbeat_frame(beat, relay_id="r", tenant_id="t", version="1.0", token_left_s=9, token_is_ending=True)
    )

    assert frame["params"] == {
        "relayId": "r", "tenantId": "t", "uptimeS": 120, "version": "1.0", "requestsServed": 3, "requestsDenied": 2,
        "requestsFailed": 1, "requestsInFlight": 4, "auditHead": "ab", "tokenExpiresInS": 9, "tokenIsEnding": True,
        "resources": [{"resourceId": "a-oracle", "status": "healthy", "latencyMs": 3}],
    }  # fmt: skip
    assert {key: frame[key] for key in frame["params"]} == frame["params"]
    assert (frame["method"], frame["type"]) == ("heartbeat", "heartbeat")


@pytest.mark.parametrize(
    "name", ["_background_receive", "_background_keepalive_ping", "close", "send", "__asynccontextmanager__"]
)
def test_library_still_has_what_the_socket_overrides_when_it_is_updated(name):
    assert callable(getattr(AsyncWebSocketSession, name))
    assert name in {"send", "__asynccontextmanager__"} or name in vars(LinkSocket)
