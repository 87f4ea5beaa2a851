"""The live catalogue: what the guard must know of this database to tell columns from functions."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType

import anyio
import asyncpg

from relay.adapters.outbound.postgres import catalogue_queries as queries
from relay.adapters.outbound.postgres.column_types import ColumnTypes, primary_keys_of
from relay.adapters.outbound.postgres.driver_types import Connection
from relay.adapters.outbound.postgres.graph import reach
from relay.adapters.outbound.postgres.guard.catalogue import CatalogueSnapshot
from relay.adapters.outbound.postgres.own_code import own_code_of
from relay.adapters.outbound.postgres.rules_following import RuleFollower
from relay.adapters.outbound.postgres.rules_reading import read_dependencies
from relay.adapters.outbound.postgres.visible_relations import ShowsTable, Visible, shows_every_table
from relay.domain.errors import Reason, RelayError
from relay.domain.facts import TableName
from relay.domain.protection import ColumnClass

Key = tuple[str, str]


class LiveCatalogue:
    """The newest snapshot; probes bring new ones. What samples said of columns is kept over them, in memory only.

    It is forgotten where a relation's columns or version have changed.
    """

    def __init__(self) -> None:
        self._snapshot: CatalogueSnapshot | None = None
        self._classes: dict[Key, Mapping[str, ColumnClass]] = {}

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
        if snapshot is None:
            return
        for key in [one for one in self._classes if not _is_same_shape(one, self._snapshot, snapshot)]:
            del self._classes[key]
        self._snapshot = replace(snapshot, column_classes=MappingProxyType(self._classes))

    def learn(self, table: TableName, classes: Mapping[str, ColumnClass]) -> None:
        """Keep the classes of a relation's columns until its shape changes; one that is not there is passed over."""
        found = self.current().resolved(table.schema, table.name)
        if found is not None:
            self._classes[found.schema or "", found.name] = MappingProxyType(dict(classes))

    def forget(self, table: TableName) -> None:
        """Let a relation count as one that was never sampled."""
        found = self.current().resolved(table.schema, table.name)
        if found is not None:
            self._classes.pop((found.schema or "", found.name), None)


def _is_same_shape(key: Key, old: CatalogueSnapshot | None, new: CatalogueSnapshot) -> bool:
    return old is not None and all(
        one.get(key) == other.get(key)
        for one, other in ((old.tables, new.tables), (old.types, new.types), (old.versions, new.versions))
    )


async def read_relatives(connection: Connection) -> Mapping[Key, tuple[TableName, ...]]:
    """Return, for each relation that has any, the relations whose rows it shows. Raises what the driver raises."""
    return relatives_of(_edges(await connection.fetch(queries.RELATIVES_SQL)))


async def read_catalogue(
    connection: Connection,
    schemas: Sequence[str],
    shows_table: ShowsTable = shows_every_table,
    rules: RuleFollower | None = None,
) -> CatalogueSnapshot:
    """Read the catalogue in the transaction of `connection`, with an empty path. Raises what the driver raises."""
    await connection.fetchval(queries.NO_COMPILATION_SQL)
    relations = await connection.fetch(queries.RELATIONS_SQL)
    indexes = await connection.fetch(queries.INDEXES_SQL)
    edges = await connection.fetch(queries.RELATIVES_SQL)
    functions = await connection.fetch(queries.FUNCTIONS_SQL)
    operators = await connection.fetch(queries.OPERATORS_SQL)
    types = await connection.fetch(queries.TYPES_SQL)
    usable = {row["schema"] for row in await connection.fetch(queries.USABLE_SCHEMAS_SQL, list(schemas))}
    relatives = relatives_of(_edges(edges))
    visible = Visible(
        schemas=schemas,
        shows=lambda key: shows_table(TableName(schema=key[0], name=key[1]), relatives.get(key, ())),
        database=await connection.fetchval(queries.DATABASE_SQL),
    )
    snapshot = CatalogueSnapshot(
        tables={(row["schema"], row["name"]): tuple(row["columns"] or ()) for row in relations},
        versions={(row["schema"], row["name"]): row["version"] for row in relations},
        search_path=tuple(schema for schema in schemas if schema in usable),
        shown=visible.of(relations, indexes, edges),
        known_names=_known_names(relations, functions, (row for row in types if row["of_user"])),
        index_tables=_index_tables(relations, indexes),
        type_tables=_type_tables(types),
        row_functions=frozenset(row["name"] for row in functions if row["takes_one"]),
        own_functions=_schemas_by_name(functions, schemas, of_extension=False),
        own_operators=_schemas_by_name(operators, schemas, of_extension=False),
        extension_functions=_schemas_by_name(functions, schemas, of_extension=True),
        extension_operators=_schemas_by_name(operators, schemas, of_extension=True),
        own_code=own_code_of(types, await connection.fetch(queries.OWN_CODE_SQL)),
        built_in_functions=frozenset(row["name"] for row in functions if row["built_in"]),
        relatives=relatives,
        types=ColumnTypes(types).of(relations),
        primary_keys=primary_keys_of(await connection.fetch(queries.PRIMARY_KEYS_SQL)),
    )
    if rules is None or not rules.has_rules:
        return snapshot
    dependencies = await read_dependencies(connection, edges)
    # beside the event loop: it reads every view's definition and every function's body
    return await anyio.to_thread.run_sync(rules.follow, snapshot, dependencies)


def _edges(rows: Iterable[asyncpg.Record]) -> Iterator[tuple[bool, Key, Key]]:
    for row in rows:
        yield row["kind"] != "i", (row["schema"], row["name"]), (row["other_schema"], row["other_name"])


def _schemas_by_name(
    rows: Iterable[asyncpg.Record], schemas: Sequence[str], *, of_extension: bool
) -> Mapping[str, tuple[str, ...]]:
    found: defaultdict[str, list[str]] = defaultdict(list)
    for row in rows:
        if row["schema"] in schemas and row["of_extension"] is of_extension:
            found[row["name"]].append(row["schema"])
    return {name: tuple(sorted(of)) for name, of in found.items()}


def _known_names(*groups: Iterable[asyncpg.Record]) -> frozenset[str]:
    names: set[str] = set()
    for rows in groups:
        for row in rows:
            names.update((row["schema"], row["name"]))
            names.update(row.get("columns") or ())
    return frozenset(names)


def _index_tables(relations: Iterable[asyncpg.Record], indexes: Iterable[asyncpg.Record]) -> Mapping[Key, TableName]:
    by_oid = {row["oid"]: TableName(schema=row["schema"], name=row["name"]) for row in relations}
    return {(row["schema"], row["name"]): by_oid[row["table_oid"]] for row in indexes if row["table_oid"] in by_oid}


def _type_tables(types: Iterable[asyncpg.Record]) -> Mapping[Key, tuple[TableName, ...]]:
    """Follow each type to what it is made of: arrays to elements, domains to what they are over, rows to columns."""
    rows = {row["oid"]: row for row in types if row["of_user"]}
    parts = {oid: {part for part in _parts(row) if part in rows} for oid, row in rows.items()}
    found = {}
    for oid, row in rows.items():
        reached = (rows[part] for part in sorted(reach({oid}, parts)))
        found[row["schema"], row["name"]] = tuple(
            TableName(schema=part["table_schema"], name=part["table_name"])
            for part in reached
            if part["table_name"] is not None
        )
    return found


def _parts(row: asyncpg.Record) -> Iterator[int]:
    yield from row["parts"]
    if row["table_name"] is None:
        yield from row["columns"]


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
        read = reach({key}, down)
        related = reach(read, up) - {key}
        found[key] = tuple(TableName(schema=schema, name=name) for schema, name in sorted(related))
    return found
