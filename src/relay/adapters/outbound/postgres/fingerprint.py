"""The shape of the schemas: cheap to ask for, so that a probe sees whether anything has changed."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from relay.adapters.outbound.postgres.driver_types import Connection
from relay.domain.facts import TableName

SHAPES_SQL = """
SELECT n.nspname AS schema, c.relname AS name, pg_catalog.md5(pg_catalog.string_agg(
  pg_catalog.concat_ws(' ', a.attname, pg_catalog.format_type(a.atttypid, a.atttypmod), a.attnotnull), ','
  ORDER BY a.attnum)) AS shape
FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
WHERE n.nspname = ANY ($1::pg_catalog.text[]) AND c.relkind IN ('r', 'p', 'v', 'm', 'f')
GROUP BY 1, 2 ORDER BY 1, 2"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """A table and a hash of its columns' names and types."""

    table: TableName
    columns: str


async def read_shapes(connection: Connection, schemas: Sequence[str]) -> tuple[Shape, ...]:
    """Return the shape of each table of the schemas, in a fixed order. Raises what the driver raises."""
    return tuple(
        Shape(table=TableName(schema=row["schema"], name=row["name"]), columns=row["shape"])
        for row in await connection.fetch(SHAPES_SQL, list(schemas))
    )


def fingerprint(shapes: Iterable[Shape], shows_table: Callable[[TableName], bool]) -> str:
    """Return `sha256:…` over names and types of everything that the policy shows."""
    digest = hashlib.sha256()
    for shape in shapes:
        if shows_table(shape.table):
            digest.update(f"{shape.table.schema}\0{shape.table.name}\0{shape.columns}\n".encode())
    return f"sha256:{digest.hexdigest()}"
