"""A database of lists: guard, runner and inspector with nothing behind them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TypeAlias

import anyio

from relay.application.ports.database import Database, InspectedStatement, Probe, RowStream, RunLimits
from relay.domain.errors import Reason, RelayError
from relay.domain.facts import FunctionUse, StatementFacts, TableName, TableUse
from relay.domain.json_value import JsonValue
from relay.domain.request import Operation
from relay.domain.results import Field, RowBatch
from relay.domain.role import RoleExamination

Row: TypeAlias = Mapping[str, JsonValue]
PIECE_ROWS = 2


@dataclass(slots=True, kw_only=True)
class MemoryDatabase:
    """Tables by name. `query`, `explain` and `describe_table` take the argument `table`, and nothing else.

    A query may also name `function`, which the guard reports; it knows `lower` to be safe. `delay_s` makes each
    statement slow, `failure` makes it fail, `reachable` and `role` are what the probe says; `running` counts open
    statements.
    """

    tables: dict[str, Sequence[Row]] = field(default_factory=dict)
    delay_s: float = 0.0
    failure: RelayError | None = None
    reachable: bool = True
    role: RoleExamination | None = None
    running: int = 0
    statements_run: int = 0

    def ports(self) -> Database:
        """Return the three ports over this database."""
        return Database(
            guard=FakeStatementGuard(), runner=FakeQueryRunner(database=self), inspector=FakeInspector(database=self)
        )


class FakeStatementGuard:
    """Reads `{"table": …}`."""

    async def inspect(self, operation: Operation, arguments: Mapping[str, JsonValue]) -> InspectedStatement:
        """See StatementGuard."""
        if operation is Operation.LIST_TABLES:
            return InspectedStatement(operation=operation, facts=StatementFacts(), text="list", redacted="")
        table = arguments.get("table")
        if not isinstance(table, str) or not table:
            raise RelayError(Reason.INVALID_PARAMS, "table must be a string;", hint="name one table")
        if " " in table:
            raise RelayError(Reason.QUERY_BLOCKED, "table is not a single name;", hint="name one table")
        function = arguments.get("function")
        functions = (FunctionUse(name=function, known_safe=function == "lower"),) if isinstance(function, str) else ()
        return InspectedStatement(
            operation=operation,
            facts=StatementFacts(tables=(TableUse(table=TableName(name=table)),), functions=functions),
            text=f"read {table}",
            redacted=self.redact(operation, arguments),
            plan=table,
        )

    def redact(self, operation: str, arguments: Mapping[str, JsonValue]) -> str:  # noqa: ARG002 - the port's
        """See StatementGuard."""
        table = arguments.get("table")
        return f"read {table}" if isinstance(table, str) else ""


class FakeQueryRunner:
    """Gives the rows of a table, two at a time."""

    def __init__(self, *, database: MemoryDatabase) -> None:
        self._database = database

    @asynccontextmanager
    async def run(self, statement: InspectedStatement, limits: RunLimits) -> AsyncIterator[RowStream]:
        """See QueryRunner."""
        database = self._database
        database.running += 1
        database.statements_run += 1
        try:
            with anyio.move_on_after(limits.timeout_s) as scope:
                await anyio.sleep(database.delay_s)
            if scope.cancelled_caught:
                raise RelayError(Reason.QUERY_TIMEOUT, "the database ended the statement at its time limit;")
            if database.failure is not None:
                raise database.failure
            yield _Rows(self._rows(statement), limits)
        finally:
            database.running -= 1

    def _rows(self, statement: InspectedStatement) -> Sequence[Row]:
        tables = self._database.tables
        if statement.operation is Operation.LIST_TABLES:
            return [
                {"schema": None, "name": name, "type": "table", "rowCount": len(rows), "table_name": name}
                for name, rows in tables.items()
            ]
        rows = tables.get(str(statement.plan))
        if rows is None:
            raise RelayError(Reason.QUERY_FAILED, f"there is no table {statement.plan}")
        if statement.operation is Operation.EXPLAIN:
            return [{"plan": {"scan": str(statement.plan)}}]
        if statement.operation is Operation.DESCRIBE_TABLE:
            return [{"kind": "column", "name": name, "column_name": name} for name in (rows[0] if rows else {})]
        return rows


class _Rows:
    def __init__(self, rows: Sequence[Row], limits: RunLimits) -> None:
        self._rows = rows[: limits.max_rows]
        self.fields = tuple(Field(name=name, type="json") for name in (rows[0] if rows else {}))
        self.warnings: tuple[str, ...] = ()

    async def batches(self) -> AsyncIterator[RowBatch]:
        for piece in self._pieces():
            yield RowBatch(rows=piece)

    def _pieces(self) -> Iterator[Sequence[Row]]:
        for start in range(0, len(self._rows), PIECE_ROWS):
            yield self._rows[start : start + PIECE_ROWS]


class FakeInspector:
    """Says what the database says of itself."""

    def __init__(self, *, database: MemoryDatabase) -> None:
        self._database = database

    async def probe(self) -> Probe:
        """See ResourceInspector."""
        if not self._database.reachable:
            return Probe(healthy=False, latency_ms=0, error="the database can't be used at the moment")
        fingerprint = f"sha256:{len(self._database.tables):064d}"
        return Probe(healthy=True, latency_ms=1, fingerprint=fingerprint, role=self._database.role)


class MemoryConnection:
    """Implements DatabaseConnection over a MemoryDatabase."""

    def __init__(self, database: MemoryDatabase) -> None:
        self._database = database

    @asynccontextmanager
    async def open(self) -> AsyncIterator[Database]:
        """See DatabaseConnection."""
        yield self._database.ports()
