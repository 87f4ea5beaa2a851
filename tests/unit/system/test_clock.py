from __future__ import annotations

from datetime import UTC, datetime, timedelta

from relay.adapters.outbound.system.clock import SystemClock


def test_now_is_aware_and_in_utc_when_asked() -> None:
    now = SystemClock().now()
    assert now.utcoffset() == timedelta(0)
    assert abs(datetime.now(UTC) - now) < timedelta(seconds=5)


def test_monotonic_time_never_goes_back_when_asked_twice() -> None:
    clock = SystemClock()
    assert clock.monotonic_s() <= clock.monotonic_s()
