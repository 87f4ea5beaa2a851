"""Questions to pg_catalog about what a role may do; any role may ask them, on PostgreSQL 14 to 18."""

from __future__ import annotations

SERVER_VERSION_SQL = "SELECT pg_catalog.current_setting('server_version_num')::pg_catalog.int4"
GRANTED_BY_SINCE = 160_000
PARAMETER_ACL_SINCE = 150_000

# MEMBER counts what SET ROLE reaches and what an admin could grant to himself, inherited or not. The session's user is
# asked for, not the current one, since RESET ROLE leads back to it. A superuser is a member of all: only itself counts.
ROLES_SQL = """
SELECT r.oid, pg_catalog.quote_ident(r.rolname) AS name, r.rolname = session_user AS is_self, r.oid < 16384 AS built_in,
  r.rolsuper AS "SUPERUSER", r.rolbypassrls AS "BYPASSRLS", r.rolreplication AS "REPLICATION",
  r.rolcreaterole AS "CREATEROLE", r.rolcreatedb AS "CREATEDB",
  ARRAY(SELECT pg_catalog.format('REVOKE %I FROM %I', g.rolname, r_me.rolname)
      || COALESCE(CASE WHEN {granted_by} THEN pg_catalog.format(' GRANTED BY %I', b.rolname) END, '')
      || CASE WHEN m.admin_option THEN ' CASCADE;' ELSE ';' END
    FROM pg_catalog.pg_auth_members m JOIN pg_catalog.pg_roles g ON g.oid = m.roleid
      LEFT JOIN pg_catalog.pg_roles b ON b.oid = m.grantor
    WHERE m.member = r_me.oid AND pg_catalog.pg_has_role(g.oid, r.oid, 'MEMBER')
      AND (r.rolsuper OR NOT g.rolsuper) ORDER BY 1) AS ways
FROM pg_catalog.pg_roles r JOIN pg_catalog.pg_roles r_me ON r_me.rolname = session_user
WHERE r.oid = r_me.oid OR (NOT r_me.rolsuper AND pg_catalog.pg_has_role(r_me.oid, r.oid, 'MEMBER'))
ORDER BY r.oid <> r_me.oid, r.rolname"""

# Default privileges and user mappings have an owner too; owning them gives nothing.
OWNED_SQL = """
SELECT d.role, d.total, pg_catalog.array_agg(i.type || ' ' || i.identity ORDER BY i.identity) AS first
FROM (
  SELECT s.refobjid AS role, s.classid, s.objid, s.objsubid,
    pg_catalog.count(*) OVER (PARTITION BY s.refobjid) AS total,
    pg_catalog.row_number() OVER (PARTITION BY s.refobjid ORDER BY s.classid, s.objid) AS place
  FROM pg_catalog.pg_shdepend s
  WHERE s.deptype = 'o' AND s.refclassid = 'pg_catalog.pg_authid'::pg_catalog.regclass AND s.refobjid = ANY ($1)
    AND s.dbid IN (0, (SELECT b.oid FROM pg_catalog.pg_database b WHERE b.datname = pg_catalog.current_database()))
    AND s.classid NOT IN ('pg_catalog.pg_default_acl'::pg_catalog.regclass,
      'pg_catalog.pg_user_mapping'::pg_catalog.regclass)
) AS d CROSS JOIN LATERAL pg_catalog.pg_identify_object(d.classid, d.objid, d.objsubid) AS i
WHERE d.place <= 3 GROUP BY 1, 2"""

_WRITES = "'{INSERT,UPDATE,DELETE,TRUNCATE,REFERENCES,TRIGGER,MAINTAIN}'"
_ROUTINE = "pg_catalog.format('%I.%I(%s)', n.nspname, p.proname, pg_catalog.pg_get_function_identity_arguments(p.oid))"
_PROC = "pg_catalog.pg_proc p JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace"
_PROC_ACL = "COALESCE(p.proacl, pg_catalog.acldefault('f', p.proowner))"
_CALLABLE = (
    "p.prorettype NOT IN ('pg_catalog.trigger'::pg_catalog.regtype, 'pg_catalog.event_trigger'::pg_catalog.regtype)"
)
_OWN_SCHEMA = (
    "n.nspname NOT IN ('pg_catalog', 'information_schema') AND pg_catalog.has_schema_privilege(n.oid, 'USAGE')"
)
_EXTENSION = (
    "(SELECT e.extname FROM pg_catalog.pg_depend d JOIN pg_catalog.pg_extension e ON e.oid = d.refobjid "
    "WHERE d.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass AND d.objid = p.oid AND d.deptype = 'e')"
)
LARGE_OBJECT_WRITERS = (
    "lo_creat", "lo_create", "lo_from_bytea", "lo_put", "lo_truncate", "lo_truncate64", "lo_unlink", "lowrite",
)  # fmt: skip
REACHING_EXTENSIONS = ("dblink", "http", "pg_background", "pg_net")
"""Extensions whose functions, open to all by default, write elsewhere or in another session."""


def _source(
    kind: str, *, where: str, acl: str, owner: str, name: str, wanted: str, column: str = "NULL",
    schema: str = "NULL", class_: str = "0", object_: str = "0", sub: str = "0", by_default: str = "false",
    public_only: bool = False,
) -> str:  # fmt: skip
    return (
        f"SELECT {kind} AS kind, {schema} AS in_schema, {name} AS name, {column} AS column_name, "  # noqa: S608 - constants
        f"{class_}::pg_catalog.oid AS class, {object_}::pg_catalog.oid AS object, {sub} AS sub, {owner} AS owner, "
        f"{acl} AS acl, ({wanted})::pg_catalog.text[] AS wanted, {by_default} AS by_default, "
        f"{'true' if public_only else 'false'} AS public_only FROM {where}"
    )


_RELATION_KIND = "CASE WHEN c.relkind = 'S' THEN 'SEQUENCE' ELSE 'TABLE' END"
_PG_CLASS = "'pg_catalog.pg_class'::pg_catalog.regclass"
_PG_PROC = "'pg_catalog.pg_proc'::pg_catalog.regclass"
_RELATION = "pg_catalog.format('%I.%I', n.nspname, c.relname)"
_NAMED_OR_NULL = "pg_catalog.quote_ident({})"

SOURCES: tuple[str, ...] = (
    _source(
        _RELATION_KIND, schema=_NAMED_OR_NULL.format("n.nspname"), name=_RELATION, class_=_PG_CLASS, object_="c.oid",
        owner="c.relowner", acl="c.relacl",
        wanted=f"CASE WHEN c.relkind = 'S' THEN '{{USAGE,UPDATE}}' ELSE {_WRITES} END",
        where="pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace "
        "WHERE c.relacl IS NOT NULL",
    ),
    _source(
        "'TABLE'", schema=_NAMED_OR_NULL.format("n.nspname"), name=_RELATION, class_=_PG_CLASS, object_="c.oid",
        sub="a.attnum", column=_NAMED_OR_NULL.format("a.attname"), owner="c.relowner", acl="a.attacl", wanted=_WRITES,
        where="pg_catalog.pg_attribute a JOIN pg_catalog.pg_class c ON c.oid = a.attrelid "
        "JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE a.attacl IS NOT NULL AND NOT a.attisdropped",
    ),
    _source(
        "'SCHEMA'", name=_NAMED_OR_NULL.format("n.nspname"), class_="'pg_catalog.pg_namespace'::pg_catalog.regclass",
        object_="n.oid", owner="n.nspowner", acl="n.nspacl", wanted="'{CREATE}'", by_default="n.nspname = 'public'",
        where="pg_catalog.pg_namespace n WHERE n.nspacl IS NOT NULL",
    ),
    _source(
        "'DATABASE'", name=_NAMED_OR_NULL.format("b.datname"), owner="b.datdba", wanted="'{CREATE}'", acl="b.datacl",
        where="pg_catalog.pg_database b WHERE b.datname = pg_catalog.current_database() AND b.datacl IS NOT NULL",
    ),
    _source(
        "'DATABASE'", name=_NAMED_OR_NULL.format("b.datname"), owner="b.datdba", wanted="'{TEMPORARY}'",
        acl="COALESCE(b.datacl, pg_catalog.acldefault('d', b.datdba))", by_default="true",
        where="pg_catalog.pg_database b WHERE b.datname = pg_catalog.current_database()",
    ),
    # runs as its owner; a trigger's function can't be called
    _source(
        "'DEFINER'", name=_ROUTINE, class_=_PG_PROC, object_="p.oid", owner="p.proowner", acl=_PROC_ACL,
        wanted="'{EXECUTE}'", by_default="true",
        where=f"{_PROC} WHERE p.prosecdef AND p.provolatile = 'v' AND p.proowner <> ALL ($1) AND {_CALLABLE} "
        f"AND {_OWN_SCHEMA}",
    ),
    # what PostgreSQL or an extension keeps from everybody at first
    _source(
        "'ROUTINE'", name=_ROUTINE, class_=_PG_PROC, object_="p.oid", owner="p.proowner", acl="p.proacl",
        wanted="'{EXECUTE}'",
        where=f"{_PROC} WHERE p.proacl IS NOT NULL AND EXISTS (SELECT FROM pg_catalog.pg_init_privs i "
        f"WHERE i.classoid = {_PG_PROC} AND i.objoid = p.oid)",
    ),
    _source(
        "'ROUTINE'", name=_ROUTINE, owner="p.proowner", acl=_PROC_ACL, wanted="'{EXECUTE}'", by_default="true",
        public_only=True,
        where=f"{_PROC} WHERE NOT p.prosecdef AND p.provolatile = 'v' AND {_CALLABLE} AND {_OWN_SCHEMA} "
        f"AND COALESCE({_EXTENSION} = ANY ('{{{','.join(REACHING_EXTENSIONS)}}}'), true)",
    ),
    _source(
        "'LARGE OBJECT FUNCTION'", name=_ROUTINE, owner="p.proowner", acl=_PROC_ACL, wanted="'{EXECUTE}'",
        by_default="true", public_only=True,
        where=f"{_PROC} WHERE n.nspname = 'pg_catalog' AND p.proname = ANY ('{{{','.join(LARGE_OBJECT_WRITERS)}}}')",
    ),
    # DO needs a language that runs blocks
    _source(
        "'LANGUAGE'", name=_NAMED_OR_NULL.format("l.lanname"), owner="l.lanowner", wanted="'{USAGE}'",
        acl="COALESCE(l.lanacl, pg_catalog.acldefault('l', l.lanowner))", by_default="true", public_only=True,
        where="pg_catalog.pg_language l WHERE l.lanpltrusted AND l.laninline <> 0",
    ),
    _source(
        "'FOREIGN SERVER'", name=_NAMED_OR_NULL.format("f.srvname"), owner="f.srvowner", acl="f.srvacl",
        wanted="'{USAGE}'", where="pg_catalog.pg_foreign_server f WHERE f.srvacl IS NOT NULL",
    ),
    _source(
        "'FOREIGN DATA WRAPPER'", name=_NAMED_OR_NULL.format("f.fdwname"), owner="f.fdwowner", acl="f.fdwacl",
        wanted="'{USAGE}'", where="pg_catalog.pg_foreign_data_wrapper f WHERE f.fdwacl IS NOT NULL",
    ),
    _source(
        "'TABLESPACE'", name=_NAMED_OR_NULL.format("t.spcname"), owner="t.spcowner", acl="t.spcacl",
        wanted="'{CREATE}'", where="pg_catalog.pg_tablespace t WHERE t.spcacl IS NOT NULL",
    ),
    _source(
        "'LARGE OBJECT'", name="o.oid::pg_catalog.text", owner="o.lomowner", acl="o.lomacl", wanted="'{UPDATE}'",
        where="pg_catalog.pg_largeobject_metadata o WHERE o.lomacl IS NOT NULL",
    ),
)  # fmt: skip

PARAMETERS = _source(
    "'PARAMETER'", name="q.parname", owner="10::pg_catalog.oid", acl="q.paracl", wanted="'{SET,\"ALTER SYSTEM\"}'",
    where="pg_catalog.pg_parameter_acl q",
)  # fmt: skip

# One row for each object, grantee and grantor. What initdb (or, for routines, an extension) gave is not reported.
GRANTS_SQL = """
WITH object AS ({sources})
SELECT o.kind, o.in_schema, o.name, pg_catalog.quote_ident(g.rolname) AS grantee,
  CASE WHEN a.grantor <> o.owner THEN pg_catalog.quote_ident(b.rolname) END AS grantor, a.is_grantable AS grantable,
  a.grantee = 0 AND o.by_default AS by_default,
  pg_catalog.string_agg(DISTINCT CASE WHEN a.privilege_type = ANY (o.wanted) THEN a.privilege_type
    ELSE 'GRANT OPTION FOR ' || a.privilege_type END, ', ') AS privileges,
  pg_catalog.string_agg(DISTINCT o.column_name, ', ') AS columns
FROM object o CROSS JOIN LATERAL pg_catalog.aclexplode(o.acl) a
  LEFT JOIN pg_catalog.pg_roles g ON g.oid = a.grantee LEFT JOIN pg_catalog.pg_roles b ON b.oid = a.grantor
WHERE (a.grantee = 0 OR (a.grantee = ANY ($1) AND NOT o.public_only)) AND a.grantee <> o.owner
  AND (a.privilege_type = ANY (o.wanted) OR a.is_grantable AND NOT o.by_default)
  AND NOT EXISTS (
    SELECT FROM pg_catalog.pg_init_privs i CROSS JOIN LATERAL pg_catalog.aclexplode(i.initprivs) d
    WHERE NOT o.by_default AND i.classoid = o.class AND i.objoid = o.object AND i.objsubid = o.sub
      AND (i.privtype = 'i' OR o.kind = 'ROUTINE')
      AND d.grantee = a.grantee AND d.privilege_type = a.privilege_type AND d.is_grantable >= a.is_grantable)
GROUP BY o.kind, o.in_schema, o.name, g.rolname, a.grantee, a.grantor, o.owner, b.rolname, a.is_grantable, o.by_default,
  a.privilege_type = ANY (o.wanted), a.is_grantable AND NOT a.privilege_type = ANY (o.wanted)
ORDER BY o.kind, o.name"""

SCHEMAS_SQL = """
SELECT pg_catalog.quote_ident(pg_catalog.current_database()) AS database,
  (SELECT n.name FROM (SELECT 0 AS place, 'relay_reader' AS name UNION ALL
      SELECT g, 'relay_reader_' || g FROM pg_catalog.generate_series(2, 1000) g) n
    WHERE n.name NOT IN (SELECT r.rolname FROM pg_catalog.pg_roles r) ORDER BY n.place LIMIT 1) AS role,
  ARRAY(SELECT pg_catalog.quote_ident(n.nspname) FROM pg_catalog.pg_namespace n WHERE n.nspname = ANY ($1)
    ORDER BY 1) AS schemas"""

RELATIONS_SQL = """
SELECT n.nspname AS schema, c.relname AS name, pg_catalog.quote_ident(n.nspname) AS quoted_schema,
  pg_catalog.format('%I.%I', n.nspname, c.relname) AS quoted,
  CASE WHEN r.rolname <> session_user THEN pg_catalog.quote_ident(r.rolname) END AS owner
FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  JOIN pg_catalog.pg_roles r ON r.oid = c.relowner
WHERE n.nspname = ANY ($1) AND c.relkind IN ('r', 'p', 'v', 'm', 'f') ORDER BY 1, 2"""


def roles_sql(server_version: int) -> str:
    """Return ROLES_SQL for a server; since PostgreSQL 16 a membership is revoked for one grantor."""
    return ROLES_SQL.format(granted_by="true" if server_version >= GRANTED_BY_SINCE else "false")


def grants_sql(server_version: int) -> str:
    """Return GRANTS_SQL for a server; grants on parameters came with PostgreSQL 15."""
    sources = SOURCES + ((PARAMETERS,) if server_version >= PARAMETER_ACL_SINCE else ())
    return GRANTS_SQL.format(sources=" UNION ALL ".join(sources))
