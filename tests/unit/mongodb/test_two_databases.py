"""Random expressions over databases that differ in identifiers alone: what is answered is the same."""

from __future__ import annotations

import json
import random
from typing import Any

import pytest
from mongodb_expressions import EAGER, LAZY, MISSING, ServerError, evaluate

from relay.domain.errors import RelayError
from relay.domain.results import Handling

COUNT = 250
"""Expressions of one seed; a tenth or more is answered."""


def person(email: str, other: str, cpf: int) -> dict[str, Any]:
    return {
        "_id": 1,
        "email": email,
        "cpf": cpf,
        "contact": {"email": other, "city": "Recife"},
        "phones": [{"number": other}, {"number": email}],
        "status": "open",
        "total": 8,
        "tags": ["a", "m"],
    }


# All in lower case: whether a value is in lower case is a question that equality answers.
WORLDS = (
    person("ana.souza@shop.example", "b@home.example", 52998224725),
    person("zeca@post.example.com", "maria.lima@work.example", 11144477735),
    person("m@x.example", "xavier.m@shop.example", 98765432100),
    person("joao_8@a.example", "a8@post.example", 12345678909),
)
TEXT, NUMBER, TRUTH, ARRAY = "text", "number", "truth", "array"
LEAVES = {
    TEXT: ["$email", "$email", "$contact.email", "$status", "a", "m", "@", "shop", "$nothing"],
    NUMBER: ["$cpf", "$cpf", "$total", 0, 1, 3, 8, 12, 40_000_000_000],
    TRUTH: [True, False, "$email"],
    ARRAY: ["$phones.number", "$tags", ["$email", "m"], ["a", "m"], ["$cpf", 8]],
}
FORMS: dict[str, list[tuple[str, tuple[str, ...]]]] = {
    TEXT: [
        ("$toLower", (TEXT,)),
        ("$toUpper", (TEXT,)),
        ("$toString", (NUMBER,)),
        ("$concat", (TEXT, TEXT)),
        ("$substrCP", (TEXT, NUMBER, NUMBER)),
        ("$substrCP", (TEXT, NUMBER, NUMBER)),
        ("$cond", (TRUTH, TEXT, TEXT)),
        ("$ifNull", (TEXT, TEXT)),
        ("$max", (TEXT, TEXT)),
        ("$min", (ARRAY,)),
        ("$arrayElemAt", (ARRAY, NUMBER)),
        ("$first", (ARRAY,)),
        ("$replaceAll", (TEXT, TEXT, TEXT)),
        ("$reduce", (ARRAY, TEXT, TEXT)),
        ("$let", (TEXT, TEXT)),
        ("$getField", (TEXT,)),
        ("$type", (TEXT,)),
    ],
    NUMBER: [
        ("$strLenCP", (TEXT,)),
        ("$indexOfCP", (TEXT, TEXT)),
        ("$size", (ARRAY,)),
        ("$cmp", (TEXT, TEXT)),
        ("$cmp", (NUMBER, NUMBER)),
        ("$add", (NUMBER, NUMBER)),
        ("$toInt", (TEXT,)),
        ("$cond", (TRUTH, NUMBER, NUMBER)),
        ("$max", (NUMBER, NUMBER)),
        ("$let", (NUMBER, NUMBER)),
    ],
    TRUTH: [
        ("$eq", (TEXT, TEXT)),
        ("$ne", (NUMBER, NUMBER)),
        ("$gt", (TEXT, TEXT)),
        ("$lte", (NUMBER, NUMBER)),
        ("$gt", (ARRAY, ARRAY)),
        ("$in", (TEXT, ARRAY)),
        ("$and", (TRUTH, TRUTH)),
        ("$or", (TRUTH, NUMBER)),
        ("$not", (TRUTH,)),
        ("$regexMatch", (TEXT,)),
        ("$let", (TEXT, TRUTH)),
    ],
    ARRAY: [
        ("$split", (TEXT, TEXT)),
        ("$setUnion", (ARRAY, ARRAY)),
        ("$concatArrays", (ARRAY, ARRAY)),
        ("$filter", (ARRAY, TRUTH)),
        ("$map", (ARRAY, TEXT)),
        ("$map", (ARRAY, NUMBER)),
        ("$range", (NUMBER, NUMBER)),
        ("$cond", (TRUTH, ARRAY, ARRAY)),
        ("pair", (TEXT, NUMBER)),
    ],
}
"""What yields each kind of value: an operator, and the kinds of its arguments."""
NAMED = {
    "$filter": (("input", "cond"), ("this",)),
    "$map": (("input", "in"), ("this",)),
    "$reduce": (("input", "initialValue", "in"), ("this", "value")),
    "$replaceAll": (("input", "find", "replacement"), ()),
}
"""Operators with named arguments, and the variables that the last of them sees."""


class Maker:
    """Makes expressions that mostly fit."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)

    def make(self, kind: str, depth: int, names: tuple[str, ...] = ()) -> Any:
        if depth == 0 or self._random.random() < 0.15:
            return self._random.choice([*LEAVES[kind], *(f"$${name}" for name in names)])
        operator, kinds = self._random.choice(FORMS[kind])
        if operator == "$let":
            bound = self.make(kinds[0], depth - 1, names)
            return {"$let": {"vars": {"a": bound}, "in": self.make(kinds[1], depth - 1, (*names, "a"))}}
        if operator == "$getField":
            document = {"v": self.make(kinds[0], depth - 1, names), "k": 1}
            pairs = {"$arrayElemAt": [{"$objectToArray": document}, 0]}
            return {"$getField": {"field": "v", "input": self._random.choice([document, pairs])}}
        seen = NAMED.get(operator, ((), ()))[1]
        arguments = [self.make(one, depth - 1, names) for one in kinds[:-1]]
        arguments.append(self.make(kinds[-1], depth - 1, (*names, *seen)))
        return self._formed(operator, arguments)

    def _formed(self, operator: str, arguments: list[Any]) -> Any:
        if operator == "pair":
            return arguments
        if operator == "$regexMatch":
            return {operator: {"input": arguments[0], "regex": self._random.choice(["^a", "m", "8$"])}}
        if operator in NAMED:
            return {operator: dict(zip(NAMED[operator][0], arguments, strict=True))}
        return {operator: arguments if len(arguments) > 1 else arguments[0]}


def masked(value: Any, world: dict[str, Any]) -> Any:
    """Replace whole identifiers, as the detectors do."""
    if isinstance(value, list):
        return [masked(item, world) for item in value]
    if isinstance(value, dict):
        return {key: masked(item, world) for key, item in value.items()}
    if isinstance(value, int) and not isinstance(value, bool):
        return "#" if value == world["cpf"] else value
    if isinstance(value, str):
        for found in (world["email"], world["contact"]["email"], str(world["cpf"])):
            value = value.replace(found, "#")
    return value


def answer(outputs: Any, expression: Any, world: dict[str, Any], *, detect: bool = True) -> str:
    try:
        value = evaluate(expression, {"ROOT": world})
    except ServerError:
        return "an error"
    row = outputs.applied({"_id": 1} if value is MISSING else {"_id": 1, "x": value})
    treatment = outputs.treatment("x")
    if treatment.handling is Handling.WHOLE:
        row = {**row, "x": treatment.mask if row.get("x") is not None else None}
    return json.dumps(masked(row, world) if detect else row, sort_keys=True)


RULES = {"people.email": "mask", "people.contact.email": "mask", "people.phones.number": "mask", "people.cpf": "drop"}


@pytest.mark.parametrize("kind", [TEXT, NUMBER, TRUTH, ARRAY])
def test_same_answer_before_any_detector_looks_when_rules_cover_the_identifiers(ask, kind):
    maker, asked, answered = Maker(0), ask(RULES), 0
    for _ in range(COUNT):
        expression = maker.make(kind, 4)
        try:
            outputs = asked.outputs(pipeline=[{"$project": {"x": expression}}])
        except RelayError:
            continue
        answers = {answer(outputs, expression, world, detect=False) for world in WORLDS}
        assert len(answers) == 1, json.dumps(expression)
        answered += 1
    assert answered > COUNT // 25


@pytest.mark.parametrize("kind", [TEXT, NUMBER, TRUTH, ARRAY])
@pytest.mark.parametrize("seed", range(3))
def test_same_answer_from_all_databases_when_the_statement_is_answered(ask, seed, kind):
    maker, asked, answered = Maker(seed), ask(), 0
    for _ in range(COUNT):
        expression = maker.make(kind, 4)
        try:
            outputs = asked.outputs(pipeline=[{"$project": {"x": expression}}])
        except RelayError:
            continue
        answers = {answer(outputs, expression, world) for world in WORLDS}
        assert len(answers) == 1, json.dumps(expression)
        answered += 1
    assert answered > COUNT // 20


def test_evaluator_knows_what_the_maker_makes():
    made = {operator for forms in FORMS.values() for operator, _ in forms} - {"pair"}
    assert made <= EAGER.keys() | LAZY.keys()
