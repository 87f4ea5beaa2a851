"""The dispatcher over real use cases and in-memory ports."""

from __future__ import annotations

import json
from types import SimpleNamespace

import pytest

from relay.adapters.inbound.ws_jsonrpc.dispatcher import Dispatcher
from relay.adapters.inbound.ws_jsonrpc.jsonrpc import parse_frame
from relay.adapters.inbound.ws_jsonrpc.methods import Methods
from relay.adapters.outbound.memory import (
    FakeClock,
    FakeExaminer,
    FakeMasker,
    FakeSessionGate,
    MemoryAuditSink,
    MemoryDatabase,
    RecordingFailureLog,
    RecordingMaskingObserver,
    RecordingRoleLog,
    RecordingRuleLog,
)
from relay.application.admission import AdmissionControl
from relay.application.counters import RequestCounters
from relay.application.gatekeeper import Gatekeeper
from relay.application.health import HealthProber
from relay.application.in_flight import InFlight
from relay.application.learn_columns import LearnColumns
from relay.application.lifecycle_trail import LifecycleTrail
from relay.application.registry import ResourceEntry, ResourceRegistry
from relay.application.request_lifecycle import RequestLifecycle
from relay.application.rule_check import RuleCheck
from relay.application.use_cases.cancel_request import CancelRequest
from relay.application.use_cases.check_health import CheckHealth
from relay.application.use_cases.describe_resource import DescribeResource
from relay.application.use_cases.handle_request import HandleRequest
from relay.application.use_cases.list_resources import ListResources
from relay.application.use_cases.record_dropped_reply import RecordDroppedReply
from relay.application.use_cases.refuse_request import RefuseRequest
from relay.domain.policy import Policy
from relay.domain.replay import ReplayWindow
from relay.domain.request import Operation
from relay.domain.resource import Resource


class World(SimpleNamespace):
    """Everything that a test may want to look at; `ask` sends one frame and returns what comes back."""

    async def ask(self, frame, **options):
        text = frame if isinstance(frame, (str, bytes)) else json.dumps(frame)
        letter = await self.dispatcher.serve(parse_frame(text), **options)
        return None if letter is None else json.loads(letter.payload)

    @property
    def records(self):
        return [(event.kind.value, dict(event.fields)) for event in self.audit.events]


@pytest.fixture
def world():
    audit, clock, failures, masker = MemoryAuditSink(), FakeClock(), RecordingFailureLog(), FakeMasker("ana@x.com")
    gate, counters, in_flight = FakeSessionGate(), RequestCounters(), InFlight()
    database = MemoryDatabase(
        tables={"customers": [{"id": 1, "email": "ana@x.com"}, {"id": 2, "email": "none"}], "empty": []}
    )
    policy = Policy(allowed_operations=frozenset(Operation), max_rows=10)
    resource = Resource(resource_id="main", type="postgres", name="Main", database="app", policy=policy)
    registry = ResourceRegistry.of([ResourceEntry(resource=resource, database=database.ports(), accepted=True)])
    trail = LifecycleTrail(audit=audit, failures=failures)
    gatekeeper = Gatekeeper(gate=gate, clock=clock, replay=ReplayWindow())
    lifecycle = RequestLifecycle(
        audit=audit,
        clock=clock,
        counters=counters,
        failures=failures,
        gatekeeper=gatekeeper,
        in_flight=in_flight,
        masker=masker,
    )
    prober = HealthProber(
        registry=registry,
        trail=trail,
        clock=clock,
        failures=failures,
        role_log=RecordingRoleLog(),
        rule_check=RuleCheck(rule_log=RecordingRuleLog(), failures=failures),
    )
    handle = HandleRequest(
        lifecycle=lifecycle,
        gatekeeper=gatekeeper,
        registry=registry,
        admission=AdmissionControl(),
        prober=prober,
        learn_columns=LearnColumns(examiner=FakeExaminer(), clock=clock),
        masker=masker,
        masking_observer=RecordingMaskingObserver(),
        clock=clock,
    )
    refuse = RefuseRequest(lifecycle=lifecycle)
    methods = Methods(
        handle_request=handle,
        list_resources=ListResources(lifecycle=lifecycle, registry=registry),
        describe_resource=DescribeResource(handle_request=handle, registry=registry),
        check_health=CheckHealth(lifecycle=lifecycle, prober=prober),
        cancel_request=CancelRequest(lifecycle=lifecycle, in_flight=in_flight),
        refuse_request=refuse,
    )
    dispatcher = Dispatcher(
        methods=methods,
        refuse_request=refuse,
        record_dropped_reply=RecordDroppedReply(trail=trail),
        clock=clock,
        failures=failures,
    )
    return World(
        audit=audit, clock=clock, failures=failures, gate=gate, database=database, registry=registry, handle=handle,
        in_flight=in_flight, dispatcher=dispatcher,
    )  # fmt: skip
