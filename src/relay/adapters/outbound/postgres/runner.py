"""Runs what the PostgreSQL guard checked."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from relay.adapters.outbound.postgres.catalogue import DescribeTable, ListTables
from relay.adapters.outbound.postgres.columns import ResultShape, shape_of
from relay.adapters.outbound.postgres.driver_types import Connection, Pool
from relay.adapters.outbound.postgres.guard.plans import DescribePlan, ListPlan, QueryPlan
from relay.adapters.outbound.postgres.hash_settings import set_hash_key
from relay.adapters.outbound.postgres.parameters import casts_for, values_for
from relay.adapters.outbound.postgres.plan_cost import check_plan_cost
from relay.adapters.outbound.postgres.plan_report import ExplainQuery
from relay.adapters.outbound.postgres.row_reader import RowReader
from relay.adapters.outbound.postgres.session import read_only
from relay.adapters.outbound.postgres.strays import Strays
from relay.adapters.outbound.postgres.treated_columns import treated
from relay.adapters.outbound.postgres.visible_relations import ShowsTable
from relay.application.ports.database import InspectedStatement, RowStream, RunLimits
from relay.domain.errors import Reason, RelayError
from relay.domain.request import Operation

UNNAMED = ""
"""The server's unnamed statement: the next one replaces it, so none is left behind in a pooler's connection."""


class PostgresQueryRunner:
    """One read-only transaction a request; the row limit stands in the statement itself."""

    def __init__(
        self,
        *,
        pool: Pool,
        strays: Strays,
        schemas: Sequence[str],
        shows_table: ShowsTable,
        hash_key: bytes | None = None,
    ) -> None:
        self._hash_key = hash_key
        self._pool = pool
        self._strays = strays
        self._schemas = schemas
        self._explain = ExplainQuery(schemas=schemas, shows_table=shows_table)
        self._list_tables = ListTables(schemas=schemas, shows_table=shows_table)
        self._describe_table = DescribeTable(schemas=schemas, shows_table=shows_table)

    @asynccontextmanager
    async def run(self, statement: InspectedStatement, limits: RunLimits) -> AsyncIterator[RowStream]:
        """See QueryRunner."""
        self._strays.check()
        async with read_only(
            self._pool,
            schemas=self._schemas,
            timeout_s=limits.timeout_s,
            redacted=statement.redacted,
            strays=self._strays,
        ) as connection:
            yield await self._open(connection, statement, limits)

    async def _open(self, connection: Connection, statement: InspectedStatement, limits: RunLimits) -> RowStream:
        if isinstance(statement.plan, QueryPlan) and statement.plan.uses_hash:
            await self._set_hash_key(connection)
        match statement.plan:
            case QueryPlan(operation=Operation.EXPLAIN) as plan:
                return await self._explain.run(connection, statement, plan)
            case QueryPlan() as plan:
                return await _query(connection, plan, limits)
            case ListPlan():
                return await self._list_tables.run(connection, limits.max_rows)
            case DescribePlan(table=table):
                return await self._describe_table.run(connection, table, limits.max_rows)
        raise RelayError(Reason.INTERNAL_ERROR, "the runner was given a plan that it does not know")

    async def _set_hash_key(self, connection: Connection) -> None:
        if self._hash_key is None:
            raise RelayError(Reason.INTERNAL_ERROR, "a column is to be hashed, and there is no key")
        await set_hash_key(connection, self._hash_key)


async def _query(connection: Connection, plan: QueryPlan, limits: RunLimits) -> RowStream:
    """Prepare to learn the columns, then, if the server has something to convert, prepare again with that."""
    sql = limited(plan.render(), limits.max_rows)
    prepared = await connection.prepare(sql, name=UNNAMED)
    parameter_types = prepared.get_parameters()
    attributes = prepared.get_attributes()
    shape = treated(shape_of(attributes), [attribute.name for attribute in attributes], plan)
    casts = casts_for(parameter_types)
    values = values_for(parameter_types, plan.parameters)
    if casts or not shape.is_native:
        sql = converted(plan.render(casts), shape, limits.max_rows)
    if limits.max_plan_cost is not None:
        await check_plan_cost(connection, sql, values, limits.max_plan_cost)
    if casts or not shape.is_native or limits.max_plan_cost is not None:
        prepared = await connection.prepare(sql, name=UNNAMED)
    return RowReader(statement=prepared, values=values, shape=shape, limits=limits)


def limited(sql: str, max_rows: int) -> str:
    """Clamp a checked statement to `max_rows`; it keeps its order, its columns and their types."""
    return f"SELECT * FROM (\n{sql}\n) AS relay_rows LIMIT {max_rows:d}"  # noqa: S608 - sql is the guard's, checked


def converted(sql: str, shape: ResultShape, max_rows: int) -> str:
    """Clamp a checked statement, its columns brought to what this adapter reads."""
    if not shape.readings:
        return limited(sql, max_rows)
    names = [f"c{number}" for number in range(1, len(shape.readings) + 1)]
    outputs = ", ".join(
        reading.expression.format(f"relay_rows.{name}") for name, reading in zip(names, shape.readings, strict=True)
    )
    source = f"(\n{sql}\n) AS relay_rows({', '.join(names)})"
    return f"SELECT {outputs} FROM {source} LIMIT {max_rows:d}"  # noqa: S608 - sql is the guard's, checked
