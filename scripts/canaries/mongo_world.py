"""Two MongoDB databases that differ in nothing but personal values."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import bson
import pymongo

from canaries.oracle import Oracle
from canaries.values import World

HERE = Path(__file__).parent
SEEDS = {"first": 20263, "second": 20264}
"""Resource to the seed of its values."""
_BY_ACTION = {
    "mask": "ruled.email ruled.cpf ruled.profile.contact.email ruled.tags ruled.doc ruled.photo ruled.owner "
    "ruled.items.owner ruled.keys ruled.score ruled.long ruled.deep.er.mail vault.email",
    "partial": "ruled.card ruled.phones",
    "hash": "ruled.member",
    "drop": "ruled.token",
    "deny": "vault.secret",
    "pass": "ruled.open_email",
}
COLUMN_RULES = [
    {"table": path.partition(".")[0], "column": path.partition(".")[2], "action": action}
    for action, paths in _BY_ACTION.items()
    for path in paths.split()
]


@dataclass(frozen=True, slots=True, kw_only=True)
class MongoWorld:
    """The values of both databases, and what finds them."""

    client: pymongo.MongoClient[dict[str, Any]]
    databases: Mapping[str, str]
    first: World
    second: World
    oracle: Oracle

    def documents(self, collection: str) -> list[dict[str, Any]]:
        """Return the first database's documents as they are."""
        return list(self.client[self.databases["first"]][collection].find())


def make_mongo_world(client: pymongo.MongoClient[dict[str, Any]], databases: Mapping[str, str]) -> MongoWorld:
    """Fill a database for each resource."""
    worlds = {resource: World(seed=seed) for resource, seed in SEEDS.items()}
    for resource, world in worlds.items():
        collections = json.loads(world.fill((HERE / "documents.json").read_text()), object_hook=_typed)
        for name, documents in collections.items():
            client[databases[resource]][name].insert_many(documents)
    oracle = Oracle(canary for world in worlds.values() for canary in world.canaries)
    return MongoWorld(client=client, databases=databases, first=worlds["first"], second=worlds["second"], oracle=oracle)


def _typed(value: dict[str, Any]) -> Any:  # noqa: ANN401 - whatever BSON has
    """Read the few types that JSON has not."""
    match value:
        case {"$long": number}:
            return bson.Int64(number)
        case {"$bytes": text}:
            return text.encode()
    return value


def mongo_resource(uri: str, world: MongoWorld, resource: str, **keys: object) -> Mapping[str, object]:
    """Return the configuration of one database's resource."""
    return {
        "id": resource,
        "type": "mongodb",
        "connection": {"uri": uri, "database": world.databases[resource]},
        "allowedOperations": ["query", "describe_table", "list_tables", "explain"],
        "allowAggregation": True,
        "columnRules": COLUMN_RULES,
        "rateLimit": {"requestsPerMinute": 1_000_000, "burstCapacity": 100_000},
        **keys,
    }
