"""MongoDB through motor.

motor runs every call of every client on one thread pool, sized by MOTOR_MAX_WORKERS when motor is first imported
(motor/frameworks/asyncio), five for each processor by default: two busy resources would block each other. Threads
are made only when needed, so a high ceiling costs nothing; each runner bounds its own calls by its pool size.
"""

from __future__ import annotations

import os

DRIVER_THREADS = 256
"""Ceiling for all resources together: 36 of them with the default pool size of 5 and two threads to spare each."""

os.environ.setdefault("MOTOR_MAX_WORKERS", str(DRIVER_THREADS))
