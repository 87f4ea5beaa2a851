"""Ports of a database: guard, runner, inspector. Every kind of database implements these and nothing else."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from typing import Protocol

from relay.domain.facts import StatementFacts, TableName
from relay.domain.json_value import JsonValue
from relay.domain.policy import ColumnRule
from relay.domain.protection import ColumnClass
from relay.domain.request import Operation
from relay.domain.results import Field, RowBatch
from relay.domain.role import RoleExamination


@dataclass(frozen=True, slots=True, kw_only=True)
class InspectedStatement:
    """A statement that the guard understood.

    `text` is what would run (for an operator to read), `redacted` the same without any literal (for the audit
    trail), `plan` the adapter's own form of it, which only its runner reads, `assumes` what could not be resolved
    without the database's catalogue. `unsampled` are tables whose columns have to be sampled before the statement can
    be judged: it is then to be inspected again, and not to be run.
    """

    operation: Operation
    facts: StatementFacts
    text: str = field(repr=False)
    redacted: str
    plan: object = field(repr=False, default=None)
    assumes: tuple[str, ...] = ()
    unsampled: tuple[TableName, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RunLimits:
    """Bounds of one run. `max_rows` counts the row that is fetched only to learn that there are more.

    `max_plan_cost` is in the planner's own units; a statement whose plan costs more is QUERY_BLOCKED before it runs.
    """

    max_rows: int
    max_cell_bytes: int
    timeout_s: float
    max_plan_cost: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Probe:
    """One look at a database; `error` is a public sentence."""

    healthy: bool
    latency_ms: int
    error: str | None = None
    fingerprint: str | None = None
    """`sha256:…` over the names and types of what the policy shows; None where it can't be had."""
    role: RoleExamination | None = None
    """What the role could do beyond reading; None where the database knows no roles."""


class StatementGuard(Protocol):
    """Turns an operation's arguments into facts and a plan. Never touches rows."""

    async def inspect(self, operation: Operation, arguments: Mapping[str, JsonValue]) -> InspectedStatement:
        """Read the arguments of one operation.

        Raises INVALID_PARAMS (an argument is missing or of the wrong type), QUERY_BLOCKED (not a single read-only
        statement, or not understood), or the policy's own reasons where only the guard can tell.
        """
        ...

    def redact(self, operation: str, arguments: Mapping[str, JsonValue]) -> str:
        """Return the statement for the audit trail, each literal replaced by `?`; never raises.

        What can't be read as tokens becomes its length alone.
        """
        ...


class RowStream(Protocol):
    """A running statement. Valid inside the `async with` that gave it."""

    @property
    def fields(self) -> tuple[Field, ...]:
        """Output columns; for a document database complete only after the last batch."""
        ...

    @property
    def warnings(self) -> tuple[str, ...]:
        """Sentences for the caller, complete after the last batch; they carry no value."""
        ...

    def batches(self) -> AsyncIterator[RowBatch]:
        """Yield the rows in bounded pieces, at most `max_rows` in all."""
        ...


class QueryRunner(Protocol):
    """Runs what its own guard inspected, read-only, and nothing else."""

    def run(self, statement: InspectedStatement, limits: RunLimits) -> AbstractAsyncContextManager[RowStream]:
        """Open the statement. Leaving the block, in whatever way, ends it on the database server too.

        Raises QUERY_FAILED, QUERY_TIMEOUT or RESOURCE_UNAVAILABLE, also while rows are read.
        """
        ...


class ResourceInspector(Protocol):
    """Looks at a database's health."""

    async def probe(self) -> Probe:
        """Connect if need be, and look; an unreachable database is an unhealthy probe, not an error."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnSample:
    """Some values of one column, unmasked: never logged, never sent. `name`: for documents, the path of a field.

    `type` is the database's own short name, `is_text`: it may hold text (JSON and arrays included).
    """

    name: str
    type: str
    is_text: bool
    values: tuple[JsonValue, ...] = field(repr=False, default=())


class ColumnSampler(Protocol):
    """Reads a few rows of a table so that its columns can be classified, and keeps what was learnt for the guard.

    What was learnt is in memory only, and is forgotten when the table's shape changes.
    """

    async def sample(self, table: TableName, *, max_rows: int, timeout_s: float) -> tuple[ColumnSample, ...]:
        """Return a sample of each column that may be read, spread over the table where that is cheap, nulls left out.

        Long values come cut, and no more than a few megabytes in all. Raises QUERY_FAILED, QUERY_TIMEOUT or
        RESOURCE_UNAVAILABLE.
        """
        ...

    def learn(self, table: TableName, classes: Mapping[str, ColumnClass]) -> None:
        """Keep the classes of a table's columns; a column that is not among them is of the kind `unknown`."""
        ...

    def forget(self, table: TableName) -> None:
        """Let a table count as one that was never sampled."""
        ...

    async def tables(self) -> tuple[TableName, ...]:
        """Return the tables that the policy shows, in order."""
        ...

    async def missing_columns(self) -> tuple[ColumnRule, ...]:
        """Return the column rules whose table or column does not exist (for documents: none is known to have it)."""
        ...

    async def unhashable_columns(self) -> tuple[ColumnRule, ...]:
        """Return the column rules that would hash a column of a type that can't be hashed: it comes as null."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Database:
    """The three ports of one resource, and a fourth where columns can be sampled.

    `capabilities`: operations that this kind of database can do.

    A guard that needs to know its database learns it in the inspector's probes, one of which comes before the first
    statement; one that still lacks it raises RESOURCE_UNAVAILABLE.
    """

    guard: StatementGuard
    runner: QueryRunner
    inspector: ResourceInspector
    sampler: ColumnSampler | None = None
    capabilities: frozenset[Operation] = frozenset(Operation)


class DatabaseConnection(Protocol):
    """What a database adapter's factory makes: opens lazily, closes what it opened."""

    def open(self) -> AbstractAsyncContextManager[Database]:
        """Give the ports; never waits for the database to be reachable."""
        ...
