"""How fast the machine is at this moment, and what it is."""

from __future__ import annotations

import os
import platform
import time

SPIN_ROUNDS = 3
SPIN_STEPS = 200_000


def own_cpu_s() -> float:
    """Return the processor time of this process so far."""
    return time.process_time()


def spin_ms() -> float:
    """Return the processor time of a fixed piece of pure Python, the best of some rounds."""
    return min(_spin_once() for _ in range(SPIN_ROUNDS))


def _spin_once() -> float:
    begin, total = time.process_time(), 0
    for step in range(SPIN_STEPS):
        total += step
    return (time.process_time() - begin) * 1_000


def load_average() -> float:
    """Return how many processes wanted a processor over the last minute."""
    return os.getloadavg()[0]


def description() -> dict[str, object]:
    """Return what figures of this machine should be read with."""
    return {"cpus": os.cpu_count(), "machine": platform.machine(), "python": platform.python_version()}
