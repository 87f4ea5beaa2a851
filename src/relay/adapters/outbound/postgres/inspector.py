"""Looks at a PostgreSQL server: its health, its catalogue, and what the role may do."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

from relay.adapters.outbound.postgres.driver_types import Connection, Pool
from relay.adapters.outbound.postgres.fingerprint import Shape, fingerprint, read_shapes
from relay.adapters.outbound.postgres.live_catalogue import LiveCatalogue, read_catalogue
from relay.adapters.outbound.postgres.role import examine_role
from relay.adapters.outbound.postgres.rules_following import RuleFollower
from relay.adapters.outbound.postgres.session import read_only
from relay.adapters.outbound.postgres.strays import Strays
from relay.adapters.outbound.postgres.visible_relations import ShowsTable
from relay.application.ports.database import Probe
from relay.domain.errors import RelayError
from relay.domain.role import RoleExamination

PROBE_TIMEOUT_S = 5.0
READ_INTERVAL_S = 1.0
"""A control plane may ask as often as it likes; the catalogue and the role are read this often at most, unless the
schemas' shape has changed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What the last full look found, and when."""

    read_at_s: float
    shapes: tuple[Shape, ...]
    fingerprint: str
    role: RoleExamination


class PostgresInspector:
    """Probes over a connection that the pool holds beyond those of requests, so that these can't starve it.

    A probe brings the guard a new catalogue.
    """

    def __init__(
        self,
        *,
        pool: Pool,
        strays: Strays,
        schemas: Sequence[str],
        shows_table: ShowsTable,
        catalogue: LiveCatalogue,
        rules: RuleFollower | None = None,
    ) -> None:
        self._rules = rules
        self._catalogue = catalogue
        self._pool = pool
        self._strays = strays
        self._schemas = schemas
        self._shows_table = shows_table
        self._last: Reading | None = None

    async def probe(self) -> Probe:
        """See ResourceInspector; latency is that of one statement on an open connection."""
        started_s = time.monotonic()
        try:
            # no schema of the customer's in the path: an operator of his can't stand in for one of pg_catalog's
            async with read_only(self._pool, schemas=(), timeout_s=PROBE_TIMEOUT_S) as connection:
                started_s = time.monotonic()
                await connection.fetchval("SELECT 1")
                latency_ms = _since(started_s)
                await self._strays.look(connection)
                reading = await self._read(connection)
                return Probe(healthy=True, latency_ms=latency_ms, fingerprint=reading.fingerprint, role=reading.role)
        except RelayError as error:
            self._last = None
            self._catalogue.look(None)
            return Probe(healthy=False, latency_ms=_since(started_s), error=error.detail.rstrip(";"))

    async def _read(self, connection: Connection) -> Reading:
        shapes = await read_shapes(connection, self._schemas)
        last = self._last
        if last is None or last.shapes != shapes or time.monotonic() - last.read_at_s >= READ_INTERVAL_S:
            last = self._last = await self._read_all(connection, shapes)
        return last

    async def _read_all(self, connection: Connection, shapes: tuple[Shape, ...]) -> Reading:
        read_at_s = time.monotonic()
        catalogue = await read_catalogue(connection, self._schemas, self._shows_table, self._rules)
        role = await examine_role(connection, self._schemas, catalogue.shown.has)
        self._catalogue.look(catalogue)
        found = fingerprint(shapes, catalogue.shown.has)
        return Reading(read_at_s=read_at_s, shapes=shapes, fingerprint=found, role=role)


def _since(started_s: float) -> int:
    return round((time.monotonic() - started_s) * 1000)
