"""Doubles of clock, session, logs and listener."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from relay.domain.policy import ColumnRule
from relay.domain.role import RoleExamination


class FakeClock:
    """Stands still until it is moved."""

    def __init__(self, now: datetime | None = None) -> None:
        self._start = now or datetime(2026, 1, 15, 10, 30, tzinfo=UTC)
        self._passed_s = 0.0

    def now(self) -> datetime:
        """See Clock."""
        return self._start + timedelta(seconds=self._passed_s)

    def monotonic_s(self) -> float:
        """See Clock."""
        return self._passed_s

    def advance(self, seconds: float) -> None:
        """Let time pass."""
        self._passed_s += seconds


class FakeSessionGate:
    """Break-glass as a flag."""

    def __init__(self, *, stopped: bool = False) -> None:
        self.stopped = stopped

    def is_stopped(self) -> bool:
        """See SessionGate."""
        return self.stopped


class RecordingFailureLog:
    """Keeps what went wrong."""

    def __init__(self) -> None:
        self.errors: list[BaseException] = []

    def unexpected(self, error: BaseException, *, request_id: str | None = None) -> None:  # noqa: ARG002 - the port's
        """See FailureLog."""
        self.errors.append(error)


class RecordingRoleLog:
    """Keeps what was found of the roles."""

    def __init__(self) -> None:
        self.examinations: list[tuple[str, RoleExamination, bool]] = []

    def examined(self, resource_id: str, examination: RoleExamination, *, accepted: bool) -> None:
        """See RoleLog."""
        self.examinations.append((resource_id, examination, accepted))


class RecordingRuleLog:
    """Keeps which rules protect nothing."""

    def __init__(self) -> None:
        self.told: list[tuple[str, str, tuple[ColumnRule, ...]]] = []

    def missing(self, resource_id: str, rules: Sequence[ColumnRule]) -> None:
        """See RuleLog."""
        self.told.append(("missing", resource_id, tuple(rules)))

    def unhashable(self, resource_id: str, rules: Sequence[ColumnRule]) -> None:
        """See RuleLog."""
        self.told.append(("unhashable", resource_id, tuple(rules)))


class RecordingResourceListener:
    """Counts how often it was told."""

    def __init__(self) -> None:
        self.times_told = 0

    def resources_changed(self) -> None:
        """See ResourceListener."""
        self.times_told += 1
