"""Examines the role that Relay logs in with: what could it do if the guard failed?"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

import asyncpg

from relay.adapters.outbound.postgres.driver_types import Connection
from relay.adapters.outbound.postgres.proper_role import proper_role
from relay.adapters.outbound.postgres.role_queries import OWNED_SQL, SERVER_VERSION_SQL, grants_sql, roles_sql
from relay.domain.facts import TableName
from relay.domain.role import Privilege, RoleExamination

BOOTSTRAP_SUPERUSER = 10
NAMES_SHOWN = 3
REMEDY_OBJECTS = 10
REMEDY_CHARACTERS = 1200
"""Of names in one statement: a log record must hold it whole."""

WHAT_CHARACTERS = 1500
"""Of what one statement takes away, in one log record."""
OWNER_ADVICE = "-- if an application logs in as this role too, give Relay a role of its own instead"

ATTRIBUTES = ("SUPERUSER", "BYPASSRLS", "REPLICATION", "CREATEROLE", "CREATEDB")

# Built-in roles that only read, though more than Relay needs; any other built-in role counts as dangerous.
READING_ROLES = frozenset(
    {
        "pg_read_all_data",  # every table, whatever the schemas' rights
        "pg_monitor", "pg_read_all_settings", "pg_read_all_stats", "pg_stat_scan_tables",  # others' statements
        "pg_use_reserved_connections",
    }
)  # fmt: skip
OWNER_OF_DATABASE = "pg_database_owner"
"""Its only member owns the database, which is found as such."""

# kind of object: how one and many are called, and the form of REVOKE for all of a schema
WORDS = {
    "TABLE": ("table", "tables", "ALL TABLES IN SCHEMA"),
    "SEQUENCE": ("sequence", "sequences", "ALL SEQUENCES IN SCHEMA"),
    "SCHEMA": ("schema", "schemas", ""),
    "DATABASE": ("database", "databases", ""),
    "DEFINER": ("function that runs as its owner:", "functions that run as their owner:", ""),
    "ROUTINE": ("function", "functions", ""),
    "LARGE OBJECT FUNCTION": ("function on large objects", "functions on large objects", ""),
    "LANGUAGE": ("language", "languages", ""),
    "FOREIGN SERVER": ("foreign server", "foreign servers", ""),
    "FOREIGN DATA WRAPPER": ("foreign data wrapper", "foreign data wrappers", ""),
    "TABLESPACE": ("tablespace", "tablespaces", ""),
    "LARGE OBJECT": ("large object", "large objects", ""),
    "PARAMETER": ("parameter", "parameters", ""),
}
REVOKED_AS = {"DEFINER": "ROUTINE", "LARGE OBJECT FUNCTION": "ROUTINE"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """What one grantee (None: PUBLIC) may do with objects of one kind; `grantor` None: their owner."""

    kind: str
    schema: str | None
    grantee: str | None
    grantor: str | None
    grantable: bool
    by_default: bool
    privileges: str


async def examine_role(
    connection: Connection, schemas: Sequence[str], shows_table: Callable[[TableName], bool]
) -> RoleExamination:
    """Examine the session's role in the transaction of `connection`. Raises what the driver raises."""
    version = await connection.fetchval(SERVER_VERSION_SQL)
    roles = await connection.fetch(roles_sql(version))
    dangerous = [*_attributes(roles)]
    excessive: list[Privilege] = []
    shared: list[Privilege] = []
    of_all: list[str] = []
    if not roles[0]["SUPERUSER"]:  # it may do anything: no list of grants would add to that
        mine = [role["oid"] for role in roles]
        excessive += _memberships(roles, reading=True)
        dangerous += _memberships(roles, reading=False)
        dangerous += _owned(roles, await connection.fetch(OWNED_SQL, mine))
        grants = _grouped(await connection.fetch(grants_sql(version), mine))
        groups = {role["name"]: role for role in roles if not role["is_self"]}
        for grant, names in grants.items():
            found = list(_found(grant, names, groups.get(grant.grantee or "")))
            (shared if grant.by_default else dangerous).extend(found)
            if grant.grantee is None and not grant.by_default:
                of_all += [privilege.remedy for privilege in found]
    if not dangerous:
        return RoleExamination(excessive=_merged(excessive), shared=_merged(shared))
    return RoleExamination(
        dangerous=_merged(dangerous),
        excessive=_merged(excessive),
        shared=_merged(shared),
        proper_role=await proper_role(connection, schemas, shows_table, of_all),
    )


def _attributes(roles: Sequence[asyncpg.Record]) -> Iterator[Privilege]:
    for role in roles:
        for attribute in ATTRIBUTES:
            if role[attribute]:
                yield Privilege(what=f"{attribute}{_through(role)}", remedy=_without_attribute(role, attribute))


def _without_attribute(role: asyncpg.Record, attribute: str) -> str:
    if not role["is_self"]:
        return _leave(role)
    if role["oid"] == BOOTSTRAP_SUPERUSER:
        return "the server's first superuser stays one: give Relay a role of its own"
    return f"ALTER ROLE {role['name']} NO{attribute};"


def _memberships(roles: Sequence[asyncpg.Record], *, reading: bool) -> Iterator[Privilege]:
    for role in roles:
        is_power = role["built_in"] and not role["SUPERUSER"] and role["name"] != OWNER_OF_DATABASE
        if is_power and (role["name"] in READING_ROLES) is reading:
            yield Privilege(what=f"member of {role['name']}", remedy=_leave(role))


def _owned(roles: Sequence[asyncpg.Record], owned: Iterable[asyncpg.Record]) -> Iterator[Privilege]:
    by_id = {role["oid"]: role for role in roles}
    for found in owned:
        role = by_id[found["role"]]
        what = f"owner of {_listed(found['first'], found['total'])}{_through(role)}"
        yield Privilege(what=what, remedy=_leave(role))


def _through(role: asyncpg.Record) -> str:
    return "" if role["is_self"] else f" through role {role['name']}"


def _leave(role: asyncpg.Record) -> str:
    """Take the role itself away from Relay's; what Relay's owns goes to whoever runs this."""
    if role["ways"]:
        return " ".join(role["ways"])
    return f"REASSIGN OWNED BY {role['name']} TO CURRENT_USER; {OWNER_ADVICE}"


def _grouped(rows: Iterable[asyncpg.Record]) -> dict[Grant, list[tuple[str, str | None]]]:
    groups: defaultdict[Grant, list[tuple[str, str | None]]] = defaultdict(list)
    for row in rows:
        grant = Grant(
            kind=row["kind"],
            schema=row["in_schema"],
            grantee=row["grantee"],
            grantor=row["grantor"],
            grantable=row["grantable"],
            by_default=row["by_default"],
            privileges=row["privileges"],
        )
        groups[grant].append((row["name"], row["columns"]))
    return groups


def _found(grant: Grant, names: Sequence[tuple[str, str | None]], group: asyncpg.Record | None) -> Iterator[Privilege]:
    """Describe a grant. Out of a group Relay's role goes itself: others may need what the group has."""
    if group is not None:
        yield Privilege(what=_what(grant, names), remedy=_leave(group))
        return
    all_form = WORDS[grant.kind][2]
    if all_form and grant.grantor is None and len(names) > REMEDY_OBJECTS:
        yield Privilege(what=_what(grant, names), remedy=_revoke(grant, f"{all_form} {grant.schema}"))
        return
    for part in _parts(names):
        objects = ", ".join(name for name, _ in part)
        yield Privilege(
            what=_what(grant, part), remedy=_revoke(grant, f"{REVOKED_AS.get(grant.kind, grant.kind)} {objects}")
        )


def _parts(names: Sequence[tuple[str, str | None]]) -> Iterator[Sequence[tuple[str, str | None]]]:
    part: list[tuple[str, str | None]] = []
    for name in names:
        if part and (len(part) == REMEDY_OBJECTS or sum(len(one) for one, _ in [*part, name]) > REMEDY_CHARACTERS):
            yield part
            part = []
        part.append(name)
    yield part


def _what(grant: Grant, names: Sequence[tuple[str, str | None]]) -> str:
    shown = [name if columns is None else f"{name} ({columns})" for name, columns in names[:NAMES_SHOWN]]
    word = WORDS[grant.kind][len(names) > 1]
    return f"{grant.privileges} on {word} {_listed(shown, len(names))}, granted to {grant.grantee or 'PUBLIC'}"


def _listed(shown: Sequence[str], total: int) -> str:
    more = f" and {total - len(shown)} more" if total > len(shown) else ""
    return ", ".join(shown) + more


def _revoke(grant: Grant, objects: str) -> str:
    cascade = " CASCADE" if grant.grantable else ""
    revoke = f"REVOKE {grant.privileges} ON {objects} FROM {grant.grantee or 'PUBLIC'}{cascade};"
    # a REVOKE takes away only what its own role has granted
    return revoke if grant.grantor is None else f"SET ROLE {grant.grantor}; {revoke} RESET ROLE;"


def _merged(privileges: Iterable[Privilege]) -> tuple[Privilege, ...]:
    """Join what one statement takes away."""
    by_remedy: defaultdict[str, list[str]] = defaultdict(list)
    for privilege in privileges:
        by_remedy[privilege.remedy].append(privilege.what)
    return tuple(Privilege(what=_joined(what), remedy=remedy) for remedy, what in by_remedy.items())


def _joined(what: Sequence[str]) -> str:
    text = "; ".join(what)
    return text if len(text) <= WHAT_CHARACTERS else f"{text[:WHAT_CHARACTERS]}… ({len(what)} in all)"
