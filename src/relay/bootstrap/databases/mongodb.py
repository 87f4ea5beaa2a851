"""The kind `mongodb`."""

from __future__ import annotations

from relay.adapters.outbound.mongodb.connection import MongoConnection
from relay.adapters.outbound.mongodb.guard import MongoStatementGuard
from relay.bootstrap.config.mongodb import MongoSettings
from relay.bootstrap.databases.kind import DatabaseKind


def connect(settings: MongoSettings) -> MongoConnection:
    """Map the configuration to the adapter."""
    policy = settings.to_policy()
    return MongoConnection(
        read_uri=settings.connection.uri.read,
        database=settings.connection.database,
        shows_table=policy.allows_table,
        pool_size=settings.pool_size,
        allows_aggregation=lambda: policy.allow_aggregation,
    )


def guard(settings: MongoSettings) -> MongoStatementGuard:
    """Return a guard; it needs no server."""
    return MongoStatementGuard(allows_aggregation=lambda: settings.allow_aggregation)


KIND = DatabaseKind(settings_model=MongoSettings, connect=connect, guard=guard, statement_argument=None)
