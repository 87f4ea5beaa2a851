"""How often a probe looks at everything: a control plane may ask for one as often as it likes."""

from __future__ import annotations

import pytest

from relay.adapters.outbound.postgres import inspector as module
from relay.adapters.outbound.postgres.connection import PostgresConnection


@pytest.fixture
def looks(monkeypatch) -> list[str]:
    """The names of the costly readings, in the order in which they were made; once an hour at most."""
    made: list[str] = []

    def counted(name: str) -> None:
        original = getattr(module, name)

        def reading(*args: object) -> object:
            made.append(name)
            return original(*args)

        monkeypatch.setattr(module, name, reading)

    counted("read_catalogue")
    counted("examine_role")
    monkeypatch.setattr(module, "READ_INTERVAL_S", 3600.0)
    return made


@pytest.fixture
async def inspector(connection_settings):
    connection = PostgresConnection(settings=connection_settings(), schemas=("public",), shows_table=lambda *_: True)
    async with connection.open() as database:
        yield database.inspector


BOTH = ["read_catalogue", "examine_role"]


async def test_looked_at_once_when_probes_follow_each_other(inspector, looks) -> None:
    probes = [await inspector.probe() for _ in range(5)]
    assert looks == BOTH
    assert all(probe.healthy and probe.role is not None and probe.fingerprint for probe in probes)
    assert len({probe.fingerprint for probe in probes}) == 1


async def test_looked_at_again_when_the_shape_of_the_schemas_changed(inspector, looks, postgres) -> None:
    first = await inspector.probe()
    await postgres.execute("CREATE TABLE appears (id int)")
    second = await inspector.probe()
    assert looks == BOTH * 2
    assert first.fingerprint != second.fingerprint
    await postgres.execute("DROP TABLE appears")
    assert (await inspector.probe()).fingerprint == first.fingerprint
    assert looks == BOTH * 3


async def test_looked_at_again_when_the_time_is_over(inspector, looks, monkeypatch) -> None:
    await inspector.probe()
    monkeypatch.setattr(module, "READ_INTERVAL_S", 0.0)
    await inspector.probe()
    assert looks == BOTH * 2


async def test_looked_at_again_when_the_database_was_away(inspector, looks, connection_settings, monkeypatch) -> None:
    await inspector.probe()
    with monkeypatch.context() as patch:
        patch.setattr(module, "read_shapes", lambda *_: (_ for _ in ()).throw(TimeoutError))
        probe = await inspector.probe()
        assert (probe.healthy, probe.role, probe.fingerprint) == (False, None, None)
    assert (await inspector.probe()).healthy
    assert looks == BOTH * 2


async def test_change_of_the_role_seen_when_a_second_is_over(inspector, looks, postgres, monkeypatch) -> None:
    assert (await inspector.probe()).role.dangerous == ()
    await postgres.execute(f"ALTER ROLE {postgres.reader} CREATEDB")
    monkeypatch.setattr(module, "READ_INTERVAL_S", 0.0)
    assert [one.what for one in (await inspector.probe()).role.dangerous] == ["CREATEDB"]
    await postgres.execute(f"ALTER ROLE {postgres.reader} NOCREATEDB")


async def test_role_judged_alike_when_the_customer_s_operators_stand_before_pg_catalog_s(
    connection_settings, postgres
) -> None:
    await postgres.execute(
        "CREATE SCHEMA odd; CREATE FUNCTION odd.never(oid, oid) RETURNS bool LANGUAGE sql AS 'SELECT false'; "
        "CREATE OPERATOR odd.= (LEFTARG = oid, RIGHTARG = oid, FUNCTION = odd.never); "
        f"CREATE TABLE odd.things (id int); GRANT USAGE ON SCHEMA odd TO {postgres.reader}; "
        f"GRANT DELETE ON odd.things TO {postgres.reader}"
    )
    connection = PostgresConnection(
        settings=connection_settings(), schemas=("odd", "pg_catalog"), shows_table=lambda *_: True
    )
    async with connection.open() as database:
        probe = await database.inspector.probe()
    await postgres.execute("DROP SCHEMA odd CASCADE")
    assert [one.what for one in probe.role.dangerous] == [f"DELETE on table odd.things, granted to {postgres.reader}"]
