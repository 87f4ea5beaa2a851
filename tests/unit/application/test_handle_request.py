from __future__ import annotations

import json

import anyio
import pytest
from dependency_injector import providers

from relay.adapters.outbound.memory import FakeMasker
from relay.application.admission import AdmissionControl
from relay.bootstrap.lifecycle import open_resources
from relay.domain.audit import AuditKind
from relay.domain.errors import Reason, RelayError
from relay.domain.request import RequestContext

ANSWERED = [AuditKind.REQUEST_RECEIVED, AuditKind.REQUEST_STARTED, AuditKind.REQUEST_COMPLETED]
REJECTED = [AuditKind.REQUEST_RECEIVED, AuditKind.REQUEST_REJECTED]
FAILED = [AuditKind.REQUEST_RECEIVED, AuditKind.REQUEST_STARTED, AuditKind.REQUEST_FAILED]


async def refusal(relay, request) -> RelayError:
    with pytest.raises(RelayError) as caught:
        await relay.container.handle_request().execute(request)
    return caught.value


async def test_masked_rows_and_three_records_when_a_query_is_allowed(relay) -> None:
    result = await relay.container.handle_request().execute(relay.request(limit=2))
    assert [json.loads(row) for row in result.rows] == [{"name": "person 0"}, {"name": "***"}]
    assert relay.audit.kinds == [*ANSWERED, AuditKind.MASKING_APPLIED]
    assert relay.audit.events[2].fields["patternsApplied"] == ["secret"]
    assert relay.database.running == 0


@pytest.mark.parametrize(
    ("limit", "rows", "clamped", "truncated"),
    [(None, 3, False, True), (0, 0, False, True), (2, 2, False, True), (3, 3, False, True), (99, 3, True, True)],
)
async def test_limit_clamps_and_says_so(relay, limit, rows, clamped, truncated) -> None:
    result = await relay.container.handle_request().execute(relay.request(limit=limit))
    assert (result.row_count, result.clamped, result.truncated) == (rows, clamped, truncated)
    assert len(result.warnings) == clamped + truncated


async def test_not_truncated_when_there_are_no_more_rows(relay) -> None:
    result = await relay.container.handle_request().execute(relay.request(table="empty"))
    assert (result.row_count, result.truncated, result.warnings) == (0, False, ())


async def test_bytes_cut_when_the_response_would_be_too_large(make_relay) -> None:
    relay = await make_relay(max_response_bytes=25)
    result = await relay.container.handle_request().execute(relay.request())
    assert (result.row_count, result.truncated) == (1, True)


PROBLEM = RelayError(Reason.INVALID_PARAMS, "limit must be a number;")


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"resource_id": "other"}, Reason.RESOURCE_NOT_FOUND),
        ({"operation": "explain"}, Reason.OPERATION_NOT_ALLOWED),
        ({"operation": "drop_table"}, Reason.OPERATION_NOT_ALLOWED),
        ({"limit": -1}, Reason.INVALID_PARAMS),
        ({"limit": 1.5}, Reason.INVALID_PARAMS),
        ({"limit": True}, Reason.INVALID_PARAMS),
        ({"limit": "10"}, Reason.INVALID_PARAMS),
        ({"arguments": {}}, Reason.INVALID_PARAMS),
        ({"arguments": {"table": "a b"}}, Reason.QUERY_BLOCKED),
        ({"arguments": {"table": "salaries"}}, Reason.TABLE_NOT_ALLOWED),
        ({"arguments": {"table": "people", "function": "pg_sleep"}}, Reason.FUNCTION_NOT_ALLOWED),
    ],
    ids=str,
)
async def test_refused_before_the_database_when_policy_says_no(relay, changes, reason) -> None:
    error = await refusal(relay, relay.request(**changes))
    assert error.reason is reason
    assert relay.audit.kinds == REJECTED
    assert relay.audit.events[1].fields["reason"] == reason.value
    assert relay.database.statements_run == 0


async def test_first_refusal_wins_in_the_contracts_order(make_relay) -> None:
    relay = await make_relay()
    wrong = {"operation": "nope", "limit": -1, "arguments": {"table": "salaries"}}
    context = relay.context("1", issued_at_ms=0.0, problem=PROBLEM)
    relay.gate.stopped = True
    assert (await refusal(relay, relay.request(context=context, **wrong))).reason is Reason.SESSION_DENIED
    relay.gate.stopped = False
    assert (await refusal(relay, relay.request(context=context, **wrong))).reason is Reason.REPLAY_REFUSED
    context = relay.context("1", problem=PROBLEM)
    assert (await refusal(relay, relay.request(context=context, **wrong))).reason is Reason.INVALID_PARAMS
    assert (await refusal(relay, relay.request(**wrong))).reason is Reason.OPERATION_NOT_ALLOWED
    wrong["operation"] = "query"
    assert (await refusal(relay, relay.request(**wrong))).reason is Reason.INVALID_PARAMS
    wrong["limit"] = 1
    assert (await refusal(relay, relay.request(**wrong))).reason is Reason.TABLE_NOT_ALLOWED


async def test_rate_limited_with_the_time_to_wait_when_the_bucket_is_empty(relay) -> None:
    for number in range(10):
        await relay.container.handle_request().execute(relay.request(str(number)))
    error = await refusal(relay, relay.request("11", context=relay.context("11", problem=PROBLEM)))
    assert (error.reason, error.retry_after_ms) == (Reason.RATE_LIMITED, 1000)
    relay.clock.advance(1.0)
    await relay.container.handle_request().execute(relay.request("12"))


async def test_replay_refused_when_the_nonce_was_seen(relay) -> None:
    def once(key: str) -> RequestContext:
        return relay.context(key, nonce="n-1", issued_at_ms=relay.clock.now().timestamp() * 1000)

    await relay.container.handle_request().execute(relay.request(context=once("1")))
    assert (await refusal(relay, relay.request(context=once("2")))).reason is Reason.REPLAY_REFUSED


async def test_nothing_runs_and_nothing_is_sent_when_the_audit_can_not_be_written(relay) -> None:
    relay.audit.broken = True
    assert (await refusal(relay, relay.request())).reason is Reason.AUDIT_UNAVAILABLE
    assert relay.database.statements_run == 0


async def test_nothing_is_sent_when_the_audit_breaks_while_the_query_runs(relay) -> None:
    relay.database.delay_s = 0.05
    async with anyio.create_task_group() as group:
        group.start_soon(_break_soon, relay)
        error = await refusal(relay, relay.request())
    assert error.reason is Reason.AUDIT_UNAVAILABLE
    assert relay.database.statements_run == 1


async def _break_soon(relay) -> None:
    await anyio.sleep(0.02)
    relay.audit.broken = True


async def test_timeout_on_record_when_the_deadline_passes(relay) -> None:
    relay.database.delay_s = 5
    error = await refusal(relay, relay.request(deadline_ms=50))
    assert error.reason is Reason.QUERY_TIMEOUT
    assert relay.audit.kinds == FAILED
    assert relay.database.running == 0


async def test_timeout_when_the_deadline_had_passed_before_it_was_looked_at(relay) -> None:
    request = relay.request(deadline_ms=50)
    relay.clock.advance(1.0)
    assert (await refusal(relay, request)).reason is Reason.QUERY_TIMEOUT
    assert relay.database.statements_run == 0


async def test_cancelled_request_says_so_when_the_control_plane_cancels(relay) -> None:
    relay.database.delay_s = 5
    async with anyio.create_task_group() as group:
        group.start_soon(_cancel_soon, relay)
        error = await refusal(relay, relay.request("slow"))
    assert error.reason is Reason.REQUEST_CANCELLED
    assert AuditKind.REQUEST_FAILED in relay.audit.kinds
    assert relay.database.running == 0


async def _cancel_soon(relay) -> None:
    await anyio.sleep(0.02)
    cancel = relay.container.cancel_request()
    assert await cancel.execute(relay.context("c1", method="cancel"), "slow") is True
    assert await cancel.execute(relay.context("c2", method="cancel"), "slow-too") is False


async def test_duplicate_refused_only_while_the_first_is_running(relay) -> None:
    relay.database.delay_s = 0.1
    async with anyio.create_task_group() as group:
        group.start_soon(relay.container.handle_request().execute, relay.request("same"))
        await anyio.sleep(0.02)
        assert (await refusal(relay, relay.request("same"))).reason is Reason.DUPLICATE_ID
    await relay.container.handle_request().execute(relay.request("same"))


async def test_null_ids_never_collide(relay) -> None:
    relay.database.delay_s = 0.05
    async with anyio.create_task_group() as group:
        for _ in range(2):
            request = relay.request(context=relay.context(None))
            group.start_soon(relay.container.handle_request().execute, request)
    assert relay.database.statements_run == 2


async def test_connection_lost_on_record_when_the_session_ends(relay) -> None:
    relay.database.delay_s = 5
    async with anyio.create_task_group() as group:
        group.start_soon(relay.container.handle_request().execute, relay.request())
        await anyio.sleep(0.02)
        group.cancel_scope.cancel()
    assert relay.audit.kinds == FAILED
    assert relay.audit.events[-1].fields["reason"] == "CONNECTION_LOST"
    assert relay.database.running == 0


async def test_overloaded_when_too_many_wait(make_relay) -> None:
    relay = await make_relay(pool_size=1)
    relay.container.admission.override(providers.Object(AdmissionControl(max_waiting=1)))
    relay.database.delay_s = 0.05
    reasons = []

    async def send(key: str) -> None:
        try:
            await relay.container.handle_request().execute(relay.request(key))
        except RelayError as error:
            reasons.append(error.reason)

    async with anyio.create_task_group() as group:
        for key in "abc":
            group.start_soon(send, key)
    assert reasons == [Reason.OVERLOADED]
    assert relay.database.statements_run == 2


async def test_internal_error_without_its_text_when_an_adapter_breaks(relay) -> None:
    class Broken:
        enabled = True

        def mask_rows(self, *_: object) -> None:
            raise ZeroDivisionError("joao@example.com")

        mask_text = FakeMasker().mask_text

    relay.container.masker.override(providers.Object(Broken()))
    relay.container.reset_singletons()
    relay.container.registry().entries = {}
    async with open_resources(relay.container):
        error = await refusal(relay, relay.request())
    assert error.reason is Reason.INTERNAL_ERROR
    assert "joao" not in error.message
    assert isinstance(relay.failures.errors[0], ZeroDivisionError)
    assert relay.audit.kinds[-1] is AuditKind.REQUEST_FAILED


async def test_refusals_words_go_through_the_masker(relay) -> None:
    error = await refusal(relay, relay.request(arguments={"table": "person 1 x"}))
    assert "person 1" not in error.message
    failing = RelayError(Reason.QUERY_FAILED, "there is no table person 1")
    relay.database.failure = failing
    assert (await refusal(relay, relay.request())).detail == "there is no table ***"


async def test_counters_add_up(relay) -> None:
    await relay.container.handle_request().execute(relay.request("1"))
    await refusal(relay, relay.request("2", operation="nope"))
    relay.database.failure = RelayError(Reason.QUERY_FAILED, "no")
    await refusal(relay, relay.request("3"))
    beat = relay.container.report_heartbeat().execute()
    assert (beat.served, beat.denied, beat.failed, beat.in_flight) == (1, 1, 1, 0)
    assert beat.audit_head == relay.audit.head


async def test_every_request_ends_in_exactly_one_record(relay) -> None:
    ends = {AuditKind.REQUEST_COMPLETED, AuditKind.REQUEST_REJECTED, AuditKind.REQUEST_FAILED}
    for number, table in enumerate(["people", "salaries", "a b", "none", "empty"]):
        try:
            await relay.container.handle_request().execute(relay.request(str(number), table=table))
        except RelayError:
            continue
    for number in range(5):
        kinds = [event.kind for event in relay.audit.events if event.fields["requestId"] == str(number)]
        assert kinds[0] is AuditKind.REQUEST_RECEIVED
        assert len([kind for kind in kinds if kind in ends]) == 1


@pytest.mark.parametrize("ending", ["cancelled by id", "link lost"])
async def test_one_end_on_record_when_cancelled_while_success_is_recorded(relay, monkeypatch, ending) -> None:
    queue, written, writing = relay.audit.record, anyio.Event(), anyio.Event()

    async def slow_record(*events) -> None:
        await queue(*events)
        if events[0].kind is AuditKind.REQUEST_COMPLETED:
            writing.set()
            await written.wait()

    monkeypatch.setattr(relay.audit, "record", slow_record)
    results = []

    async def execute() -> None:
        results.append(await relay.container.handle_request().execute(relay.request(limit=1)))

    async with anyio.create_task_group() as group:
        group.start_soon(execute)
        await writing.wait()
        if ending == "link lost":
            group.cancel_scope.cancel()
        else:
            assert relay.container.in_flight().cancel("1") is False
        written.set()
    assert relay.audit.kinds == ANSWERED
    assert len(results) == 1
