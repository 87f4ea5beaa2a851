"""One request's commands to the server: within its time, and none of them left running when it is over.

Cancelling a future of motor's stops neither its thread nor the server, so nobody here ever cancels one: waiting for
it is what can be cancelled, and leaving kills the command on the server, after which its thread returns by itself.
"""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Awaitable, Callable, Mapping
from itertools import islice
from typing import TypeVar, cast

import anyio
import pymongo
import pymongo.errors
from motor.core import AgnosticClientSession
from motor.frameworks.asyncio import run_on_executor
from pymongo.read_preferences import Nearest

from relay.adapters.outbound.mongodb.clients import SERVER_SELECTION_TIMEOUT_S, Client, ClientSource
from relay.adapters.outbound.mongodb.errors import login_refused, timed_out, to_relay_error
from relay.adapters.outbound.mongodb.server_pin import ServerPin, pinned_to

T = TypeVar("T")

LEAVE_TIMEOUT_S = 3.0
"""How long leaving may take in all."""
DRIVER_GRACE_S = 0.25
"""How much longer than the driver's own limit we wait for it, so that its reason wins and its thread is free again."""
KILL_TIMEOUT_S = 1.5
"""How long each command of a clean-up may take."""


class Operation:
    """Commands of one request in one session of the server, by whose id they can be killed.

    `comment` marks them in the server's own lists of operations, and in its log.
    """

    def __init__(self, *, client: Client, source: ClientSource, database: str, timeout_s: float) -> None:
        self.database = client[database]
        self.comment = f"relay:{uuid.uuid4().hex}"
        self._client = client
        self._source = source
        self._deadline_s = anyio.current_time() + timeout_s
        self._pin = ServerPin()
        self._running: asyncio.Future[object] | None = None
        self._session: AgnosticClientSession | None = None
        self._session_id: object = None
        self._lost = False
        self._closers: list[Callable[[], Awaitable[object]]] = []

    @property
    def session(self) -> AgnosticClientSession | None:
        """The session that every command of this request must carry."""
        return self._session

    async def start(self) -> None:
        """Make sure within 5 s that the server is there, and take a session; sends at most a ping."""
        preference = self._client.read_preference
        if not self._client.delegate.topology_description.has_readable_server(preference):
            await self.call(
                lambda: self._client.admin.command("ping", read_preference=preference),
                at_most_s=SERVER_SELECTION_TIMEOUT_S,
            )
        try:
            session = await self._client.start_session(causal_consistency=False)
            self._session, self._session_id = session, session.delegate.session_id["id"]
        except Exception as error:  # noqa: BLE001 - the driver's text never leaves an adapter
            raise to_relay_error(error) from None

    @property
    def read_concern(self) -> dict[str, object]:
        """What a command that reads documents must carry, where the driver does not add it."""
        return {"readConcern": self._client.read_concern.document}

    async def command(self, command: dict[str, object]) -> dict[str, object]:
        """Run one command on the database, marked and in the session."""
        marked = self._marked(command)
        return await self.call(
            lambda: self.database.command(
                marked,
                read_preference=self._client.read_preference,
                session=self._session,
            )
        )

    async def listing(self, command: dict[str, object], max_entries: int) -> list[Mapping[str, object]]:
        """Run one command that lists something, and return what it lists."""
        delegate, session = self.database.delegate, self._session.delegate if self._session else None
        marked, preference = self._marked(command), self._client.read_preference

        def read() -> list[Mapping[str, object]]:
            with delegate.cursor_command(marked, read_preference=preference, session=session) as cursor:
                return list(islice(cursor, max_entries))

        # motor's own cursor_command is a coroutine, which can't be told apart from its thread when it is left.
        return await self.call(lambda: run_on_executor(self._client.get_io_loop(), read))  # type: ignore[no-untyped-call]

    def _marked(self, command: dict[str, object]) -> dict[str, object]:
        """Add the mark, and the one read concern that every command takes, where none is given."""
        return {**command, "readConcern": command.get("readConcern", {"level": "local"}), "comment": self.comment}

    async def call(self, begin: Callable[[], Awaitable[T]], *, at_most_s: float = float("inf")) -> T:
        """Run one call of the driver that gives a future; QUERY_TIMEOUT when the request's time is over."""
        remaining_s = min(self._deadline_s - anyio.current_time(), at_most_s)
        if remaining_s <= 0:
            raise timed_out()
        try:
            with pinned_to(self._pin), pymongo.timeout(remaining_s):
                running = cast("asyncio.Future[T]", begin())
            return await self._wait(running, remaining_s)
        except Exception as error:  # noqa: BLE001 - the driver's text never leaves an adapter
            if login_refused(error) or isinstance(error, pymongo.errors.ConnectionFailure):
                self._source.doubt()
            self._lost = isinstance(error, pymongo.errors.NetworkTimeout)
            raise to_relay_error(error) from None

    async def _wait(self, running: asyncio.Future[T], remaining_s: float) -> T:
        self._running = cast("asyncio.Future[object]", running)
        done = anyio.Event()

        def note(future: asyncio.Future[T]) -> None:
            future.cancelled() or future.exception()  # asked for, so that asyncio does not log it as forgotten
            done.set()

        running.add_done_callback(note)
        with anyio.move_on_after(remaining_s + DRIVER_GRACE_S):
            await done.wait()
        if not running.done():
            raise timed_out()
        self._running = None
        return running.result()

    def close_later(self, close: Callable[[], Awaitable[object]]) -> None:
        """Have a cursor's `close` called on leaving."""
        self._closers.append(close)

    async def leave(self) -> None:
        """End everything of this request on the server; never raises, takes 3 s at most.

        Where the server could not be made to stop, the cursor and the session stay with the driver's thread: it is
        still at work with them, and its own time limit ends it.
        """
        with anyio.move_on_after(LEAVE_TIMEOUT_S, shield=True):
            running = self._running
            if self._session is None:
                return
            if self._lost or (running is not None and not running.done()):
                await self._kill()
            if running is not None:
                await _until_done(running)
            for close in self._closers:
                await self._quietly(close)
            await self._end_session()

    async def _end_session(self) -> None:
        if self._session is not None:
            await self._quietly(self._session.end_session)

    async def _kill(self) -> None:
        """Kill by session, which every user may do to their own (manual: reference/command/killSessions).

        Else look for our comment and kill by number; where the server knows neither, maxTimeMS ends the statement.
        """
        if await self._admin({"killSessions": [{"id": self._session_id}]}) is not None:
            return
        ours = {"$or": [{"command.comment": self.comment}, {"cursor.originatingCommand.comment": self.comment}]}
        listing = {"aggregate": 1, "pipeline": [{"$currentOp": {}}, {"$match": ours}], "cursor": {}}
        found = await self._admin(listing)
        cursor = found.get("cursor") if found else None
        for entry in cursor.get("firstBatch", []) if isinstance(cursor, dict) else []:
            await self._admin({"killOp": 1, "op": entry.get("opid")})

    async def _admin(self, command: dict[str, object]) -> dict[str, object] | None:
        result = await self._quietly(lambda: self._client.admin.command(command, read_preference=Nearest()))
        return result if isinstance(result, dict) else None

    async def _quietly(self, begin: Callable[[], Awaitable[object]]) -> object:
        """Run one call of a clean-up; None if it failed, since there is nobody left to tell."""
        with pinned_to(self._pin), pymongo.timeout(KILL_TIMEOUT_S):
            try:
                return await begin()
            except Exception:  # noqa: BLE001 - a clean-up that fails leaves the work to maxTimeMS
                return None


async def _until_done(running: asyncio.Future[object]) -> None:
    done = anyio.Event()
    running.add_done_callback(lambda _future: done.set())
    await done.wait()
