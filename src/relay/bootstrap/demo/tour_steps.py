"""The requests of the tour, and what must become of each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from relay.bootstrap.demo.demo_configuration import MONGO_ID, POSTGRES_ID
from relay.bootstrap.demo.table import MOST_ROWS


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One request. `refusal` is the reason that it must be refused with; None: it must be answered.

    `columns` and `most_rows` say what the printed table shows of the rows.
    """

    title: str
    method: str = "execute"
    params: Mapping[str, Any] = field(default_factory=dict)
    refusal: str | None = None
    columns: tuple[str, ...] = ()
    most_rows: int = MOST_ROWS


def _postgres(operation: str, **params: Any) -> Mapping[str, Any]:  # noqa: ANN401 - JSON
    return {"resourceId": POSTGRES_ID, "operation": operation, "params": params}


def _mongo(operation: str, **params: Any) -> Mapping[str, Any]:  # noqa: ANN401 - JSON
    return {"resourceId": MONGO_ID, "operation": operation, "params": params}


STEPS = (
    Step(title="Are the databases well?", method="health_check"),
    Step(
        title="Which tables are there? staff_salaries, which policy blocks, is not shown",
        params=_postgres("list_tables"),
        columns=("schema", "name", "type", "rowCount"),
    ),
    Step(
        title="What does a table look like? Structure, never a value",
        params=_postgres("describe_table", tableName="orders"),
        columns=("kind", "name", "type", "nullable", "columns"),
        most_rows=10,
    ),
    Step(
        title="A join: e-mail, CPF and card are masked, the rest is as it was",
        params=_postgres(
            "query",
            sql="SELECT o.id, c.email, c.cpf, c.card_number, o.status, o.total FROM orders o "
            "JOIN customers c ON c.id = o.customer_id ORDER BY o.id LIMIT 5",
        ),
    ),
    Step(
        title="Parameters travel apart from the statement",
        params=_postgres(
            "query",
            sql="SELECT status, count(*) AS orders, sum(total) AS revenue FROM orders "
            "WHERE ordered_at >= $1 AND total > $2 GROUP BY status ORDER BY status",
            parameters=["2025-09-01T00:00:00Z", 400],
        ),
    ),
    Step(
        title="A JSON column: leaves are masked where they stand, at any depth",
        params=_postgres(
            "query",
            sql="SELECT id, profile -> 'address' ->> 'city' AS city, profile -> 'contacts' AS contacts "
            "FROM customers ORDER BY id",
            limit=3,
        ),
    ),
    Step(
        title="Free text: personal data in the middle of a sentence",
        params=_postgres("query", sql="SELECT id, subject, body FROM support_tickets ORDER BY id", limit=6),
        columns=("id", "body"),
    ),
    Step(
        title="A column rule: a name has no form that a detector knows; what is computed from it sees the mask alone",
        params=_postgres(
            "query",
            sql="SELECT id, name, upper(left(name, 3)) AS initials, name = 'Ana Souza' AS is_ana "
            "FROM customers ORDER BY id",
            limit=3,
        ),
    ),
    Step(
        title="Computed from what is personal: hidden as a whole; a piece of a text is scrubbed, and stays readable",
        params=_postgres(
            "query",
            sql="SELECT t.id, reverse(c.email) AS backwards, left(t.body, 60) AS start FROM support_tickets t "
            "JOIN customers c ON c.id = t.customer_id ORDER BY t.id",
            limit=4,
        ),
    ),
    Step(
        title="How would it run? The plan, without running it",
        params=_postgres("explain", sql="SELECT total FROM orders WHERE customer_id = 7"),
    ),
    Step(
        title="MongoDB: nested documents, with a bearer token in a header",
        params=_mongo(
            "query",
            collection="events",
            filter={"type": "checkout"},
            projection={"user": 1, "headers": 1, "order": 1},
            sort={"_id": 1},
            limit=3,
        ),
    ),
    Step(
        title="A write",
        params=_postgres("query", sql="DELETE FROM orders WHERE id = 1"),
        refusal="QUERY_BLOCKED",
    ),
    Step(
        title="A second statement behind a COMMIT, to get out of the read-only transaction",
        params=_postgres("query", sql="SELECT 1; COMMIT; DELETE FROM customers"),
        refusal="QUERY_BLOCKED",
    ),
    Step(
        title="A file of the database server",
        params=_postgres("query", sql="SELECT * FROM pg_read_file('/etc/passwd')"),
        refusal="FUNCTION_NOT_ALLOWED",
    ),
    Step(
        title="A table that policy blocks, although the database role could read it",
        params=_postgres("query", sql="SELECT employee, monthly_salary FROM staff_salaries"),
        refusal="TABLE_NOT_ALLOWED",
    ),
    Step(
        title="Guessing an address letter by letter",
        params=_postgres("query", sql="SELECT id FROM customers WHERE email LIKE 'a%' ORDER BY id"),
        refusal="COLUMN_NOT_ALLOWED",
    ),
    Step(
        title="MongoDB: JavaScript inside a filter",
        params=_mongo("query", collection="events", filter={"$where": "sleep(10000) || true"}),
        refusal="FUNCTION_NOT_ALLOWED",
    ),
)
