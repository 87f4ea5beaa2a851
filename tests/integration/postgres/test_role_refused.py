"""A role that could write, from the agent's start to the control plane's view of it."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import anyio
import pytest

from relay.bootstrap.demo.agent_process import AgentProcess, agent_process
from relay.bootstrap.demo.control_plane import ControlPlane

TOKEN = "role-tests-token"
SECRET_TABLE = "ledger_of_nobody"
REFUSED = "the database role could do more than read"


@dataclass(frozen=True, kw_only=True)
class Stage:
    plane: ControlPlane
    agent: AgentProcess
    postgres: Any

    async def ask(self, resource: str) -> dict:
        params = {"resourceId": resource, "operation": "query", "params": {"sql": "SELECT 1 AS one"}}
        return await self.plane.call("execute", params)

    async def health(self) -> dict[str, dict]:
        answer = await self.plane.call("health_check")
        return {row["resourceId"]: row for row in answer["result"]}

    async def statuses(self) -> dict[str, str]:
        answer = await self.plane.call("list_resources")
        return {row["resourceId"]: row["status"] for row in answer["result"]}

    def log(self, message: str) -> list[dict]:
        lines = [json.loads(line) for line in self.agent.lines() if line.endswith(b"\n")]
        return [line for line in lines if line["msg"] == message]


def configuration(postgres, url: str) -> dict[str, Any]:
    connection = {
        "host": postgres.host,
        "port": postgres.port,
        "database": postgres.database,
        "user": postgres.reader,
        "password": "${PG_PASSWORD}",
    }
    resource = {"type": "postgres", "connection": connection}
    return {
        "controlPlane": {"url": url, "token": "${RELAY_TOKEN}", "tenantId": "tenant-1"},
        "resources": [{"id": "strict", **resource}, {"id": "lenient", **resource, "allowPrivilegedRole": True}],
        "session": {"breakGlassFile": "/nonexistent/relay-stop"},
    }


@pytest.fixture(scope="module")
async def stage(postgres, tmp_path_factory) -> AsyncIterator[Stage]:
    await postgres.execute(
        f"CREATE TABLE {SECRET_TABLE} (id int); GRANT INSERT, DELETE ON {SECRET_TABLE} TO {postgres.reader}"
    )
    plane = ControlPlane(token=TOKEN, tenant_id="tenant-1")
    async with plane.open():
        secrets = {"PG_PASSWORD": postgres.password, "RELAY_TOKEN": TOKEN}
        folder = tmp_path_factory.mktemp("agent")
        async with agent_process(configuration(postgres, plane.url), secrets, folder) as agent:
            await plane.wait_connected(20)
            yield Stage(plane=plane, agent=agent, postgres=postgres)


async def test_refused_and_served_as_the_operator_says_when_the_role_could_write(stage) -> None:
    health = await stage.health()
    assert (health["strict"]["healthy"], health["lenient"]["healthy"]) == (False, True)
    assert health["strict"]["error"].startswith(REFUSED)
    assert await stage.statuses() == {"strict": "refused", "lenient": "healthy"}
    error = (await stage.ask("strict"))["error"]
    assert error["data"]["reason"] == "RESOURCE_UNAVAILABLE"
    assert error["message"].startswith(f"RESOURCE_UNAVAILABLE: {REFUSED}")
    assert (await stage.ask("lenient"))["result"]["rows"] == [{"one": 1}]


async def test_update_says_refused_when_the_role_could_write(stage) -> None:
    await stage.health()

    def refused() -> bool:
        rows = stage.plane.resource_updates[-1]["resources"]
        return {row["resourceId"]: row["status"] for row in rows} == {"strict": "refused", "lenient": "healthy"}

    await stage.plane.wait_until(refused)


async def test_operator_told_what_to_take_away_when_the_role_could_write(stage) -> None:
    await stage.health()
    found = stage.log("Database role could write")
    assert {(line["resourceId"], line["level"]) for line in found} == {("strict", "error"), ("lenient", "warn")}
    assert {line["remedy"] for line in found} == {
        f"REVOKE DELETE, INSERT ON TABLE public.{SECRET_TABLE} FROM {stage.postgres.reader};"
    }
    (refused,) = stage.log("Database role refused")
    assert refused["remedy"].startswith("CREATE ROLE relay_reader")
    assert refused["remedy"].endswith("GRANT SELECT ON TABLES TO " + refused["remedy"].split()[2] + ";")
    assert stage.log("Every database role has this privilege")


async def test_no_name_told_to_the_control_plane_when_the_role_could_write(stage) -> None:
    records = stage.agent.audit_records()
    assert records
    answers = [await stage.health(), await stage.ask("strict"), list(stage.plane.heartbeats), records]
    updates = list(stage.plane.resource_updates)  # the database, which they name, bears the reader's name
    assert not [word for word in (SECRET_TABLE, stage.postgres.reader, "REVOKE") if word in json.dumps(answers)]
    assert not [word for word in (SECRET_TABLE, "REVOKE", "INSERT") if word in json.dumps(updates)]


async def test_taken_back_when_it_was_put_right_and_refused_again_when_it_was_not(stage) -> None:
    table, role = f"public.{SECRET_TABLE}", stage.postgres.reader
    await stage.health()
    for statement, status in (
        (f"REVOKE INSERT, DELETE ON {table} FROM {role}", "healthy"),
        (f"ALTER ROLE {role} BYPASSRLS", "refused"),
        (f"ALTER ROLE {role} NOBYPASSRLS", "healthy"),
        (f"GRANT INSERT, DELETE ON {table} TO {role}", "refused"),
    ):
        await stage.postgres.execute(statement)
        await anyio.sleep(1.1)  # the role is looked at once a second at most
        await stage.health()
        assert (await stage.statuses())["strict"] == status
        assert ("result" in await stage.ask("strict")) is (status == "healthy")
