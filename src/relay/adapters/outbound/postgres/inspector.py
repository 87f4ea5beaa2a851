"""Looks at a PostgreSQL server's health."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from relay.adapters.outbound.postgres.catalogue import fingerprint
from relay.adapters.outbound.postgres.driver_types import Pool
from relay.adapters.outbound.postgres.live_catalogue import LiveCatalogue, read_catalogue
from relay.adapters.outbound.postgres.session import read_only
from relay.application.ports.database import Probe
from relay.domain.errors import RelayError
from relay.domain.facts import TableName

PROBE_TIMEOUT_S = 5.0


class PostgresInspector:
    """Probes over a connection that the pool holds beyond those of requests, so that these can't starve it.

    Each probe brings the guard a new catalogue.
    """

    def __init__(
        self,
        *,
        pool: Pool,
        schemas: Sequence[str],
        shows_table: Callable[[TableName], bool],
        catalogue: LiveCatalogue,
    ) -> None:
        self._catalogue = catalogue
        self._pool = pool
        self._schemas = schemas
        self._shows_table = shows_table

    async def probe(self) -> Probe:
        """See ResourceInspector; latency is that of one statement on an open connection."""
        started_s = time.monotonic()
        try:
            async with read_only(self._pool, schemas=self._schemas, timeout_s=PROBE_TIMEOUT_S) as connection:
                started_s = time.monotonic()
                await connection.fetchval("SELECT 1")
                latency_ms = _since(started_s)
                found = await fingerprint(connection, self._schemas, self._shows_table)
                self._catalogue.look(await read_catalogue(connection, self._schemas))
                return Probe(healthy=True, latency_ms=latency_ms, fingerprint=found)
        except RelayError as error:
            self._catalogue.look(None)
            return Probe(healthy=False, latency_ms=_since(started_s), error=error.detail.rstrip(";"))


def _since(started_s: float) -> int:
    return round((time.monotonic() - started_s) * 1000)
