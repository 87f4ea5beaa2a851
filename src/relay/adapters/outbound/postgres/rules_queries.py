"""What column rules need to be followed through a database: asked only where there are rules, with an empty path."""

from __future__ import annotations

_NOT_SYSTEM = "n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast')"

# With nothing in the search path, every name in a definition has its schema.
VIEWS_SQL = f"""
SELECT n.nspname AS schema, c.relname AS name, pg_catalog.pg_get_viewdef(c.oid) AS definition
FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('v', 'm') AND {_NOT_SYSTEM}"""  # noqa: S608 - constants

# Columns that a view names, and functions that it calls. A whole row leaves no trace of its columns here.
VIEW_COLUMNS_SQL = f"""
SELECT n.nspname AS schema, c.relname AS name, rn.nspname AS other_schema, r.relname AS other_name,
  pg_catalog.array_agg(a.attname::pg_catalog.text) AS columns
FROM pg_catalog.pg_rewrite w JOIN pg_catalog.pg_class c ON c.oid = w.ev_class
  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  JOIN pg_catalog.pg_depend d ON d.classid = 'pg_catalog.pg_rewrite'::pg_catalog.regclass AND d.objid = w.oid
    AND d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.refobjid <> c.oid
  JOIN pg_catalog.pg_class r ON r.oid = d.refobjid JOIN pg_catalog.pg_namespace rn ON rn.oid = r.relnamespace
  JOIN pg_catalog.pg_attribute a ON a.attrelid = r.oid AND a.attnum = d.refobjsubid AND a.attnum > 0
WHERE {_NOT_SYSTEM} GROUP BY 1, 2, 3, 4"""  # noqa: S608 - constants
VIEW_FUNCTIONS_SQL = f"""
SELECT DISTINCT n.nspname AS schema, c.relname AS name, COALESCE(o.oprcode, d.refobjid)::pg_catalog.oid AS function
FROM pg_catalog.pg_rewrite w JOIN pg_catalog.pg_class c ON c.oid = w.ev_class
  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  JOIN pg_catalog.pg_depend d ON d.classid = 'pg_catalog.pg_rewrite'::pg_catalog.regclass AND d.objid = w.oid
    AND d.refclassid IN ('pg_catalog.pg_proc'::pg_catalog.regclass, 'pg_catalog.pg_operator'::pg_catalog.regclass)
  LEFT JOIN pg_catalog.pg_operator o
    ON d.refclassid = 'pg_catalog.pg_operator'::pg_catalog.regclass AND o.oid = d.refobjid
WHERE {_NOT_SYSTEM}"""  # noqa: S608 - constants

# Up to PostgreSQL 14 a generated column depends on others by itself, later by its default.
GENERATED_SQL = f"""
SELECT n.nspname AS schema, c.relname AS name, g.attname AS column,
  pg_catalog.array_agg(DISTINCT s.attname::pg_catalog.text) AS sources
FROM pg_catalog.pg_attribute g JOIN pg_catalog.pg_class c ON c.oid = g.attrelid
  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  JOIN pg_catalog.pg_attrdef f ON f.adrelid = g.attrelid AND f.adnum = g.attnum
  JOIN pg_catalog.pg_depend d ON d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.refobjid = g.attrelid
    AND (d.classid = 'pg_catalog.pg_attrdef'::pg_catalog.regclass AND d.objid = f.oid
      OR d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objid = g.attrelid AND d.objsubid = g.attnum)
  JOIN pg_catalog.pg_attribute s ON s.attrelid = g.attrelid AND s.attnum = d.refobjsubid AND s.attnum <> g.attnum
WHERE g.attgenerated <> '' AND {_NOT_SYSTEM} GROUP BY 1, 2, 3"""  # noqa: S608 - constants

FUNCTIONS_SQL = f"""
SELECT p.oid, n.nspname AS schema, p.proname AS name, l.lanname AS language, p.prosrc AS source,
  EXISTS (SELECT FROM pg_catalog.pg_depend e WHERE e.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass
    AND e.objid = p.oid AND e.deptype = 'e') AS of_extension
FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace
  JOIN pg_catalog.pg_language l ON l.oid = p.prolang
WHERE {_NOT_SYSTEM}"""  # noqa: S608 - constants
FUNCTION_PARTS_SQL = """
SELECT d.objid AS oid, COALESCE(o.oprcode, CASE WHEN d.refclassid = 'pg_catalog.pg_proc'::pg_catalog.regclass
    THEN d.refobjid END)::pg_catalog.oid AS function, n.nspname AS schema, c.relname AS name
FROM pg_catalog.pg_depend d
  LEFT JOIN pg_catalog.pg_operator o
    ON d.refclassid = 'pg_catalog.pg_operator'::pg_catalog.regclass AND o.oid = d.refobjid
  LEFT JOIN pg_catalog.pg_class c ON d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass AND c.oid = d.refobjid
  LEFT JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE d.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass AND d.refclassid IN
  ('pg_catalog.pg_proc'::pg_catalog.regclass, 'pg_catalog.pg_operator'::pg_catalog.regclass,
   'pg_catalog.pg_class'::pg_catalog.regclass)"""
OPERATORS_SQL = f"""
SELECT n.nspname AS schema, o.oprname AS name, o.oprcode::pg_catalog.oid AS function
FROM pg_catalog.pg_operator o JOIN pg_catalog.pg_namespace n ON n.oid = o.oprnamespace
WHERE {_NOT_SYSTEM}"""  # noqa: S608 - constants

# Of relations that the role may read in part: the other columns must not stand in a statement.
UNREADABLE_SQL = f"""
SELECT n.nspname AS schema, c.relname AS name, pg_catalog.array_agg(a.attname::pg_catalog.text) AS columns
FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND {_NOT_SYSTEM}
  AND NOT pg_catalog.has_table_privilege(c.oid, 'SELECT') AND pg_catalog.has_any_column_privilege(c.oid, 'SELECT')
  AND NOT pg_catalog.has_column_privilege(c.oid, a.attnum, 'SELECT') GROUP BY 1, 2"""  # noqa: S608 - constants
