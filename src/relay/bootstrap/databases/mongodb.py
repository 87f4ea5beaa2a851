"""The kind `mongodb`."""

from __future__ import annotations

from collections.abc import Callable

from relay.adapters.outbound.mongodb.connection import MongoConnection
from relay.adapters.outbound.mongodb.guard import MongoStatementGuard
from relay.bootstrap.config.mongodb import MongoSettings
from relay.bootstrap.databases.kind import DatabaseKind
from relay.domain.facts import TableName
from relay.domain.policy import Policy
from relay.domain.protection import Protection


def must_know(policy: Policy) -> Callable[[str], bool]:
    """Return of which collections it matters whether they are views.

    Not of one that is refused by its own name, nor of one that the operator listed by it; and only where a table is
    blocked.
    """

    def matters(name: str) -> bool:
        listed = name in policy.allowed_tables
        return bool(policy.blocked_tables) and not listed and policy.allows_table(TableName(name=name))

    return matters


def connect(settings: MongoSettings, protection: Protection) -> MongoConnection:
    """Map the configuration to the adapter."""
    policy = settings.to_policy()
    return MongoConnection(
        read_uri=settings.connection.uri.read,
        database=settings.connection.database,
        shows_table=policy.allows_table,
        pool_size=settings.pool_size,
        allows_aggregation=lambda: policy.allow_aggregation,
        must_know=must_know(policy),
        allowed_tables=policy.allowed_tables,
        rules=policy.column_rules,
        protection=protection,
    )


def guard(settings: MongoSettings, protection: Protection) -> MongoStatementGuard:
    """Return a guard; it needs no server."""
    return MongoStatementGuard(
        allows_aggregation=lambda: settings.allow_aggregation,
        must_know=must_know(settings.to_policy()),
        rules=settings.to_policy().column_rules,
        protection=protection,
    )


KIND = DatabaseKind(
    settings_model=MongoSettings, connect=connect, guard=guard, statement_argument=None, column_rules=True
)
