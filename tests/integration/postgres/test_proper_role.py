"""The SQL that is printed for a refused role makes one that is not."""

from __future__ import annotations

import asyncpg
import pytest

from relay.adapters.outbound.postgres.role import examine_role

DEFINER = "CREATE FUNCTION shop.runs_as_owner(int) RETURNS int LANGUAGE sql SECURITY DEFINER AS 'SELECT 1'"


async def test_printed_role_has_nothing_dangerous_and_reads_what_is_shown(stage) -> None:
    await stage.admin.execute(
        f"ALTER ROLE {stage.me} SUPERUSER; CREATE SCHEMA other; CREATE TABLE other.things (id int); "
        "GRANT INSERT ON shop.orders TO PUBLIC"
    )
    await stage.admin.execute(f"{DEFINER}; GRANT USAGE ON SCHEMA shop TO {stage.me}")
    await stage.admin.execute(f"ALTER ROLE {stage.me} NOSUPERUSER CREATEDB")
    script = (await stage.examine()).proper_role
    role = script.split()[2]
    assert role.startswith("relay_reader")
    await stage.admin.execute(script.replace("<a long random password>", "x"))
    proper = await stage.login(user=role, password="x")
    try:
        examination = await examine_role(proper, ["shop"], lambda _: True)
        assert (examination.dangerous, examination.excessive) == ((), ())
        assert await proper.fetch("SELECT * FROM shop.orders") == []
        assert await proper.fetchval("SHOW transaction_read_only") == "on"
        for hidden in ('shop."Odd ""name"', "other.things"):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await proper.fetch(f"SELECT * FROM {hidden}")
    finally:
        await proper.close()


async def test_printed_role_reads_tables_that_come_later_when_all_are_shown(stage) -> None:
    await stage.admin.execute(f"ALTER ROLE {stage.me} CREATEDB")
    script = (await examine_role(stage.reader, ["shop"], lambda _: True)).proper_role
    await stage.admin.execute(script.replace("<a long random password>", "x"))
    await stage.admin.execute("CREATE TABLE shop.later (id int)")
    proper = await stage.login(user=script.split()[2], password="x")
    try:
        assert await proper.fetch("SELECT * FROM shop.later") == []
    finally:
        await proper.close()
