"""The names of collections and the definitions of indexes, as far as the policy shows them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from relay.adapters.outbound.mongodb.names import is_system
from relay.adapters.outbound.mongodb.operation import Operation
from relay.adapters.outbound.mongodb.streams import ReadyStream
from relay.domain.errors import Reason, RelayError
from relay.domain.json_value import JsonValue
from relay.domain.results import Field

ShowsTable: TypeAlias = Callable[..., bool]
"""The policy's answer for a TableName, and, of a view, a tuple of those that it reads."""
VIEW = "view"
BATCH = 10_000
MAX_ENTRIES = 100_000
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


async def entries(operation: Operation, command: dict[str, object]) -> list[Mapping[str, object]]:
    """Return all that a listing command lists, at most MAX_ENTRIES."""
    return await operation.listing({**command, "cursor": {"batchSize": BATCH}}, MAX_ENTRIES)


async def collections(operation: Operation) -> list[Collection]:
    """Return all but the server's own, by name; works for a role that may read only some of them."""
    found = [
        Collection(name=str(entry.get("name")), kind=str(entry.get("type", "collection")))
        for entry in await entries(operation, {"listCollections": 1, "nameOnly": True, "authorizedCollections": True})
    ]
    return sorted((entry for entry in found if not is_system(entry.name)), key=lambda entry: entry.name)


async def indexes(operation: Operation, collection: str) -> list[Index]:
    """Return a collection's indexes; none for a view, for one that is not there, or that the role can't see."""
    try:
        listed = await entries(operation, {"listIndexes": collection})
    except RelayError as error:
        if error.reason is Reason.QUERY_FAILED:
            return []
        raise
    found: dict[str, Index] = {}
    for entry in listed:
        name, keys = str(entry.get("name")), entry.get("key")
        directions = tuple((str(key), str(kind)) for key, kind in keys.items()) if isinstance(keys, dict) else ()
        # The index on _id is unique, and the server does not say so (manual: indexes).
        unique = entry.get("unique") is True or name == "_id_"
        found[name] = Index(name=name, keys=directions, unique=unique)
    return list(found.values())


async def list_tables(operation: Operation, shows: Callable[[str], bool], max_rows: int) -> ReadyStream:
    """Return a row for each collection; counts are the server's estimates, none for a view."""
    allowed = [entry for entry in await collections(operation) if shows(entry.name)]
    rows: list[dict[str, JsonValue]] = []
    for entry in allowed[:max_rows]:
        count = None if entry.kind == VIEW else await _estimate(operation, entry.name)
        rows.append(
            {"schema": None, "name": entry.name, "type": entry.kind, "rowCount": count, "table_name": entry.name}
        )
    return ReadyStream(fields=FIELDS, rows=rows)


async def _estimate(operation: Operation, collection: str) -> int | None:
    try:
        reply = await operation.command({"count": collection, **operation.read_concern})
    except RelayError as error:
        if error.reason is Reason.QUERY_FAILED:
            return None
        raise
    count = reply.get("n")
    return int(count) if isinstance(count, int | float) else None
