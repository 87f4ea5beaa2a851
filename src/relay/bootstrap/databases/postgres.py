"""The kind `postgres`."""

from __future__ import annotations

from pathlib import Path

from relay.adapters.outbound.postgres.connection import PostgresConnection, PostgresSettings
from relay.adapters.outbound.postgres.guard import PostgresStatementGuard
from relay.bootstrap.config import postgres as config
from relay.bootstrap.databases.kind import DatabaseKind
from relay.domain.protection import Protection


def connect(settings: config.PostgresSettings, protection: Protection) -> PostgresConnection:
    """Map the configuration to the adapter."""
    connection = settings.connection
    password = connection.password
    return PostgresConnection(
        settings=PostgresSettings(
            host=connection.host,
            port=connection.port,
            database=connection.database,
            user=connection.user,
            read_password=lambda: None if password is None else password.read(),
            sslmode=connection.effective_sslmode,
            ssl_root_cert=_path(connection.ssl_root_cert),
            ssl_cert=_path(connection.ssl_cert),
            ssl_key=_path(connection.ssl_key),
            pool_size=settings.pool_size,
            statement_cache=settings.statement_cache,
        ),
        schemas=settings.schemas,
        shows_table=settings.to_policy().allows_table,
        rules=settings.to_policy().column_rules,
        protection=protection,
    )


def _path(text: str | None) -> Path | None:
    return None if text is None else Path(text)


def guard(settings: config.PostgresSettings, protection: Protection) -> PostgresStatementGuard:
    """Return a guard without a catalogue."""
    return PostgresStatementGuard(rules=settings.to_policy().column_rules, protection=protection)


KIND = DatabaseKind(settings_model=config.PostgresSettings, connect=connect, guard=guard, column_rules=True)
