"""Keeps all of one request on one server of a replica set or of several routers.

The driver picks a server anew for every command; a kill that goes to another server kills nothing. Its option
`server_selector` is called in the thread that runs the command, and motor copies the context there.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar

from pymongo.server_description import ServerDescription

LATENCY_WINDOW_S = 0.015
"""Servers this much slower than the fastest count as near too (the driver's own default, localThresholdMS)."""


class ServerPin:
    """The server that a request's first command went to."""

    __slots__ = ("address",)

    def __init__(self) -> None:
        self.address: tuple[str, int | None] | None = None

    def choose(self, servers: Sequence[ServerDescription]) -> list[ServerDescription]:
        """Return the one server to use, among those that the read preference allows."""
        if self.address is not None:
            return [server for server in servers if server.address == self.address]
        if not servers:
            return []
        fastest = min(server.round_trip_time or 0.0 for server in servers)
        near = [server for server in servers if (server.round_trip_time or 0.0) <= fastest + LATENCY_WINDOW_S]
        chosen = random.choice(near)  # noqa: S311 - spreads load, guards nothing
        self.address = chosen.address
        return [chosen]


_PIN: ContextVar[ServerPin | None] = ContextVar("relay_mongodb_server_pin", default=None)


@contextmanager
def pinned_to(pin: ServerPin) -> Iterator[None]:
    """Send the commands that are started in this block to the pin's server."""
    token = _PIN.set(pin)
    try:
        yield
    finally:
        _PIN.reset(token)


def select_server(servers: Sequence[ServerDescription]) -> Sequence[ServerDescription]:
    """Serve as the driver's `server_selector`; commands outside any block go wherever the driver likes."""
    pin = _PIN.get()
    return servers if pin is None else pin.choose(servers)
