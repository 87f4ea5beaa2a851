"""Port of break-glass."""

from __future__ import annotations

from typing import Protocol


class SessionGate(Protocol):
    """Tells whether an operator has stopped the session. Must be cheap: it is asked for every request."""

    def is_stopped(self) -> bool:
        """Return True while every request is to be refused; True as well when that can't be found out."""
        ...
