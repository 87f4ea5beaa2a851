"""The live catalogue: what the guard must know of this database to tell which view shows whose documents."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

from relay.adapters.outbound.mongodb.catalogue import VIEW, Collection, ShowsTable, entries
from relay.adapters.outbound.mongodb.operation import Operation
from relay.adapters.outbound.mongodb.protection.rules import PathRule, by_collection
from relay.adapters.outbound.mongodb.protection.view_rules import ViewRules
from relay.adapters.outbound.mongodb.views import UnreadableView, all_reads, reads_of_view
from relay.domain.errors import Reason, RelayError
from relay.domain.facts import TableName
from relay.domain.policy import ColumnRule


@dataclass(frozen=True, slots=True, kw_only=True)
class CatalogueSnapshot:
    """Names of all collections and views; for each view what it reads, None where its definition is not known.

    `definitions`: of each view, `{viewOn, pipeline}`, None where it is not known.
    """

    names: frozenset[str]
    views: Mapping[str, frozenset[str] | None]
    definitions: Mapping[str, Mapping[str, object] | None] = field(
        repr=False, default_factory=lambda: MappingProxyType({})
    )


class LiveCatalogue:
    """The newest snapshot; probes bring new ones.

    `must_know` tells of which collections a statement may only read when it is known whether they are views: those
    that could show the documents of a blocked one.
    """

    def __init__(self, *, must_know: Callable[[str], bool], rules: Sequence[ColumnRule] = ()) -> None:
        self._must_know = must_know
        self._rules = by_collection(rules)
        self._view_rules: ViewRules | None = None
        self._snapshot: CatalogueSnapshot | None = None

    def look(self, snapshot: CatalogueSnapshot) -> None:
        """Take what a probe brought."""
        self._snapshot = snapshot
        self._view_rules = ViewRules(self._rules, snapshot.definitions)

    @property
    def names(self) -> frozenset[str]:
        """The collections and views that the last probe saw."""
        return self._snapshot.names if self._snapshot else frozenset()

    def rules_of(self, name: str) -> tuple[PathRule, ...]:
        """Return the rules of a collection, or those that follow the data into a view.

        Where there are rules, raises RESOURCE_UNAVAILABLE before the first probe, COLUMN_NOT_ALLOWED for a view that
        can't be followed, TABLE_NOT_ALLOWED for a name that is not known and may be a view.
        """
        if not self._rules:
            return ()
        if self._view_rules is None:
            raise catalogue_unread()
        if name not in self.names:
            raise unknown_table(name)
        return self._view_rules.of(name)

    def relatives(self, name: str) -> tuple[TableName, ...]:
        """Return what a view reads, nothing for a collection.

        Raises RESOURCE_UNAVAILABLE before the first probe, TABLE_NOT_ALLOWED where it can't be told.
        """
        read = self._snapshot.views.get(name, frozenset()) if self._snapshot else None
        if self._must_know(name):
            self._demand(name, read)
        return tuple(TableName(name=other) for other in sorted(read or ()))

    def shows(self, name: str, shows_table: ShowsTable) -> bool:
        """Whether a listing may name it: what a statement on it would be allowed."""
        try:
            read = self.relatives(name)
        except RelayError:
            return False
        return shows_table(TableName(name=name), read) if read else shows_table(TableName(name=name))

    def _demand(self, name: str, read: frozenset[str] | None) -> None:
        if self._snapshot is None:
            raise catalogue_unread()
        if read is None:
            raise RelayError(
                Reason.TABLE_NOT_ALLOWED,
                f"{name} is a view whose definition can't be looked through;",
                hint="read the collections that it is made of; list_tables shows those that are allowed",
            )
        if name not in self._snapshot.names:
            raise unknown_table(name)


def catalogue_unread() -> RelayError:
    """Build the error for what can't be decided before the first probe."""
    return RelayError(
        Reason.RESOURCE_UNAVAILABLE,
        "the database's catalogue has not been read yet, and nothing is decided without it;",
        hint="try again later",
    )


def unknown_table(name: str) -> RelayError:
    """Build the error for a name that may be a view made since the last probe."""
    return RelayError(
        Reason.TABLE_NOT_ALLOWED,
        f"table {name} is not known here;",
        hint="list_tables shows the tables that are allowed; a new one is known within a minute",
    )


async def read_catalogue(operation: Operation, collections: list[Collection]) -> CatalogueSnapshot:
    """Look through the views among the collections given. Raises what the listing raises."""
    views: dict[str, frozenset[str] | None] = {entry.name: None for entry in collections if entry.kind == VIEW}
    definitions: dict[str, Mapping[str, object] | None] = dict.fromkeys(views)
    if views:
        for entry in await _definitions(operation):
            name, options = str(entry.get("name")), entry.get("options")
            views[name] = _reads(options)
            definitions[name] = options if isinstance(options, Mapping) else None
    names = frozenset(entry.name for entry in collections)
    return CatalogueSnapshot(names=names, views=all_reads(views), definitions=definitions)


async def _definitions(operation: Operation) -> list[Mapping[str, object]]:
    """Return the views' definitions; none where the role may not see them: they stay unknown."""
    try:
        return await entries(operation, {"listCollections": 1, "filter": {"type": VIEW}})
    except RelayError as error:
        if error.reason is Reason.QUERY_FAILED:
            return []
        raise


def _reads(options: object) -> frozenset[str] | None:
    try:
        return reads_of_view(options)
    except UnreadableView:
        return None
