"""The agent as the container wires it, without its control plane, and every byte that leaves it for one request."""

from __future__ import annotations

import json
import re
import traceback
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import anyio
import structlog
from dependency_injector import providers

from relay.adapters.inbound.ws_jsonrpc.replies import execute_result, failure, success
from relay.adapters.outbound.memory import MemoryAuditSink
from relay.bootstrap.config.load import load_settings
from relay.bootstrap.container import RelayContainer
from relay.bootstrap.lifecycle import open_resources
from relay.bootstrap.logging import configure_logging
from relay.domain.errors import RelayError
from relay.domain.request import QueryRequest, RequestContext

HANG_S = 30.0
ANSWERED = "ANSWERED"
VOLATILE = re.compile(
    r"(\"executionTimeMs\"|\"executionMs\"|'executionMs'|\"requestId\"|\"time\"): ?(?:\"[^\"]*\"|\d+)|[0-9a-f]{64}'"
)
"""What differs from run to run, and the digest of a statement without its literals: digits that mean nothing."""


@dataclass(slots=True, kw_only=True)
class Lines:
    """Log lines, as they would have been written."""

    written: list[bytes] = field(default_factory=list)

    def write_line(self, line: bytes) -> None:
        """Keep a line."""
        self.written.append(line)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What came of one request: the reason (ANSWERED for rows), the answer decoded, and all that left."""

    reason: str
    answer: Mapping[str, Any]
    parts: Mapping[str, str]

    @property
    def rows(self) -> Sequence[Mapping[str, Any]]:
        """The rows; none for a refusal."""
        rows: Sequence[Mapping[str, Any]] = self.answer.get("rows", ())
        return rows

    @property
    def said(self) -> str:
        """The reason and its sentence."""
        return str(self.answer.get("message", self.reason))

    @property
    def lasting(self) -> Mapping[str, Any]:
        """The answer without what differs from run to run."""
        lasting: Mapping[str, Any] = json.loads(VOLATILE.sub(r"\1:0", json.dumps(self.answer)))
        return lasting


@dataclass(kw_only=True)
class CanaryAgent:
    """One running agent."""

    container: RelayContainer
    audit: MemoryAuditSink
    log: Lines
    number: int = 0

    async def ask(self, resource: str, operation: str = "query", **arguments: object) -> Reply:
        """Send one request through the use case, and collect all that it made."""
        self.number += 1
        audited, logged = len(self.audit.events), len(self.log.written)
        name = f"r{self.number}"
        now_s = self.container.clock().monotonic_s()
        context = RequestContext(request_id=name, method="execute", received_at_s=now_s, key=name)
        request = QueryRequest(context=context, resource_id=resource, operation=operation, arguments=arguments)
        try:
            with anyio.fail_after(HANG_S):
                result = await self.container.handle_request().execute(request)
        except RelayError as error:
            wire = failure(b"1", error, request_id=name)
            reason, shown = error.reason.value, repr(error) + "".join(traceback.format_exception(error))
        else:
            wire = success(b"1", execute_result(result))
            reason, shown = ANSWERED, repr(result)
        decoded = json.loads(wire)
        parts = {
            "the answer": wire.decode(),
            "repr": shown,
            "the audit trail": repr(self.audit.events[audited:]),
            "the log": b"\n".join(self.log.written[logged:]).decode(),
        }
        parts = {name: VOLATILE.sub(r"\1:0", text) for name, text in parts.items()}
        return Reply(reason=reason, answer=decoded.get("result") or decoded["error"], parts=parts)


@asynccontextmanager
async def canary_agent(
    resources: Sequence[Mapping[str, object]], folder: Path, **masking: object
) -> AsyncIterator[CanaryAgent]:
    """Run the use cases on the resources, after a first probe that must find them healthy."""
    link = {"url": "ws://127.0.0.1:1/", "token": "t", "tenantId": "t"}
    file = folder / "relay.yaml"
    file.write_text(json.dumps({"controlPlane": link, "resources": list(resources), "masking": masking}))
    log = Lines()
    configure_logging(log, "debug")
    container = RelayContainer(settings=providers.Object(load_settings(file, {})))
    agent = CanaryAgent(container=container, audit=MemoryAuditSink(), log=log)
    container.audit.override(providers.Object(agent.audit))
    try:
        async with open_resources(container):
            for health in await container.prober().probe_all():
                if not health.healthy:
                    raise RuntimeError(health.error)
            yield agent
    finally:
        structlog.reset_defaults()
