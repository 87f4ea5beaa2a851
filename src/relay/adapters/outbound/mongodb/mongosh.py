"""Statements for mongosh, that an operator may paste: who may do what, and how to take it away."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence

from relay.adapters.outbound.mongodb.account import Named

READER = "relay_reader"
EXTERNAL = "$external"
"""Database of users that LDAP, Kerberos, X.509 or OIDC vouch for (manual: reference/parameters)."""
_GLOB = frozenset("*?[")


def revoke(users: Iterable[Named], roles: Sequence[Named]) -> str:
    """Take roles from users; a role that a user has only through another one is left alone by the server."""
    listed = json.dumps([{"role": role.name, "db": role.database} for role in roles])
    return "\n".join(_revoke(user, listed) for user in users)


def _revoke(user: Named, roles: str) -> str:
    statement = f"{_database(user.database)}.revokeRolesFromUser({json.dumps(user.name)}, {roles})"
    if user.database == EXTERNAL:
        return f"{statement} /* or take the user out of the group that the role is mapped to */"
    return statement


def make_reader(database: str, allowed_tables: Sequence[str]) -> str:
    """Make a user that reads one database, or, where the policy names its collections, those alone."""
    if allowed_tables and not any(_GLOB & set(name) for name in allowed_tables):
        return f"{_make_role(database, allowed_tables)}\n{_make_user(READER, 'admin')}"
    return _make_user("read", database)


def _make_role(database: str, names: Sequence[str]) -> str:
    whole = {"resource": {"db": database, "collection": ""}, "actions": ["listCollections"]}
    each = [
        {"resource": {"db": database, "collection": name}, "actions": ["find", "listIndexes"]} for name in sorted(names)
    ]
    role = json.dumps({"role": READER, "privileges": [*each, whole], "roles": []})
    return f"{_database('admin')}.createRole({role})"


def _make_user(role: str, database: str) -> str:
    roles = json.dumps([{"role": role, "db": database}])
    return f'{_database("admin")}.createUser({{"user": "{READER}", "pwd": passwordPrompt(), "roles": {roles}}})'


def _database(name: str) -> str:
    return f"db.getSiblingDB({json.dumps(name)})"
