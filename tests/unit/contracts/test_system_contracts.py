"""What every Clock and every SessionGate keeps."""

from __future__ import annotations

from datetime import UTC

import pytest

from relay.adapters.outbound.memory import FakeClock, FakeSessionGate
from relay.adapters.outbound.system.break_glass import BreakGlassFile
from relay.adapters.outbound.system.clock import SystemClock


@pytest.mark.parametrize("clock", [FakeClock(), SystemClock()], ids=["memory", "system"])
def test_clock_is_aware_and_never_goes_back(clock) -> None:
    assert clock.now().tzinfo is UTC
    first = clock.monotonic_s()
    assert clock.monotonic_s() >= first


def test_gate_opens_and_closes_in_memory() -> None:
    gate = FakeSessionGate()
    assert gate.is_stopped() is False
    gate.stopped = True
    assert gate.is_stopped() is True


def test_gate_opens_and_closes_with_the_file(tmp_path) -> None:
    gate = BreakGlassFile(tmp_path / "stop")
    assert gate.is_stopped() is False
    (tmp_path / "stop").touch()
    assert gate.is_stopped() is True
    (tmp_path / "stop").unlink()
    assert gate.is_stopped() is False
