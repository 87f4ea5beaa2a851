"""Which relations the policy shows: one rule for statements, system views, list_tables and describe_table."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import asyncpg

from relay.adapters.outbound.postgres.guard.view_filters import Shown
from relay.domain.facts import TableName


class ShowsTable(Protocol):
    """What the policy says of a table and the relations whose rows come with it."""

    def __call__(self, table: TableName, also_reads: Sequence[TableName] = (), /) -> bool:
        """Return whether it is shown."""
        ...


def shows_every_table(_: TableName, __: Sequence[TableName] = (), /) -> bool:
    """Return True: for whoever has no policy."""
    return True


@dataclass(frozen=True, slots=True, kw_only=True)
class Visible:
    """Sorts what the catalogue holds by what is shown."""

    schemas: Sequence[str]
    shows: Callable[[tuple[str, str]], bool]
    database: int

    def of(
        self,
        relations: Sequence[asyncpg.Record],
        indexes: Sequence[asyncpg.Record],
        edges: Iterable[asyncpg.Record],
    ) -> Shown:
        """Return the shown relations of the configured schemas, and the sequences that belong to them."""
        shown = {(row["schema"], row["name"]) for row in relations if self._is_shown(row)}
        owned = {
            (row["schema"], row["name"])
            for row in edges
            if row["kind"] == "s" and (row["other_schema"], row["other_name"]) in shown
        }
        tables = [row for row in relations if (row["schema"], row["name"]) in shown]
        sequences = [row for row in relations if row["is_sequence"] and (row["schema"], row["name"]) in owned]
        oids = {row["oid"] for row in tables}
        stored = oids | {row["toast"] for row in tables if row["toast"]}
        indexed = {row["oid"] for row in indexes if row["table_oid"] in stored}
        return Shown(
            schemas=tuple(self.schemas),
            keys=frozenset(shown),
            tables=_names_by_schema(tables),
            sequences=_names_by_schema(sequences),
            table_oids=tuple(sorted(oids)),
            lockable=tuple(sorted(stored | indexed | {row["oid"] for row in sequences})),
            database=self.database,
        )

    def _is_shown(self, row: asyncpg.Record) -> bool:
        return row["schema"] in self.schemas and not row["is_sequence"] and self.shows((row["schema"], row["name"]))


def _names_by_schema(rows: Iterable[asyncpg.Record]) -> Mapping[str, tuple[str, ...]]:
    names: defaultdict[str, list[str]] = defaultdict(list)
    for row in rows:
        names[row["schema"]].append(row["name"])
    return {schema: tuple(sorted(found)) for schema, found in sorted(names.items())}
