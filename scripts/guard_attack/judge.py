"""The server as the judge of what the guard accepted: its own parse tree and its own plan.

A view made of a statement keeps the analysed tree, with the number of each relation, function, operator and type that
the statement means after every name was resolved. That is exact, where a plan is text and leaves out what was folded.
"""

# ruff: noqa: S608 - the statements under judgement
from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

import asyncpg

from relay.adapters.outbound.postgres.guard.safe_functions import SAFE_FUNCTIONS, SAFE_OPERATORS
from relay.adapters.outbound.postgres.guard.system_views import SYSTEM_VIEWS
from relay.adapters.outbound.postgres.guard.type_rules import REFUSED_TYPES
from relay.domain.facts import TableName
from relay.domain.policy import Policy
from relay.domain.request import Operation

SCHEMA_SQL = (Path(__file__).parent / "schema.sql").read_text()
SEARCH_PATHS = (("shop", "extra"), ("shop", "extra", "strange"))
POLICY = Policy(
    allowed_operations=frozenset(Operation),
    max_rows=100,
    schemas=("shop", "extra"),
    allowed_tables=("*", "allowed_pay"),
    blocked_tables=("salaries", "parts_high"),
    allowed_functions=frozenset({"shop.initials"}),
)
PLACES = re.compile(r" :(?:location|list_start|list_end|stmt_location|stmt_len|rexpr_list_start) -?\d+")
CALL = re.compile(r"\{FUNCEXPR :funcid (\d+) .*?:funcformat (\d)", re.DOTALL)
OTHER_FUNCTION = re.compile(r":(?:aggfnoid|winfnoid) (\d+)")
HIDDEN_FUNCTION = re.compile(r":(?:opfuncid|tsmhandler|startInRangeFunc|endInRangeFunc|typsubshandler) (\d+)")
OPERATOR = re.compile(r":(?:opno|eqop|sortop|cycleMarkNeop|mark_neop) (\d+)|:opnos \(o([ \d]+)\)")
RELATION = re.compile(r":relid (\d+)")
TYPE = re.compile(r":(?:consttype|resulttype|row_typeid|funcresulttype|array_typeid|element_typeid) (\d+)")
CONVERSION = re.compile(r"\{(?:COERCEVIAIO|COERCETODOMAIN) .*?:resulttype (\d+)", re.DOTALL)
VALUE_FUNCTION = re.compile(r"\{SQLVALUEFUNCTION :op (\d+)")
CAST_FORMATS = ("1", "2")
ROLE_VALUES = range(9, 13)
"""CURRENT_ROLE, CURRENT_USER, USER and SESSION_USER among SQLVALUEFUNCTION's operations (primnodes.h)."""

CATALOGUE = "pg_catalog"
Name = tuple[str, str]

RELATIONS_SQL = """
SELECT c.oid, n.nspname, c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"""
FUNCTIONS_SQL = "SELECT p.oid, n.nspname, p.proname FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace"
OPERATORS_SQL = "SELECT o.oid, n.nspname, o.oprname FROM pg_operator o JOIN pg_namespace n ON n.oid = o.oprnamespace"
READS_SQL = """
SELECT w.ev_class AS one, d.refobjid AS other FROM pg_rewrite w
  JOIN pg_depend d ON d.classid = 'pg_rewrite'::regclass AND d.objid = w.oid AND d.refclassid = 'pg_class'::regclass
WHERE d.refobjid <> w.ev_class AND w.oid >= 16384
UNION SELECT inhparent, inhrelid FROM pg_inherits"""
TYPES_SQL = """
SELECT t.oid, t.typname, coalesce(nullif(t.typrelid, 0), e.typrelid, 0) AS relation,
  EXISTS (SELECT FROM pg_constraint k JOIN pg_depend d ON d.classid = 'pg_constraint'::regclass AND d.objid = k.oid
          WHERE k.contypid = t.oid AND d.refclassid = 'pg_proc'::regclass) AS runs_code
FROM pg_type t LEFT JOIN pg_type e ON e.oid = t.typelem"""
CASTS_SQL = "SELECT castfunc FROM pg_cast WHERE castfunc <> 0 AND oid < 16384"


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What the server makes of a statement: an SQLSTATE, or its tree and what is wrong with it.

    `filtered`: it reads a system view, to which the guard adds a filter.
    """

    error: str | None = None
    tree: str = field(default="", repr=False)
    filtered: bool = False
    wrong: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Judge:
    """Knows the catalogue of one database by its numbers."""

    connection: asyncpg.Connection = field(repr=False)
    policy: Policy = field(default=POLICY, repr=False)
    relations: Mapping[int, Name] = field(repr=False)
    functions: Mapping[int, Name] = field(repr=False)
    operators: Mapping[int, Name] = field(repr=False)
    reads: Mapping[int, frozenset[int]] = field(repr=False)
    types: Mapping[int, tuple[str, int, bool]] = field(repr=False)
    casts: frozenset[int] = field(repr=False)

    async def verdict(self, sql: str) -> Verdict:
        """Ask the server for a statement's tree and plan; nothing runs, nothing stays."""
        transaction = self.connection.transaction()
        await transaction.start()
        try:
            tree = await self._tree(sql)
            wrong = self.wrong_with(tree)
            plan = await self.connection.fetchval(f"EXPLAIN (VERBOSE, FORMAT JSON) {sql}")
        except asyncpg.PostgresError as error:
            return Verdict(error=error.sqlstate)
        finally:
            await transaction.rollback()
        wrong = (*wrong, *self._wrong_plan(json.loads(plan), tree))
        return Verdict(tree=tree, filtered=self._filtered(tree), wrong=wrong)

    async def _tree(self, sql: str) -> str:
        # Inside a sub-select any number of columns may have any name and type.
        await self.connection.execute(
            f"CREATE TEMP VIEW judged AS SELECT 1 AS one FROM (\n{sql}\n) AS judged_statement"
        )
        own, tree = await self.connection.fetchrow(
            "SELECT ev_class, ev_action::text FROM pg_rewrite WHERE ev_class = 'pg_temp.judged'::regclass"
        )
        # Before 16 the tree names the view itself.
        return PLACES.sub("", tree).replace(f":relid {own} ", ":relid 0 ")

    def wrong_with(self, tree: str) -> tuple[str, ...]:
        """Say what a tree has that the policy does not allow."""
        return (
            *self._wrong_functions(tree),
            *(f"operator {self.operators[number]}" for number in _numbers(OPERATOR, tree) if not self._is_safe(number)),
            *(f"relation {self.relations[number]}" for number in self._named(tree) if not self._is_shown(number)),
            *self._wrong_types(tree),
        )

    def _wrong_functions(self, tree: str) -> Iterable[str]:
        for number, form in CALL.findall(tree):
            known = int(number) in self.casts if form in CAST_FORMATS else self._is_allowed(int(number))
            if not known:
                yield f"function {self.functions[int(number)]} (format {form})"
        for number in _numbers(OTHER_FUNCTION, tree):
            if not self._is_allowed(number):
                yield f"aggregate {self.functions[number]}"
        for number in _numbers(HIDDEN_FUNCTION, tree):
            if self.functions[number][0] != CATALOGUE:
                yield f"hidden function {self.functions[number]}"
        for number in _numbers(VALUE_FUNCTION, tree):
            if number in ROLE_VALUES:
                yield "a role's name"

    def _wrong_types(self, tree: str) -> Iterable[str]:
        for number in _numbers(TYPE, tree):
            name, relation, _ = self.types[number]
            if name in REFUSED_TYPES and name not in ("cstring", "record", "unknown", "internal"):
                yield f"type {name}"
            if relation and not self._is_shown(relation):
                yield f"row of {self.relations[relation]}"
        for number in _numbers(CONVERSION, tree):
            if self.types[number][2]:
                yield f"conversion to {self.types[number][0]}"

    def _is_allowed(self, number: int) -> bool:
        schema, name = self.functions[number]
        if schema == CATALOGUE:
            return name in SAFE_FUNCTIONS
        return f"{schema}.{name}" in self.policy.allowed_functions

    def _is_safe(self, number: int) -> bool:
        schema, symbol = self.operators[number]
        return schema == CATALOGUE and symbol in SAFE_OPERATORS

    def _named(self, tree: str) -> set[int]:
        return {
            number for number in _numbers(RELATION, tree) if self.relations.get(number, ("pg_temp",))[0] != "pg_temp"
        }

    def _filtered(self, tree: str) -> bool:
        return any(self.relations[number] in SYSTEM_VIEWS for number in self._named(tree))

    def _is_shown(self, number: int) -> bool:
        schema, name = self.relations[number]
        if schema in (CATALOGUE, "information_schema"):
            return (schema, name) in SYSTEM_VIEWS
        if not self.policy.allows_table(TableName(schema=schema, name=name)):
            return False
        return name in self.policy.allowed_tables or all(
            self.relations[other][1] not in self.policy.blocked_tables for other in self._reach(number)
        )

    def _reach(self, number: int) -> set[int]:
        seen, pending = {number}, [number]
        while pending:
            pending += (fresh := self.reads.get(pending.pop(), frozenset()) - seen)
            seen |= fresh
        return seen

    def _wrong_plan(self, plan: object, tree: str) -> Iterable[str]:
        named = self._named(tree)
        reached = {self.relations[other] for number in named for other in self._reach(number)}
        opens = self._filtered(tree)
        for node in _nodes(plan):
            relation = (node.get("Schema", ""), node.get("Relation Name", ""))
            if relation[1] and relation not in reached and not (opens and relation[0] == CATALOGUE):
                yield f"plan reads {relation}"
            function = node.get("Function Name")
            if function and not opens and function not in SAFE_FUNCTIONS:
                yield f"plan calls {function}"


async def make_judge(connection: asyncpg.Connection) -> Judge:
    """Read the catalogue's numbers; `connection` is a superuser's, in a database with schema.sql in it."""
    reads: defaultdict[int, set[int]] = defaultdict(set)
    for row in await connection.fetch(READS_SQL):
        reads[row["one"]].add(row["other"])
    return Judge(
        connection=connection,
        relations=await _names(connection, RELATIONS_SQL),
        functions=await _names(connection, FUNCTIONS_SQL),
        operators=await _names(connection, OPERATORS_SQL),
        reads=MappingProxyType({one: frozenset(others) for one, others in reads.items()}),
        types=MappingProxyType({row[0]: (row[1], row[2], row[3]) for row in await connection.fetch(TYPES_SQL)}),
        casts=frozenset(row[0] for row in await connection.fetch(CASTS_SQL)),
    )


async def _names(connection: asyncpg.Connection, sql: str) -> Mapping[int, Name]:
    return MappingProxyType({row[0]: (row[1], row[2]) for row in await connection.fetch(sql)})


def _numbers(pattern: re.Pattern[str], tree: str) -> set[int]:
    found: Sequence[str | tuple[str, ...]] = pattern.findall(tree)
    words = " ".join(" ".join(match) if isinstance(match, tuple) else match for match in found)
    return {int(word) for word in words.split()} - {0}


def _nodes(plan: object) -> Iterable[Mapping[str, str]]:
    if isinstance(plan, list):
        for item in plan:
            yield from _nodes(item)
    elif isinstance(plan, dict):
        yield plan
        for value in plan.values():
            yield from _nodes(value)
