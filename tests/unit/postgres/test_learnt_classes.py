"""What samples said of columns outlives a probe, unless the table's shape has changed."""

from __future__ import annotations

import pytest

from relay.adapters.outbound.postgres.guard.catalogue import CatalogueSnapshot, ColumnType, TypeFamily
from relay.adapters.outbound.postgres.live_catalogue import LiveCatalogue
from relay.domain.facts import TableName
from relay.domain.protection import ColumnClass, ColumnKind

USERS = ("public", "users")
TEXT = ColumnType(name="text", family=TypeFamily.TEXT)
CLASSES = {"email": ColumnClass(kind=ColumnKind.IDENTIFIER, detector="email", mask="***@***.***")}


def snapshot(columns: tuple[str, ...] = ("id", "email"), column_type: ColumnType = TEXT) -> CatalogueSnapshot:
    return CatalogueSnapshot(tables={USERS: columns}, types={USERS: dict.fromkeys(columns, column_type)})


@pytest.mark.parametrize("table", [TableName(name="users"), TableName(schema="public", name="users")], ids=str)
def test_classes_are_known_to_the_guard_when_they_were_learnt(table: TableName) -> None:
    live = LiveCatalogue()
    live.look(snapshot())
    assert live.current().classes(None, "users") is None
    live.learn(table, CLASSES)
    assert live.current().classes("public", "users") == CLASSES
    live.look(snapshot())
    assert live.current().classes(None, "users") == CLASSES


@pytest.mark.parametrize(
    "later",
    [
        pytest.param(snapshot(("id", "email", "note")), id="column-added"),
        pytest.param(snapshot(column_type=ColumnType(name="int8", family=TypeFamily.INTEGER)), id="type-changed"),
        pytest.param(CatalogueSnapshot(), id="table-gone"),
    ],
)
def test_classes_are_forgotten_when_the_shape_changes(later: CatalogueSnapshot) -> None:
    live = LiveCatalogue()
    live.look(snapshot())
    live.learn(TableName(name="users"), CLASSES)
    live.look(later)
    live.look(snapshot())
    assert live.current().classes(None, "users") is None


def test_classes_are_forgotten_when_asked_to() -> None:
    live = LiveCatalogue()
    live.look(snapshot())
    live.learn(TableName(name="users"), CLASSES)
    live.forget(TableName(name="users"))
    assert live.current().classes(None, "users") is None


def test_nothing_is_kept_when_there_is_no_such_table() -> None:
    live = LiveCatalogue()
    live.look(snapshot())
    live.learn(TableName(name="nobody"), CLASSES)
    live.look(snapshot())
    assert not live.current().column_classes
