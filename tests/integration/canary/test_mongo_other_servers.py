"""Expressions that the embedded server can't compute: what a server that can would answer, on its way out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from canaries.attacks import first_mongo_cases

from relay.adapters.outbound.mongodb import streams

Values = list[tuple[Any, str]]
"""Each document's `_id`, and its value."""


def each(compute: Callable[[str], object], name: str = "x") -> Callable[[Values], list[dict]]:
    """Answer with a document for each value."""
    return lambda values: [{"_id": key, name: compute(value)} for key, value in values]


def alphabet(value: str) -> list[int]:
    return ["abcdefghijklmnopqrstuvwxyz".find(character) for character in value[:12]]


ANSWERS: dict[str, Callable[[Values], list[dict]]] = {
    "expression, change: $cond": each(lambda value: value[:8]),
    "expression, change: $switch": each(lambda value: value),
    "expression, change: $max of two": each(lambda value: max(value, "a")),
    "expression, cut: $substr": each(lambda value: value[1:]),
    "expression, cut: $regexFindAll": each(
        lambda value: [{"match": value[n : n + 2], "idx": n} for n in range(0, 8, 2)]
    ),
    "expression, hide: characters": each(lambda value: list(value[:15])),
    "expression, hide: two at a time": each(lambda value: [value[n : n + 2] for n in range(0, 16, 2)]),
    "expression, hide: reversed": each(lambda value: value[:15][::-1]),
    "expression, hide: reversed list": each(lambda value: list(value[:12])[::-1]),
    "expression, hide: places in the alphabet": each(alphabet),
    "expression, hide: comparisons": each(lambda value: [(value > letter) * 2 - 1 for letter in "bfmqw"]),
    "expression, hide: $objectToArray": each(lambda value: [{"k": "k", "v": value}]),
    "expression, hide: as a key": each(lambda value: {"k": value[:6]}),
    "expression, hide: $setUnion": each(lambda value: [value, "x"]),
    "expression, hide: $zip": each(lambda value: [[value[:4], value[4:8]]]),
    "expression, hide: $concatArrays": each(lambda value: [value, value[3:11]]),
    "expression, hide: field by name": each(lambda value: value),
    "expression, hide: $mergeObjects": each(lambda value: {"y": value[:9]}),
    "expression, hide: $filter": each(lambda value: [value[:8]]),
    "expression, hide: current": each(lambda value: value),
    "expression, hide: root": each(lambda value: value),
    "expression, error: $convert with a value instead": each(lambda value: value[:8]),
    "stage: $set over the field": each(lambda value: value[2:10], "{c}"),
    "stage: $set, then cut": each(lambda value: value[:8], "z"),
    "stage: $replaceRoot": lambda values: [{"v": value[:8]} for _, value in values],
    "stage: $group pushes cuts": lambda values: [{"_id": None, "x": [value[:7] for _, value in values]}],
    "stage: $sortByCount of cut": lambda values: [{"_id": value[:8], "count": 1} for _, value in values],
    "stage: $bucket": lambda values: [{"_id": "a", "x": [value[:6] for _, value in values]}],
    "stage: $lookup with pipeline": lambda values: [{"_id": 1, "o": [{"_id": 1, "y": values[0][1][1:9]}]}],
    "stage: $lookup with let": lambda values: [{"_id": 1, "o": [{"_id": 1, "y": values[0][1][:8]}]}],
    "stage: $graphLookup": each(lambda value: value[:8], "y"),
    "number: digits": each(lambda value: list(str(value))),
    "number: bits": each(lambda value: value ^ 1),
    "number: maximum": each(lambda value: max(value, 1)),
    "number, group: list": each(lambda value: [value / 2]),
    "number, group: set": each(lambda value: [value % 1_000_000]),
    "place: $slice": each(lambda value: value[:1], "phones"),
    "place: $elemMatch": each(lambda value: value[:1], "phones"),
}
COLUMNS = {"expression": "email message", "stage": "email message", "number": "cpf", "place": "phones"}
TABLES = {"email": ("plain", "ruled"), "message": ("logs",), "cpf": ("plain", "ruled"), "phones": ("plain", "ruled")}
CASES = [
    pytest.param(case.at(table, column), (table, column), id=f"{case.row['id']} [{table}.{column}]")
    for case in first_mongo_cases()
    if case.row["id"] in ANSWERS
    for column in COLUMNS[case.row["id"].partition(":")[0].partition(",")[0]].split()
    for table in TABLES[column]
]


@pytest.fixture
def answering(monkeypatch) -> Callable[[list[dict]], None]:
    """Have every statement answered with these documents."""

    def answer(made: list[dict]) -> None:
        async def documents(*_: object):
            yield made

        monkeypatch.setattr(streams, "documents", documents)

    return answer


@pytest.mark.parametrize(("attack", "place"), CASES)
async def test_nothing_personal_comes_back_when_the_server_can_compute_it(
    mongo_agent, mongo_world, answering, attack, place
):
    table, column = place
    values = [(document["_id"], document[column]) for document in mongo_world.documents(table)]
    answering(
        [
            {(column if key == "{c}" else key): value for key, value in document.items()}
            for document in ANSWERS[attack.row["id"]](values)
        ]
    )
    reply = await mongo_agent.ask("first", **attack.arguments(mongo_world.first))
    found = mongo_world.oracle.leaks(reply.parts, reply.rows)
    assert not found, f"{attack.name}: {reply.reason}; {'; '.join(map(str, found[:5]))}"


async def test_answers_are_those_of_the_table_when_nothing_is_protected(mongo_agent, answering):
    answering([{"_id": 1, "x": "visible"}])
    reply = await mongo_agent.ask("first", collection="plain", pipeline=[{"$project": {"x": {"$toUpper": "$status"}}}])
    assert reply.rows == [{"_id": 1, "x": "visible"}]


def test_every_answer_belongs_to_a_case():
    assert {case.row["id"] for case in first_mongo_cases()} >= ANSWERS.keys()
