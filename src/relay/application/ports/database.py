"""Ports of a database: guard, runner, inspector. Every kind of database implements these and nothing else."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from typing import Protocol

from relay.domain.facts import StatementFacts
from relay.domain.json_value import JsonValue
from relay.domain.request import Operation
from relay.domain.results import Field, RowBatch
from relay.domain.role import RoleExamination


@dataclass(frozen=True, slots=True, kw_only=True)
class InspectedStatement:
    """A statement that the guard understood.

    `text` is what would run (for an operator to read), `redacted` the same without any literal (for the audit
    trail), `plan` the adapter's own form of it, which only its runner reads, `assumes` what could not be resolved
    without the database's catalogue.
    """

    operation: Operation
    facts: StatementFacts
    text: str = field(repr=False)
    redacted: str
    plan: object = field(repr=False, default=None)
    assumes: tuple[str, ...] = ()


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
class Database:
    """The three ports of one resource. `capabilities`: operations that this kind of database can do.

    A guard that needs to know its database learns it in the inspector's probes, one of which comes before the first
    statement; one that still lacks it raises RESOURCE_UNAVAILABLE.
    """

    guard: StatementGuard
    runner: QueryRunner
    inspector: ResourceInspector
    capabilities: frozenset[Operation] = frozenset(Operation)


class DatabaseConnection(Protocol):
    """What a database adapter's factory makes: opens lazily, closes what it opened."""

    def open(self) -> AbstractAsyncContextManager[Database]:
        """Give the ports; never waits for the database to be reachable."""
        ...
