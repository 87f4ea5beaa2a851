"""What PostgreSQL's catalogue tells of the tables that the policy shows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import asyncpg

from relay.adapters.outbound.postgres.driver_types import Connection
from relay.adapters.outbound.postgres.live_catalogue import Key, read_relatives
from relay.adapters.outbound.postgres.streams import FixedRows
from relay.adapters.outbound.postgres.visible_relations import ShowsTable
from relay.domain.errors import Reason, RelayError
from relay.domain.facts import TableName
from relay.domain.json_value import JsonValue
from relay.domain.results import Field

Relatives = Mapping[Key, tuple[TableName, ...]]

# Relations that this role may read, in the configured schemas; the schemas' order is the search path's.
TABLES_SQL = """
SELECT n.nspname AS schema, c.relname AS name, c.oid AS oid,
  CASE c.relkind WHEN 'r' THEN 'table' WHEN 'p' THEN 'partitioned table' WHEN 'v' THEN 'view'
    WHEN 'm' THEN 'materialized view' ELSE 'foreign table' END AS type,
  CASE WHEN c.reltuples < 0 OR c.relkind = 'v' THEN NULL ELSE c.reltuples::pg_catalog.int8 END AS row_count
FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = ANY ($1::pg_catalog.text[]) AND c.relkind IN ('r', 'p', 'v', 'm', 'f')
  AND pg_catalog.has_schema_privilege(n.oid, 'USAGE')
  AND (pg_catalog.has_table_privilege(c.oid, 'SELECT') OR pg_catalog.has_any_column_privilege(c.oid, 'SELECT'))
  AND ($2::pg_catalog.text IS NULL OR c.relname = $2)
ORDER BY pg_catalog.array_position($1, n.nspname::pg_catalog.text), c.relname"""

COLUMNS_SQL = """
SELECT a.attname AS name, t.typname AS type, pg_catalog.format_type(a.atttypid, a.atttypmod) AS data_type,
  NOT a.attnotnull AS nullable, pg_catalog.pg_get_expr(d.adbin, d.adrelid) AS default_text,
  pg_catalog.col_description(a.attrelid, a.attnum) AS comment
FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_type t ON t.oid = a.atttypid
  LEFT JOIN pg_catalog.pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
WHERE a.attrelid = $1 AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum"""

CONSTRAINTS_SQL = """
SELECT k.conname AS name,
  CASE k.contype WHEN 'p' THEN 'primary_key' WHEN 'f' THEN 'foreign_key' WHEN 'u' THEN 'unique'
    ELSE 'check' END AS kind,
  (SELECT pg_catalog.array_agg(a.attname::pg_catalog.text ORDER BY u.place)
     FROM pg_catalog.unnest(k.conkey) WITH ORDINALITY AS u(number, place)
     JOIN pg_catalog.pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = u.number) AS columns,
  fn.nspname AS foreign_schema, fc.relname AS foreign_table,
  (SELECT pg_catalog.array_agg(a.attname::pg_catalog.text ORDER BY u.place)
     FROM pg_catalog.unnest(k.confkey) WITH ORDINALITY AS u(number, place)
     JOIN pg_catalog.pg_attribute a ON a.attrelid = k.confrelid AND a.attnum = u.number) AS foreign_columns,
  CASE k.contype WHEN 'c' THEN pg_catalog.pg_get_constraintdef(k.oid) END AS definition
FROM pg_catalog.pg_constraint k
  LEFT JOIN pg_catalog.pg_class fc ON fc.oid = k.confrelid
  LEFT JOIN pg_catalog.pg_namespace fn ON fn.oid = fc.relnamespace
WHERE k.conrelid = $1 AND k.contype IN ('p', 'f', 'u', 'c')
ORDER BY pg_catalog.strpos('pfuc', k.contype::pg_catalog.text), k.conname"""

INDEXES_SQL = """
SELECT c.relname AS name, i.indisunique AS is_unique,
  (SELECT pg_catalog.array_agg(pg_catalog.pg_get_indexdef(i.indexrelid, g.place, true) ORDER BY g.place)
     FROM pg_catalog.generate_series(1, i.indnkeyatts) AS g(place)) AS columns
FROM pg_catalog.pg_index i JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid
WHERE i.indrelid = $1 ORDER BY c.relname"""


class ListTables:
    """Rows of `list_tables`: tables and views that the policy shows and the role may read; counts are estimates."""

    fields = tuple(
        Field(name=name, type=type_)
        for name, type_ in (
            ("schema", "name"), ("name", "name"), ("type", "text"), ("rowCount", "int8"), ("table_name", "name"),
        )
    )  # fmt: skip

    def __init__(self, *, schemas: Sequence[str], shows_table: ShowsTable) -> None:
        self._schemas = list(schemas)
        self._shows_table = shows_table

    async def run(self, connection: Connection, max_rows: int) -> FixedRows:
        """Read the catalogue; at most `max_rows` rows."""
        rows: list[dict[str, JsonValue]] = []
        relatives = await read_relatives(connection)
        for record in await connection.fetch(TABLES_SQL, self._schemas, None):
            if _shows(self._shows_table, relatives, record["schema"], record["name"]):
                name = record["name"]
                rows.append(
                    {
                        "schema": record["schema"],
                        "name": name,
                        "type": record["type"],
                        "rowCount": record["row_count"],
                        "table_name": name,
                    }
                )
        return FixedRows(fields=self.fields, rows=rows[:max_rows])


class DescribeTable:
    """Rows of `describe_table`: columns, then constraints, then indexes."""

    fields = tuple(
        Field(name=name, type=type_)
        for name, type_ in (
            ("kind", "text"), ("name", "name"), ("type", "name"), ("nullable", "bool"), ("default", "text"),
            ("comment", "text"), ("column_name", "name"), ("data_type", "text"), ("columns", "_text"),
            ("unique", "bool"), ("references", "jsonb"), ("definition", "text"),
        )
    )  # fmt: skip

    def __init__(self, *, schemas: Sequence[str], shows_table: ShowsTable) -> None:
        self._schemas = list(schemas)
        self._shows_table = shows_table

    async def run(self, connection: Connection, table: TableName, max_rows: int) -> FixedRows:
        """Read one table; QUERY_FAILED when there is none of that name that the policy shows."""
        relatives = await read_relatives(connection)
        oid = await self._find(connection, table, relatives)
        rows: list[dict[str, JsonValue]] = [_column(record) for record in await connection.fetch(COLUMNS_SQL, oid)]
        rows += [self._constraint(record, relatives) for record in await connection.fetch(CONSTRAINTS_SQL, oid)]
        rows += [_index(record) for record in await connection.fetch(INDEXES_SQL, oid)]
        return FixedRows(fields=self.fields, rows=rows[:max_rows])

    async def _find(self, connection: Connection, table: TableName, relatives: Relatives) -> int:
        schemas = self._schemas if table.schema is None else [table.schema]
        for record in await connection.fetch(TABLES_SQL, schemas, table.name):
            if _shows(self._shows_table, relatives, record["schema"], record["name"]):
                return int(record["oid"])
        raise RelayError(
            Reason.QUERY_FAILED,
            f"there is no table {table}: SQLSTATE 42P01 undefined_table;",
            hint="list_tables shows the tables there are",
        )

    def _constraint(self, record: asyncpg.Record, relatives: Relatives) -> dict[str, JsonValue]:
        row: dict[str, JsonValue] = {"kind": record["kind"], "name": record["name"], "columns": record["columns"] or []}
        if record["kind"] == "check":
            row["definition"] = record["definition"]
        if record["kind"] == "foreign_key":
            schema, name = record["foreign_schema"], record["foreign_table"]
            shown = _shows(self._shows_table, relatives, schema, name)
            # the name of a table that the policy hides stays hidden
            row["references"] = (
                {"schema": schema, "table": name, "columns": record["foreign_columns"]} if shown else None
            )
        return row


def _shows(shows_table: ShowsTable, relatives: Relatives, schema: str, name: str) -> bool:
    return shows_table(TableName(schema=schema, name=name), relatives.get((schema, name), ()))


def _column(record: asyncpg.Record) -> dict[str, JsonValue]:
    return {
        "kind": "column",
        "name": record["name"],
        "type": record["type"],
        "nullable": record["nullable"],
        "default": record["default_text"],
        "comment": record["comment"],
        "column_name": record["name"],
        "data_type": record["data_type"],
    }


def _index(record: asyncpg.Record) -> dict[str, JsonValue]:
    return {
        "kind": "index",
        "name": record["name"],
        "columns": record["columns"] or [],
        "unique": record["is_unique"],
    }
