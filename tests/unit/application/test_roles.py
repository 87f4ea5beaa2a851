"""A role that could write is not used, from the first request on, unless the operator says so."""

from __future__ import annotations

from dataclasses import replace

import anyio
import pytest

from relay.domain.audit import AuditKind
from relay.domain.errors import Reason, RelayError
from relay.domain.resource import ResourceStatus
from relay.domain.role import Privilege, RoleExamination

WRITES = RoleExamination(
    dangerous=(Privilege(what="INSERT on public.people", remedy="REVOKE INSERT ON public.people FROM app"),),
    proper_role="CREATE ROLE relay_reader",
)
READS = RoleExamination(shared=(Privilege(what="TEMPORARY", remedy="REVOKE TEMPORARY ON DATABASE shop FROM PUBLIC"),))


async def ask(relay, key="1", **extra) -> object:
    try:
        return await relay.container.handle_request().execute(relay.request(key, **extra))
    except RelayError as error:
        return error


@pytest.fixture
async def fresh(make_relay):
    return await make_relay(accepted=False)


async def test_first_request_looks_at_the_role_when_nobody_has(fresh) -> None:
    fresh.database.role = READS
    assert (await ask(fresh)).row_count == 3
    assert fresh.roles.examinations == [("shop", READS, True)]


async def test_request_refused_and_nothing_run_when_the_role_could_write(fresh) -> None:
    fresh.database.role = WRITES
    error = await ask(fresh)
    assert error.reason is Reason.RESOURCE_UNAVAILABLE
    assert "role" in error.detail
    assert "people" not in error.message
    assert fresh.database.statements_run == 0
    assert fresh.container.registry().entries["shop"].status is ResourceStatus.REFUSED
    assert AuditKind.RESOURCE_UNHEALTHY in fresh.audit.kinds
    assert fresh.roles.examinations == [("shop", WRITES, False)]


async def test_statement_s_own_refusal_comes_first_when_the_role_is_refused(fresh) -> None:
    fresh.database.role = WRITES
    assert (await ask(fresh, table="salaries")).reason is Reason.TABLE_NOT_ALLOWED


async def test_role_that_could_write_used_when_the_operator_allows_it(fresh) -> None:
    entry = fresh.container.registry().entries["shop"]
    entry.resource = replace(entry.resource, allow_privileged_role=True)
    fresh.database.role = WRITES
    assert (await ask(fresh)).row_count == 3
    assert fresh.roles.examinations == [("shop", WRITES, True)]


async def test_resource_taken_back_when_the_role_is_put_right_and_refused_when_it_is_not(fresh) -> None:
    prober, seen = fresh.container.prober(), []
    for role in (WRITES, WRITES, READS, WRITES):
        fresh.database.role = role
        await prober.probe_all()
        seen.append(getattr(await ask(fresh, str(len(seen))), "reason", "ran"))
    assert seen == [Reason.RESOURCE_UNAVAILABLE, Reason.RESOURCE_UNAVAILABLE, "ran", Reason.RESOURCE_UNAVAILABLE]
    assert [role for _, role, _ in fresh.roles.examinations] == [WRITES, READS, WRITES]


async def test_verdict_stays_when_the_database_goes_away(fresh) -> None:
    fresh.database.role = READS
    await fresh.container.prober().probe_all()
    fresh.database.reachable = False
    await fresh.container.prober().probe_all()
    assert fresh.container.registry().entries["shop"].accepted


async def test_nothing_runs_when_the_role_could_not_be_looked_at(fresh) -> None:
    fresh.database.reachable = False
    assert (await ask(fresh)).reason is Reason.RESOURCE_UNAVAILABLE
    assert fresh.database.statements_run == 0
    fresh.database.reachable = True
    assert (await ask(fresh, "2")).row_count == 3


async def test_database_looked_at_once_when_many_ask_at_the_same_time(fresh) -> None:
    looks = 0
    inspector = fresh.container.registry().entries["shop"].database.inspector
    original = inspector.probe

    async def slow():
        nonlocal looks
        looks += 1
        await anyio.sleep(0.01)
        return await original()

    inspector.probe = slow
    async with anyio.create_task_group() as group:
        for key in range(8):
            group.start_soon(ask, fresh, str(key))
        group.start_soon(fresh.container.prober().probe_all)
    assert looks == 1
