"""Builds every object of Relay from its settings. Plain classes: nothing outside bootstrap knows of this."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import uuid4

from dependency_injector import containers, providers

from relay.adapters.inbound.ws_jsonrpc.dispatcher import Dispatcher
from relay.adapters.inbound.ws_jsonrpc.link import ControlPlaneLink
from relay.adapters.inbound.ws_jsonrpc.methods import Methods
from relay.adapters.outbound.masking.detectors import active_detectors
from relay.adapters.outbound.masking.examiner import build_examiner
from relay.adapters.outbound.masking.masker import build_masker
from relay.adapters.outbound.system.break_glass import BreakGlassFile
from relay.adapters.outbound.system.clock import SystemClock
from relay.adapters.outbound.system.health_file import HealthFile
from relay.application.admission import AdmissionControl
from relay.application.counters import RequestCounters
from relay.application.gatekeeper import Gatekeeper
from relay.application.health import HealthProber
from relay.application.in_flight import InFlight
from relay.application.learn_columns import LearnColumns
from relay.application.lifecycle_trail import LifecycleTrail
from relay.application.ports.database import DatabaseConnection
from relay.application.readiness import Readiness
from relay.application.registry import ResourceRegistry
from relay.application.request_lifecycle import RequestLifecycle
from relay.application.rule_check import RuleCheck
from relay.application.use_cases.cancel_request import CancelRequest
from relay.application.use_cases.check_health import CheckHealth
from relay.application.use_cases.describe_resource import DescribeResource
from relay.application.use_cases.handle_request import HandleRequest
from relay.application.use_cases.list_resources import ListResources
from relay.application.use_cases.monitor_resources import MonitorResources
from relay.application.use_cases.record_dropped_reply import RecordDroppedReply
from relay.application.use_cases.refuse_request import RefuseRequest
from relay.application.use_cases.report_heartbeat import ReportHeartbeat
from relay.bootstrap.audit_trail import build_sink, open_outputs, record_scrubber
from relay.bootstrap.config.settings import Settings
from relay.bootstrap.databases.kind import kind_of
from relay.bootstrap.failure_log import LoggedFailures
from relay.bootstrap.health_reporter import HealthReporter
from relay.bootstrap.link import link_settings
from relay.bootstrap.masking_log import MaskingLog
from relay.bootstrap.role_log import LoggedRoles
from relay.bootstrap.rule_log import LoggedRules
from relay.domain.replay import ReplayWindow
from relay.domain.resource import Resource


def connect_all(settings: Settings) -> Mapping[str, DatabaseConnection]:
    """Return what opens each resource, by its id."""
    return {
        resource.id: kind_of(resource.type).connect(resource, settings.protection_of(resource.id))
        for resource in settings.resources
    }


def resources_of(settings: Settings) -> tuple[Resource, ...]:
    """Return the resources as the domain knows them, in the order of the configuration."""
    return tuple(resource.to_resource() for resource in settings.resources)


def masking_log(settings: Settings) -> MaskingLog:
    """Return what writes down, at debug level, which detectors and patterns looked at which column."""
    masking = settings.masking.to_domain()
    detectors = {each.name for each in active_detectors(masking)}
    return MaskingLog(detectors=detectors | {rule.name for rule in masking.rules})


class RelayContainer(containers.DeclarativeContainer):
    """One agent. To swap an adapter: `container.clock.override(providers.Object(FakeClock()))`."""

    settings: providers.Dependency[Settings] = providers.Dependency(instance_of=Settings)
    relay_id = providers.Singleton(lambda: str(uuid4()))

    clock = providers.Singleton(SystemClock)
    failures = providers.Singleton(LoggedFailures)
    session_gate = providers.Singleton(BreakGlassFile, settings.provided.session.break_glass_file)
    masker = providers.Singleton(build_masker, settings.provided.masking.to_domain.call())
    masking_observer = providers.Singleton(masking_log, settings)
    examiner = providers.Singleton(build_examiner, settings.provided.masking.to_domain.call())
    scrub = providers.Singleton(record_scrubber, settings)
    outputs = providers.Singleton(open_outputs, settings.provided.audit)
    audit = providers.Singleton(
        build_sink,
        settings=settings.provided.audit,
        outputs=outputs,
        clock=clock,
        relay_id=relay_id,
        tenant_id=settings.provided.control_plane.tenant_id,
        scrub=scrub,
    )
    resources = providers.Singleton(resources_of, settings)
    connections = providers.Singleton(connect_all, settings)

    counters = providers.Singleton(RequestCounters)
    in_flight = providers.Singleton(InFlight)
    admission = providers.Singleton(AdmissionControl)
    registry = providers.Singleton(ResourceRegistry)
    replay = providers.Singleton(ReplayWindow)
    trail = providers.Singleton(LifecycleTrail, audit=audit, failures=failures)
    readiness = providers.Singleton(Readiness, trail=trail)
    gatekeeper = providers.Singleton(Gatekeeper, gate=session_gate, clock=clock, replay=replay)
    lifecycle = providers.Singleton(
        RequestLifecycle,
        audit=audit,
        clock=clock,
        counters=counters,
        failures=failures,
        gatekeeper=gatekeeper,
        in_flight=in_flight,
        masker=masker,
    )
    role_log = providers.Singleton(LoggedRoles)
    rule_log = providers.Singleton(LoggedRules)
    rule_check = providers.Singleton(RuleCheck, rule_log=rule_log, failures=failures)
    prober = providers.Singleton(
        HealthProber,
        registry=registry,
        trail=trail,
        clock=clock,
        failures=failures,
        role_log=role_log,
        rule_check=rule_check,
    )

    learn_columns = providers.Singleton(LearnColumns, examiner=examiner, clock=clock)
    handle_request = providers.Singleton(
        HandleRequest,
        lifecycle=lifecycle,
        gatekeeper=gatekeeper,
        registry=registry,
        admission=admission,
        prober=prober,
        learn_columns=learn_columns,
        masker=masker,
        masking_observer=masking_observer,
        clock=clock,
    )
    list_resources = providers.Singleton(ListResources, lifecycle=lifecycle, registry=registry)
    describe_resource = providers.Singleton(DescribeResource, handle_request=handle_request, registry=registry)
    check_health = providers.Singleton(CheckHealth, lifecycle=lifecycle, prober=prober)
    cancel_request = providers.Singleton(CancelRequest, lifecycle=lifecycle, in_flight=in_flight)
    refuse_request = providers.Singleton(RefuseRequest, lifecycle=lifecycle)
    record_dropped_reply = providers.Singleton(RecordDroppedReply, trail=trail)
    report_heartbeat = providers.Singleton(
        ReportHeartbeat, audit=audit, clock=clock, counters=counters, in_flight=in_flight, registry=registry
    )
    monitor_resources = providers.Singleton(MonitorResources, prober=prober, registry=registry, readiness=readiness)

    health_file = providers.Singleton(HealthFile)
    health_reporter = providers.Singleton(HealthReporter, file=health_file)
    methods = providers.Singleton(
        Methods,
        handle_request=handle_request,
        list_resources=list_resources,
        describe_resource=describe_resource,
        check_health=check_health,
        cancel_request=cancel_request,
        refuse_request=refuse_request,
    )
    dispatcher = providers.Singleton(
        Dispatcher,
        methods=methods,
        refuse_request=refuse_request,
        record_dropped_reply=record_dropped_reply,
        clock=clock,
        failures=failures,
    )
    link = providers.Singleton(
        ControlPlaneLink,
        settings=providers.Singleton(link_settings, settings.provided.control_plane, relay_id),
        dispatcher=dispatcher,
        report_heartbeat=report_heartbeat,
        registry=registry,
        readiness=readiness,
        trail=trail,
        in_flight=in_flight,
        clock=clock,
        failures=failures,
        on_state=health_reporter.provided.set_connected,
    )
