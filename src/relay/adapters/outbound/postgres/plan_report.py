"""The answer to `explain`: the server's plan, without what it tells of relations and code that are not shown.

A plan names the tables behind a view and the partitions of a table, and writes out the conditions of views, of row
security and of functions that were inlined. So names and conditions are given only where they can only be those of
the statement; else what remains are kinds of nodes, costs, and the names of shown tables.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence

from relay.adapters.outbound.postgres.driver_types import Connection
from relay.adapters.outbound.postgres.guard.plans import QueryPlan
from relay.adapters.outbound.postgres.live_catalogue import read_relatives
from relay.adapters.outbound.postgres.parameters import casts_for, values_for
from relay.adapters.outbound.postgres.streams import FixedRows
from relay.adapters.outbound.postgres.visible_relations import ShowsTable
from relay.application.ports.database import InspectedStatement
from relay.domain.errors import Reason, RelayError
from relay.domain.facts import StatementFacts, TableName
from relay.domain.json_value import JsonValue
from relay.domain.results import Field

Node = dict[str, JsonValue]

STRUCTURE = frozenset(
    ("Node Type", "Strategy", "Partial Mode", "Parent Relationship", "Join Type", "Scan Direction", "Command")
)
"""Texts of a node that name nothing of the database's."""
TABLE = "Relation Name"
ONLY_VERBOSE = frozenset(("Output", "Schema"))
"""What is asked for because the schemas are needed here, and left out of the answer."""
LEFT_OUT = "Names and conditions are left out: this statement reads more than tables of its own (views, partitions)."

REWRITTEN_SQL = """
SELECT COALESCE(pg_catalog.bool_or(c.relkind = 'v' OR c.relrowsecurity), false)
FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = ANY ($1::pg_catalog.text[]) AND c.relname = ANY ($2::pg_catalog.text[])"""


class ExplainQuery:
    """Rows of `explain`: one, the plan."""

    fields = (Field(name="plan", type="json"),)

    def __init__(self, *, schemas: Sequence[str], shows_table: ShowsTable) -> None:
        self._schemas = schemas
        self._shows_table = shows_table

    async def run(self, connection: Connection, statement: InspectedStatement, plan: QueryPlan) -> FixedRows:
        """Explain a checked statement. Raises what the driver raises, and QUERY_BLOCKED for a plan too deep to read."""
        found = read_plan(await _explained(connection, plan))
        nodes = list(_nodes(found))
        relatives = await read_relatives(connection)
        shown = {
            key for node in nodes if (key := _table(node)) and self._shows_table(_name(key), relatives.get(key, ()))
        }
        is_own = all(_table(node) in shown for node in nodes if TABLE in node) and not await self._is_rewritten(
            connection, statement.facts
        )
        for node in nodes:
            _clean(node, is_own=is_own, is_shown=_table(node) in shown)
        return FixedRows(fields=self.fields, rows=[{"plan": found}], warnings=() if is_own else (LEFT_OUT,))

    async def _is_rewritten(self, connection: Connection, facts: StatementFacts) -> bool:
        """Whether the server puts conditions of the database's own into the statement."""
        if any(not function.known_safe for function in facts.functions):
            return True
        schemas = {*self._schemas, *(use.table.schema for use in facts.tables if use.table.schema is not None)}
        names = {use.table.name for use in facts.tables}
        return bool(await connection.fetchval(REWRITTEN_SQL, sorted(schemas), sorted(names)))


def read_plan(text: str) -> Node:
    """Return the plan in the server's JSON. Raises QUERY_BLOCKED for one that is nested too deeply to be read."""
    try:
        found: list[Node] = json.loads(text)
    except RecursionError:
        raise RelayError(
            Reason.QUERY_BLOCKED,
            "the statement's plan is nested too deeply;",
            hint="chain fewer joins, or fewer queries by UNION, INTERSECT or EXCEPT",
        ) from None
    return found[0]


async def _explained(connection: Connection, plan: QueryPlan) -> str:
    form = "EXPLAIN (VERBOSE, FORMAT JSON)"
    prepared = await connection.prepare(f"{form} {plan.render()}", name="")
    types = prepared.get_parameters()
    if casts := casts_for(types):
        prepared = await connection.prepare(f"{form} {plan.render(casts)}", name="")
    return str(await prepared.fetchval(*values_for(types, plan.parameters)))


def _nodes(found: Node) -> Iterator[Node]:
    """Yield every object of a plan: nodes, and whatever else the server wrote as one."""
    pending: list[JsonValue] = [found]
    while pending:
        value = pending.pop()
        if isinstance(value, dict):
            yield value
            pending.extend(value.values())
        elif isinstance(value, list):
            pending.extend(value)


def _table(node: Mapping[str, JsonValue]) -> tuple[str, str] | None:
    schema, name = node.get("Schema"), node.get(TABLE)
    return (schema, name) if isinstance(schema, str) and isinstance(name, str) else None


def _name(key: tuple[str, str]) -> TableName:
    return TableName(schema=key[0], name=key[1])


def _clean(node: Node, *, is_own: bool, is_shown: bool) -> None:
    for key in list(node):
        hidden = key in ONLY_VERBOSE or not (is_own or _is_harmless(node[key]) or key in STRUCTURE)
        if hidden and not (key == TABLE and is_shown):
            del node[key]


def _is_harmless(value: JsonValue) -> bool:
    """Whether a value is a number, or holds objects, which are looked at themselves."""
    if isinstance(value, list):
        return all(isinstance(item, dict) for item in value)
    return not isinstance(value, str)
