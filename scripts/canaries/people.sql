-- One of the two databases that differ in nothing but personal values. Tables: `ruled` and its relatives are under
-- column rules; `plain` holds identifiers that no rule names; `logs` and `tickets` hold free text; `oddities` holds
-- personal values where no row is.
CREATE TYPE address AS (street text, contact text);
CREATE DOMAIN mailbox AS text CHECK (VALUE LIKE '%@%');
CREATE TYPE owner_label AS ENUM ('nobody', '@{email:label.1}', '@{email:label.2}', '@{email:label.3}');

CREATE TABLE ruled (
  id int PRIMARY KEY, email text, name varchar(60), cpf bigint, cpf_text char(14), card text, card_number numeric(16),
  phone text, member text, token text, profile json, payload jsonb, tags text[], home address, reach int8range,
  search tsvector, photo bytea, box mailbox, label owner_label, score float8, open_email text, status text,
  amount numeric(10, 2), created_at timestamptz, email_copy text GENERATED ALWAYS AS (lower(email)) STORED);
--rows 6
INSERT INTO ruled VALUES (@{row}, '@{email:ruled.email}', '@{name:ruled.name}', @{cpf_bare:ruled.cpf},
  '@{cpf:ruled.cpf_text}', '@{card:ruled.card}', @{card_bare:ruled.card_number}, '@{phone:ruled.phone}',
  '@{email:ruled.member}', '@{token:ruled.token}', '{"contact": {"email": "@{email:ruled.profile}"}, "kind": "a"}',
  '{"@{email:ruled.key}": {"cpf": "@{cpf:ruled.payload}", "list": ["@{phone:ruled.list}"]}, "n": @{row}}',
  '{@{email:ruled.tags},vip}', ROW('Rua A', '@{email:ruled.home}'),
  int8range(@{cpf_bare:ruled.reach}, 999999999999), '@{email:ruled.search} x'::tsvector,
  convert_to('@{email:ruled.photo}', 'UTF8'), '@{email:ruled.box}',
  (enum_range(NULL::owner_label))[@{row} % 3 + 2], @{cpf_bare:ruled.score}, 'desk@{row}@shop.example',
  (ARRAY['open', 'paid'])[@{row} % 2 + 1], @{row} * 10.5, timestamptz '2026-01-01 00:00:00+00' + @{row} * interval '1 hour');

CREATE TABLE vault (id int PRIMARY KEY, secret text, email text, status text);
--rows 3
INSERT INTO vault VALUES (@{row}, '@{name:vault.secret}', '@{email:vault.email}', 'kept');

CREATE VIEW ruled_view AS SELECT id, email, cpf, phone, status FROM ruled;
CREATE VIEW ruled_renamed AS SELECT id AS number, email AS contact, card AS paid_with FROM ruled;
CREATE VIEW ruled_nested AS SELECT number, contact FROM ruled_renamed WHERE number > 0;
CREATE VIEW ruled_cut AS SELECT id, left(email, 9) AS start, reverse(email) AS back, cpf / 10 AS tenth FROM ruled;
CREATE VIEW ruled_union AS SELECT id, email AS who FROM ruled UNION ALL SELECT id, status FROM vault;
CREATE VIEW ruled_list AS SELECT string_agg(left(email, 12), '|' ORDER BY id) AS all_of_them FROM ruled;
CREATE VIEW ruled_rows AS SELECT id, r AS one FROM ruled r;
CREATE VIEW ruled_order AS SELECT row_number() OVER (ORDER BY email) AS place, id, status FROM ruled;
CREATE MATERIALIZED VIEW ruled_kept AS SELECT id, email, upper(card) AS card, status FROM ruled;
CREATE VIEW ruled_kept_view AS SELECT id, email AS again FROM ruled_kept;

CREATE TABLE visits (id int, email text, note text) PARTITION BY RANGE (id);
CREATE TABLE visits_low PARTITION OF visits FOR VALUES FROM (0) TO (4);
CREATE TABLE visits_high PARTITION OF visits FOR VALUES FROM (4) TO (100);
--rows 6
INSERT INTO visits VALUES (@{row}, '@{email:visits.email}', 'came by');

CREATE TABLE parents (id int, email text);
CREATE TABLE children (school text) INHERITS (parents);
--rows 3
INSERT INTO children VALUES (@{row}, '@{email:children.email}', 'north');
CREATE TABLE roots (id int, mail text);
CREATE TABLE leaves (color text) INHERITS (roots);
--rows 3
INSERT INTO leaves VALUES (@{row}, '@{email:leaves.mail}', 'green');

CREATE TABLE plain (
  id int PRIMARY KEY, email text, email_long varchar(80), email_fixed char(60), cpf bigint, cpf_text text, card text,
  card_number numeric, phone text, phone_number bigint, score float8, box mailbox, label owner_label, tags text[],
  home address, reach int8range, search tsvector, photo bytea, email_copy text GENERATED ALWAYS AS (upper(email)) STORED,
  city text, status text, amount numeric(10, 2), created_at timestamptz);
--rows 6
INSERT INTO plain VALUES (@{row}, '@{email:plain.email}', '@{email:plain.email_long}', '@{email:plain.email_fixed}',
  @{cpf_bare:plain.cpf}, '@{cpf:plain.cpf_text}', '@{card:plain.card}', @{card_bare:plain.card_number},
  '@{phone:plain.phone}', @{phone_bare:plain.phone_number}, @{cpf_bare:plain.score}, '@{email:plain.box}',
  (enum_range(NULL::owner_label))[@{row} % 3 + 2], '{@{email:plain.tags},@{email:plain.tags_more}}',
  ROW('Rua B', '@{email:plain.home}'), int8range(@{cpf_bare:plain.reach}, 999999999999),
  '@{email:plain.search}'::tsvector, convert_to('@{email:plain.photo}', 'UTF8'), DEFAULT,
  (ARRAY['Recife', 'Olinda', 'Natal'])[@{row} % 3 + 1], (ARRAY['open', 'paid'])[@{row} % 2 + 1], @{row} * 10.5,
  timestamptz '2026-01-01 00:00:00+00' + @{row} * interval '1 hour');
CREATE VIEW plain_view AS SELECT * FROM plain;
CREATE MATERIALIZED VIEW plain_kept AS SELECT id, email, cpf, phone FROM plain;
CREATE VIEW plain_cut AS SELECT id, left(email, 9) AS start, reverse(cpf_text) AS back, cpf / 10 AS tenth FROM plain;

CREATE TABLE short_numbers (id int PRIMARY KEY, cpf bigint);
--rows 4
INSERT INTO short_numbers VALUES (@{row}, @{cpf_short:short.cpf});

CREATE TABLE logs (id serial PRIMARY KEY, at timestamptz, level text, service text, status int, took_ms int,
  message text, payload jsonb, raw json, lines text[]);
INSERT INTO logs (level, service, status, took_ms, message, payload, raw, lines) VALUES
  ('error', 'billing', 504, 3000, 'timeout after 3 s while charging @{card:logs.card} for @{email:logs.email}',
   '{"error": "timeout", "user": {"email": "@{email:logs.payload}"}, "attempt": 1}',
   '{"msg": "mail to @{email:logs.raw} bounced"}', '{started,"sent to @{email:logs.lines}"}'),
  ('info', 'login', 200, 12, '@{email:logs.first} logged in', '{"kind": "login", "who": "@{cpf:logs.who}"}',
   '{"msg": "ok"}', '{started}'),
  ('warn', 'login', 401, 9, 'Authorization: @{token:logs.token} refused', '{"kind": "login"}', '{"msg": "denied"}', '{}'),
  ('info', 'worker', 200, 35, 'job finished in 35 ms', '{"kind": "job", "n": 7}', '{"msg": "done"}', '{started,done}'),
  ('error', 'billing', 422, 20, 'CPF @{cpf:logs.cpf} rejected: invalid', '{"@{email:logs.key}": {"tries": 3}}',
   '{"msg": "invalid", "cpf": @{cpf_bare:logs.raw_cpf}}', '{"cpf @{cpf:logs.line_cpf}"}'),
  ('error', 'support', 500, 80, 'called @{phone:logs.phone} without answer', '{"phones": ["@{phone:logs.phones}"]}',
   NULL, NULL),
  ('info', 'worker', 200, 30, 'job finished in 30 ms', NULL, NULL, NULL),
  ('error', 'billing', 504, 3001, 'timeout after 3 s: @{cpf_bare:logs.bare}', '{"error": "timeout", "attempt": 2}', NULL,
   NULL);
UPDATE logs SET at = timestamptz '2026-01-01 00:00:00+00' + id * interval '10 min';

CREATE TABLE tickets (id int PRIMARY KEY, subject text, body text, status text, customer_id int);
INSERT INTO tickets VALUES
  (1, 'cannot pay', 'My card @{card:tickets.card} was refused, write to @{email:tickets.email}', 'open', 1),
  (2, 'no mail', 'Nothing arrives at @{email:tickets.second}', 'open', 2),
  (3, 'thanks', 'All good now', 'closed', 1),
  (4, 'meu cadastro', 'Meu CPF é @{cpf:tickets.cpf}, telefone @{phone:tickets.phone}', 'open', 3);

CREATE TYPE odd_label AS ENUM ('none', '@{email:odd.label}');
CREATE TABLE oddities (id int DEFAULT 1, contact text DEFAULT '@{email:odd.default}', label odd_label,
  "@{email:odd.column}" int, CONSTRAINT known CHECK (contact <> '@{email:odd.check}'));
COMMENT ON TABLE oddities IS 'ask @{email:odd.table_comment}';
COMMENT ON COLUMN oddities.id IS 'ask @{email:odd.comment} or @{phone:odd.phone}';
CREATE INDEX odd_index ON oddities (id) WHERE contact = '@{email:odd.predicate}';
CREATE INDEX odd_expression ON oddities ((replace(contact, '@{email:odd.expression}', '')));
CREATE VIEW odd_view AS SELECT id, '@{email:odd.constant}'::text AS constant FROM oddities;
INSERT INTO oddities VALUES (1, 'nobody', 'none', 2);

CREATE FUNCTION email_of(int) RETURNS text LANGUAGE sql STABLE AS 'SELECT email FROM ruled WHERE id = $1';
CREATE FUNCTION email_known(int) RETURNS text LANGUAGE sql STABLE
  BEGIN ATOMIC SELECT email FROM ruled WHERE id = $1; END;
CREATE FUNCTION email_hidden(n int) RETURNS text LANGUAGE plpgsql STABLE AS
  'BEGIN RETURN (SELECT r.email FROM ruled r WHERE r.id = n); END';
CREATE FUNCTION everybody() RETURNS SETOF ruled LANGUAGE sql STABLE AS 'SELECT * FROM ruled';
CREATE FUNCTION shout(text) RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT upper($1)';
CREATE FUNCTION contact_of(ruled) RETURNS text LANGUAGE sql STABLE AS 'SELECT $1.email';

CREATE TABLE nested (id int PRIMARY KEY, docs jsonb[], homes address[], mails mailbox[], numbers bigint[], amounts numeric[],
  floats float8[], spans int8multirange, title name, matrix text[][], status text);
--rows 5
INSERT INTO nested VALUES (@{row}, ARRAY['{"mail": "@{email:nested.docs}"}'::jsonb, '{"n": @{row}}'],
  ARRAY[ROW('Rua C', '@{email:nested.homes}')::address], ARRAY['@{email:nested.mails}'::mailbox],
  ARRAY[@{cpf_bare:nested.numbers}, @{row}], ARRAY[@{card_bare:nested.amounts}, @{row}], ARRAY[@{cpf_bare:nested.floats}, 0.5],
  int8multirange(int8range(@{cpf_bare:nested.spans}, 99999999999)), '@{email:nested.title}',
  ARRAY[ARRAY['@{email:nested.matrix}', 'x'], ARRAY['y', '@{phone:nested.matrix_more}']], 'kept');
