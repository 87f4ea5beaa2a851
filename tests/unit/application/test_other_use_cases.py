from __future__ import annotations

import anyio
import pytest

from relay.adapters.outbound.memory import RecordingResourceListener
from relay.application.use_cases.check_statement import CheckStatement
from relay.domain.audit import AuditKind
from relay.domain.errors import Reason, RelayError
from relay.domain.resource import ResourceStatus


async def test_resources_listed_with_their_status_and_capabilities(relay) -> None:
    (summary,) = await relay.container.list_resources().execute(relay.context(method="list_resources"))
    assert (summary.resource_id, summary.status) == ("shop", ResourceStatus.UNKNOWN)
    assert summary.capabilities == ("describe_table", "list_tables", "query")
    assert relay.audit.kinds == [AuditKind.REQUEST_RECEIVED, AuditKind.REQUEST_COMPLETED]


@pytest.mark.parametrize("use_case", ["list_resources", "check_health"])
async def test_every_method_refused_when_the_session_is_stopped(relay, use_case) -> None:
    relay.gate.stopped = True
    with pytest.raises(RelayError) as caught:
        await getattr(relay.container, use_case)().execute(relay.context(method=use_case))
    assert caught.value.reason is Reason.SESSION_DENIED
    assert relay.audit.kinds == [AuditKind.REQUEST_RECEIVED, AuditKind.REQUEST_REJECTED]


async def test_tables_described_through_the_same_checks(relay) -> None:
    described = await relay.container.describe_resource().execute(relay.context(), "shop")
    assert (described.type, described.database, described.tables.row_count) == ("postgres", "shop", 3)
    with pytest.raises(RelayError) as caught:
        await relay.container.describe_resource().execute(relay.context(), "other")
    assert caught.value.reason is Reason.RESOURCE_NOT_FOUND


async def test_status_change_recorded_and_told_once(relay) -> None:
    listener = RecordingResourceListener()
    relay.container.registry().listeners.append(listener)
    prober = relay.container.prober()
    for reachable in (True, True, False, False, True):
        relay.database.reachable = reachable
        (health,) = await prober.probe_all()
        assert health.healthy is reachable
    assert relay.audit.kinds == [
        AuditKind.RESOURCE_HEALTHY,
        AuditKind.RESOURCE_UNHEALTHY,
        AuditKind.RESOURCE_HEALTHY,
    ]
    assert listener.times_told == 3


async def test_probe_that_breaks_is_an_unhealthy_resource(relay) -> None:
    async def broken() -> None:
        raise ZeroDivisionError

    relay.container.registry().entries["shop"].database.inspector.probe = broken
    (health,) = await relay.container.prober().probe_all()
    assert (health.healthy, health.error) == (False, "the probe failed")
    assert len(relay.failures.errors) == 1


async def test_ready_said_once_when_connected_and_probed(relay) -> None:
    readiness = relay.container.readiness()
    readiness.link_connected()
    assert AuditKind.RELAY_READY not in relay.audit.kinds
    readiness.resources_probed()
    readiness.link_connected()
    assert relay.audit.kinds.count(AuditKind.RELAY_READY) == 1


async def test_probe_comes_early_when_a_request_found_the_database_down(relay) -> None:
    async with anyio.create_task_group() as group:
        group.start_soon(relay.container.monitor_resources().run)
        await anyio.sleep(0.05)
        relay.database.reachable = False
        relay.database.failure = RelayError(Reason.RESOURCE_UNAVAILABLE, "down")
        with pytest.raises(RelayError):
            await relay.container.handle_request().execute(relay.request())
        with anyio.fail_after(3):
            while relay.container.registry().entries["shop"].status is not ResourceStatus.UNHEALTHY:
                await anyio.sleep(0.02)
        group.cancel_scope.cancel()


async def test_refusal_at_the_edge_is_on_record(relay) -> None:
    error = RelayError(Reason.PARSE_ERROR, "not JSON")
    answer = await relay.container.refuse_request().execute(relay.context(None, method="-"), error)
    assert answer.reason is Reason.PARSE_ERROR
    assert relay.audit.kinds == [AuditKind.REQUEST_RECEIVED, AuditKind.REQUEST_REJECTED]


async def test_dropped_reply_is_on_record(relay) -> None:
    relay.container.record_dropped_reply().execute("7", "the connection was lost")
    assert relay.audit.events[-1].fields == {"requestId": "7", "detail": "the connection was lost"}


async def test_offline_decision_without_running_anything(relay) -> None:
    entry = relay.container.registry().entries["shop"]
    check = CheckStatement(resource=entry.resource, guard=entry.database.guard)
    allowed = await check.execute({"table": "people"})
    assert (allowed.allowed, allowed.statement) == (True, "read people")
    refused = await check.execute({"table": "salaries"})
    assert (refused.allowed, refused.refusal.reason) == (False, Reason.TABLE_NOT_ALLOWED)
    assert relay.database.statements_run == 0
    assert relay.audit.events == []
