"""In-memory twins of every port, for tests that need no database, disk or clock.

They keep the ports' promises, and pass the same contract suites as the real adapters.
"""

from relay.adapters.outbound.memory.audit import MemoryAuditSink
from relay.adapters.outbound.memory.database import MemoryConnection, MemoryDatabase
from relay.adapters.outbound.memory.masking import FakeExaminer, FakeMasker, RecordingMaskingObserver
from relay.adapters.outbound.memory.system import (
    FakeClock,
    FakeSessionGate,
    RecordingFailureLog,
    RecordingResourceListener,
    RecordingRoleLog,
    RecordingRuleLog,
)

__all__ = [
    "FakeClock",
    "FakeExaminer",
    "FakeMasker",
    "FakeSessionGate",
    "MemoryAuditSink",
    "MemoryConnection",
    "MemoryDatabase",
    "RecordingFailureLog",
    "RecordingMaskingObserver",
    "RecordingResourceListener",
    "RecordingRoleLog",
    "RecordingRuleLog",
]
