"""The real server as the judge: of mutated statements, and of the generated lists."""

from __future__ import annotations

import json
import os
import random
import re

import asyncpg

from relay.adapters.outbound.postgres.guard import PostgresStatementGuard
from relay.adapters.outbound.postgres.guard.function_families import SAFE_EXCEPTIONS
from relay.adapters.outbound.postgres.guard.keywords import COLUMN_ONLY, FUNCTION_OR_TYPE, NEEDS_AS, RESERVED
from relay.adapters.outbound.postgres.guard.safe_functions import SAFE_FUNCTIONS, SAFE_OPERATORS
from relay.domain.errors import RelayError
from relay.domain.request import Operation

MUTATIONS = int(os.environ.get("RELAY_TEST_MUTATIONS", "1500"))
PIECES = re.compile(r"'(?:[^']|'')*'|\"[^\"]*\"|\w+|\s+|[^\w\s]")
INSERTED = [
    *("(", ")", ",", ";", "*", ".", "::", "'", '"', "--", "/*", "*/", "$$", "E'", "\\", "[", "]", "=>", "@", "?", "\n"),
    *(" select ", " from ", " for update ", " into x ", " union ", " as ", " lateral ", " only ", " not ", " with "),
    *("pg_sleep(1)", " orders ", " customers ", "customers", "id", " over () ", "1", "'x'", " is json ", " at local "),
]
WRITES = "25006"
"""read_only_sql_transaction"""
SYNTAX_ERROR = "42601"
"""A statement that the server can't read may become one that it can: an alias gets its AS, 1_000 becomes 1000."""
RUNS_INTO_A_WORD = re.compile(r"\b\d[\d.]*_\d|\b0[xXoObB]")
NUMBERS_END = 15
"""Before this version `1_000` is the number 1 with an alias, and so on; what runs has the newer meaning."""


def mutated(randomness: random.Random, statements: list[str]) -> str:
    """Return a statement with one to three places changed."""
    pieces = PIECES.findall(randomness.choice(statements))
    for _ in range(randomness.randint(1, 3)):
        place = randomness.randrange(len(pieces) + 1)
        kind = randomness.randrange(4)
        if kind == 0:
            pieces.insert(place, randomness.choice(INSERTED))
        elif kind == 1 and pieces:
            del pieces[min(place, len(pieces) - 1)]
        elif kind == 2 and pieces:
            pieces[min(place, len(pieces) - 1)] = randomness.choice(INSERTED)
        else:
            other = PIECES.findall(randomness.choice(statements))
            pieces[place:place] = other[: randomness.randint(1, len(other))]
    return "".join(pieces)


async def prepared(connection, sql: str):
    """Return the names and types that the server gives a statement, or its SQLSTATE; nothing runs."""
    savepoint = connection.transaction()
    await savepoint.start()
    try:
        statement = await connection.prepare(sql)
        return [(attribute.name, attribute.type.name) for attribute in statement.get_attributes()]
    except asyncpg.PostgresError as error:
        return error.sqlstate
    finally:
        await savepoint.rollback()


def relations(plan) -> set[str]:
    """Collect the tables of a plan."""
    if isinstance(plan, list):
        return set().union(*(relations(item) for item in plan)) if plan else set()
    if not isinstance(plan, dict):
        return set()
    own = {plan["Relation Name"]} if plan.get("Schema") == "guard_check" and "Relation Name" in plan else set()
    return own.union(*(relations(value) for value in plan.values()))


async def planned(connection, sql: str) -> set[str]:
    """Return the tables that the server's own plan reads."""
    savepoint = connection.transaction()
    await savepoint.start()
    try:
        return relations(json.loads(await connection.fetchval(f"EXPLAIN (VERBOSE, FORMAT JSON) {sql}")))
    except asyncpg.PostgresError:
        return set()
    finally:
        await savepoint.rollback()


async def test_accepted_mutations_mean_to_the_server_what_the_guard_read(
    connection, honest_expressions, honest_statements
):
    randomness = random.Random(20_261_122)
    guard = PostgresStatementGuard()
    corpus = [*honest_statements, *(f"select {text}" for text in honest_expressions)]
    wrong, accepted = [], 0
    await connection.execute("SET search_path = guard_check, public; SET statement_timeout = '5s'")
    async with connection.transaction(readonly=True):
        for _ in range(MUTATIONS):
            sql = mutated(randomness, corpus)
            try:
                inspected = await guard.inspect(Operation.QUERY, {"sql": sql})
            except RelayError:
                continue
            accepted += 1
            asked, ran = await prepared(connection, sql), await prepared(connection, inspected.text)
            if connection.get_server_version().major < NUMBERS_END and RUNS_INTO_A_WORD.search(sql):
                asked = ran
            if WRITES in (asked, ran) or asked not in (ran, SYNTAX_ERROR):
                wrong.append((sql, inspected.text, asked, ran))
            if isinstance(ran, list) and all(use.known_safe for use in inspected.facts.functions):
                found = {use.table.name for use in inspected.facts.tables}
                if not await planned(connection, inspected.text) <= found:
                    wrong.append((sql, inspected.text, "reads other tables than", found))
    assert not wrong, "\n".join(map(str, wrong[:20]))
    assert accepted > MUTATIONS / 20


async def test_honest_statements_read_only_the_tables_found(connection, honest_statements):
    guard = PostgresStatementGuard()
    await connection.execute("SET search_path = guard_check, public")
    async with connection.transaction(readonly=True):
        for sql in honest_statements:
            inspected = await guard.inspect(Operation.QUERY, {"sql": sql})
            found = {use.table.name for use in inspected.facts.tables}
            assert await planned(connection, inspected.text) <= found, sql


async def test_safe_functions_are_not_volatile_when_the_server_is_asked(connection):
    rows = await connection.fetch(
        "SELECT DISTINCT proname FROM pg_proc WHERE pronamespace = 'pg_catalog'::regnamespace AND provolatile = 'v'"
        " AND proname = ANY ($1)",
        sorted(SAFE_FUNCTIONS),
    )
    assert {row["proname"] for row in rows} <= {exception.name for exception in SAFE_EXCEPTIONS}


async def test_safe_operators_exist_when_the_server_is_asked(connection):
    rows = await connection.fetch(
        "SELECT DISTINCT oprname FROM pg_operator WHERE oprnamespace = 'pg_catalog'::regnamespace"
    )
    missing = SAFE_OPERATORS - {row["oprname"] for row in rows}
    # The factorial operators went with version 14.
    assert missing <= {"!", "!!"}


async def test_keywords_are_the_server_s_when_asked(connection):
    rows = await connection.fetch("SELECT word, catcode::text AS category, barelabel FROM pg_get_keywords()")
    ours = {
        **dict.fromkeys(COLUMN_ONLY, "C"),
        **dict.fromkeys(FUNCTION_OR_TYPE, "T"),
        **dict.fromkeys(RESERVED, "R"),
    }
    # A word that became a keyword later may be a plain word on an older server, never the other way round.
    wrong = [row["word"] for row in rows if row["category"] not in ("U", ours.get(row["word"], "U"))]
    wrong += [row["word"] for row in rows if not row["barelabel"] and row["word"] not in NEEDS_AS]
    assert wrong == []
