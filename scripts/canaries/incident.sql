-- A shop in the middle of an incident: payments time out since 10:00. Personal values are canaries.
CREATE TABLE customers (id int PRIMARY KEY, email text NOT NULL, cpf text, cpf_number bigint, phone text, city text,
  tier text, notes text, created_at timestamptz);
--rows 8
INSERT INTO customers VALUES (@{row}, '@{email:customers.email}', '@{cpf:customers.cpf}', @{cpf_bare:customers.number},
  '@{phone:customers.phone}', (ARRAY['Recife', 'Olinda', 'Natal'])[@{row} % 3 + 1], (ARRAY['gold', 'free'])[@{row} % 2 + 1],
  'asked for a call at @{phone:customers.notes} after lunch', timestamptz '2026-01-01 08:00+00' + @{row} * interval '1 day');

CREATE TABLE orders (id int PRIMARY KEY, customer_id int REFERENCES customers, status text, total numeric(10, 2),
  shipping jsonb, created_at timestamptz);
INSERT INTO orders SELECT n, n % 8 + 1, (ARRAY['paid', 'open', 'failed'])[n % 3 + 1], n * 10 + 0.5,
  jsonb_build_object('city', (ARRAY['Recife', 'Olinda', 'Natal'])[n % 3 + 1], 'carrier', 'fast-' || n % 2, 'weight', n),
  timestamptz '2026-02-01 09:00+00' + n * interval '10 min' FROM generate_series(1, 24) n;
--rows 8
UPDATE orders SET shipping = shipping || '{"recipient": {"phone": "@{phone:orders.phone}", "email": "@{email:orders.email}"}}' WHERE id = @{row};

CREATE TABLE payments (id int PRIMARY KEY, order_id int REFERENCES orders, card text, status text, error text,
  took_ms int, created_at timestamptz);
--rows 12
INSERT INTO payments VALUES (@{row}, @{row}, '@{card:payments.card}', CASE WHEN @{row} > 6 THEN 'failed' ELSE 'ok' END,
  CASE WHEN @{row} > 6 THEN 'gateway timeout for card @{card:payments.error} after 30000 ms' END,
  CASE WHEN @{row} > 6 THEN 30000 ELSE 200 + @{row} END, timestamptz '2026-02-01 09:00+00' + @{row} * interval '10 min');

CREATE TABLE logs (id serial PRIMARY KEY, at timestamptz, level text, service text, host text, status int, took_ms int,
  message text, fields jsonb);
--rows 8
INSERT INTO logs (level, service, host, status, took_ms, message, fields) VALUES
  ('error', 'payments', 'pay-1', 504, 30000, 'gateway timeout after 30000 ms for customer @{email:logs.email}',
   '{"code": "GATEWAY_TIMEOUT", "attempt": @{row}, "customer": {"email": "@{email:logs.field}"}}'),
  ('info', 'checkout', 'web-1', 200, 45, 'order @{row} placed', '{"code": "OK", "order": @{row}}'),
  ('warn', 'login', 'web-2', 401, 12, 'login failed for @{email:logs.login}: wrong password', '{"code": "WRONG_PASSWORD"}'),
  ('error', 'mailer', 'job-1', 550, 80, '@{email:logs.first} rejected by remote server', '{"code": "REJECTED"}'),
  ('info', 'worker', 'job-1', 200, 5, 'job cleanup finished in 5 ms', NULL);
UPDATE logs SET at = timestamptz '2026-02-01 09:30+00' + id * interval '2 min';

CREATE TABLE sessions (id int PRIMARY KEY, user_email text, token text, ip inet, started_at timestamptz, ended_at timestamptz);
--rows 6
INSERT INTO sessions VALUES (@{row}, (SELECT email FROM customers WHERE id = @{row}), '@{token:sessions.token}', ('10.0.0.' || @{row})::inet,
  timestamptz '2026-02-01 10:00+00' + @{row} * interval '1 min', CASE WHEN @{row} < 3 THEN timestamptz '2026-02-01 11:00+00' END);

CREATE TABLE tickets (id int PRIMARY KEY, customer_id int, status text, subject text, body text, opened_at timestamptz);
INSERT INTO tickets VALUES
  (1, 1, 'open', 'payment failed', 'I paid with card @{card:tickets.card} and got an error 504', '2026-02-01 10:05+00'),
  (2, 2, 'open', 'cobrança em dobro', 'Meu CPF é @{cpf:tickets.cpf} e fui cobrado duas vezes', '2026-02-01 10:15+00'),
  (3, 3, 'closed', 'no confirmation', 'No mail arrived at @{email:tickets.email} since yesterday', '2026-02-01 10:20+00'),
  (4, 1, 'open', 'please call', 'Call me back: @{phone:tickets.phone}', '2026-02-01 10:40+00'),
  (5, 5, 'closed', 'thanks', 'Everything works again', '2026-02-01 12:00+00');

CREATE TABLE outbox (id int PRIMARY KEY, recipient text, subject text, status text, attempts int, last_error text);
--rows 6
INSERT INTO outbox VALUES (@{row}, '@{email:outbox.recipient}', 'Your order @{row}', CASE WHEN @{row} > 4 THEN 'stuck' ELSE 'sent' END,
  @{row}, CASE WHEN @{row} > 4 THEN '550 mailbox unavailable' END);
CREATE INDEX logs_at ON logs (at);
CREATE INDEX orders_customer ON orders (customer_id);
ANALYZE;
