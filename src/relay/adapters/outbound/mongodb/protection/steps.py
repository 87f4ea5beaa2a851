"""Bound of the work that following one statement may take: values share their parts, and parts of parts multiply."""

from __future__ import annotations

from relay.domain.errors import Reason, RelayError

MAX_STEPS = 25_000
"""A fifth of a second at worst; statements that people write take hundreds."""


class Steps:
    """Counts the steps of following one statement."""

    def __init__(self) -> None:
        self._left = MAX_STEPS

    def take(self, count: int = 1) -> None:
        """Take steps; QUERY_BLOCKED when there are none left."""
        self._left -= count
        if self._left < 0:
            raise RelayError(
                Reason.QUERY_BLOCKED,
                "the statement names more fields, or nests them more often, than can be followed;",
                hint="ask for fewer fields at a time, and name them in place of whole documents within documents",
            )
