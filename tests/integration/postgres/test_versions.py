"""What is forgotten of a relation when it holds, or shows, other rows than those that were sampled."""

from __future__ import annotations

import pytest

from relay.adapters.outbound.postgres.connection import PostgresConnection
from relay.domain.facts import TableName
from relay.domain.protection import ColumnClass, ColumnKind, Protection

CLASSES = {"x": ColumnClass(kind=ColumnKind.NEITHER)}
CHANGES = {
    "view": "CREATE OR REPLACE VIEW shown AS SELECT id, other AS x FROM kept",
    "table": "TRUNCATE kept",
    "made": "DROP TABLE made; CREATE TABLE made (id int, x text)",
}
RELATIONS = {"view": "shown", "table": "kept", "made": "made"}


@pytest.mark.parametrize("change", CHANGES)
async def test_classes_are_forgotten_when_rows_were_exchanged(postgres, connection_settings, change) -> None:
    await postgres.execute(
        "DROP TABLE IF EXISTS kept, made CASCADE; CREATE TABLE kept (id int, x text, other text);"
        "CREATE VIEW shown AS SELECT id, x FROM kept; CREATE TABLE made (id int, x text);"
        "GRANT SELECT ON ALL TABLES IN SCHEMA public TO PUBLIC"
    )
    connection = PostgresConnection(
        settings=connection_settings(),
        schemas=("public",),
        shows_table=lambda *_: True,
        protection=Protection(),
    )
    async with connection.open() as database:
        assert (await database.inspector.probe()).healthy
        for name in RELATIONS.values():
            database.sampler.learn(TableName(name=name), CLASSES)
        await postgres.execute(CHANGES[change])
        database.inspector._last = None
        assert (await database.inspector.probe()).healthy
        known = {
            name for name in RELATIONS.values() if database.guard._live.current().classes("public", name) is not None
        }
        assert known == set(RELATIONS.values()) - {RELATIONS[change]}
