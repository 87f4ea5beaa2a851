"""How many requests ended how, since start; nothing here can carry data."""

from __future__ import annotations

from dataclasses import dataclass

from relay.domain.errors import Outcome


@dataclass(slots=True, kw_only=True)
class RequestCounters:
    """Counts for the heartbeat."""

    served: int = 0
    denied: int = 0
    failed: int = 0

    def add(self, outcome: Outcome) -> None:
        """Count one request."""
        if outcome is Outcome.SUCCESS:
            self.served += 1
        elif outcome is Outcome.DENIED:
            self.denied += 1
        else:
            self.failed += 1
