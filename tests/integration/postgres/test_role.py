"""What the role could do if the guard failed: each kind of privilege, and the statement that takes it away."""

from __future__ import annotations

import time
from dataclasses import dataclass

import pytest

from relay.adapters.outbound.postgres.role import examine_role
from relay.domain.role import Privilege, RoleExamination


@dataclass(frozen=True, kw_only=True)
class Case:
    """What is done to the role (`{me}`, and a group `{group}` that it is in), and what must be found."""

    setup: str
    what: str
    remedy: str
    section: str = "dangerous"
    since: int = 140_000


CASES = {
    "superuser": Case(setup="ALTER ROLE {me} SUPERUSER", what="SUPERUSER", remedy="ALTER ROLE {me} NOSUPERUSER;"),
    "bypassrls": Case(setup="ALTER ROLE {me} BYPASSRLS", what="BYPASSRLS", remedy="ALTER ROLE {me} NOBYPASSRLS;"),
    "replication": Case(
        setup="ALTER ROLE {me} REPLICATION", what="REPLICATION", remedy="ALTER ROLE {me} NOREPLICATION;"
    ),
    "createrole": Case(setup="ALTER ROLE {me} CREATEROLE", what="CREATEROLE", remedy="ALTER ROLE {me} NOCREATEROLE;"),
    "createdb": Case(setup="ALTER ROLE {me} CREATEDB", what="CREATEDB", remedy="ALTER ROLE {me} NOCREATEDB;"),
    "superuser-group": Case(
        setup="ALTER ROLE {group} SUPERUSER", what="SUPERUSER through role {group}", remedy="REVOKE {group} FROM {me}"
    ),
    "superuser-group-not-inherited": Case(
        setup="ALTER ROLE {me} NOINHERIT; ALTER ROLE {group} BYPASSRLS",
        what="BYPASSRLS through role {group}",
        remedy="REVOKE {group} FROM {me}",
    ),
    "admin-of-a-group-it-may-not-enter": Case(
        setup="CREATE ROLE {me}_x CREATEDB; GRANT {me}_x TO {me} WITH ADMIN TRUE, INHERIT FALSE, SET FALSE",
        what="CREATEDB through role {me}_x",
        remedy="REVOKE {me}_x FROM {me}",
        since=160_000,
    ),
    "superuser-by-a-long-way": Case(
        setup="CREATE ROLE {me}_x; CREATE ROLE {me}_y CREATEROLE; GRANT {me}_y TO {me}_x; GRANT {me}_x TO {group}",
        what="CREATEROLE through role {me}_y",
        remedy="REVOKE {group} FROM {me}",
    ),
    "owner-of-a-table": Case(
        setup="ALTER TABLE shop.orders OWNER TO {me}",
        what="owner of table shop.orders",
        remedy="REASSIGN OWNED BY {me} TO CURRENT_USER;",
    ),
    "owner-of-a-schema-through-a-group": Case(
        setup="ALTER SCHEMA shop OWNER TO {group}",
        what="owner of schema shop through role {group}",
        remedy="REVOKE {group} FROM {me}",
    ),
    "owner-of-the-database": Case(
        setup="ALTER DATABASE {database} OWNER TO {me}",
        what="owner of database {database}",
        remedy="REASSIGN OWNED BY {me} TO CURRENT_USER;",
    ),
    "owner-of-a-function": Case(
        setup="ALTER FUNCTION shop.cleans OWNER TO {me}",
        what="owner of function shop.cleans(integer,pg_catalog.text)",
        remedy="REASSIGN OWNED BY {me} TO CURRENT_USER;",
    ),
    **{
        privilege: Case(
            setup=f"GRANT {privilege} ON shop.orders TO {{me}}",
            what=f"{privilege} on table shop.orders, granted to {{me}}",
            remedy=f"REVOKE {privilege} ON TABLE shop.orders FROM {{me}};",
            since=170_000 if privilege == "MAINTAIN" else 140_000,
        )
        for privilege in ("INSERT", "UPDATE", "DELETE", "TRUNCATE", "REFERENCES", "TRIGGER", "MAINTAIN")
    },
    "all-on-an-odd-name": Case(
        setup='GRANT INSERT, DELETE ON shop."Odd ""name" TO {me}',
        what='DELETE, INSERT on table shop."Odd ""name", granted to {me}',
        remedy='REVOKE DELETE, INSERT ON TABLE shop."Odd ""name" FROM {me};',
    ),
    "column": Case(
        setup="GRANT UPDATE (note) ON shop.orders TO {me}",
        what="UPDATE on table shop.orders (note), granted to {me}",
        remedy="REVOKE UPDATE ON TABLE shop.orders FROM {me};",
    ),
    "view": Case(
        setup="GRANT UPDATE ON shop.open_orders TO {group}",
        what="UPDATE on table shop.open_orders, granted to {group}",
        remedy="REVOKE {group} FROM {me}",
    ),
    "public-table": Case(
        setup="GRANT INSERT ON shop.orders TO PUBLIC",
        what="INSERT on table shop.orders, granted to PUBLIC",
        remedy="REVOKE INSERT ON TABLE shop.orders FROM PUBLIC;",
    ),
    "catalogue-table": Case(
        setup="GRANT UPDATE ON pg_catalog.pg_class TO {me}",
        what="UPDATE on table pg_catalog.pg_class, granted to {me}",
        remedy="REVOKE UPDATE ON TABLE pg_catalog.pg_class FROM {me};",
    ),
    "granted-by-another": Case(
        setup="CREATE ROLE {me}_x; GRANT {me}_x TO CURRENT_USER; GRANT USAGE ON SCHEMA shop TO {me}_x; "
        "GRANT INSERT ON shop.orders TO {me}_x WITH GRANT OPTION; SET ROLE {me}_x; "
        "GRANT INSERT ON shop.orders TO {me}; RESET ROLE",
        what="INSERT on table shop.orders, granted to {me}",
        remedy="SET ROLE {me}_x; REVOKE INSERT ON TABLE shop.orders FROM {me}; RESET ROLE;",
    ),
    "grant-option": Case(
        setup="GRANT SELECT ON shop.orders TO {me} WITH GRANT OPTION",
        what="GRANT OPTION FOR SELECT on table shop.orders, granted to {me}",
        remedy="REVOKE GRANT OPTION FOR SELECT ON TABLE shop.orders FROM {me} CASCADE;",
    ),
    "many-tables": Case(
        setup="DO $$ BEGIN FOR i IN 10..30 LOOP EXECUTE 'CREATE TABLE shop.t' || i || '()'; EXECUTE "
        "'GRANT DELETE ON shop.t' || i || ' TO {me}'; END LOOP; END $$",
        what="DELETE on tables shop.t10, shop.t11, shop.t12 and 18 more, granted to {me}",
        remedy="REVOKE DELETE ON ALL TABLES IN SCHEMA shop FROM {me};",
    ),
    "sequence": Case(
        setup="GRANT ALL ON SEQUENCE shop.numbers TO {me}",
        what="UPDATE, USAGE on sequence shop.numbers, granted to {me}",
        remedy="REVOKE UPDATE, USAGE ON SEQUENCE shop.numbers FROM {me};",
    ),
    "schema": Case(
        setup="GRANT CREATE ON SCHEMA shop TO {group}",
        what="CREATE on schema shop, granted to {group}",
        remedy="REVOKE {group} FROM {me}",
    ),
    "other-schema-public": Case(
        setup="GRANT CREATE ON SCHEMA shop TO PUBLIC",
        what="CREATE on schema shop, granted to PUBLIC",
        remedy="REVOKE CREATE ON SCHEMA shop FROM PUBLIC;",
    ),
    "database": Case(
        setup="GRANT CREATE, TEMPORARY ON DATABASE {database} TO {me}",
        what="CREATE on database {database}, granted to {me}",
        remedy="REVOKE CREATE ON DATABASE {database} FROM {me};",
    ),
    "definer-by-default": Case(
        setup="CREATE FUNCTION shop.runs_as_owner(int) RETURNS int LANGUAGE sql SECURITY DEFINER AS 'SELECT 1'; "
        "GRANT USAGE ON SCHEMA shop TO {me}",
        section="shared",
        what="EXECUTE on function that runs as its owner: shop.runs_as_owner(integer), granted to PUBLIC",
        remedy="REVOKE EXECUTE ON ROUTINE shop.runs_as_owner(integer) FROM PUBLIC;",
    ),
    "definer-granted": Case(
        setup="CREATE PROCEDURE shop.does(INOUT a int) LANGUAGE sql SECURITY DEFINER AS 'SELECT 1'; "
        "REVOKE EXECUTE ON PROCEDURE shop.does FROM PUBLIC; GRANT EXECUTE ON PROCEDURE shop.does TO {me}; "
        "GRANT USAGE ON SCHEMA shop TO {me}",
        what="EXECUTE on function that runs as its owner: shop.does(INOUT a integer), granted to {me}",
        remedy="REVOKE EXECUTE ON ROUTINE shop.does(INOUT a integer) FROM {me};",
    ),
    "built-in-function": Case(
        setup="GRANT EXECUTE ON FUNCTION pg_catalog.pg_read_file(text) TO {me}",
        what="EXECUTE on function pg_catalog.pg_read_file(text), granted to {me}",
        remedy="REVOKE EXECUTE ON ROUTINE pg_catalog.pg_read_file(text) FROM {me};",
    ),
    "built-in-function-public": Case(
        setup="GRANT EXECUTE ON FUNCTION pg_catalog.lo_export(oid, text) TO PUBLIC",
        what="EXECUTE on function pg_catalog.lo_export(oid, text), granted to PUBLIC",
        remedy="REVOKE EXECUTE ON ROUTINE pg_catalog.lo_export(oid, text) FROM PUBLIC;",
    ),
    "large-object": Case(
        setup="SELECT pg_catalog.lo_create(4242); GRANT UPDATE ON LARGE OBJECT 4242 TO {me}",
        what="UPDATE on large object 4242, granted to {me}",
        remedy="REVOKE UPDATE ON LARGE OBJECT 4242 FROM {me};",
    ),
    "foreign": Case(
        setup='CREATE FOREIGN DATA WRAPPER "a wrapper"; CREATE SERVER far FOREIGN DATA WRAPPER "a wrapper"; '
        "GRANT USAGE ON FOREIGN SERVER far TO {me}",
        what="USAGE on foreign server far, granted to {me}",
        remedy="REVOKE USAGE ON FOREIGN SERVER far FROM {me};",
    ),
    "wrapper": Case(
        setup='CREATE FOREIGN DATA WRAPPER "a wrapper"; GRANT USAGE ON FOREIGN DATA WRAPPER "a wrapper" TO {group}',
        what='USAGE on foreign data wrapper "a wrapper", granted to {group}',
        remedy="REVOKE {group} FROM {me}",
    ),
    "parameter": Case(
        setup="GRANT SET, ALTER SYSTEM ON PARAMETER log_statement TO {me}",
        what="ALTER SYSTEM, SET on parameter log_statement, granted to {me}",
        remedy="REVOKE ALTER SYSTEM, SET ON PARAMETER log_statement FROM {me};",
        since=150_000,
    ),
    "tablespace": Case(
        setup="GRANT CREATE ON TABLESPACE pg_default TO {me}",
        what="CREATE on tablespace pg_default, granted to {me}",
        remedy="REVOKE CREATE ON TABLESPACE pg_default FROM {me};",
    ),
    **{
        role: Case(setup=f"GRANT {role} TO {{group}}", what=f"member of {role}", remedy="REVOKE {group} FROM {me}")
        for role in (
            "pg_read_server_files", "pg_write_server_files", "pg_execute_server_program", "pg_write_all_data",
            "pg_signal_backend",
        )
    },
    **{
        role: Case(
            setup=f"GRANT {role} TO {{me}}", what=f"member of {role}", remedy=f"REVOKE {role} FROM {{me}}",
            section="excessive",
        )
        for role in ("pg_read_all_data", "pg_read_all_stats", "pg_read_all_settings")
    },
    "monitor": Case(
        setup="GRANT pg_monitor TO {me}", what="member of pg_monitor; member of pg_read_all_settings; member of "
        "pg_read_all_stats; member of pg_stat_scan_tables", remedy="REVOKE pg_monitor FROM {me}", section="excessive",
    ),
    "public-create-on-public": Case(
        setup="GRANT CREATE ON SCHEMA public TO PUBLIC",
        what="CREATE on schema public, granted to PUBLIC",
        remedy="REVOKE CREATE ON SCHEMA public FROM PUBLIC;",
        section="shared",
    ),
    "public-temporary": Case(
        setup="SELECT 1",
        what="TEMPORARY on database {database}, granted to PUBLIC",
        remedy="REVOKE TEMPORARY ON DATABASE {database} FROM PUBLIC;",
        section="shared",
    ),
    "public-language": Case(
        setup="SELECT 1",
        what="USAGE on language plpgsql, granted to PUBLIC",
        remedy="REVOKE USAGE ON LANGUAGE plpgsql FROM PUBLIC;",
        section="shared",
    ),
    "public-function": Case(
        setup="CREATE FUNCTION shop.plain() RETURNS int LANGUAGE sql AS 'SELECT 1'; GRANT USAGE ON SCHEMA shop TO {me}",
        what="EXECUTE on function shop.plain(), granted to PUBLIC",
        remedy="REVOKE EXECUTE ON ROUTINE shop.plain() FROM PUBLIC;",
        section="shared",
    ),
}  # fmt: skip


def found(examination: RoleExamination, section: str, what: str) -> list[Privilege]:
    return [one for one in getattr(examination, section) if one.what == what]


async def test_nothing_dangerous_found_when_the_role_has_nothing(stage) -> None:
    examination = await stage.examine()
    assert (examination.dangerous, examination.excessive, examination.proper_role) == ((), (), "")
    assert {one.what.partition(" on ")[0] for one in examination.shared} >= {"TEMPORARY", "USAGE", "EXECUTE"}


async def test_nothing_dangerous_found_when_the_role_may_only_read(stage) -> None:
    await stage.admin.execute(
        f"GRANT USAGE ON SCHEMA shop TO {stage.me}; GRANT SELECT ON ALL TABLES IN SCHEMA shop TO {stage.group}; "
        f"GRANT SELECT (id) ON shop.orders TO {stage.me}; GRANT SELECT ON shop.numbers TO {stage.me}; "
        f"GRANT EXECUTE ON FUNCTION shop.cleans TO {stage.me}"
    )
    assert (await stage.examine()).dangerous == ()


async def test_trigger_functions_not_reported_when_they_run_as_their_owner(stage) -> None:
    await stage.admin.execute(
        "CREATE FUNCTION shop.notes() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS 'BEGIN RETURN NEW; END'; "
        f"GRANT USAGE ON SCHEMA shop TO {stage.me}"
    )
    assert (await stage.examine()).dangerous == ()


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
async def test_privilege_found_and_gone_when_its_remedy_was_run(stage, case: Case) -> None:
    if stage.version < case.since:
        pytest.skip(f"PostgreSQL {stage.version // 10_000} has no such privilege")
    await stage.admin.execute(stage.fill(case.setup))
    examination = await stage.examine()
    what, remedy = stage.fill(case.what), stage.fill(case.remedy)
    (privilege,) = found(examination, case.section, what)
    assert privilege.remedy.startswith(remedy)
    await stage.admin.execute(privilege.remedy)
    assert found(await stage.examine(), case.section, what) == []


async def test_all_gone_when_every_remedy_was_run(stage) -> None:
    for name in ("owner-of-a-function", "granted-by-another", "column", "pg_read_server_files", "definer-by-default"):
        await stage.admin.execute(stage.fill(CASES[name].setup))
    examination = await stage.examine()
    assert len(examination.dangerous) >= 4
    for privilege in (*examination.dangerous, *examination.shared):
        await stage.admin.execute(privilege.remedy)
    examination = await stage.examine()
    assert (examination.dangerous, examination.shared) == ((), ())


async def test_every_remedy_fits_a_log_line_when_there_are_many_objects(stage) -> None:
    await stage.admin.execute(
        f"GRANT USAGE ON SCHEMA shop TO {stage.me};"
        + "".join(
            f"CREATE FUNCTION shop.{'f' * 58}{number} ({', '.join(['timestamp with time zone'] * 12)}) RETURNS int "
            "LANGUAGE sql SECURITY DEFINER AS 'SELECT 1';"
            for number in range(10, 42)
        )
    )
    examination = await stage.examine()
    assert len(examination.shared) > 3
    assert all(len(one.what) < 2048 and len(one.remedy) < 2048 for one in examination.shared)
    for privilege in examination.shared:
        await stage.admin.execute(privilege.remedy)
    assert (await stage.examine()).shared == ()


ODD_NAMES = ('Relay "Reader"', "GROUP", "naïve; DROP TABLE x --", "$1 {me}")


@pytest.mark.parametrize("name", ODD_NAMES)
async def test_remedies_work_when_names_are_odd(stage, name) -> None:
    quoted = '"' + f"{name} {stage.me}".replace('"', '""') + '"'
    await stage.admin.execute(
        f"CREATE ROLE {quoted} CREATEDB; GRANT {quoted} TO {stage.me} WITH ADMIN OPTION; CREATE SCHEMA {quoted}; "
        f"CREATE TABLE {quoted}.{quoted} ({quoted} int); GRANT UPDATE ({quoted}) ON {quoted}.{quoted} TO {quoted}; "
        f"CREATE FUNCTION {quoted}.{quoted}() RETURNS int LANGUAGE sql SECURITY DEFINER AS 'SELECT 1'; "
        f"GRANT USAGE ON SCHEMA {quoted} TO {stage.me}; GRANT CREATE ON SCHEMA {quoted} TO PUBLIC"
    )
    examination = await stage.examine()
    of_odd_names = [one for one in (*examination.dangerous, *examination.shared) if quoted in one.what]
    assert len(of_odd_names) == 3  # leaving the group takes two away
    for privilege in of_odd_names:
        await stage.admin.execute(privilege.remedy)
    examination = await stage.examine()
    assert [one for one in (*examination.dangerous, *examination.shared) if quoted in one.what] == []


async def test_another_session_user_is_not_a_way_around_when_the_role_is_set_at_login(stage) -> None:
    await stage.admin.execute(f"ALTER ROLE {stage.me} CREATEDB; ALTER ROLE {stage.me} SET role = {stage.group}")
    again = await stage.login(user=stage.me, password="x")
    try:
        assert await again.fetchval("SELECT current_user::text") == stage.group
        examination = await examine_role(again, ["shop"], lambda _: True)
        assert [one.what for one in examination.dangerous] == ["CREATEDB"]
    finally:
        await again.close()


async def test_examination_ends_soon_when_there_are_thousands_of_tables(stage) -> None:
    for part in range(20):
        await stage.admin.execute(
            f"DO $$ BEGIN FOR i IN {part * 100}..{part * 100 + 99} LOOP EXECUTE 'CREATE TABLE shop.many' || i || "
            f"' (a int, b text)'; EXECUTE 'GRANT SELECT ON shop.many' || i || ' TO {stage.me}'; END LOOP; END $$"
        )
    started_s = time.monotonic()
    assert (await stage.examine()).dangerous == ()
    assert time.monotonic() - started_s < 10  # only a guard against a plan that goes wrong altogether
