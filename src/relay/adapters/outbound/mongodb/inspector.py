"""Looks at a MongoDB database's health and at the shape of what the policy shows."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable

import anyio

from relay.adapters.outbound.mongodb.catalogue import VIEW, indexes, shown_collections
from relay.adapters.outbound.mongodb.clients import ClientSource
from relay.adapters.outbound.mongodb.operation import Operation
from relay.application.ports.database import Probe
from relay.domain.errors import Reason, RelayError
from relay.domain.facts import TableName

PROBE_TIMEOUT_S = 4.5
"""Within the 5 s that a health check may take."""
MAX_COLLECTIONS = 200
"""Whose indexes go into the fingerprint; beyond it, names alone."""


class MongoInspector:
    """Implements the ResourceInspector port."""

    def __init__(self, *, source: ClientSource, database: str, shows_table: Callable[[TableName], bool]) -> None:
        self._source = source
        self._database = database
        self._shows_table = shows_table

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
        return Probe(healthy=True, latency_ms=latency_ms, fingerprint=await self._fingerprint(operation))

    async def _fingerprint(self, operation: Operation) -> str | None:
        try:
            shown = await shown_collections(operation, self._shows_table)
            shape = []
            for position, entry in enumerate(shown):
                looked_at = entry.kind != VIEW and position < MAX_COLLECTIONS
                found = await indexes(operation, entry.name) if looked_at else []
                shape.append(
                    [entry.name, entry.kind, sorted([index.name, index.keys, index.unique] for index in found)]
                )
        except RelayError:
            return None
        digest = hashlib.sha256(json.dumps(shape, ensure_ascii=True).encode()).hexdigest()
        return f"sha256:{digest}"


def _since_ms(started_s: float) -> int:
    return round((anyio.current_time() - started_s) * 1000)
