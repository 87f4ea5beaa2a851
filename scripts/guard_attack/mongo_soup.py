"""MongoDB operations without a plan: documents of operators in any places, and the corpora's with one place changed."""

# ruff: noqa: PLR2004 - shares
from __future__ import annotations

import copy
import json
from collections.abc import Sequence
from pathlib import Path
from random import Random

from relay.adapters.outbound.mongodb.expressions import EXPRESSION_OPERATORS
from relay.adapters.outbound.mongodb.operators import QUERY_OPERATORS
from relay.adapters.outbound.mongodb.stages import STAGES
from relay.domain.json_value import JsonValue

CORPUS = Path(__file__).parents[2] / "tests" / "unit" / "mongodb" / "corpus"
WORDS = [
    *QUERY_OPERATORS,
    *EXPRESSION_OPERATORS,
    *STAGES,
    *("$where", "$function", "$accumulator", "$out", "$merge", "$currentOp", "$$ROOT", "$$NOW", "$a.b", "$", "$$", ""),
    *("a", "a.b", "a.$[]", "_id", "__proto__", "a\0b", "from", "pipeline", "as", "let", "input", "in", "cond", "coll"),
    *("$date", "$oid", "$numberLong", "$binary", "$regex", "$options", "$code", "$ref", "localField", "system.users"),
]
VALUES: Sequence[JsonValue] = (
    *(None, True, False, 0, -1, 1, 1.5, 2**63, -(2**63), 1e308, "", "$a", "$$ROOT", "$$x", "a", "(a+)+$", "\0", "ü"),
    *([], {}, [[]], "orders", "secrets", "system.users", "2024-01-01T00:00:00Z", "x" * 300, [1, 2], {"a": 1}),
)


def document(random: Random, depth: int = 0) -> JsonValue:
    """Return a JSON value of operators in any places."""
    kind = random.random()
    if depth > random.randint(1, 7) or kind < 0.2:
        return random.choice((*VALUES, random.choice(WORDS)))
    if kind < 0.4:
        return [document(random, depth + 1) for _ in range(random.randint(0, 3))]
    return {random.choice(WORDS): document(random, depth + 1) for _ in range(random.randint(0, 3))}


def arguments(random: Random) -> dict[str, JsonValue]:
    """Return arguments as a request brings them, most of them in their usual shape."""
    stages: list[JsonValue] = [{random.choice(list(STAGES)): document(random)} for _ in range(random.randint(0, 4))]
    given: dict[str, JsonValue] = {
        "collection": random.choice(("orders", "secrets", "system.users", "", "a$b", 1, None))
    }
    if random.random() < 0.5:
        given["pipeline"] = stages if random.random() < 0.8 else document(random)
    else:
        for name in ("filter", "projection", "sort", "skip"):
            if random.random() < 0.5:
                given[name] = document(random)
    return given


def corpus() -> list[dict[str, JsonValue]]:
    """Return the arguments of every case of both corpora."""
    lines = [line for name in ("hostile", "honest") for line in (CORPUS / f"{name}.jsonl").read_text().splitlines()]
    return [json.loads(line)["arguments"] for line in lines]


def mutation(random: Random, cases: Sequence[dict[str, JsonValue]]) -> dict[str, JsonValue]:
    """Return a case with one value anywhere in it replaced by another document."""
    changed = copy.deepcopy(random.choice(cases))
    node: JsonValue = changed
    while isinstance(node, dict | list) and node:
        key = random.choice(list(node)) if isinstance(node, dict) else random.randrange(len(node))
        inner = node[key]  # type: ignore[index, call-overload]
        if not isinstance(inner, dict | list) or not inner or random.random() < 0.3:
            node[key] = document(random, 4)  # type: ignore[index, call-overload]
            break
        node = inner
    return changed
