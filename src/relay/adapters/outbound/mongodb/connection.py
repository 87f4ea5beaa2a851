"""Opens a MongoDB resource: its client, and the ports over it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager

from pymongo.monitoring import CommandListener

from relay.adapters.outbound.mongodb.catalogue import ShowsTable
from relay.adapters.outbound.mongodb.clients import ClientSource
from relay.adapters.outbound.mongodb.guard import MongoStatementGuard
from relay.adapters.outbound.mongodb.inspector import MongoInspector
from relay.adapters.outbound.mongodb.live_catalogue import LiveCatalogue
from relay.adapters.outbound.mongodb.protection.classes import LearntClasses
from relay.adapters.outbound.mongodb.role_examination import RoleExaminer
from relay.adapters.outbound.mongodb.runner import MongoQueryRunner
from relay.adapters.outbound.mongodb.sampler import MongoColumnSampler
from relay.application.ports.database import Database
from relay.domain.policy import ColumnRule
from relay.domain.protection import NO_PROTECTION, Protection


class MongoConnection:
    """Implements DatabaseConnection.

    `read_uri` gives the connection string, credentials included; it is asked when the client is first needed, before
    each probe, and after a refused login, off the event loop. `must_know`: see LiveCatalogue. `allowed_tables`: see
    RoleExaminer. `listeners` hear of each command the driver sends.
    """

    def __init__(
        self,
        *,
        read_uri: Callable[[], str],
        database: str,
        shows_table: ShowsTable,
        pool_size: int = 5,
        allows_aggregation: Callable[[], bool] = lambda: True,
        must_know: Callable[[str], bool] = lambda _name: False,
        allowed_tables: Sequence[str] = (),
        listeners: Sequence[CommandListener] = (),
        rules: Sequence[ColumnRule] = (),
        protection: Protection = NO_PROTECTION,
    ) -> None:
        self._rules = tuple(rules)
        self._protection = protection
        self._classes = LearntClasses()
        self._read_uri = read_uri
        self._database = database
        self._shows_table = shows_table
        self._pool_size = pool_size
        self._allows_aggregation = allows_aggregation
        self._catalogue = LiveCatalogue(must_know=must_know, rules=rules)
        self._examiner = RoleExaminer(database=database, allowed_tables=allowed_tables)
        self._listeners = listeners

    def _shows(self, name: str) -> bool:
        return self._catalogue.shows(name, self._shows_table)

    @asynccontextmanager
    async def open(self) -> AsyncIterator[Database]:
        """See DatabaseConnection; nothing is dialled before the first request or probe."""
        source = ClientSource(read_uri=self._read_uri, pool_size=self._pool_size, listeners=self._listeners)
        try:
            yield Database(
                guard=MongoStatementGuard(
                    allows_aggregation=self._allows_aggregation,
                    live=self._catalogue,
                    rules=self._rules,
                    protection=self._protection,
                    classes=self._classes,
                    shows=self._shows,
                ),
                runner=MongoQueryRunner(
                    source=source,
                    database=self._database,
                    pool_size=self._pool_size,
                    shows=self._shows,
                ),
                inspector=MongoInspector(
                    source=source,
                    database=self._database,
                    shows_table=self._shows_table,
                    examiner=self._examiner,
                    catalogue=self._catalogue,
                ),
                sampler=MongoColumnSampler(
                    source=source,
                    database=self._database,
                    classes=self._classes,
                    shows=self._shows,
                    rules=self._rules,
                ),
            )
        finally:
            await source.close()
