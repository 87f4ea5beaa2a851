"""The live catalogue: what the guard must know of this database to tell columns from functions."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

import asyncpg

from relay.adapters.outbound.postgres.driver_types import Connection
from relay.adapters.outbound.postgres.guard.catalogue import CatalogueSnapshot
from relay.domain.errors import Reason, RelayError
from relay.domain.facts import TableName

_NOT_SYSTEM = "n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast')"
_NOT_OF_AN_EXTENSION = (
    "NOT EXISTS (SELECT 1 FROM pg_catalog.pg_depend e WHERE e.classid = {class_}::pg_catalog.regclass "
    "AND e.objid = {object}.oid AND e.deptype = 'e')"
)

COLUMNS_SQL = f"""
SELECT n.nspname AS schema, c.relname AS name,
  pg_catalog.array_agg(a.attname::pg_catalog.text) FILTER (WHERE a.attname IS NOT NULL) AS columns
FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  LEFT JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND {_NOT_SYSTEM} GROUP BY 1, 2"""  # noqa: S608 - constants

ROW_FUNCTIONS_SQL = f"""
SELECT DISTINCT p.proname AS name FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace
WHERE {_NOT_SYSTEM} AND p.pronargs >= 1 AND p.pronargs - p.pronargdefaults <= 1"""  # noqa: S608 - constants

# Functions of extensions are left out: citext's replace() must not make every replace() suspect.
OWN_FUNCTIONS_SQL = f"""
SELECT DISTINCT p.proname AS name FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace
WHERE n.nspname = ANY ($1::pg_catalog.text[])
  AND {_NOT_OF_AN_EXTENSION.format(class_="'pg_catalog.pg_proc'", object="p")}"""  # noqa: S608 - constants

OWN_OPERATORS_SQL = f"""
SELECT DISTINCT o.oprname AS name FROM pg_catalog.pg_operator o
  JOIN pg_catalog.pg_namespace n ON n.oid = o.oprnamespace
WHERE n.nspname = ANY ($1::pg_catalog.text[])
  AND {_NOT_OF_AN_EXTENSION.format(class_="'pg_catalog.pg_operator'", object="o")}"""  # noqa: S608 - constants

# Built-in functions are pinned and have no dependency entries, so what a check depends on is not built in.
OWN_CODE_TYPES_SQL = f"""
SELECT t.typname AS name FROM pg_catalog.pg_type t JOIN pg_catalog.pg_constraint k ON k.contypid = t.oid
  JOIN pg_catalog.pg_depend d ON d.classid = 'pg_catalog.pg_constraint'::pg_catalog.regclass AND d.objid = k.oid
    AND d.refclassid = 'pg_catalog.pg_proc'::pg_catalog.regclass
UNION
SELECT t.typname FROM pg_catalog.pg_cast c JOIN pg_catalog.pg_type t ON t.oid = c.casttarget
  JOIN pg_catalog.pg_proc p ON p.oid = c.castfunc JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace
WHERE {_NOT_SYSTEM} AND {_NOT_OF_AN_EXTENSION.format(class_="'pg_catalog.pg_proc'", object="p")}
"""  # noqa: S608 - constants

# kind 'v': a view and a relation that it reads; kind 'i': a child or partition and its parent
RELATIVES_SQL = f"""
SELECT DISTINCT 'v' AS kind, n.nspname AS schema, c.relname AS name, rn.nspname AS other_schema, r.relname AS other_name
FROM pg_catalog.pg_rewrite w JOIN pg_catalog.pg_class c ON c.oid = w.ev_class
  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  JOIN pg_catalog.pg_depend d ON d.classid = 'pg_catalog.pg_rewrite'::pg_catalog.regclass AND d.objid = w.oid
    AND d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.refobjid <> c.oid
  JOIN pg_catalog.pg_class r ON r.oid = d.refobjid JOIN pg_catalog.pg_namespace rn ON rn.oid = r.relnamespace
WHERE {_NOT_SYSTEM}
UNION ALL
SELECT 'i', n.nspname, c.relname, rn.nspname, r.relname
FROM pg_catalog.pg_inherits i JOIN pg_catalog.pg_class c ON c.oid = i.inhrelid AND c.relkind IN ('r', 'p', 'f')
  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  JOIN pg_catalog.pg_class r ON r.oid = i.inhparent JOIN pg_catalog.pg_namespace rn ON rn.oid = r.relnamespace
"""  # noqa: S608 - constants

Key = tuple[str, str]


class LiveCatalogue:
    """The newest snapshot; probes bring new ones."""

    def __init__(self) -> None:
        self._snapshot: CatalogueSnapshot | None = None

    def current(self) -> CatalogueSnapshot:
        """Return the newest snapshot. Raises RESOURCE_UNAVAILABLE while there is none."""
        if self._snapshot is None:
            raise RelayError(
                Reason.RESOURCE_UNAVAILABLE,
                "the database's catalogue has not been read yet, and nothing is decided without it;",
                hint="try again later",
            )
        return self._snapshot

    def look(self, snapshot: CatalogueSnapshot | None) -> None:
        """Take what a probe brought; None: it found no database, and the last snapshot stays."""
        self._snapshot = snapshot or self._snapshot


async def read_catalogue(connection: Connection, schemas: Sequence[str]) -> CatalogueSnapshot:
    """Read the catalogue in the transaction of `connection`. Raises what the driver raises."""
    path = list(schemas)
    tables = {
        (row["schema"], row["name"]): frozenset(row["columns"] or ()) for row in await connection.fetch(COLUMNS_SQL)
    }
    edges = [
        (row["kind"] == "v", (row["schema"], row["name"]), (row["other_schema"], row["other_name"]))
        for row in await connection.fetch(RELATIVES_SQL)
    ]
    return CatalogueSnapshot(
        tables=tables,
        search_path=tuple(path),
        row_functions=_names(await connection.fetch(ROW_FUNCTIONS_SQL)),
        own_functions=_names(await connection.fetch(OWN_FUNCTIONS_SQL, path)),
        own_operators=_names(await connection.fetch(OWN_OPERATORS_SQL, path)),
        own_code_types=_names(await connection.fetch(OWN_CODE_TYPES_SQL)),
        relatives=relatives_of(edges),
    )


def _names(rows: Iterable[asyncpg.Record]) -> frozenset[str]:
    return frozenset(row["name"] for row in rows)


def relatives_of(edges: Iterable[tuple[bool, Key, Key]]) -> Mapping[Key, tuple[TableName, ...]]:
    """Return, for each relation, those whose rows it shows.

    An edge is (is a view's, view or child, relation read or parent). Reading goes down: from a view to what it reads,
    from a parent to its children. What is read that way also counts as part of its own parents, but not of their
    other children.
    """
    down: defaultdict[Key, set[Key]] = defaultdict(set)
    up: defaultdict[Key, set[Key]] = defaultdict(set)
    for is_view, one, other in edges:
        if is_view:
            down[one].add(other)
        else:
            down[other].add(one)
            up[one].add(other)
    found = {}
    for key in {*down, *up}:
        read = _reach({key}, down)
        related = _reach(read, up) - {key}
        found[key] = tuple(TableName(schema=schema, name=name) for schema, name in sorted(related))
    return found


def _reach(start: set[Key], edges: Mapping[Key, set[Key]]) -> set[Key]:
    seen, pending = set(start), list(start)
    while pending:
        for other in edges.get(pending.pop(), ()):
            if other not in seen:
                seen.add(other)
                pending.append(other)
    return seen
