-- A careless customer's database. {token}, {cpf} and {text} stand for values that no reply may hold: {text} alone may
-- come as a row of customers, and never in an error.
CREATE TYPE point_pair AS (a int, b int);
CREATE TYPE mood AS ENUM ('sad', 'happy');
CREATE TYPE season AS ENUM ('dry', 'wet');
CREATE DOMAIN positive AS int CHECK (VALUE > 0);
CREATE TABLE customers (id int PRIMARY KEY, name text, profile jsonb, tags text[], note text);
CREATE TABLE orders (id int PRIMARY KEY, customer_id int REFERENCES customers, status text, total numeric(10, 2),
                     created_at timestamptz);
CREATE TABLE "Weird Table" ("a b" int);
CREATE TABLE keywords (time int, interval int, position int, "values" int, year int, month int, user_name text);
INSERT INTO customers VALUES
  (1, 'Ana', '{{"city": "Recife", "tags": ["a", "b"]}}', '{{vip,new}}', '{text}'), (2, 'Bruno', '{{}}', '{{}}', '{text}');
INSERT INTO orders VALUES (1, 1, 'paid', 10.50, '2024-01-15 12:00+00'), (2, 2, 'open', 99.90, '2024-02-15 12:00+00');

-- extensions that read what a policy hides, where the server has them
DO $$
DECLARE
  one text;
BEGIN
  FOR one IN SELECT name FROM pg_available_extensions WHERE name IN (
    'adminpack', 'dblink', 'file_fdw', 'hstore', 'lo', 'pageinspect', 'pg_prewarm', 'pg_trgm', 'pg_visibility',
    'pg_walinspect', 'pgcrypto', 'pgrowlocks', 'pgstattuple', 'postgres_fdw', 'tablefunc', 'tsm_system_rows', 'xml2')
  LOOP
    EXECUTE format('CREATE EXTENSION IF NOT EXISTS %I', one);
  END LOOP;
END $$;

-- what is hidden, and what shows its rows
CREATE TABLE secrets (id int PRIMARY KEY, token text DEFAULT '{token}', cpf text, serial_number serial);
CREATE INDEX secrets_partial ON secrets (token) WHERE token <> '{token}';
INSERT INTO secrets (id, cpf) VALUES (1, '{cpf}'), (2, '{cpf}');
CREATE VIEW exposing AS SELECT id, token FROM secrets;
CREATE VIEW exposing_twice AS SELECT * FROM exposing;
CREATE MATERIALIZED VIEW exposing_kept AS SELECT token FROM secrets;
CREATE TABLE ledger (id int, token text) PARTITION BY RANGE (id);
CREATE TABLE ledger_low PARTITION OF ledger FOR VALUES FROM (0) TO (10);
INSERT INTO ledger VALUES (1, '{token}');
CREATE TABLE base_open (id int, note text);
CREATE TABLE hidden_child (extra text) INHERITS (base_open);
INSERT INTO hidden_child VALUES (1, '{token}', '{token}');
CREATE SCHEMA other;
CREATE TABLE other.customers (id int, name text);
INSERT INTO other.customers VALUES (1, '{token}');
CREATE TABLE other.vault (token text);
INSERT INTO other.vault VALUES ('{token}');
CREATE VIEW vault_view AS SELECT * FROM secrets;
CREATE VIEW other.inner_view AS SELECT token FROM public.secrets;
CREATE VIEW roundabout AS SELECT i.token FROM other.inner_view i JOIN customers c ON true;
CREATE VIEW over_parent AS SELECT * FROM base_open;
CREATE VIEW over_partition AS SELECT (SELECT max(token) FROM ledger_low) AS token;
CREATE VIEW over_sequence AS SELECT last_value FROM secrets_serial_number_seq;
CREATE TABLE heir (more text) INHERITS (secrets);
INSERT INTO heir (id, token) VALUES (3, '{token}');
CREATE VIEW over_heir AS SELECT id, token FROM ONLY heir;
CREATE MATERIALIZED VIEW kept_roundabout AS SELECT * FROM roundabout;
CREATE RECURSIVE VIEW winding (token) AS SELECT token FROM exposing UNION ALL SELECT token FROM winding WHERE false;
DO $$ BEGIN PERFORM lo_from_bytea(424242, convert_to('{token}', 'UTF8')); END $$;

-- what writes, tells, and can be called without looking like it
CREATE TABLE trace (what text);
CREATE SEQUENCE counter;
CREATE FUNCTION stolen(what text) RETURNS text LANGUAGE plpgsql SECURITY DEFINER AS $$
DECLARE found text;
BEGIN
  BEGIN
    INSERT INTO public.trace VALUES (what);
  EXCEPTION WHEN OTHERS THEN NULL;
  END;
  PERFORM pg_advisory_lock(424242);
  SELECT token INTO found FROM public.secrets LIMIT 1;
  RETURN found;
END $$;
CREATE FUNCTION leak(customers) RETURNS text LANGUAGE sql AS $$SELECT stolen('row function')$$;
CREATE FUNCTION leak_row(customers) RETURNS secrets LANGUAGE sql AS $$SELECT s FROM secrets s LIMIT 1$$;
CREATE FUNCTION leak_set(customers) RETURNS SETOF text LANGUAGE sql AS $$SELECT stolen('set')$$;
CREATE FUNCTION leak_more(customers, text DEFAULT 'x') RETURNS text LANGUAGE sql AS $$SELECT stolen('default')$$;
CREATE FUNCTION leak_pair(point_pair) RETURNS text LANGUAGE sql AS $$SELECT stolen('composite')$$;
CREATE FUNCTION leak_any(record) RETURNS text LANGUAGE plpgsql AS $$BEGIN RETURN stolen('record'); END$$;
CREATE FUNCTION other.outside(customers) RETURNS text LANGUAGE sql AS $$SELECT stolen('other schema')$$;
CREATE FUNCTION leak_plus(text, text) RETURNS text LANGUAGE sql AS $$SELECT stolen('operator')$$;
CREATE OPERATOR <~> (LEFTARG = text, RIGHTARG = text, FUNCTION = leak_plus);
CREATE OPERATOR other.#> (LEFTARG = text, RIGHTARG = text, FUNCTION = leak_plus);
CREATE FUNCTION leak_probe(text) RETURNS boolean LANGUAGE plpgsql AS $$BEGIN RETURN stolen($1) IS NOT NULL; END$$;
CREATE DOMAIN checked AS text CHECK (leak_probe(VALUE));
CREATE DOMAIN checked_again AS checked;
CREATE TYPE badge AS (label text);
CREATE FUNCTION to_badge(text) RETURNS badge LANGUAGE sql AS $$SELECT ROW(stolen('cast'))::badge$$;
CREATE CAST (text AS badge) WITH FUNCTION to_badge(text);
CREATE FUNCTION leak_step(text, text) RETURNS text LANGUAGE sql AS $$SELECT stolen('aggregate')$$;
CREATE AGGREGATE leak_all(text) (SFUNC = leak_step, STYPE = text);
CREATE FUNCTION leak_mood(mood) RETURNS text LANGUAGE sql AS $$SELECT stolen('implicit cast')$$;
CREATE CAST (mood AS text) WITH FUNCTION leak_mood(mood) AS IMPLICIT;
CREATE FUNCTION leak_json(badge) RETURNS json LANGUAGE sql AS $$SELECT to_json(stolen('cast to json'))$$;
CREATE CAST (badge AS json) WITH FUNCTION leak_json(badge);
CREATE FUNCTION leak_mood_json(mood) RETURNS json LANGUAGE sql AS $$SELECT to_json(stolen('cast to json'))$$;
CREATE CAST (mood AS json) WITH FUNCTION leak_mood_json(mood);
CREATE FUNCTION leak_difference(date, date) RETURNS double precision LANGUAGE sql IMMUTABLE AS
  $$SELECT length(stolen('range'))$$;
CREATE TYPE stay AS RANGE (subtype = date, subtype_diff = leak_difference);
CREATE TABLE badges (id int, held badge, held_twice badge[]);
INSERT INTO badges VALUES (1, ROW('x'), ARRAY[ROW('y')::badge]);
CREATE FUNCTION other.leak_compare(badge, badge) RETURNS int LANGUAGE sql IMMUTABLE AS
  $$SELECT length(stolen('comparison')) - 22$$;
CREATE FUNCTION other.leak_less(badge, badge) RETURNS boolean LANGUAGE sql IMMUTABLE AS
  $$SELECT stolen('comparison') IS NULL$$;
CREATE OPERATOR other.< (LEFTARG = badge, RIGHTARG = badge, FUNCTION = other.leak_less);
CREATE OPERATOR other.<= (LEFTARG = badge, RIGHTARG = badge, FUNCTION = other.leak_less);
CREATE OPERATOR other.= (LEFTARG = badge, RIGHTARG = badge, FUNCTION = other.leak_less);
CREATE OPERATOR other.>= (LEFTARG = badge, RIGHTARG = badge, FUNCTION = other.leak_less);
CREATE OPERATOR other.> (LEFTARG = badge, RIGHTARG = badge, FUNCTION = other.leak_less);
CREATE OPERATOR CLASS other.badge_order DEFAULT FOR TYPE badge USING btree AS OPERATOR 1 other.<, OPERATOR 2 other.<=,
  OPERATOR 3 other.=, OPERATOR 4 other.>=, OPERATOR 5 other.>, FUNCTION 1 other.leak_compare(badge, badge);
INSERT INTO badges VALUES (2, ROW('z'), '{{}}');
CREATE PROCEDURE wipe() LANGUAGE sql AS $$DELETE FROM public.trace$$;
CREATE TABLE members (id int, rank mood, pair point_pair);
INSERT INTO members VALUES (1, 'happy', ROW(1, 2));
CREATE TABLE guarded (id int, label checked);
CREATE TABLE guarded_again (id int, inner_row guarded);
CREATE TABLE guarded_deep (id int, labels checked[]);
INSERT INTO guarded (id) VALUES (1);
INSERT INTO guarded_again (id) VALUES (1);
INSERT INTO guarded_deep (id, labels) VALUES (1, '{{}}');
CREATE POLICY writes ON members USING (leak_probe('policy'));
ALTER TABLE members ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE VIEW busy AS SELECT id, leak_probe('view') AS probed FROM customers;

-- names of built-in functions and operators, for the agent whose search path has this schema as well
CREATE SCHEMA overloads;
CREATE FUNCTION overloads.initcap(int) RETURNS text LANGUAGE sql AS $$SELECT stolen('overload')$$;
CREATE FUNCTION overloads.leak_times(text, int) RETURNS text LANGUAGE sql AS $$SELECT stolen('built-in symbol')$$;
CREATE OPERATOR overloads.^@ (LEFTARG = text, RIGHTARG = int, FUNCTION = overloads.leak_times);
CREATE OPERATOR overloads.~~ (LEFTARG = text, RIGHTARG = int, FUNCTION = overloads.leak_times);
CREATE OPERATOR overloads.!~~* (LEFTARG = text, RIGHTARG = int, FUNCTION = overloads.leak_times);
CREATE FUNCTION overloads."overlay"(text, text, boolean) RETURNS text LANGUAGE sql AS $$SELECT stolen('overlay')$$;
CREATE FUNCTION overloads."substring"(text, boolean) RETURNS text LANGUAGE sql AS $$SELECT stolen('substring')$$;
CREATE FUNCTION overloads.leak_equal(mood, int) RETURNS boolean LANGUAGE sql AS $$SELECT stolen('equal') IS NOT NULL$$;
CREATE OPERATOR overloads.= (LEFTARG = mood, RIGHTARG = int, FUNCTION = overloads.leak_equal);
CREATE OPERATOR overloads.< (LEFTARG = mood, RIGHTARG = int, FUNCTION = overloads.leak_equal);
CREATE OPERATOR overloads.>= (LEFTARG = mood, RIGHTARG = int, FUNCTION = overloads.leak_equal);
CREATE OPERATOR overloads.<= (LEFTARG = mood, RIGHTARG = int, FUNCTION = overloads.leak_equal);
TRUNCATE trace;
