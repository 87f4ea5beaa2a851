"""What the live catalogue asks PostgreSQL. Every name is qualified, since these run with the resource's search path."""

from __future__ import annotations

_NOT_SYSTEM = "n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast')"
_OF_AN_EXTENSION = (
    "EXISTS (SELECT 1 FROM pg_catalog.pg_depend e WHERE e.classid = {class_}::pg_catalog.regclass "
    "AND e.objid = {object}.oid AND e.deptype = 'e')"
)

# For this transaction: compiling one of these statements took 0.5 s on PostgreSQL 15, running it 10 ms.
NO_COMPILATION_SQL = "SELECT pg_catalog.set_config('jit', 'off', true)"

DATABASE_SQL = """
SELECT d.oid FROM pg_catalog.pg_database d WHERE d.datname = pg_catalog.current_database()"""

RELATIONS_SQL = f"""
SELECT n.nspname AS schema, c.relname AS name, c.oid, c.relkind = 'S' AS is_sequence, c.reltoastrelid AS toast,
  pg_catalog.array_agg(a.attname::pg_catalog.text ORDER BY a.attnum) FILTER (WHERE a.attname IS NOT NULL) AS columns
FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  LEFT JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S') AND {_NOT_SYSTEM}
GROUP BY 1, 2, 3, 4, 5"""  # noqa: S608 - constants

INDEXES_SQL = """
SELECT n.nspname AS schema, c.relname AS name, i.indexrelid AS oid, i.indrelid AS table_oid
FROM pg_catalog.pg_index i JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid
  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname NOT IN ('pg_catalog', 'information_schema')"""

# Functions of extensions are told apart: citext's replace() must not make every replace() suspect.
FUNCTIONS_SQL = f"""
SELECT n.nspname AS schema, p.proname AS name,
  pg_catalog.bool_or(p.pronargs >= 1 AND p.pronargs - p.pronargdefaults <= 1) AS takes_one,
  pg_catalog.bool_and({_OF_AN_EXTENSION.format(class_="'pg_catalog.pg_proc'", object="p")}) AS of_extension,
  EXISTS (SELECT 1 FROM pg_catalog.pg_proc b WHERE b.proname = p.proname
    AND b.pronamespace = 'pg_catalog'::pg_catalog.regnamespace) AS built_in
FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace
WHERE {_NOT_SYSTEM} GROUP BY 1, 2"""  # noqa: S608 - constants

OPERATORS_SQL = f"""
SELECT n.nspname AS schema, o.oprname AS name,
  pg_catalog.bool_and({_OF_AN_EXTENSION.format(class_="'pg_catalog.pg_operator'", object="o")}) AS of_extension
FROM pg_catalog.pg_operator o JOIN pg_catalog.pg_namespace n ON n.oid = o.oprnamespace
WHERE {_NOT_SYSTEM} GROUP BY 1, 2"""  # noqa: S608 - constants

# `parts`: types that a type's values are made of; `table_…`: the table whose row type it is
TYPES_SQL = f"""
SELECT t.oid, n.nspname AS schema, t.typname AS name, cn.nspname AS table_schema, c.relname AS table_name,
  ARRAY[t.typelem, t.typbasetype] || COALESCE((SELECT pg_catalog.array_agg(a.atttypid) FROM pg_catalog.pg_attribute a
    JOIN pg_catalog.pg_class k ON k.oid = a.attrelid AND k.relkind = 'c'
    WHERE a.attrelid = t.typrelid AND a.attnum > 0 AND NOT a.attisdropped), '{{}}') AS parts
FROM pg_catalog.pg_type t JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace
  LEFT JOIN pg_catalog.pg_class c ON c.oid = t.typrelid AND c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S')
  LEFT JOIN pg_catalog.pg_namespace cn ON cn.oid = c.relnamespace
WHERE {_NOT_SYSTEM}"""  # noqa: S608 - constants

# Built-in functions are pinned and have no dependency entries, so what a check depends on is not built in.
# What holds such a type runs its code too: a domain over it, an array, a range, a composite, a table's row type.
OWN_CODE_TYPES_SQL = f"""
WITH RECURSIVE cast_targets (oid) AS (
  SELECT c.casttarget FROM pg_catalog.pg_cast c
    JOIN pg_catalog.pg_proc p ON p.oid = c.castfunc JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace
  WHERE {_NOT_SYSTEM} AND NOT {_OF_AN_EXTENSION.format(class_="'pg_catalog.pg_proc'", object="p")}
), own (oid) AS (
  (SELECT k.contypid FROM pg_catalog.pg_constraint k
    JOIN pg_catalog.pg_depend d ON d.classid = 'pg_catalog.pg_constraint'::pg_catalog.regclass AND d.objid = k.oid
      AND d.refclassid = 'pg_catalog.pg_proc'::pg_catalog.regclass WHERE k.contypid <> 0
  UNION SELECT t.oid FROM cast_targets JOIN pg_catalog.pg_type t USING (oid)
    JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace WHERE {_NOT_SYSTEM})
  UNION
  SELECT t.oid FROM own o JOIN pg_catalog.pg_type t ON o.oid IN (t.typbasetype, t.typelem)
    OR EXISTS (SELECT FROM pg_catalog.pg_range r WHERE r.rngtypid = t.oid AND r.rngsubtype = o.oid)
    OR EXISTS (SELECT FROM pg_catalog.pg_attribute a
      WHERE a.attrelid = t.typrelid AND a.atttypid = o.oid AND NOT a.attisdropped)
)
SELECT t.typname AS name FROM (TABLE own UNION TABLE cast_targets) AS x JOIN pg_catalog.pg_type t USING (oid)
"""  # noqa: S608 - constants

# kind 'v': a view and a relation that it reads; 's': a sequence and the table that it belongs to;
# 'i': a child or partition and its parent
RELATIVES_SQL = f"""
SELECT DISTINCT 'v' AS kind, n.nspname AS schema, c.relname AS name, rn.nspname AS other_schema, r.relname AS other_name
FROM pg_catalog.pg_rewrite w JOIN pg_catalog.pg_class c ON c.oid = w.ev_class
  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  JOIN pg_catalog.pg_depend d ON d.classid = 'pg_catalog.pg_rewrite'::pg_catalog.regclass AND d.objid = w.oid
    AND d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.refobjid <> c.oid
  JOIN pg_catalog.pg_class r ON r.oid = d.refobjid JOIN pg_catalog.pg_namespace rn ON rn.oid = r.relnamespace
WHERE {_NOT_SYSTEM}
UNION ALL
SELECT DISTINCT 's', n.nspname, c.relname, rn.nspname, r.relname
FROM pg_catalog.pg_depend d JOIN pg_catalog.pg_class c ON c.oid = d.objid AND c.relkind = 'S'
  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  JOIN pg_catalog.pg_class r ON r.oid = d.refobjid JOIN pg_catalog.pg_namespace rn ON rn.oid = r.relnamespace
WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.refclassid = d.classid AND d.deptype IN ('a', 'i')
UNION ALL
SELECT 'i', n.nspname, c.relname, rn.nspname, r.relname
FROM pg_catalog.pg_inherits i JOIN pg_catalog.pg_class c ON c.oid = i.inhrelid AND c.relkind IN ('r', 'p', 'f')
  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  JOIN pg_catalog.pg_class r ON r.oid = i.inhparent JOIN pg_catalog.pg_namespace rn ON rn.oid = r.relnamespace
"""  # noqa: S608 - constants
