"""Serves the demo's page on loopback: the control plane's page, never the agent's."""

from __future__ import annotations

import itertools
import json
import secrets
import threading
from collections.abc import Mapping
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.resources import files
from typing import Any
from urllib.parse import parse_qs, urlsplit

import anyio
import anyio.from_thread
import anyio.to_thread

from relay.bootstrap.demo.agent_process import AgentProcess
from relay.bootstrap.demo.control_plane import ControlPlane, RelayGoneError
from relay.bootstrap.demo.loopback import LOOPBACK
from relay.bootstrap.demo.page_requests import BadRequestError, SameOrigin, body_length, read_call

MOST_CONNECTIONS = 16
READ_TIMEOUT_S = 10
MOST_RECORDS = 200
HEADERS = {
    "Cache-Control": "no-store",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


class PageServer(ThreadingHTTPServer):
    """At most MOST_CONNECTIONS at a time; a further one is closed at once."""

    daemon_threads = True

    def __init__(self, plane: ControlPlane, agent: AgentProcess, portal: anyio.from_thread.BlockingPortal) -> None:
        super().__init__((LOOPBACK, 0), PageHandler)
        self.same_origin = SameOrigin(port=self.server_port)
        self._plane = plane
        self._agent = agent
        self._portal = portal
        self._ids = itertools.count(1)
        self._free = threading.BoundedSemaphore(MOST_CONNECTIONS)

    def process_request(self, request: Any, client_address: Any) -> None:  # noqa: ANN401 - as socketserver has it
        """Serve a connection in a thread of its own, if one is free."""
        if self._free.acquire(blocking=False):
            super().process_request(request, client_address)
        else:
            self.shutdown_request(request)

    def process_request_thread(self, request: Any, client_address: Any) -> None:  # noqa: ANN401 - as socketserver has it
        """Serve a connection, then give its place back."""
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._free.release()

    def call(self, method: str, params: Mapping[str, Any] | None) -> Mapping[str, Any]:
        """Send a request to the agent, from a handler's thread."""
        request_id = f"page-{next(self._ids)}"
        call = partial(self._plane.call, method, params, request_id=request_id)
        try:
            answer = self._portal.call(call)
        except (RelayGoneError, TimeoutError):
            raise BadRequestError(502, "the agent did not answer") from None
        return {"requestId": request_id, "answer": answer}

    def records(self, after_seq: int) -> Mapping[str, Any]:
        """Return the newest audit records of the agent."""
        return {"records": self._agent.audit_records(after_seq=after_seq)[-MOST_RECORDS:]}


class PageHandler(BaseHTTPRequestHandler):
    """One connection of a browser."""

    server: PageServer
    timeout = READ_TIMEOUT_S

    def do_GET(self) -> None:
        """Send the page, or audit records."""
        self._answer(self._get)

    def do_POST(self) -> None:
        """Send a request to the agent."""
        self._answer(self._post)

    def log_message(self, *_: object) -> None:
        """Say nothing: the terminal is the tour's."""

    def _answer(self, produce: Any) -> None:  # noqa: ANN401 - one of the two below
        try:
            self.server.same_origin.check(self.command, dict(self.headers.items()))
            produce()
        except BadRequestError as error:
            self._send(error.status, "application/json", json.dumps({"problem": error.sentence}).encode())

    def _get(self) -> None:
        address = urlsplit(self.path)
        if address.path == "/":
            nonce = secrets.token_urlsafe(16)
            page = files("relay.bootstrap.demo").joinpath("page.html").read_text(encoding="utf-8")
            self._send(200, "text/html; charset=utf-8", page.replace("{{nonce}}", nonce).encode(), nonce=nonce)
        elif address.path == "/audit":
            after = parse_qs(address.query).get("after", ["0"])[0]
            if not (after.isascii() and after.isdigit() and len(after) <= 15):  # noqa: PLR2004 - a number JSON can hold
                raise BadRequestError(400, "after must be a number")
            self._send_json(self.server.records(int(after)))
        else:
            raise BadRequestError(404, "there is nothing here")

    def _post(self) -> None:
        if self.path != "/call":
            raise BadRequestError(404, "there is nothing here")
        method, params = read_call(self.rfile.read(body_length(dict(self.headers.items()))))
        self._send_json(self.server.call(method, params))

    def _send_json(self, document: Mapping[str, Any]) -> None:
        self._send(200, "application/json", json.dumps(document).encode())

    def _send(self, status: int, content_type: str, body: bytes, *, nonce: str = "") -> None:
        allowed = f"script-src 'nonce-{nonce}'; style-src 'nonce-{nonce}'; connect-src 'self'; " if nonce else ""
        policy = f"default-src 'none'; {allowed}frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
        self.send_response(status)
        for name, value in {**HEADERS, "Content-Security-Policy": policy, "Content-Type": content_type}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


async def serve_page(plane: ControlPlane, agent: AgentProcess, *, on_open: Any) -> None:  # noqa: ANN401 - a callable
    """Serve until cancelled; calls `on_open(address)` once it listens."""
    async with anyio.from_thread.BlockingPortal() as portal, anyio.create_task_group() as group:
        server = PageServer(plane, agent, portal)
        try:
            group.start_soon(partial(anyio.to_thread.run_sync, server.serve_forever, 0.1))
            on_open(f"http://{LOOPBACK}:{server.server_port}/")
            await anyio.sleep_forever()
        finally:
            await _close(server, portal)


async def _close(server: PageServer, portal: anyio.from_thread.BlockingPortal) -> None:
    with anyio.CancelScope(shield=True):
        await portal.stop(cancel_remaining=True)
        await anyio.to_thread.run_sync(server.shutdown)
        server.server_close()
