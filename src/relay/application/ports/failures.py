"""Port of what went wrong inside Relay itself."""

from __future__ import annotations

from typing import Protocol


class FailureLog(Protocol):
    """Takes note of an unexpected exception for the operator: its type and where, never its text."""

    def unexpected(self, error: BaseException, *, request_id: str | None = None) -> None:
        """Write one operational line at error level; never raises."""
        ...
