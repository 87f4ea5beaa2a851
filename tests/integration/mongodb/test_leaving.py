"""How a statement ends on the server: killed, timed out, refused, unreachable. Against a scripted server."""

from __future__ import annotations

import time

import anyio
import pymongo.errors
import pytest

from relay.adapters.outbound.mongodb.operation import LEAVE_TIMEOUT_S
from relay.domain.errors import Reason, RelayError
from relay.domain.request import Operation

FIND = {"collection": "orders", "filter": {"status": "canary"}}
INTERRUPTED = {"ok": 0, "code": 11601, "codeName": "Interrupted", "errmsg": "canary was interrupted"}


class Hanging:
    """A find that runs until it is killed."""

    def __init__(self) -> None:
        self.begun = anyio.Event()
        self.killed = anyio.Event()

    async def find(self, _command: dict) -> dict:
        self.begun.set()
        await self.killed.wait()
        return INTERRUPTED

    async def kill(self, _command: dict) -> dict:
        self.killed.set()
        return {"ok": 1}


@pytest.fixture
def hanging(scripted) -> Hanging:
    hanging = Hanging()
    scripted.answers.update(find=hanging.find, killSessions=hanging.kill)
    return hanging


async def test_running_statement_is_killed_by_its_session_when_cancelled(connect_scripted, scripted, hanging, fetch):
    async with connect_scripted().open() as database:
        with anyio.fail_after(5):
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(fetch, database, Operation.QUERY, FIND)
                await hanging.begun.wait()
                tasks.cancel_scope.cancel()
    (find,) = scripted.named("find")
    (kill,) = scripted.named("killSessions")
    assert kill["killSessions"] == [{"id": find["lsid"]["id"]}]
    assert hanging.killed.is_set()


async def test_running_statement_is_killed_when_its_time_is_over(connect_scripted, scripted, hanging, fetch):
    async with connect_scripted().open() as database:
        with pytest.raises(RelayError) as caught, anyio.fail_after(5):
            await fetch(database, Operation.QUERY, FIND, timeout_s=0.3)
    assert caught.value.reason is Reason.QUERY_TIMEOUT
    assert len(scripted.named("killSessions")) == 1


async def test_operation_is_killed_by_its_number_when_sessions_cannot_be_killed(
    connect_scripted, scripted, hanging, fetch
):
    async def listing(_command: dict) -> dict:
        return {"ok": 1, "cursor": {"id": 0, "ns": "admin.$cmd.aggregate", "firstBatch": [{"opid": 77}]}}

    unknown = {"ok": 0, "code": 59, "codeName": "CommandNotFound", "errmsg": "no such command"}
    scripted.answers.update(killSessions=unknown, aggregate=listing, killOp=hanging.kill)
    async with connect_scripted().open() as database:
        with pytest.raises(RelayError), anyio.fail_after(5):
            await fetch(database, Operation.QUERY, FIND, timeout_s=0.3)
    (kill,) = scripted.named("killOp")
    assert kill["op"] == 77
    (current,) = scripted.named("aggregate")
    comment = scripted.named("find")[0]["comment"]
    assert current["pipeline"][1]["$match"]["$or"][0] == {"command.comment": comment}


async def test_leaving_is_bounded_when_nothing_can_be_killed(connect_scripted, scripted, fetch):
    async def never(_command: dict) -> dict:
        await anyio.sleep(30)
        return {"ok": 1}

    scripted.answers.update(find=never, killSessions=never, aggregate=never)
    async with connect_scripted().open() as database:
        started_s = time.monotonic()
        with pytest.raises(RelayError) as caught:
            await fetch(database, Operation.QUERY, FIND, timeout_s=0.3)
        assert time.monotonic() - started_s < 0.3 + LEAVE_TIMEOUT_S + 5
        assert caught.value.reason is Reason.QUERY_TIMEOUT


async def test_others_are_served_when_some_statements_hang(connect_scripted, scripted, fetch):
    hanging = Hanging()

    async def find(command: dict) -> dict:
        if command["find"] == "slow":
            return await hanging.find(command)
        return {"ok": 1, "cursor": {"id": 0, "ns": "shop.fast", "firstBatch": [{"a": 1}]}}

    scripted.answers.update(find=find, killSessions=hanging.kill)
    async with connect_scripted(pool_size=3).open() as database, anyio.create_task_group() as tasks:
        for _ in range(2):
            tasks.start_soon(fetch, database, Operation.QUERY, {"collection": "slow"})
        await hanging.begun.wait()
        with anyio.fail_after(3):
            rows, _, _ = await fetch(database, Operation.QUERY, {"collection": "fast"})
        assert rows == [{"a": 1}]
        tasks.cancel_scope.cancel()


async def test_request_waits_no_longer_than_its_time_when_the_pool_is_full(connect_scripted, hanging, fetch):
    async with connect_scripted(pool_size=1).open() as database, anyio.create_task_group() as tasks:
        tasks.start_soon(fetch, database, Operation.QUERY, FIND)
        await hanging.begun.wait()
        with pytest.raises(RelayError) as caught, anyio.fail_after(3):
            await fetch(database, Operation.QUERY, FIND, timeout_s=0.2)
        assert caught.value.reason is Reason.RESOURCE_UNAVAILABLE
        tasks.cancel_scope.cancel()


@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        pytest.param({"code": 50, "codeName": "MaxTimeMSExpired"}, (Reason.QUERY_TIMEOUT, ""), id="maxTimeMS"),
        pytest.param({"code": 2, "codeName": "BadValue"}, (Reason.QUERY_FAILED, "error 2 (BadValue)"), id="bad value"),
        pytest.param({"code": 13}, (Reason.QUERY_FAILED, "error 13 (Unauthorized)"), id="unauthorized"),
        pytest.param({"code": 987654, "codeName": "canary"}, (Reason.QUERY_FAILED, "error 987654"), id="unknown code"),
        pytest.param({}, (Reason.QUERY_FAILED, "could not run"), id="no code"),
        pytest.param({"code": 18}, (Reason.RESOURCE_UNAVAILABLE, "login"), id="login refused"),
        pytest.param({"code": 13435}, (Reason.RESOURCE_UNAVAILABLE, "reached"), id="not primary"),
        pytest.param({"code": 292}, (Reason.QUERY_FAILED, "error 292"), id="memory"),
    ],
)
async def test_error_says_only_what_is_known_when_the_server_refuses(
    connect_scripted, scripted, fetch, reply, expected
):
    scripted.answers["find"] = {"ok": 0, "errmsg": "E: canary@example.com at host-7", **reply}
    async with connect_scripted().open() as database:
        with pytest.raises(RelayError) as caught:
            await fetch(database, Operation.QUERY, FIND)
    reason, said = expected
    assert caught.value.reason is reason
    assert said in caught.value.message
    assert "canary" not in caught.value.message
    assert "host-7" not in caught.value.message


async def test_unreachable_within_five_seconds_when_nobody_listens(connect_scripted, scripted, fetch):
    await scripted.stop()
    async with connect_scripted().open() as database:
        started_s = time.monotonic()
        with pytest.raises(RelayError) as caught:
            await fetch(database, Operation.QUERY, FIND, timeout_s=20.0)
        assert time.monotonic() - started_s < 15
        assert caught.value.reason is Reason.RESOURCE_UNAVAILABLE
        assert str(scripted.port) not in caught.value.message


async def test_probe_follows_when_the_server_goes_and_comes_back(connect_scripted, scripted):
    async with connect_scripted().open() as database:
        assert (await database.inspector.probe()).healthy
        await scripted.stop()
        with anyio.fail_after(8):
            while (down := await database.inspector.probe()).healthy:
                pass
        assert down.error == "the database can't be reached"
        await scripted.start()
        with anyio.fail_after(8):
            while not (await database.inspector.probe()).healthy:
                pass


async def test_request_fails_at_once_when_the_server_dies_while_it_runs(connect_scripted, scripted, hanging, fetch):
    async with connect_scripted().open() as database:
        caught: list[RelayError] = []

        async def ask() -> None:
            with pytest.raises(RelayError) as error:
                await fetch(database, Operation.QUERY, FIND)
            caught.append(error.value)

        with anyio.fail_after(6):
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(ask)
                await hanging.begun.wait()
                hanging.killed.set()
                await scripted.stop()
    assert caught[0].reason in (Reason.RESOURCE_UNAVAILABLE, Reason.QUERY_FAILED)


async def test_connection_string_is_read_again_when_it_changed(connect_scripted, scripted):
    uris = ["mongodb://127.0.0.1:1/?serverSelectionTimeoutMS=1", scripted.uri]
    asked: list[str] = []

    def read() -> str:
        asked.append(uris[min(len(asked), 1)])
        return asked[-1]

    async with connect_scripted(read_uri=read).open() as database:
        assert not (await database.inspector.probe()).healthy
        assert (await database.inspector.probe()).healthy


@pytest.mark.parametrize(
    "bad", ["mongodb://user:canary@", "mongodb://a/?tls=canary", "canary://a", "mongodb://a:canary"]
)
async def test_resource_is_unavailable_without_a_word_of_it_when_the_connection_string_is_bad(
    connect_scripted, fetch, bad
):
    async with connect_scripted(read_uri=lambda: bad).open() as database:
        with pytest.raises(RelayError) as caught:
            await fetch(database, Operation.QUERY, FIND)
        probe = await database.inspector.probe()
    assert caught.value.reason is Reason.RESOURCE_UNAVAILABLE
    assert "canary" not in caught.value.message + repr(caught.value) + str(probe.error)


async def test_resource_is_unavailable_when_the_connection_string_cannot_be_read(connect_scripted, fetch):
    def read() -> str:
        raise FileNotFoundError("/run/secrets/canary")

    async with connect_scripted(read_uri=read).open() as database:
        with pytest.raises(RelayError) as caught:
            await fetch(database, Operation.QUERY, FIND)
    assert caught.value.reason is Reason.RESOURCE_UNAVAILABLE
    assert "canary" not in caught.value.message


async def test_nothing_is_dialled_when_only_opened(connect_scripted, scripted):
    async with connect_scripted().open():
        pass
    assert scripted.seen == []


async def test_login_is_never_part_of_an_error_when_the_driver_names_it(connect_scripted, scripted, fetch):
    await scripted.stop()
    uri = f"mongodb://canaryuser:canarypass@127.0.0.1:{scripted.port}/?authSource=admin"
    async with connect_scripted(read_uri=lambda: uri).open() as database:
        with pytest.raises(RelayError) as caught:
            await fetch(database, Operation.QUERY, FIND, timeout_s=0.5)
        assert "canary" not in repr(database.runner) + repr(database.inspector) + str(caught.value)
        assert not isinstance(caught.value.__cause__, pymongo.errors.PyMongoError)


async def test_probe_says_so_when_the_server_does_not_answer(connect_scripted, scripted):
    async def never(_command: dict) -> dict:
        await anyio.sleep(30)
        return {"ok": 1}

    scripted.answers.update(ping=never)
    async with connect_scripted().open() as database:
        with anyio.fail_after(9):
            probe = await database.inspector.probe()
    assert not probe.healthy
    assert probe.error == "the database did not answer in time"
