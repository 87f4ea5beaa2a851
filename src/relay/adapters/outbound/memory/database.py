"""A database of lists: guard, runner, inspector and sampler with nothing behind them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TypeAlias

import anyio

from relay.application.ports.database import (
    ColumnSample,
    Database,
    InspectedStatement,
    Probe,
    RowStream,
    RunLimits,
)
from relay.domain.errors import Reason, RelayError
from relay.domain.facts import FunctionUse, StatementFacts, TableName, TableUse
from relay.domain.json_value import JsonValue
from relay.domain.policy import ColumnRule
from relay.domain.protection import ColumnAction, ColumnClass
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
    statements. `rules` are column rules; where `needs_samples`, the guard wants each table sampled first, and `classes`
    keeps what was learnt.
    """

    tables: dict[str, Sequence[Row]] = field(default_factory=dict)
    delay_s: float = 0.0
    failure: RelayError | None = None
    reachable: bool = True
    role: RoleExamination | None = None
    running: int = 0
    statements_run: int = 0
    samples_taken: int = 0
    rules: tuple[ColumnRule, ...] = ()
    needs_samples: bool = False
    classes: dict[str, Mapping[str, ColumnClass]] = field(default_factory=dict)

    def ports(self) -> Database:
        """Return the four ports over this database."""
        return Database(
            guard=FakeStatementGuard(database=self),
            runner=FakeQueryRunner(database=self),
            inspector=FakeInspector(database=self),
            sampler=FakeColumnSampler(database=self),
        )


class FakeStatementGuard:
    """Reads `{"table": …}`."""

    def __init__(self, *, database: MemoryDatabase) -> None:
        self._database = database

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
            unsampled=self._unsampled(table),
        )

    def _unsampled(self, table: str) -> tuple[TableName, ...]:
        database = self._database
        known = not database.needs_samples or table in database.classes or table not in database.tables
        return () if known else (TableName(name=table),)

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


class FakeColumnSampler:
    """Samples the first rows; a table that is not there can't be."""

    def __init__(self, *, database: MemoryDatabase) -> None:
        self._database = database

    async def sample(self, table: TableName, *, max_rows: int, timeout_s: float) -> tuple[ColumnSample, ...]:
        """See ColumnSampler."""
        database = self._database
        database.samples_taken += 1
        with anyio.move_on_after(timeout_s) as scope:
            await anyio.sleep(database.delay_s)
        if scope.cancelled_caught:
            raise RelayError(Reason.QUERY_TIMEOUT, "the database ended the statement at its time limit;")
        if database.failure is not None:
            raise database.failure
        rows = database.tables.get(table.name)
        if rows is None:
            raise RelayError(Reason.QUERY_FAILED, f"there is no table {table};")
        names = dict.fromkeys(name for row in rows for name in row)
        return tuple(_sample(name, [row.get(name) for row in rows[:max_rows]]) for name in names)

    def learn(self, table: TableName, classes: Mapping[str, ColumnClass]) -> None:
        """See ColumnSampler."""
        if table.name in self._database.tables:
            self._database.classes[table.name] = dict(classes)

    def forget(self, table: TableName) -> None:
        """See ColumnSampler."""
        self._database.classes.pop(table.name, None)

    async def tables(self) -> tuple[TableName, ...]:
        """See ColumnSampler."""
        return tuple(TableName(name=name) for name in sorted(self._database.tables))

    async def missing_columns(self) -> tuple[ColumnRule, ...]:
        """See ColumnSampler."""
        tables = self._database.tables
        return tuple(
            rule for rule in self._database.rules if not any(rule.column in row for row in tables.get(rule.table, ()))
        )

    async def unhashable_columns(self) -> tuple[ColumnRule, ...]:
        """See ColumnSampler: numbers can't be hashed here."""
        tables = self._database.tables
        return tuple(
            rule
            for rule in self._database.rules
            if rule.action is ColumnAction.HASH
            and any(isinstance(row.get(rule.column), int) for row in tables.get(rule.table, ()))
        )


def _sample(name: str, values: Sequence[JsonValue]) -> ColumnSample:
    held = tuple(value for value in values if value is not None)
    is_text = any(not isinstance(value, (bool, int, float)) for value in held)
    return ColumnSample(name=name, type="text" if is_text else "numeric", is_text=is_text, values=held)


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
