"""Reads a few rows of a table, so that its columns can be classified."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import asyncpg

from relay.adapters.outbound.postgres.driver_types import Connection, Pool
from relay.adapters.outbound.postgres.guard.catalogue import ColumnType, TypeFamily
from relay.adapters.outbound.postgres.live_catalogue import LiveCatalogue
from relay.adapters.outbound.postgres.sample_sql import TableFacts, sample_sql
from relay.adapters.outbound.postgres.session import read_only
from relay.adapters.outbound.postgres.strays import Strays
from relay.application.ports.database import ColumnSample
from relay.domain.errors import Reason, RelayError
from relay.domain.facts import TableName
from relay.domain.policy import ColumnRule
from relay.domain.protection import ColumnClass

FEWEST_OF_WANTED = 0.1
"""A sample spread over the table that brings less than this of the rows is taken again from its beginning."""
HOLDING_TEXT = frozenset({TypeFamily.TEXT, TypeFamily.DOCUMENT})

FACTS_SQL = """
SELECT c.relkind IN ('r', 'm') AS is_stored, GREATEST(c.reltuples, 0)::pg_catalog.float8 AS row_count,
  c.relpages AS pages_then,
  CASE WHEN c.relkind IN ('r', 'm') THEN pg_catalog.pg_relation_size(c.oid)
    / pg_catalog.current_setting('block_size')::pg_catalog.int8 ELSE 0 END AS pages,
  ARRAY(SELECT a.attname::pg_catalog.text FROM pg_catalog.pg_attribute a
    WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
      AND (pg_catalog.has_table_privilege(c.oid, 'SELECT')
        OR pg_catalog.has_column_privilege(c.oid, a.attnum, 'SELECT'))
    ORDER BY a.attnum) AS columns
FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = $1 AND c.relname = $2"""


class PostgresColumnSampler:
    """Implements ColumnSampler: one read-only transaction a table; what was learnt is the live catalogue's."""

    def __init__(self, *, pool: Pool, strays: Strays, catalogue: LiveCatalogue) -> None:
        self._pool = pool
        self._strays = strays
        self._catalogue = catalogue

    async def sample(self, table: TableName, *, max_rows: int, timeout_s: float) -> tuple[ColumnSample, ...]:
        """See ColumnSampler; empty texts are left out too."""
        self._strays.check()
        catalogue = self._catalogue.current()
        known = catalogue.resolved(table.schema, table.name)
        if known is None or known.schema is None:
            raise _no_such(table)
        types = catalogue.column_types(known.schema, known.name)
        # no schema of the customer's in the path: an operator of his can't stand in for one of pg_catalog's
        async with read_only(self._pool, schemas=(), timeout_s=timeout_s, strays=self._strays) as connection:
            facts = await _facts(connection, known.schema, known.name)
            return _samples(facts.columns, types, await _rows(connection, facts, types, max_rows))

    def learn(self, table: TableName, classes: Mapping[str, ColumnClass]) -> None:
        """See ColumnSampler."""
        self._catalogue.learn(table, classes)

    def forget(self, table: TableName) -> None:
        """See ColumnSampler."""
        self._catalogue.forget(table)

    async def tables(self) -> tuple[TableName, ...]:
        """See ColumnSampler; raises RESOURCE_UNAVAILABLE before the first probe."""
        keys = sorted(self._catalogue.current().shown.keys)
        return tuple(TableName(schema=schema, name=name) for schema, name in keys)

    async def missing_columns(self) -> tuple[ColumnRule, ...]:
        """See ColumnSampler; raises RESOURCE_UNAVAILABLE before the first probe."""
        return self._catalogue.current().missing_rules

    async def unhashable_columns(self) -> tuple[ColumnRule, ...]:
        """See ColumnSampler; raises RESOURCE_UNAVAILABLE before the first probe."""
        return self._catalogue.current().unhashable_rules


async def _facts(connection: Connection, schema: str, name: str) -> TableFacts:
    row = await connection.fetchrow(FACTS_SQL, schema, name)
    if row is None:
        raise _no_such(TableName(schema=schema, name=name))
    return TableFacts(
        schema=schema,
        name=name,
        columns=tuple(row["columns"]),
        pages=row["pages"] if row["is_stored"] else 0,
        rows_a_page=row["row_count"] / row["pages_then"] if row["pages_then"] else None,
    )


async def _rows(
    connection: Connection, facts: TableFacts, types: Mapping[str, ColumnType], max_rows: int
) -> Sequence[asyncpg.Record]:
    if not facts.columns:
        return ()
    texts = frozenset(name for name, known in types.items() if known.family is TypeFamily.TEXT)
    if facts.is_large:
        spread = await connection.fetch(sample_sql(facts, texts, max_rows, is_spread=True))
        if len(spread) >= max_rows * FEWEST_OF_WANTED:
            return spread
    return await connection.fetch(sample_sql(facts, texts, max_rows, is_spread=False))


def _samples(
    columns: Sequence[str], types: Mapping[str, ColumnType], rows: Sequence[asyncpg.Record]
) -> tuple[ColumnSample, ...]:
    """Turn rows into columns; one whose type is not known may hold text."""
    return tuple(
        ColumnSample(
            name=column,
            type=types[column].name if column in types else "",
            is_text=column not in types or types[column].family in HOLDING_TEXT,
            values=tuple(row[place] for row in rows if row[place]),
        )
        for place, column in enumerate(columns)
    )


def _no_such(table: TableName) -> RelayError:
    return RelayError(Reason.QUERY_FAILED, f"there is no table {table};", hint="list_tables shows the tables there are")
