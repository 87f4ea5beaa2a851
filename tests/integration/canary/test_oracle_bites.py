"""What the attacks bring when nothing protects: without that, a green suite would mean nothing."""

from __future__ import annotations

import json

import asyncpg
import pymongo.errors
import pytest
from canaries.attacks import first_mongo_cases, first_postgres_cases

HARMLESS_AT_MOST = 0.15
"""Share of attacks that bring nothing: the server refuses them, or lacks what they need."""
MONGO_HARMLESS_AT_MOST = 0.35
"""The embedded server knows few expressions; a real one, by RELAY_TEST_MONGO_URI, knows all."""


@pytest.fixture(scope="module")
async def connection(postgres, world):
    opened = await asyncpg.connect(postgres.admin_dsn)
    try:
        await opened.execute("SET search_path = first; SET statement_timeout = '5s'")
        yield opened
    finally:
        await opened.close(timeout=5)


async def unprotected(connection: asyncpg.Connection, sql: str, parameters: list) -> tuple[str, list[dict]]:
    """Return what a session without an agent gets, the server's own words included."""
    try:
        records = await connection.fetch(sql, *parameters)
    except (asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError) as error:
        return f"{error} {getattr(error, 'detail', '')}", []
    rows = [{f"c{place}": readable(value) for place, value in enumerate(record)} for record in records]
    return json.dumps(rows), rows


def readable(value: object) -> object:
    if isinstance(value, asyncpg.Range):
        return f"{value.lower} {value.upper}"
    if isinstance(value, (list, tuple)):
        return [readable(one) for one in value]
    if isinstance(value, bytes):
        return f"\\x{value.hex()}"
    return value if value is None or isinstance(value, (int, float)) else str(value)


async def test_attacks_bite_when_nothing_protects(connection, world):
    cases = [case for case in first_postgres_cases() if case.expect in (None, "alike") and case.operation == "query"][
        ::2
    ]
    harmless = []
    for case in cases:
        arguments = case.arguments(world.first)
        text, rows = await unprotected(connection, arguments["sql"], arguments.get("parameters", []))
        if not world.oracle.leaks({"answer": text}, rows):
            harmless.append((case.name, text[:150]))
    assert len(harmless) < HARMLESS_AT_MOST * len(cases), "\n".join(map(str, harmless))


async def test_guesses_tell_when_nothing_protects(connection, world):
    cases = [case for case in first_postgres_cases() if case.expect == "same"]
    blind = []
    for case in cases:
        arguments = case.arguments(world.first)
        answers = []
        for schema in ("first", "second"):
            await connection.execute(f"SET search_path = {schema}")
            answers.append(await unprotected(connection, arguments["sql"], arguments.get("parameters", [])))
        if answers[0] == answers[1]:
            blind.append((case.name, answers[0][0][:150]))
    await connection.execute("SET search_path = first")
    assert len(blind) < HARMLESS_AT_MOST * len(cases), "\n".join(map(str, blind))


def ask_mongo(collection, arguments: dict) -> tuple[str, list[dict]]:
    """Return what a client without an agent gets."""
    try:
        if "pipeline" in arguments:
            found = list(collection.aggregate(arguments["pipeline"]))
        else:
            found = list(collection.find(arguments.get("filter"), arguments.get("projection")))
    except pymongo.errors.PyMongoError as error:
        return str(error), []
    return json.dumps(found, default=str), json.loads(json.dumps(found, default=str))


def test_mongo_attacks_bite_when_nothing_protects(mongo_client, mongo_world):
    cases = [case for case in first_mongo_cases() if case.operation == "query" and case.expect in (None, "alike")]
    harmless = []
    for case in cases:
        arguments = case.arguments(mongo_world.first)
        collection = mongo_client[mongo_world.databases["first"]][arguments["collection"]]
        text, rows = ask_mongo(collection, arguments)
        if not mongo_world.oracle.leaks({"answer": text}, rows):
            harmless.append((case.name, text[:150]))
    assert len(harmless) < MONGO_HARMLESS_AT_MOST * len(cases), "\n".join(map(str, harmless))
