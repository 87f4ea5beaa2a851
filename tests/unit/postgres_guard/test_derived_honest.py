"""Honest statements over tables whose every text counts as free text: nearly all are answered."""

from __future__ import annotations

from pathlib import Path

import pytest
from derived_tables import INTEGER, JSONB, TEXT, TEXTS, TIME

from relay.adapters.outbound.postgres.guard import PostgresStatementGuard
from relay.adapters.outbound.postgres.guard.catalogue import CatalogueSnapshot, ColumnType, TypeFamily
from relay.domain.errors import Reason, RelayError
from relay.domain.protection import Protection
from relay.domain.request import Operation

STATEMENTS = (Path(__file__).parent / "honest_statements.txt").read_text().splitlines()
TOTAL = ColumnType(name="numeric", family=TypeFamily.NUMERIC)
COLUMNS = {
    ("guard_check", "customers"): {"id": INTEGER, "name": TEXT, "profile": JSONB, "tags": TEXTS},
    ("guard_check", "orders"): {
        "id": INTEGER,
        "customer_id": INTEGER,
        "status": TEXT,
        "total": TOTAL,
        "created_at": TIME,
    },
    ("guard_check", "Weird Table"): {"a b": INTEGER},
    ("guard_check", "keywords"): {
        **dict.fromkeys(("time", "interval", "position", "values", "year", "month"), INTEGER),
        "user_name": TEXT,
    },
}
CATALOGUE = CatalogueSnapshot(
    tables={key: tuple(columns) for key, columns in COLUMNS.items()},
    search_path=("guard_check",),
    types=COLUMNS,
    column_classes={key: {} for key in COLUMNS},
)
REFUSED = {
    "a digest of whole rows": "md5(string_agg(o::text, '|' order by o.id)) is not null",
    "the first letter": "substring(c.name from 1 for 1) in ('A', 'B')",
}


@pytest.mark.parametrize("sql", STATEMENTS)
async def test_statement_is_answered_when_its_texts_are_free_text(sql):
    guard = PostgresStatementGuard(CATALOGUE, protection=Protection())
    is_known = any(part in sql for part in REFUSED.values())
    try:
        await guard.inspect(Operation.QUERY, {"sql": sql})
    except RelayError as refusal:
        reason = refusal.reason
    else:
        reason = None
    assert reason is (Reason.COLUMN_NOT_ALLOWED if is_known else None)
