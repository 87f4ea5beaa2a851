"""The driver's classes with their parameters, which its stubs have and its run-time classes have not."""

from __future__ import annotations

from typing import TypeAlias

import asyncpg

Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"
Pool: TypeAlias = "asyncpg.Pool[asyncpg.Record]"

__all__ = ["Connection", "Pool"]
