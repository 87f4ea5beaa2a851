"""Samples collections, so that their fields can be classified."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager

from relay.adapters.outbound.mongodb.catalogue import collections
from relay.adapters.outbound.mongodb.clients import ClientSource
from relay.adapters.outbound.mongodb.documents import documents
from relay.adapters.outbound.mongodb.operation import Operation
from relay.adapters.outbound.mongodb.plans import AggregatePlan, FindPlan, QueryPlan
from relay.adapters.outbound.mongodb.protection.classes import LearntClasses
from relay.adapters.outbound.mongodb.protection.paths import class_path, is_at_or_above
from relay.adapters.outbound.mongodb.protection.samples import PathSamples
from relay.application.ports.database import ColumnSample
from relay.domain.errors import Reason, RelayError
from relay.domain.facts import TableName
from relay.domain.policy import ColumnRule
from relay.domain.protection import ColumnClass, ColumnKind

RULED_SAMPLE = 200
RULED_TIMEOUT_S = 5.0
"""How many documents are looked at for a rule's path, and for how long."""
_NEITHER = ColumnClass(kind=ColumnKind.NEITHER)


class MongoColumnSampler:
    """Implements the ColumnSampler port; a column is a path, through arrays and documents."""

    def __init__(
        self,
        *,
        source: ClientSource,
        database: str,
        classes: LearntClasses,
        shows: Callable[[str], bool],
        rules: Sequence[ColumnRule] = (),
    ) -> None:
        self._source = source
        self._database = database
        self._classes = classes
        self._shows = shows
        self._rules = tuple(rules)
        self._harmless: dict[str, frozenset[str]] = {}

    async def sample(self, table: TableName, *, max_rows: int, timeout_s: float) -> tuple[ColumnSample, ...]:
        """Return the values at each path; see the port."""
        found = await self._look(table.name, max_rows, timeout_s)
        self._harmless[table.name] = found.harmless
        return found.samples()

    def learn(self, table: TableName, classes: Mapping[str, ColumnClass]) -> None:
        """Keep the classes; a path of which every value is a date, an id or a truth value holds nothing personal."""
        harmless = dict.fromkeys(self._harmless.pop(table.name, frozenset()), _NEITHER)
        self._classes.learn(table.name, {**classes, **harmless} if classes else {})

    def forget(self, table: TableName) -> None:
        """Let a collection count as one that was never sampled."""
        self._classes.forget(table.name)

    async def tables(self) -> tuple[TableName, ...]:
        """Return the collections and views that the policy shows, by name."""
        async with self._operation(RULED_TIMEOUT_S) as operation:
            found = await collections(operation)
        return tuple(TableName(name=entry.name) for entry in found if self._shows(entry.name))

    async def missing_columns(self) -> tuple[ColumnRule, ...]:
        """Return the rules whose collection is not there, or whose path no sampled document has."""
        if not self._rules:
            return ()
        async with self._operation(RULED_TIMEOUT_S) as operation:
            names = {entry.name for entry in await collections(operation)}
        paths = {rule.table: await self._paths(rule.table) for rule in self._rules if rule.table in names}
        return tuple(rule for rule in self._rules if not _is_there(rule, paths))

    async def unhashable_columns(self) -> tuple[ColumnRule, ...]:
        """Return none: every BSON type has its token."""
        return ()

    async def _paths(self, collection: str) -> frozenset[str]:
        return (await self._look(collection, RULED_SAMPLE, RULED_TIMEOUT_S)).paths

    async def _look(self, collection: str, max_rows: int, timeout_s: float) -> PathSamples:
        at_random = AggregatePlan(collection=collection, pipeline=({"$sample": {"size": max_rows}},))
        async with self._operation(timeout_s) as operation:
            try:
                return await _fold(operation, at_random, max_rows)
            except RelayError as error:
                if error.reason is not Reason.QUERY_FAILED:
                    raise
            return await _fold(operation, FindPlan(collection=collection), max_rows)

    @asynccontextmanager
    async def _operation(self, timeout_s: float) -> AsyncIterator[Operation]:
        async with self._source.lend() as client:
            operation = Operation(client=client, source=self._source, database=self._database, timeout_s=timeout_s)
            try:
                await operation.start()
                yield operation
            finally:
                await operation.leave()


async def _fold(operation: Operation, plan: QueryPlan, max_rows: int) -> PathSamples:
    found = PathSamples()
    async for piece in documents(operation, plan, max_rows):
        for document in piece:
            found.add(document)
        if found.is_full:
            break
    return found


def _is_there(rule: ColumnRule, paths: Mapping[str, frozenset[str]]) -> bool:
    path = class_path(rule.column)
    return any(is_at_or_above(path, known) for known in paths.get(rule.table, frozenset()))
