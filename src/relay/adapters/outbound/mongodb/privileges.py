"""Privilege actions of MongoDB that leave everything as it is: an allowlist, a row each, with its reason.

Source: the manual's page `reference/privilege-actions`, and the actions that the server itself grants to its built-in
roles (4.4 to 8.2). Every action that is not here changes data, indexes, users, roles or the server, or is one that
nobody has looked at yet: it makes a role that Relay does not use.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType


class Effect(StrEnum):
    """What an action lets its holder do, in the order of how much it matters."""

    HARMLESS = "shows names, numbers or settings"
    READS = "reads data"
    SHOWS = "shows other people's statements, sessions or settings"
    CHANGES = "changes something"


_SAFE: Mapping[Effect, Mapping[str, str]] = {
    Effect.READS: {
        "find": "what Relay is there for",
        "changeStream": "follows what is written; the guard accepts no such stage",
        "performRawDataOperations": "time series as they are stored; a part of `read` since 8.2",
        "planCacheRead": "the shapes of cached queries; the guard accepts no such stage",
    },
    Effect.HARMLESS: {
        "allCollectionStats": "sizes and counters",
        "bypassDefaultMaxTimeMS": "leaves out a limit that Relay's own replaces in any case",
        "checkFreeMonitoringStatus": "on or off",
        "collStats": "sizes and counters",
        "connPoolStats": "counters",
        "dbHash": "digests of whole collections",
        "dbStats": "sizes and counters",
        "getChangeStreamState": "on or off",
        "getClusterParameter": "settings of the cluster",
        "getDatabaseVersion": "a version number",
        "getDefaultRWConcern": "a default",
        "getShardMap": "names of hosts",
        "getShardVersion": "a version number",
        "hostInfo": "the machine's kind",
        "indexStats": "names of indexes and counters",
        "killCursors": "ends cursors of the same user only",
        "listClusterCatalog": "names and validation rules",
        "listCollections": "names and validation rules",
        "listDatabases": "names and sizes",
        "listIndexes": "definitions of indexes",
        "listSearchIndexes": "definitions of indexes",
        "listShards": "names of hosts",
        "netstat": "counters of the network",
        "replSetGetConfig": "names of hosts and their votes",
        "replSetGetStatus": "names of hosts and their state",
        "serverStatus": "counters",
        "shardedDataDistribution": "sizes by shard",
        "shardingState": "whether the server is a shard",
        "top": "times by collection",
        "useUUID": "names a collection by its id, in commands that Relay does not send",
    },
    Effect.SHOWS: {
        "getCmdLineOpts": "the server's start-up options",
        "getLog": "the server's log, with statements and values in it",
        "getParameter": "the server's parameters",
        "inprog": "statements of everybody that are running",
        "listCachedAndActiveUsers": "names of users",
        "listCursors": "cursors of everybody",
        "listSampledQueries": "statements of everybody, sampled",
        "listSessions": "sessions of everybody",
        "operationMetrics": "what other operations used",
        "queryStatsRead": "statements of everybody",
        "queryStatsReadTransformed": "shapes of everybody's statements",
        "viewRole": "definitions of roles",
    },
}
SAFE_ACTIONS: Mapping[str, Effect] = MappingProxyType(
    {action: effect for effect, rows in _SAFE.items() for action in rows}
)
"""Every action that changes nothing. `viewUser` is not among them: it shows the digests of passwords."""
REASONS: Mapping[str, str] = MappingProxyType({action: why for rows in _SAFE.values() for action, why in rows.items()})

ACCOUNT_COLLECTIONS = frozenset({"system.users", "system.backup_users", "system.new_users"})
"""Digests of everybody's passwords (manual: reference/system-users-collection): who reads them may become anybody."""
READ_ONLY_ROLES = frozenset({"read", "readAnyDatabase", "clusterMonitor"})
"""Built-in roles that hold none but the actions above."""


def effect_of(action: str) -> Effect:
    """Return what an action does; one that is on no list counts as changing something."""
    return SAFE_ACTIONS.get(action, Effect.CHANGES)
