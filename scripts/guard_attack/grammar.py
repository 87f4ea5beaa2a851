"""Builds SQL over the tables of schema.sql, from a grammar that keeps names and types in scope.

`random` is a `random.Random`, or hypothesis's own. With `wicked` 0 every part is one that the policy allows; else that
share of the parts is something that it must not.
"""

# ruff: noqa: S608 - a script's own module; the statements are its product
from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from random import Random
from types import MappingProxyType
from typing import TypeVar

T = TypeVar("T")
Columns = Mapping[str, str]
"""Column, as SQL writes it -> type."""

TABLES: Mapping[str, Columns] = MappingProxyType(
    {
        "customers": {
            "id": "int",
            "name": "text",
            "email": "text",
            "profile": "jsonb",
            "tags": "text[]",
            "born": "date",
            "mood": "mood",
            "duo": "pair",
        },
        "orders": {"id": "int", "customer_id": "int", "total": "num", "status": "text", "created_at": "time"},
        '"Odd Name"': {'"a b"': "int", '"select"': "text", '"É"': "text"},
        "extra.items": {"id": "int", "label": "text", "price": "num"},
        "items": {"id": "int", "label": "text", "price": "num"},
        "buyers": {"id": "int", "name": "text", "total": "num"},
        "shop.Parts_Low": {"id": "int", "name": "text"},
        "allowed_pay": {"id": "int", "n": "int"},
    }
)
PEOPLE: Columns = {"id": "int", "name": "text"}
PLACEHOLDER = re.compile(r"\{(int|num|text(?:\[\])?|bool|date|time|jsonb|mood|pair|w)\}")
CTE_NAMES = ("w1", "salaries", "parts", '"W 2"', "customers", "secrets", "pg_authid", "orders")
DEEPEST = 3


def read_parts() -> Mapping[str, Mapping[str, Sequence[str]]]:
    """Read parts.txt: list -> type -> parts."""
    found: dict[str, dict[str, list[str]]] = {}
    for line in (Path(__file__).parent / "parts.txt").read_text().splitlines():
        if line.startswith("["):
            name, kind = line[1:-1].split(" ", 1)
            part = found.setdefault(name, {}).setdefault(kind, [])
        elif line and not line.startswith("# "):
            part.append(line)
    return found


PARTS = read_parts()
HONEST, PLAIN, WICKED = PARTS["honest"], PARTS["plain"], PARTS["wicked"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """One entry of FROM: its alias and columns; `table` where its row can be named."""

    alias: str
    columns: Columns
    is_customers: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """What is visible: FROM's entries, and CTEs."""

    sources: tuple[Source, ...] = ()
    ctes: Mapping[str, Columns] = field(default_factory=dict)


class Writer:
    """Writes one statement."""

    def __init__(self, random: Random, *, wicked: float = 0.0) -> None:
        self._random = random
        self._wicked = wicked
        self._aliases = 0

    def statement(self) -> str:
        """Return a statement; about half of them valid in every detail, all of them nearly so."""
        return self.query(Scope(), 0) + self._one_of(("", "", ";", " -- end", "/* ; */"))

    def sample(self, kind: str, part: str) -> str:
        """Return a plain statement around one part: a table of FROM, or an expression over a row of customers."""
        if kind == "table":
            return f"SELECT 1 AS one FROM {part} AS t0"
        scope = Scope(sources=(Source(alias="c0", columns=TABLES["customers"], is_customers=True),))
        written = self._filled(part.replace("{row}", "c0"), scope, DEEPEST)
        return f"SELECT {written} AS x FROM customers AS c0"

    def query(self, scope: Scope, depth: int) -> str:
        """Return a query with WITH, set operations and limits around a SELECT."""
        if depth < DEEPEST and self._chance(0.3):
            return self._with(scope, depth)
        form: Callable[[Scope, int], str] = self._select
        if depth < DEEPEST and self._chance(0.15):
            form = self._set_operation
        elif self._chance(0.05):
            form = self._values
        return form(scope, depth)

    def expression(self, kind: str, scope: Scope, depth: int) -> str:
        """Return an expression of a type."""
        if depth <= DEEPEST + 1 and self._is_wicked():
            return self._wicked_expression(kind, scope, depth)
        columns = [
            f"{source.alias}.{name}" if self._chance(0.8) else f"({source.alias}).{name}"
            for source in scope.sources
            for name, found in source.columns.items()
            if found == kind
        ]
        if columns and (depth > DEEPEST or self._chance(0.5)):
            return self._one_of(columns)
        return self._filled(self._one_of((PLAIN if depth > DEEPEST else HONEST)[kind]), scope, depth)

    def _wicked_expression(self, kind: str, scope: Scope, depth: int) -> str:
        rows = [source.alias for source in scope.sources if source.is_customers]
        if rows and kind == "text" and self._chance(0.5):
            return self._one_of(WICKED["row"]).replace("{row}", self._one_of(rows))
        if kind not in WICKED:
            return self._filled(self._one_of(PLAIN[kind]), scope, depth)
        return self._filled(self._one_of(WICKED[kind]), scope, depth)

    def _filled(self, template: str, scope: Scope, depth: int) -> str:
        def fill(match: re.Match[str]) -> str:
            kind = match.group(1)
            if kind == "w":
                return self._window(scope, depth)
            written = self.expression(kind, scope, depth + 1)
            return f"({written})" if " " in written and self._chance(0.9) else written

        return PLACEHOLDER.sub(fill, template)

    def _window(self, scope: Scope, depth: int) -> str:
        partition = f"PARTITION BY {self.expression('text', scope, depth + 2)} " if self._chance(0.5) else ""
        order = f"ORDER BY {self.expression('int', scope, depth + 2)}"
        return partition + order + self._one_of((" DESC", " NULLS LAST", ""))

    def _select(self, scope: Scope, depth: int) -> str:
        sources, text = self._from(scope, depth)
        inner = replace(scope, sources=(*sources, *scope.sources))
        where = f" WHERE {self.expression('bool', inner, depth)}" if self._chance(0.5) else ""
        if self._chance(0.25):
            targets, tail = self._grouped(inner, depth)
        else:
            targets, tail = self._plain(inner, depth, star=bool(sources))
        return f"SELECT {targets} FROM {text}{where}{tail}"

    def _plain(self, scope: Scope, depth: int, *, star: bool) -> tuple[str, str]:
        targets = [self._target(scope, depth, number) for number in range(self._random.randint(1, 3))]
        if star and self._chance(0.2):
            targets.append(self._one_of(("*", f"{scope.sources[0].alias}.*", scope.sources[0].alias)))
        order = f" ORDER BY {self._one_of(('1', self.expression('int', scope, depth)))}" if self._chance(0.3) else ""
        distinct = "DISTINCT " if not order and self._chance(0.1) else ""
        limit = self._one_of((" LIMIT 5", " FETCH FIRST 3 ROWS ONLY", " OFFSET 1", "")) if self._chance(0.3) else ""
        return distinct + ", ".join(targets), order + limit

    def _target(self, scope: Scope, depth: int, number: int) -> str:
        kind = self._one_of(list(HONEST))
        if kind == "int" and self._chance(0.4):
            written = self._filled(self._one_of(PARTS["window"]["int"]), scope, depth)
        else:
            written = self.expression(kind, scope, depth)
        return f"{written} AS {self._one_of((f'x{number}', chr(34) + 'X y' + chr(34), 'value', 'salaries'))}"

    def _grouped(self, scope: Scope, depth: int) -> tuple[str, str]:
        key = self.expression("text", scope, depth + 1)
        kind = self._one_of(list(PARTS["aggregate"]))
        aggregate = self._filled(self._one_of(PARTS["aggregate"][kind]), scope, depth + 1)
        group = self._one_of(("GROUP BY 1", "GROUP BY ROLLUP (1)", "GROUP BY GROUPING SETS ((1), ())"))
        having = " HAVING count(*) > 0" if self._chance(0.3) else ""
        return f"{key} AS k, {aggregate} AS v", f" {group}{having}"

    def _from(self, scope: Scope, depth: int) -> tuple[list[Source], str]:
        first, text = self._source(scope, depth)
        sources = [first]
        for _ in range(self._random.randint(0, 2) if depth < DEEPEST else 0):
            source, written = self._source(replace(scope, sources=(*sources, *scope.sources)), depth)
            sources.append(source)
            both = replace(scope, sources=(*sources, *scope.sources))
            join = self._one_of((" JOIN", " LEFT JOIN", ","))
            text += f"{join} {written}" + ("" if join == "," else f" ON {self.expression('bool', both, depth + 2)}")
        return sources, text

    def _source(self, scope: Scope, depth: int) -> tuple[Source, str]:
        self._aliases += 1
        alias = f"{self._one_of(('t', 'Salaries', 'evil', 'c'))}{self._aliases}"
        if self._is_wicked():
            return Source(alias=alias, columns=PEOPLE), f"{self._one_of(WICKED['table'])} AS {alias}"
        if depth < DEEPEST and self._chance(0.2):
            return self._derived(scope, depth, alias)
        if self._chance(0.1):
            return Source(alias=alias, columns={alias: "int"}), f"generate_series(1, 3) AS {alias}"
        if self._chance(0.05):
            written = f"(VALUES ({self.expression('int', Scope(), DEEPEST)}, 'x')) AS {alias} (id, name)"
            return Source(alias=alias, columns=PEOPLE), written
        return self._table(scope, alias)

    def _table(self, scope: Scope, alias: str) -> tuple[Source, str]:
        if scope.ctes and self._chance(0.5):
            name = self._one_of(list(scope.ctes))
            return Source(alias=alias, columns=scope.ctes[name]), f"{name} AS {alias}"
        name = self._one_of([table for table in TABLES if table not in scope.ctes])
        written = name.upper() if name.islower() and self._chance(0.1) else name
        return Source(alias=alias, columns=TABLES[name], is_customers=name == "customers"), f"{written} AS {alias}"

    def _derived(self, scope: Scope, depth: int, alias: str) -> tuple[Source, str]:
        lateral = self._chance(0.5)
        inner = scope if lateral else replace(scope, sources=())
        columns = {"d1": self._one_of(list(HONEST)), "d2": "int"}
        sources, text = self._from(inner, depth + 1)
        seen = replace(inner, sources=(*sources, *inner.sources))
        targets = ", ".join(f"{self.expression(kind, seen, depth + 2)} AS {name}" for name, kind in columns.items())
        word = "LATERAL " if lateral else ""
        return Source(alias=alias, columns=columns), f"{word}(SELECT {targets} FROM {text}) AS {alias}"

    def _with(self, scope: Scope, depth: int) -> str:
        written, ctes = [], dict(scope.ctes)
        for _ in range(self._random.randint(1, 2)):
            name = self._one_of([name for name in CTE_NAMES if name not in ctes] or [f"w{len(ctes)}"])
            columns = {"id": "int", "name": "text"}
            inner = replace(scope, ctes=dict(ctes))
            sources, text = self._from(inner, depth + 1)
            seen = replace(inner, sources=(*sources, *scope.sources))
            values = ", ".join(self.expression(kind, seen, depth + 2) for kind in columns.values())
            materialized = self._one_of(("", "", "MATERIALIZED ", "NOT MATERIALIZED "))
            written.append(f"{name} (id, name) AS {materialized}(SELECT {values} FROM {text})")
            ctes[name] = columns
        return f"WITH {', '.join(written)} {self._select(replace(scope, ctes=ctes), depth + 1)}"

    def _set_operation(self, scope: Scope, depth: int) -> str:
        kind = self._one_of(list(HONEST))
        sides = []
        for _ in range(2):
            sources, text = self._from(scope, depth + 1)
            seen = replace(scope, sources=(*sources, *scope.sources))
            sides.append(f"(SELECT {self.expression(kind, seen, depth + 1)} AS s FROM {text})")
        return self._one_of((" UNION ", " UNION ALL ", " EXCEPT ", " INTERSECT ")).join(sides)

    def _values(self, scope: Scope, depth: int) -> str:
        return f"VALUES ({self.expression('int', scope, depth + 1)}, {self.expression('text', scope, depth + 1)})"

    def _is_wicked(self) -> bool:
        return self._wicked > 0 and self._chance(self._wicked)

    def _chance(self, share: float) -> bool:
        # so that hypothesis, which makes numbers smaller, makes statements smaller
        return self._random.random() >= 1 - share

    def _one_of(self, choices: Sequence[T]) -> T:
        return choices[self._random.randrange(len(choices))]
