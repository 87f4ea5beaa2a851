-- What the generated statements read: shop and extra are shown, hidden is not; strange is an unfortunate search path's.
CREATE SCHEMA shop;
CREATE SCHEMA extra;
CREATE SCHEMA hidden;
CREATE SCHEMA strange;
SET search_path = shop, extra;

CREATE TYPE mood AS ENUM ('sad', 'happy');
CREATE TYPE pair AS (a int, b text);
CREATE TABLE hidden.secrets (id int, name text, secret text);
CREATE TABLE customers (id int PRIMARY KEY, name text, email text, profile jsonb, tags text[], born date, mood mood,
                        duo pair);
CREATE TABLE orders (id int PRIMARY KEY, customer_id int, total numeric(10, 2), status text, created_at timestamptz);
CREATE TABLE "Odd Name" ("a b" int, "select" text, "É" text);
CREATE TABLE extra.items (id int, label text, price numeric);
CREATE TABLE salaries (id int, name text, amount numeric);
CREATE TABLE salaries_2024 () INHERITS (salaries);
CREATE TABLE parts (id int, name text) PARTITION BY RANGE (id);
CREATE TABLE parts_low PARTITION OF parts FOR VALUES FROM (0) TO (10);
CREATE TABLE parts_high PARTITION OF parts FOR VALUES FROM (10) TO (20);
INSERT INTO customers VALUES (1, 'Ana', 'ana@example.org', '{"city": "Recife", "n": 3}', '{vip,new}', '1990-01-02', 'happy',
                              (1, 'x'));
INSERT INTO orders VALUES (1, 1, 10.50, 'paid', '2024-01-15 12:00+00');
INSERT INTO "Odd Name" VALUES (1, 'a', 'b');

CREATE VIEW buyers AS SELECT c.id, c.name, o.total FROM customers c JOIN orders o ON o.customer_id = c.id;
CREATE VIEW pay AS SELECT * FROM salaries;
CREATE VIEW pay_again AS SELECT p.id, c.name FROM pay p JOIN customers c USING (id);
CREATE VIEW allowed_pay AS SELECT id, count(*) AS n FROM salaries GROUP BY id;
CREATE MATERIALIZED VIEW stored_pay AS SELECT * FROM salaries;

CREATE FUNCTION evil(customers) RETURNS text LANGUAGE sql AS $$ SELECT secret FROM hidden.secrets LIMIT 1 $$;
CREATE FUNCTION peek(text) RETURNS text LANGUAGE sql AS $$ SELECT secret FROM hidden.secrets LIMIT 1 $$;
CREATE FUNCTION peek_all() RETURNS SETOF hidden.secrets LANGUAGE sql AS $$ SELECT * FROM hidden.secrets $$;
CREATE FUNCTION initials(text) RETURNS text LANGUAGE sql IMMUTABLE AS $$ SELECT left($1, 1) $$;
CREATE FUNCTION extra.run(text) RETURNS SETOF text LANGUAGE sql AS $$ SELECT $1 $$;
CREATE AGGREGATE collect(text) (SFUNC = array_append, STYPE = text[]);
CREATE FUNCTION plus(customers, int) RETURNS text LANGUAGE sql AS $$ SELECT 'own' $$;
CREATE OPERATOR <=> (LEFTARG = customers, RIGHTARG = int, FUNCTION = plus);
CREATE FUNCTION checked(text) RETURNS bool LANGUAGE sql AS $$ SELECT true $$;
CREATE DOMAIN running AS text CHECK (checked(VALUE));
CREATE TYPE grade AS ENUM ('low', 'high');
CREATE FUNCTION rank_of(grade) RETURNS int LANGUAGE sql AS $$ SELECT 1 $$;
CREATE CAST (grade AS int) WITH FUNCTION rank_of(grade) AS IMPLICIT;
CREATE DOMAIN quiet AS text CHECK (VALUE <> '');

-- Look-alikes of built-in functions, operators and casts, one schema further.
CREATE FUNCTION strange.lower(int) RETURNS text LANGUAGE sql AS $$ SELECT 'own' $$;
CREATE FUNCTION strange.same(mood, mood) RETURNS bool LANGUAGE sql AS $$ SELECT true $$;
CREATE OPERATOR strange.= (LEFTARG = mood, RIGHTARG = mood, FUNCTION = strange.same);
CREATE OPERATOR strange.<> (LEFTARG = mood, RIGHTARG = mood, FUNCTION = strange.same);
CREATE OPERATOR strange.< (LEFTARG = mood, RIGHTARG = mood, FUNCTION = strange.same);
CREATE OPERATOR strange.>= (LEFTARG = mood, RIGHTARG = mood, FUNCTION = strange.same);
CREATE FUNCTION strange.alike(mood, text) RETURNS bool LANGUAGE sql AS $$ SELECT true $$;
CREATE OPERATOR strange.~~ (LEFTARG = mood, RIGHTARG = text, FUNCTION = strange.alike);
CREATE FUNCTION strange.joined(pair, pair) RETURNS text LANGUAGE sql AS $$ SELECT 'own' $$;
CREATE OPERATOR strange.|| (LEFTARG = pair, RIGHTARG = pair, FUNCTION = strange.joined);
-- Words that became calls with a syntax of their own in 16 and 17; before, they are names like any other.
CREATE FUNCTION strange.json_value(jsonb, text) RETURNS text LANGUAGE sql AS $$ SELECT 'own' $$;
CREATE FUNCTION strange.json_query(jsonb, text) RETURNS jsonb LANGUAGE sql AS $$ SELECT $1 $$;
CREATE FUNCTION strange.json_exists(jsonb, text) RETURNS bool LANGUAGE sql AS $$ SELECT true $$;
CREATE FUNCTION strange.json_scalar(text) RETURNS json LANGUAGE sql AS $$ SELECT '1'::json $$;
CREATE FUNCTION strange.json_serialize(jsonb) RETURNS text LANGUAGE sql AS $$ SELECT 'own' $$;
CREATE FUNCTION strange.json_array(int, int) RETURNS json LANGUAGE sql AS $$ SELECT '1'::json $$;
CREATE FUNCTION strange.json_arrayagg(int) RETURNS json LANGUAGE sql AS $$ SELECT '1'::json $$;
CREATE FUNCTION strange.json_objectagg(text) RETURNS json LANGUAGE sql AS $$ SELECT '1'::json $$;
CREATE FUNCTION strange.json_object(text, int) RETURNS json LANGUAGE sql AS $$ SELECT '1'::json $$;
CREATE FUNCTION strange.merge_action() RETURNS text LANGUAGE sql AS $$ SELECT 'own' $$;
CREATE FUNCTION strange.any_value(text) RETURNS text LANGUAGE sql AS $$ SELECT 'own' $$;
CREATE FUNCTION strange.gamma(int) RETURNS text LANGUAGE sql AS $$ SELECT 'own' $$;
CREATE FUNCTION strange.system_user() RETURNS text LANGUAGE sql AS $$ SELECT 'own' $$;

-- What the corpora of tests/unit/postgres_guard name beside it.
CREATE TYPE point_pair AS (a int, b int);
CREATE DOMAIN positive AS int CHECK (VALUE > 0);
CREATE TABLE "Weird Table" ("a b" int);
CREATE TABLE keywords (time int, interval int, position int, "values" int, year int, month int, user_name text);
