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

# The server passes over schemas of the search path that the role may not use, or that are not there.
USABLE_SCHEMAS_SQL = """
SELECT n.nspname AS schema FROM pg_catalog.pg_namespace n
WHERE n.nspname = ANY ($1::pg_catalog.text[]) AND pg_catalog.has_schema_privilege(n.oid, 'USAGE')"""

# version: another one after a view was redefined, a table made anew, emptied or loaded by swapping its storage
RELATIONS_SQL = f"""
SELECT n.nspname AS schema, c.relname AS name, c.oid, c.relkind = 'S' AS is_sequence, c.reltoastrelid AS toast,
  pg_catalog.concat_ws(' ', c.oid, c.relfilenode, (SELECT max(w.xmin::pg_catalog.text) FROM pg_catalog.pg_rewrite w
    WHERE w.ev_class = c.oid AND w.rulename = '_RETURN')) AS version,
  pg_catalog.array_agg(a.attname::pg_catalog.text ORDER BY a.attnum) FILTER (WHERE a.attname IS NOT NULL) AS columns,
  pg_catalog.array_agg(a.atttypid ORDER BY a.attnum) FILTER (WHERE a.attname IS NOT NULL) AS types
FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  LEFT JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S') AND {_NOT_SYSTEM}
GROUP BY 1, 2, 3, 4, 5, 6"""  # noqa: S608 - constants

# One that is deferrable covers no other columns of a GROUP BY.
PRIMARY_KEYS_SQL = """
SELECT n.nspname AS schema, c.relname AS name,
  pg_catalog.array_agg(a.attname::pg_catalog.text ORDER BY a.attnum) AS columns
FROM pg_catalog.pg_constraint k JOIN pg_catalog.pg_class c ON c.oid = k.conrelid
  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum = ANY (k.conkey)
WHERE k.contype = 'p' AND NOT k.condeferrable AND n.nspname NOT IN ('pg_catalog', 'information_schema')
GROUP BY 1, 2"""

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

# `parts`: what an array or a domain is made of; `columns`: of a row's; `others`: what else its values may become;
# `table_…`: the table whose row type it is; `has_equality`: a btree or hash operator class (403, 405) takes it
TYPES_SQL = f"""
WITH comparable AS (SELECT k.opcintype AS type FROM pg_catalog.pg_opclass k
  WHERE k.opcdefault AND k.opcmethod IN (403, 405))
SELECT t.oid, n.nspname AS schema, t.typname AS name, t.typtype::pg_catalog.text AS kind,
  t.typcategory::pg_catalog.text AS category, t.oid IN (SELECT c.type FROM comparable c) OR t.oid IN (
    SELECT x.castsource FROM pg_catalog.pg_cast x JOIN comparable c ON c.type = x.casttarget
    WHERE x.castmethod = 'b' AND x.castcontext = 'i') AS has_equality,
  cn.nspname AS table_schema, c.relname AS table_name,
  {_NOT_SYSTEM} AS of_user, ARRAY[t.typelem, t.typbasetype] AS parts,
  ARRAY(SELECT a.atttypid FROM pg_catalog.pg_attribute a
    WHERE t.typrelid <> 0 AND a.attrelid = t.typrelid AND a.attnum > 0 AND NOT a.attisdropped) AS columns,
  ARRAY[t.typarray] || b.targets || ARRAY[r.rngsubtype, r.rngtypid, r.rngmultitypid] AS others
FROM pg_catalog.pg_type t JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace
  LEFT JOIN pg_catalog.pg_range r ON t.oid IN (r.rngtypid, r.rngmultitypid)
  LEFT JOIN (SELECT x.castsource, pg_catalog.array_agg(x.casttarget) AS targets FROM pg_catalog.pg_cast x
    WHERE x.castmethod = 'b' GROUP BY 1) b ON b.castsource = t.oid
  LEFT JOIN pg_catalog.pg_class c ON c.oid = t.typrelid AND c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S')
  LEFT JOIN pg_catalog.pg_namespace cn ON cn.oid = c.relnamespace"""  # noqa: S608 - constants

# Functions that no statement has to name, for each type of a value that calls them; `on_sight`: wherever there is
# such a value, else only where a statement names the type. Built-in types (below 16384) are kept out of it as long as
# a type of the database's own takes part: a cast of that one to int4 is no matter of every int4.
# Built-in functions are pinned and have no dependency entries, so what a check depends on is not built in. What
# PostgreSQL makes for a range (deptype 'i') is its own constructor.
OWN_CODE_SQL = f"""
WITH called (type, on_sight, checks, function) AS (
  SELECT c.castsource, true, false, c.castfunc FROM pg_catalog.pg_cast c
    WHERE c.castsource >= 16384 OR c.casttarget < 16384 AND c.castcontext = 'i'
  UNION ALL SELECT c.casttarget, c.castcontext = 'i', false, c.castfunc FROM pg_catalog.pg_cast c
    WHERE c.casttarget >= 16384 OR c.castsource < 16384
  UNION ALL SELECT k.opcintype, true, false, o.oprcode FROM pg_catalog.pg_opclass k
    JOIN pg_catalog.pg_amop a ON a.amopfamily = k.opcfamily AND k.opcintype IN (a.amoplefttype, a.amoprighttype)
      AND (k.opcintype >= 16384 OR a.amoplefttype < 16384 AND a.amoprighttype < 16384)
    JOIN pg_catalog.pg_operator o ON o.oid = a.amopopr WHERE k.opcdefault
  UNION ALL SELECT k.opcintype, true, false, a.amproc FROM pg_catalog.pg_opclass k
    JOIN pg_catalog.pg_amproc a ON a.amprocfamily = k.opcfamily
      AND k.opcintype IN (a.amproclefttype, a.amprocrighttype)
      AND (k.opcintype >= 16384 OR a.amproclefttype < 16384 AND a.amprocrighttype < 16384) WHERE k.opcdefault
  UNION ALL SELECT r.rngtypid, true, false, f.oid FROM pg_catalog.pg_range r,
    pg_catalog.unnest(ARRAY[r.rngcanonical, r.rngsubdiff]) AS f (oid)
  UNION ALL SELECT t.oid, true, false, f.oid FROM pg_catalog.pg_type t,
    pg_catalog.unnest(ARRAY[t.typinput, t.typoutput, t.typreceive, t.typsend, t.typmodin, t.typmodout, t.typsubscript])
      AS f (oid) WHERE t.oid >= 16384
  UNION ALL SELECT k.contypid, false, d.refclassid = 'pg_catalog.pg_proc'::pg_catalog.regclass,
      COALESCE(o.oprcode, d.refobjid) FROM pg_catalog.pg_constraint k
    JOIN pg_catalog.pg_depend d ON d.classid = 'pg_catalog.pg_constraint'::pg_catalog.regclass AND d.objid = k.oid
      AND d.refclassid IN ('pg_catalog.pg_proc'::pg_catalog.regclass, 'pg_catalog.pg_operator'::pg_catalog.regclass)
    LEFT JOIN pg_catalog.pg_operator o
      ON d.refclassid = 'pg_catalog.pg_operator'::pg_catalog.regclass AND o.oid = d.refobjid WHERE k.contypid <> 0
)
SELECT DISTINCT c.type, c.on_sight, n.nspname AS schema, p.proname AS name
FROM called c JOIN pg_catalog.pg_proc p ON p.oid = c.function JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace
WHERE {_NOT_SYSTEM} AND (c.checks OR NOT {_OF_AN_EXTENSION.format(class_="'pg_catalog.pg_proc'", object="p")})
  AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend i WHERE i.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass
    AND i.objid = p.oid AND i.deptype = 'i' AND i.refclassid = 'pg_catalog.pg_type'::pg_catalog.regclass)
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
