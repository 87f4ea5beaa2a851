"""Looks at a MongoDB database's health and at the shape of what the policy shows."""

from __future__ import annotations

import hashlib
import json

import anyio

from relay.adapters.outbound.mongodb.catalogue import VIEW, Collection, ShowsTable, collections, indexes
from relay.adapters.outbound.mongodb.clients import ClientSource
from relay.adapters.outbound.mongodb.live_catalogue import LiveCatalogue, read_catalogue
from relay.adapters.outbound.mongodb.operation import Operation
from relay.adapters.outbound.mongodb.role_examination import RoleExaminer
from relay.application.ports.database import Probe
from relay.domain.errors import Reason, RelayError

PROBE_TIMEOUT_S = 4.5
"""Within the 5 s that a health check may take."""
MAX_COLLECTIONS = 200
"""Whose indexes go into the fingerprint; beyond it, names alone."""


class MongoInspector:
    """Implements the ResourceInspector port; each probe also brings the guard a new catalogue."""

    def __init__(
        self,
        *,
        source: ClientSource,
        database: str,
        shows_table: ShowsTable,
        examiner: RoleExaminer,
        catalogue: LiveCatalogue,
    ) -> None:
        self._source = source
        self._database = database
        self._shows_table = shows_table
        self._examiner = examiner
        self._catalogue = catalogue

    async def probe(self) -> Probe:
        """Ping, then take the fingerprint; see the port. Reads the connection string again."""
        self._source.doubt()
        started_s = anyio.current_time()
        try:
            async with self._source.lend() as client:
                operation = Operation(
                    client=client, source=self._source, database=self._database, timeout_s=PROBE_TIMEOUT_S
                )
                try:
                    return await self._look(operation)
                finally:
                    await operation.leave()
        except RelayError as error:
            said = "the database did not answer in time" if error.reason is Reason.QUERY_TIMEOUT else error.detail
            return Probe(healthy=False, latency_ms=_since_ms(started_s), error=said.rstrip(";"))

    async def _look(self, operation: Operation) -> Probe:
        await operation.start()
        started_s = anyio.current_time()
        await operation.command({"ping": 1})
        latency_ms = _since_ms(started_s)
        role = await self._examiner.examine(operation)
        return Probe(healthy=True, latency_ms=latency_ms, fingerprint=await self._take_in(operation), role=role)

    async def _take_in(self, operation: Operation) -> str | None:
        """Read the catalogue for the guard, and return the fingerprint of what is shown of it."""
        try:
            found = await collections(operation)
            self._catalogue.look(await read_catalogue(operation, found))
            shown = [entry for entry in found if self._catalogue.shows(entry.name, self._shows_table)]
            return await _fingerprint(operation, shown)
        except RelayError:
            return None


async def _fingerprint(operation: Operation, entries: list[Collection]) -> str:
    shape = []
    for position, entry in enumerate(entries):
        looked_at = entry.kind != VIEW and position < MAX_COLLECTIONS
        found = await indexes(operation, entry.name) if looked_at else []
        shape.append([entry.name, entry.kind, sorted([index.name, index.keys, index.unique] for index in found)])
    digest = hashlib.sha256(json.dumps(shape, ensure_ascii=True).encode()).hexdigest()
    return f"sha256:{digest}"


def _since_ms(started_s: float) -> int:
    return round((anyio.current_time() - started_s) * 1000)
