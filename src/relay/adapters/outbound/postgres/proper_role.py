"""Writes the SQL that makes a role with just what Relay needs of one resource."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence

import asyncpg

from relay.adapters.outbound.postgres.driver_types import Connection
from relay.adapters.outbound.postgres.role_queries import RELATIONS_SQL, SCHEMAS_SQL
from relay.domain.facts import TableName

NAMES_A_STATEMENT = 10
PASSWORD = "<a long random password>"  # noqa: S105 - a placeholder
WITHOUT = "NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS"


async def proper_role(
    connection: Connection,
    schemas: Sequence[str],
    shows_table: Callable[[TableName], bool],
    public: Sequence[str],
) -> str:
    """Return a script, a statement a line; `public` takes from PUBLIC what would be dangerous in any role."""
    facts = await connection.fetchrow(SCHEMAS_SQL, list(schemas))
    relations = await connection.fetch(RELATIONS_SQL, list(schemas))
    if facts is None:
        return ""
    role, database = facts["role"], facts["database"]
    lines = [
        f"CREATE ROLE {role} LOGIN PASSWORD '{PASSWORD}' {WITHOUT};",
        f"ALTER ROLE {role} SET default_transaction_read_only = on;",
        f"GRANT CONNECT ON DATABASE {database} TO {role};",
        *(f"GRANT USAGE ON SCHEMA {schema} TO {role};" for schema in facts["schemas"]),
        *_selects(role, relations, shows_table),
        *dict.fromkeys(public),
    ]
    return "\n".join(lines)


def _selects(role: str, relations: Sequence[asyncpg.Record], shows_table: Callable[[TableName], bool]) -> Iterator[str]:
    by_schema: defaultdict[str, list[asyncpg.Record]] = defaultdict(list)
    for relation in relations:
        by_schema[relation["quoted_schema"]].append(relation)
    for schema, inside in by_schema.items():
        shown = [one for one in inside if shows_table(TableName(schema=one["schema"], name=one["name"]))]
        if len(shown) < len(inside):
            names = [one["quoted"] for one in shown]
            for start in range(0, len(names), NAMES_A_STATEMENT):
                yield f"GRANT SELECT ON {', '.join(names[start : start + NAMES_A_STATEMENT])} TO {role};"
            continue
        yield f"GRANT SELECT ON ALL TABLES IN SCHEMA {schema} TO {role};"
        for owner in sorted({one["owner"] for one in inside if one["owner"]}):  # for tables that are yet to come
            yield f"ALTER DEFAULT PRIVILEGES FOR ROLE {owner} IN SCHEMA {schema} GRANT SELECT ON TABLES TO {role};"
