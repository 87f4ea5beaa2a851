"""How long to wait before dialling again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True, kw_only=True)
class Backoff:
    """Exponential, jittered. `delay_s` is the d of the next wait, which is uniform in [d/2, d]."""

    initial_s: float
    max_s: float
    delay_s: float

    @classmethod
    def fresh(cls, *, initial_s: float, max_s: float) -> Backoff:
        """Start from the initial delay."""
        return cls(initial_s=initial_s, max_s=max_s, delay_s=min(initial_s, max_s))

    def wait_s(self, random: Callable[[], float]) -> float:
        """Draw the next wait; `random` gives numbers in [0, 1)."""
        return self.delay_s * (0.5 + random() / 2)

    def longer(self) -> Backoff:
        """Double the delay, up to the longest."""
        return replace(self, delay_s=min(self.delay_s * 2, self.max_s))

    def reset(self) -> Backoff:
        """Go back to the initial delay, after a connection that stayed up."""
        return replace(self, delay_s=min(self.initial_s, self.max_s))
