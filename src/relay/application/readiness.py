"""When the agent is ready: connected, and every resource looked at once."""

from __future__ import annotations

from relay.application.lifecycle_trail import LifecycleTrail
from relay.domain.audit import AuditKind


class Readiness:
    """Says `Relay ready` once in the life of the process, healthy resources or not."""

    def __init__(self, *, trail: LifecycleTrail) -> None:
        self._trail = trail
        self._missing = {"connection", "probe"}

    def link_connected(self) -> None:
        """Take note of a connection to the control plane."""
        self._done("connection")

    def resources_probed(self) -> None:
        """Take note of a finished round of probes."""
        self._done("probe")

    def _done(self, what: str) -> None:
        if what in self._missing:
            self._missing.discard(what)
            if not self._missing:
                self._trail.post(AuditKind.RELAY_READY)
