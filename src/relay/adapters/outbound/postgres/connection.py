"""Opens a PostgreSQL resource: its pool, and the ports over it."""

from __future__ import annotations

import ssl
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import anyio
import asyncpg

from relay.adapters.outbound.postgres.driver_types import Pool
from relay.adapters.outbound.postgres.guard import PostgresStatementGuard
from relay.adapters.outbound.postgres.inspector import PostgresInspector
from relay.adapters.outbound.postgres.live_catalogue import LiveCatalogue
from relay.adapters.outbound.postgres.rules_following import RuleFollower
from relay.adapters.outbound.postgres.runner import PostgresQueryRunner
from relay.adapters.outbound.postgres.sampler import PostgresColumnSampler
from relay.adapters.outbound.postgres.session import CONNECT_TIMEOUT_S
from relay.adapters.outbound.postgres.strays import Strays
from relay.adapters.outbound.postgres.visible_relations import ShowsTable
from relay.application.ports.database import Database
from relay.domain.policy import ColumnRule
from relay.domain.protection import NO_PROTECTION, Protection

IDLE_LIFETIME_S = 30.0
CLOSE_TIMEOUT_S = 5.0
STATEMENTS_CACHED = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class PostgresSettings:
    """Where and how to log in. `read_password` is asked before each login; `sslmode` as libpq means it."""

    host: str
    port: int
    database: str
    user: str
    read_password: Callable[[], str | None] = field(repr=False)
    sslmode: str = "prefer"
    ssl_root_cert: Path | None = None
    ssl_cert: Path | None = None
    ssl_key: Path | None = None
    pool_size: int = 5
    statement_cache: bool = True


class PostgresConnection:
    """Implements DatabaseConnection. One connection more than `pool_size` is kept for probes."""

    def __init__(
        self,
        *,
        settings: PostgresSettings,
        schemas: Sequence[str],
        shows_table: ShowsTable,
        rules: Sequence[ColumnRule] = (),
        protection: Protection = NO_PROTECTION,
    ) -> None:
        self._settings = settings
        self._rules = tuple(rules)
        self._protection = protection
        self._schemas = schemas
        self._shows_table = shows_table

    @asynccontextmanager
    async def open(self) -> AsyncIterator[Database]:
        """See DatabaseConnection; nothing is dialled before the first request or probe."""
        pool = self._pool()
        await pool
        catalogue, strays = LiveCatalogue(), Strays()
        try:
            yield Database(
                guard=PostgresStatementGuard(live=catalogue, rules=self._rules, protection=self._protection),
                runner=PostgresQueryRunner(
                    pool=pool,
                    strays=strays,
                    schemas=self._schemas,
                    shows_table=self._shows_table,
                    hash_key=self._protection.hash_key,
                ),
                inspector=PostgresInspector(
                    pool=pool,
                    strays=strays,
                    schemas=self._schemas,
                    shows_table=self._shows_table,
                    catalogue=catalogue,
                    rules=RuleFollower(self._rules, self._protection.masks),
                ),
                sampler=PostgresColumnSampler(pool=pool, strays=strays, catalogue=catalogue),
            )
        finally:
            with anyio.CancelScope(shield=True):
                with anyio.move_on_after(CLOSE_TIMEOUT_S):
                    await pool.close()
                pool.terminate()

    async def _password(self) -> str:
        """Read the secret anew, in a thread: its file may be slow."""
        return await anyio.to_thread.run_sync(self._settings.read_password) or ""

    def _pool(self) -> Pool:
        settings = self._settings
        return asyncpg.create_pool(
            host=settings.host,
            port=settings.port,
            database=settings.database,
            user=settings.user,
            password=self._password,
            ssl=ssl_argument(settings),
            min_size=0,
            max_size=settings.pool_size + 1,
            max_inactive_connection_lifetime=IDLE_LIFETIME_S,
            timeout=CONNECT_TIMEOUT_S,
            statement_cache_size=STATEMENTS_CACHED if settings.statement_cache else 0,
            reset=_no_reset,
        )


async def _no_reset(_: object) -> None:
    """Each transaction ends with a rollback and frees its advisory locks: nothing else outlives it."""


def ssl_argument(settings: PostgresSettings) -> ssl.SSLContext | Literal["prefer"] | Literal[False]:
    """Return what asyncpg takes for an sslmode; a mode that verifies never falls back to one that does not."""
    if settings.sslmode == "disable" or settings.host.startswith("/"):
        return False
    if settings.sslmode == "prefer" and settings.ssl_root_cert is None and settings.ssl_cert is None:
        return "prefer"
    context = ssl.create_default_context(cafile=str(settings.ssl_root_cert) if settings.ssl_root_cert else None)
    context.check_hostname = settings.sslmode == "verify-full"
    if settings.sslmode in {"prefer", "require"} and settings.ssl_root_cert is None:
        context.verify_mode = ssl.CERT_NONE
    if settings.ssl_cert is not None:
        context.load_cert_chain(str(settings.ssl_cert), str(settings.ssl_key) if settings.ssl_key else None)
    return context
