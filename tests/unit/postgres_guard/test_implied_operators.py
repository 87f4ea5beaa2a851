"""An operator of the customer's own is found also where the statement does not write it."""

from __future__ import annotations

import pytest

from relay.adapters.outbound.postgres.guard import PostgresStatementGuard
from relay.adapters.outbound.postgres.guard.catalogue import CatalogueSnapshot
from relay.domain.errors import Reason, RelayError
from relay.domain.request import Operation

TABLES = {("public", "t"): ("a", "b")}

IMPLYING = [
    ("SELECT a IN (1, 2) FROM t", "="),
    ("SELECT a IN (SELECT b FROM t) FROM t", "="),
    ("SELECT a NOT IN (1, 2) FROM t", "<>"),
    ("SELECT a NOT IN (SELECT b FROM t) FROM t", "="),
    ("SELECT CASE a WHEN 1 THEN 2 END FROM t", "="),
    ("SELECT NULLIF(a, 1) FROM t", "="),
    ("SELECT * FROM t JOIN t u USING (a)", "="),
    ("SELECT * FROM t NATURAL LEFT JOIN t u", "="),
    ("SELECT a IS DISTINCT FROM b FROM t", "="),
    ("SELECT a IS NOT DISTINCT FROM b FROM t", "="),
    ("SELECT a BETWEEN 1 AND 2 FROM t", ">="),
    ("SELECT a BETWEEN SYMMETRIC 1 AND 2 FROM t", "<="),
    ("SELECT a NOT BETWEEN 1 AND 2 FROM t", "<"),
    ("SELECT a NOT BETWEEN 1 AND 2 FROM t", ">"),
    ("SELECT a LIKE 'x' FROM t", "~~"),
    ("SELECT a NOT LIKE 'x' FROM t", "!~~"),
    ("SELECT a ILIKE 'x' FROM t", "~~*"),
    ("SELECT a NOT ILIKE 'x' FROM t", "!~~*"),
    ("SELECT a SIMILAR TO 'x' FROM t", "~"),
    ("SELECT a NOT SIMILAR TO 'x' FROM t", "!~"),
]


def guard(*symbols: str) -> PostgresStatementGuard:
    return PostgresStatementGuard(CatalogueSnapshot(tables=TABLES, own_operators=dict.fromkeys(symbols, ("public",))))


@pytest.mark.parametrize(("sql", "symbol"), IMPLYING, ids=[f"{symbol} in {sql}" for sql, symbol in IMPLYING])
async def test_refused_when_the_search_path_has_an_operator_that_the_words_imply(policy, sql: str, symbol: str) -> None:
    policy.check_statement((await guard().inspect(Operation.QUERY, {"sql": sql})).facts)
    with pytest.raises(RelayError) as caught:
        policy.check_statement((await guard(symbol).inspect(Operation.QUERY, {"sql": sql})).facts)
    assert caught.value.reason is Reason.FUNCTION_NOT_ALLOWED
    assert f"OPERATOR(pg_catalog.{symbol})" in caught.value.hint


@pytest.mark.parametrize(
    "sql", ["SELECT a FROM t GROUP BY a", "SELECT DISTINCT a FROM t", "SELECT a FROM t UNION SELECT b FROM t"]
)
async def test_accepted_when_only_the_type_s_own_operator_class_is_used(policy, sql: str) -> None:
    policy.check_statement((await guard("=", "<", ">").inspect(Operation.QUERY, {"sql": sql})).facts)
