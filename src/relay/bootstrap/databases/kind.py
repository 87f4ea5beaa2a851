"""What a kind of database brings, and where kinds are found."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from importlib.metadata import entry_points
from typing import Any

from relay.application.ports.database import DatabaseConnection, StatementGuard
from relay.bootstrap.config.resource import ResourceSettings
from relay.bootstrap.config.settings import RESOURCE_TYPES
from relay.domain.protection import Protection

ENTRY_POINT_GROUP = "relay.databases"


@dataclass(frozen=True, slots=True, kw_only=True)
class DatabaseKind:
    """One kind. The callables take an instance of `settings_model`, and how columns of the resource are protected.

    `connect` makes what opens the resource; `guard` makes a guard that works offline, for `relay query check`, which
    takes a statement in the argument `statement_argument`, or, where that is None, all arguments as one JSON object.
    `column_rules`: it applies column rules; a configuration that has rules for another kind is refused.
    """

    settings_model: type[ResourceSettings]
    connect: Callable[[Any, Protection], DatabaseConnection]
    guard: Callable[[Any, Protection], StatementGuard]
    statement_argument: str | None = "sql"
    column_rules: bool = False


# Loaded when a resource of the type is configured: a driver that nobody needs costs neither time nor memory.
BUILT_IN: Mapping[str, str] = {
    "postgres": "relay.bootstrap.databases.postgres",
    "mongodb": "relay.bootstrap.databases.mongodb",
}


@cache
def kind_of(type_: str) -> DatabaseKind:
    """Return the kind for a configured type; the configuration has made sure that there is one."""
    if type_ in BUILT_IN:
        kind = import_module(BUILT_IN[type_]).KIND
    else:
        kind = next(point for point in entry_points(group=ENTRY_POINT_GROUP) if point.name == type_).load()
    if not isinstance(kind, DatabaseKind):
        raise TypeError(f"the entry point {type_} of {ENTRY_POINT_GROUP} is not a DatabaseKind")
    return kind


def installed_kind(type_: str) -> DatabaseKind | None:
    """Return the kind for a word that nobody has checked; None if there is none."""
    is_known = type_ in BUILT_IN or any(point.name == type_ for point in entry_points(group=ENTRY_POINT_GROUP))
    return kind_of(type_) if is_known else None


def third_party_resource_types() -> Mapping[str, type[ResourceSettings]]:
    """Return the settings of every installed kind that is not built in."""
    points = entry_points(group=ENTRY_POINT_GROUP)
    return {point.name: kind_of(point.name).settings_model for point in points if point.name not in RESOURCE_TYPES}
