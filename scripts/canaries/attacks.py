"""The attacks as data: a row, and what it is put to; those that still succeed are known by their names."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from canaries.agent import Reply
from canaries.values import World

PADDING = re.compile(r"\* +")
"""What char(n) puts behind a mask."""
FREE = "free"
VARYING = frozenset({"ruled.card", "ruled.phones", "ruled.x"})
"""What shows its last four digits, or stands for a whole document with tokens in it."""
FOLDER = Path(__file__).parents[2] / "tests" / "integration" / "canary"


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One request.

    `expect`: the reason; `same` where the answer may not depend on personal values; `alike` where only the order of its
    rows may; None where nothing personal may be in it, and the rest is free (`free` in the data).
    """

    name: str
    operation: str
    template: Mapping[str, Any]
    expect: str | None
    row: Mapping[str, Any]

    def at(self, table: str, column: str) -> Case:
        """Return the same attack on another column."""
        return next(_cases({**self.row, "on": [f"{table}.{column}"]}))

    def arguments(self, world: World) -> dict[str, Any]:
        """Fill in the values that the caller guesses with."""
        filled: dict[str, Any] = json.loads(world.refer(json.dumps(self.template)))
        return filled


def rows_of(name: str) -> list[dict[str, Any]]:
    """Read a data file."""
    return [json.loads(line) for line in (FOLDER / name).read_text().splitlines()]


def _cases(row: Mapping[str, Any]) -> Iterator[Case]:
    given = row.get("arguments") or {key: row[key] for key in ("sql", "parameters") if key in row}
    for place in row.get("on", [None]):
        text = json.dumps(given)
        if place is not None:
            table, _, column = place.partition(".")
            text = text.replace("{t}", table).replace("{c}", column)
        yield Case(
            name=row["id"] if place is None else f"{row['id']} [{place}]",
            operation=row.get("operation", "query"),
            template=json.loads(text),
            expect=None if row.get("expect") == FREE else row.get("expect") or _default(place, mixed="mixed" in row),
            row=row,
        )


def _default(place: str | None, *, mixed: bool) -> str | None:
    """Of identifiers nothing shows, so two databases that differ in them alone give one answer."""
    if place is None or place.startswith("logs.") or place in VARYING:
        return None
    return None if mixed and place.startswith("ruled.") else "alike"


def marked(cases: Iterator[Case], open_file: str) -> list[Any]:
    """Return the cases as parameters; those of the file of open ones are expected to fail, and must."""
    known = {row["id"]: row["why"] for row in rows_of(open_file)}
    found = [
        pytest.param(
            case,
            id=case.name,
            marks=[pytest.mark.xfail(reason=known.pop(case.name), strict=True)] if case.name in known else [],
        )
        for case in cases
    ]
    if known:
        raise ValueError(f"no case is called {sorted(known)}")
    return found


def postgres_cases() -> list[Any]:
    """Return every case of the attacks on PostgreSQL."""
    return marked((case for row in rows_of("postgres_attacks.jsonl") for case in _cases(row)), "postgres_open.jsonl")


def mongo_cases() -> list[Any]:
    """Return every case of the attacks on MongoDB."""
    return marked((case for row in rows_of("mongo_attacks.jsonl") for case in _cases(row)), "mongo_open.jsonl")


def first_postgres_cases() -> list[Case]:
    """Return each attack once, on the first of its columns."""
    return [next(_cases(row)) for row in rows_of("postgres_attacks.jsonl")]


def first_mongo_cases() -> list[Case]:
    """Return each attack on MongoDB once, on the first of its paths."""
    return [next(_cases(row)) for row in rows_of("mongo_attacks.jsonl")]


def same_answer(one: Reply, other: Reply, *, ordered: bool) -> bool:
    """Whether two answers from the two schemas are the same, their names aside."""
    first, second = (PADDING.sub("*", json.dumps(reply.lasting)) for reply in (one, other))
    second = second.replace("second", "first")
    if ordered or first == second:
        return first == second
    return _unordered(json.loads(first)) == _unordered(json.loads(second))


def _unordered(answer: dict[str, Any]) -> dict[str, Any]:
    return answer | {"rows": sorted(map(json.dumps, answer.get("rows", [])))}
