-- The owner makes these; the role that Relay uses may read them all. That Relay still shows no salary
-- is the policy's doing.
CREATE TABLE customers (
  id integer PRIMARY KEY,
  name text NOT NULL,
  email text NOT NULL UNIQUE,
  cpf text NOT NULL,
  phone text,
  card_number text,
  profile jsonb NOT NULL,
  created_at timestamptz NOT NULL
);
COMMENT ON COLUMN customers.profile IS 'address, further contacts, preferences';
CREATE TABLE products (
  id integer PRIMARY KEY,
  name text NOT NULL,
  price numeric(10, 2) NOT NULL CHECK (price > 0)
);
CREATE TABLE orders (
  id integer PRIMARY KEY,
  customer_id integer NOT NULL REFERENCES customers,
  status text NOT NULL,
  total numeric(10, 2) NOT NULL,
  ordered_at timestamptz NOT NULL
);
CREATE INDEX orders_by_customer ON orders (customer_id);
CREATE TABLE order_items (
  id integer PRIMARY KEY,
  order_id integer NOT NULL REFERENCES orders,
  product_id integer NOT NULL REFERENCES products,
  quantity integer NOT NULL CHECK (quantity > 0),
  unit_price numeric(10, 2) NOT NULL
);
CREATE TABLE support_tickets (
  id integer PRIMARY KEY,
  customer_id integer NOT NULL REFERENCES customers,
  subject text NOT NULL,
  body text NOT NULL,
  opened_at timestamptz NOT NULL,
  solved boolean NOT NULL
);
CREATE TABLE staff_salaries (
  id integer PRIMARY KEY,
  employee text NOT NULL,
  department text NOT NULL,
  monthly_salary numeric(10, 2) NOT NULL
);
