"""The names of collections and the definitions of indexes, as far as the policy shows them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from relay.adapters.outbound.mongodb.names import is_system
from relay.adapters.outbound.mongodb.operation import Operation
from relay.adapters.outbound.mongodb.streams import ReadyStream
from relay.domain.errors import Reason, RelayError
from relay.domain.facts import TableName
from relay.domain.json_value import JsonValue
from relay.domain.results import Field

VIEW = "view"
BATCH = 10_000
FIELDS = (
    Field(name="schema", type="string"),
    Field(name="name", type="string"),
    Field(name="type", type="string"),
    Field(name="rowCount", type="long"),
    Field(name="table_name", type="string"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Collection:
    """A collection, view or time series by name; `kind` is the server's word for it."""

    name: str
    kind: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Index:
    """An index by its name and keys; what a partial one filters on may be a value and is left out."""

    name: str
    keys: tuple[tuple[str, str], ...]
    unique: bool


def _first_batch(reply: Mapping[str, object]) -> list[Mapping[str, object]]:
    cursor = reply.get("cursor")
    batch = cursor.get("firstBatch") if isinstance(cursor, dict) else None
    return [entry for entry in batch if isinstance(entry, dict)] if isinstance(batch, list) else []


async def shown_collections(operation: Operation, shows_table: Callable[[TableName], bool]) -> list[Collection]:
    """Return what the policy shows, by name; works for a role that may read only some collections."""
    reply = await operation.command(
        {"listCollections": 1, "nameOnly": True, "authorizedCollections": True, "cursor": {"batchSize": BATCH}}
    )
    found = [
        Collection(name=str(entry.get("name")), kind=str(entry.get("type", "collection")))
        for entry in _first_batch(reply)
    ]
    shown = [entry for entry in found if not is_system(entry.name) and shows_table(TableName(name=entry.name))]
    return sorted(shown, key=lambda entry: entry.name)


async def indexes(operation: Operation, collection: str) -> list[Index]:
    """Return a collection's indexes; none for a view, for one that is not there, or that the role can't see."""
    try:
        reply = await operation.command({"listIndexes": collection, "cursor": {"batchSize": BATCH}})
    except RelayError as error:
        if error.reason is Reason.QUERY_FAILED:
            return []
        raise
    found: dict[str, Index] = {}
    for entry in _first_batch(reply):
        name, keys = str(entry.get("name")), entry.get("key")
        directions = tuple((str(key), str(kind)) for key, kind in keys.items()) if isinstance(keys, dict) else ()
        # The index on _id is unique, and the server does not say so (manual: indexes).
        unique = entry.get("unique") is True or name == "_id_"
        found[name] = Index(name=name, keys=directions, unique=unique)
    return list(found.values())


async def list_tables(operation: Operation, shows_table: Callable[[TableName], bool], max_rows: int) -> ReadyStream:
    """Return a row for each collection; counts are the server's estimates, none for a view."""
    shown = await shown_collections(operation, shows_table)
    rows: list[dict[str, JsonValue]] = []
    for entry in shown[:max_rows]:
        count = None if entry.kind == VIEW else await _estimate(operation, entry.name)
        rows.append(
            {"schema": None, "name": entry.name, "type": entry.kind, "rowCount": count, "table_name": entry.name}
        )
    return ReadyStream(fields=FIELDS, rows=rows)


async def _estimate(operation: Operation, collection: str) -> int | None:
    try:
        reply = await operation.command({"count": collection})
    except RelayError as error:
        if error.reason is Reason.QUERY_FAILED:
            return None
        raise
    count = reply.get("n")
    return int(count) if isinstance(count, int | float) else None
