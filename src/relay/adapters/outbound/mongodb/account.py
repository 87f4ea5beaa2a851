"""Who the connection is logged in as, and what that account may do: `connectionStatus` read strictly.

Source: the manual's page `reference/command/connectionStatus`; the forms of a resource: `reference/resource-document`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from relay.adapters.outbound.mongodb.privileges import ACCOUNT_COLLECTIONS, Effect, effect_of


class UnreadableAccount(Exception):  # noqa: N818 - a signal between two modules, not an error that leaves
    """The server's answer has a part of another form than the manual says."""


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Named:
    """A user or a role: its name, and the database that it is defined in."""

    database: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Resource:
    """What a privilege is on. None: the form does not say; empty: all of them."""

    database: str | None = None
    collection: str | None = None
    buckets: str | None = None
    cluster: bool = False
    anything: bool = False

    def __str__(self) -> str:
        if self.cluster or self.anything:
            return "the cluster" if self.cluster else "every resource"
        where = f"database {self.database}" if self.database else "every database"
        if self.buckets is not None:
            return f"time series buckets of {where}"
        return f"collection {self.collection} of {where}" if self.collection else where

    def is_of(self, database: str) -> bool:
        """Whether it is the database's own collections: all of them, one, or the functions stored beside them."""
        if self.database != database or self.collection is None:
            return False
        return self.collection == "system.js" or not self.collection.startswith("system.")

    @property
    def has_accounts(self) -> bool:
        """Whether everybody's password digests are in it."""
        return self.anything or self.collection in ACCOUNT_COLLECTIONS


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """Actions on a resource."""

    resource: Resource
    actions: tuple[str, ...]

    def by_effect(self, database: str) -> Mapping[Effect, tuple[str, ...]]:
        """Sort the actions by what they mean for an account that is there to read one database."""
        found: dict[Effect, list[str]] = {}
        for action in self.actions:
            effect = effect_of(action)
            if effect is Effect.READS:
                effect = self._of_reading(action, database)
            found.setdefault(effect, []).append(action)
        return {effect: tuple(actions) for effect, actions in found.items()}

    def _of_reading(self, action: str, database: str) -> Effect:
        if self.resource.has_accounts and action == "find":
            return Effect.CHANGES
        return Effect.HARMLESS if self.resource.is_of(database) else Effect.READS


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """Everybody that the connection is logged in as, with their roles, inherited ones too.

    `grants` is empty where the server tells roles alone.
    """

    users: tuple[Named, ...]
    roles: tuple[Named, ...]
    grants: tuple[Grant, ...]


def read_account(reply: Mapping[str, object]) -> Account | None:
    """Return what the server said; None if it said nothing of accounts. Raises UnreadableAccount."""
    info = reply.get("authInfo")
    if info is None:
        return None
    if not isinstance(info, dict):
        raise UnreadableAccount
    users = _named(info.get("authenticatedUsers"), "user")
    roles = _named(info.get("authenticatedUserRoles"), "role")
    grants = tuple(_grant(item) for item in _items(info.get("authenticatedUserPrivileges", [])))
    return Account(users=users, roles=roles, grants=tuple(sorted(grants, key=lambda grant: str(grant.resource))))


def _items(value: object) -> list[Mapping[str, object]]:
    if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
        raise UnreadableAccount
    return value


def _named(value: object, key: str) -> tuple[Named, ...]:
    found = {Named(name=_text(item.get(key)), database=_text(item.get("db"))) for item in _items(value)}
    return tuple(sorted(found))


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise UnreadableAccount
    return value


def _grant(item: Mapping[str, object]) -> Grant:
    actions = item.get("actions")
    if not isinstance(actions, list):
        raise UnreadableAccount
    return Grant(resource=_resource(item.get("resource")), actions=tuple(sorted({_text(name) for name in actions})))


def _resource(value: object) -> Resource:
    match value:
        case {"cluster": True, **rest} if not rest:
            return Resource(cluster=True)
        case {"anyResource": True, **rest} if not rest:
            return Resource(anything=True)
        case {"db": str(database), "collection": str(collection), **rest} if not rest:
            return Resource(database=database, collection=collection)
        case {"system_buckets": str(buckets), "db": str(database), **rest} if not rest:
            return Resource(database=database, buckets=buckets)
        case {"system_buckets": str(buckets), **rest} if not rest:
            return Resource(database="", buckets=buckets)
    raise UnreadableAccount
