"""The configuration of the demo's agent, as a customer would write it: secrets come from the environment."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from relay.bootstrap.demo.embedded_mongo import EmbeddedMongo
from relay.bootstrap.demo.embedded_postgres import READER, EmbeddedPostgres

POSTGRES_ID = "main-pg"
MONGO_ID = "analytics-mongo"
TENANT_ID = "demo-shop"
BLOCKED_TABLES = ("staff_*",)
MAX_ROWS = 100


def demo_secrets(postgres: EmbeddedPostgres) -> Mapping[str, str]:
    """Return the environment that the configuration refers to: new secrets on every run."""
    return {
        "RELAY_TOKEN": secrets.token_urlsafe(24),
        "PG_PASSWORD": postgres.passwords[READER],
        "AUDIT_KEY": secrets.token_hex(32),
    }


def demo_configuration(
    *, url: str, postgres: EmbeddedPostgres, mongo: EmbeddedMongo, folder: Path
) -> Mapping[str, Any]:
    """Return relay-config.yaml as a mapping."""
    return {
        "controlPlane": {"url": url, "token": "${RELAY_TOKEN}", "tenantId": TENANT_ID},
        "resources": [
            {
                "id": POSTGRES_ID,
                "type": "postgres",
                "name": "Shop",
                "connection": {
                    "host": postgres.host,
                    "port": postgres.port,
                    "database": postgres.database,
                    "user": READER,
                    "password": "${PG_PASSWORD}",
                    "sslmode": "disable",
                },
                "allowedOperations": ["query", "describe_table", "list_tables", "explain"],
                "maxRowsPerQuery": MAX_ROWS,
                "blockedTables": [*BLOCKED_TABLES],
                "columnRules": [{"table": "customers", "column": "name", "action": "mask"}],
            },
            {
                "id": MONGO_ID,
                "type": "mongodb",
                "name": "Events",
                "connection": {"uri": mongo.uri, "database": mongo.database},
                "allowedOperations": ["query", "describe_table", "list_tables", "explain"],
                "maxRowsPerQuery": MAX_ROWS,
            },
        ],
        "audit": {"hashChain": {"enabled": True, "key": "${AUDIT_KEY}"}},
        "session": {"breakGlassFile": str(folder / "relay-stop")},
    }
