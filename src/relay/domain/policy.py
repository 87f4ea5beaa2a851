"""The customer's policy: pure decisions on facts, closed for whatever it does not know."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

from relay.domain.errors import Position, Reason, RelayError
from relay.domain.facts import ColumnUse, FunctionUse, StatementFacts, TableName, TableUse
from relay.domain.json_value import JsonValue
from relay.domain.protection import ColumnAction
from relay.domain.request import Operation


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnRule:
    """What becomes of one column; `kind`: the detector whose mask `mask` takes, else that of a sample's."""

    table: str
    column: str
    action: ColumnAction
    kind: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RowLimit:
    """How many rows a request may have; `clamped`: it asked for more than the resource gives."""

    rows: int
    clamped: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """What one resource allows. Patterns are shell globs on `table` or `schema.table`, case-sensitive."""

    allowed_operations: frozenset[Operation]
    max_rows: int
    schemas: tuple[str, ...] = ()
    """Schemas whose tables are shown; empty where the database has no schemas."""
    allowed_tables: tuple[str, ...] = ()
    blocked_tables: tuple[str, ...] = ()
    allowed_functions: frozenset[str] = frozenset()
    column_rules: tuple[ColumnRule, ...] = ()
    allow_aggregation: bool = False

    def check_operation(self, operation: str) -> Operation:
        """Return the operation; raise OPERATION_NOT_ALLOWED for one that is unknown or not listed."""
        if operation in self.allowed_operations:
            return Operation(operation)
        allowed = ", ".join(sorted(self.allowed_operations)) or "none"
        known = operation in frozenset(Operation)
        raise RelayError(
            Reason.OPERATION_NOT_ALLOWED,
            f"operation {operation} is not allowed on this resource;" if known else "unknown operation;",
            hint=f"allowed operations: {allowed}",
        )

    def row_limit(self, requested: JsonValue) -> RowLimit:
        """Clamp the caller's limit; None asks for as many as the resource gives; INVALID_PARAMS if not a count."""
        if requested is None:
            return RowLimit(rows=self.max_rows)
        if isinstance(requested, float) and requested.is_integer():
            requested = int(requested)
        if isinstance(requested, bool) or not isinstance(requested, int) or requested < 0:
            raise RelayError(
                Reason.INVALID_PARAMS, "limit must be an integer of 0 or more;", hint=f"at most {self.max_rows}"
            )
        return RowLimit(rows=min(requested, self.max_rows), clamped=requested > self.max_rows)

    def check_statement(self, facts: StatementFacts) -> None:
        """Raise the first refusal: OPERATION_, TABLE_ or FUNCTION_NOT_ALLOWED."""
        if facts.uses_aggregation and not self.allow_aggregation:
            raise RelayError(
                Reason.OPERATION_NOT_ALLOWED,
                "aggregation pipelines are not allowed on this resource;",
                hint="use filter, projection, sort, skip and limit",
            )
        for table in facts.tables:
            self._check_table(table)
        for function in facts.functions:
            self._check_function(function)
        for column in facts.columns:
            _check_column(column)

    def allows_table(self, table: TableName, also_reads: Sequence[TableName] = ()) -> bool:
        """Whether statements may read it, with the relations whose rows it shows too.

        A name without a schema must be allowed in every schema it may mean.
        """
        return self._allows_name(table) and not self._shows_blocked(table, also_reads)

    def _allows_name(self, table: TableName) -> bool:
        if not self.schemas:
            return self._allows(None, table.name)
        if table.schema is not None:
            return table.schema in self.schemas and self._allows(table.schema, table.name)
        return all(self._allows(schema, table.name) for schema in self.schemas)

    def _shows_blocked(self, table: TableName, also_reads: Sequence[TableName]) -> bool:
        if str(table) in self.allowed_tables or table.name in self.allowed_tables:
            return False  # listed by its very name: the operator means this view or partition
        return any(
            _matches(pattern, relative.schema, relative.name)
            for relative in also_reads
            for pattern in self.blocked_tables
        )

    def _allows(self, schema: str | None, name: str) -> bool:
        if any(_matches(pattern, schema, name) for pattern in self.blocked_tables):
            return False
        if not self.allowed_tables:
            return True
        return any(_matches(pattern, schema, name) for pattern in self.allowed_tables)

    def _check_table(self, use: TableUse) -> None:
        if not self._allows_name(use.table):
            raise RelayError(
                Reason.TABLE_NOT_ALLOWED,
                f"table {use.table}{_at(use.position)} is not allowed on this resource;",
                hint="list_tables shows the tables that are",
                position=use.position,
            )
        if self._shows_blocked(use.table, use.also_reads):
            raise RelayError(
                Reason.TABLE_NOT_ALLOWED,
                f"{use.table}{_at(use.position)} shows rows of a table that is not allowed on this resource;",
                hint="list_tables shows the tables that are",
                position=use.position,
            )
        if not use.exists:
            raise RelayError(
                Reason.QUERY_FAILED,
                f"there is no table {use.table}{_at(use.position)}: SQLSTATE 42P01 undefined_table;",
                hint="list_tables shows the tables there are; a new one is known within seconds",
                position=use.position,
            )

    def _check_function(self, use: FunctionUse) -> None:
        if use.known_safe or str(use) in self.allowed_functions:
            return
        if use.caller is not None:
            raise RelayError(
                Reason.FUNCTION_NOT_ALLOWED,
                f"{use}{_at(use.position)}, which {use.caller} calls, is not an allowed function;",
                hint=f"leave that out, or ask the operator to list {use} in allowedFunctions",
                position=use.position,
            )
        named_alike = sorted(name for name in self.allowed_functions if name.rpartition(".")[2] == use.name)
        instead = use.instead or next(iter(named_alike), None)
        raise RelayError(
            Reason.FUNCTION_NOT_ALLOWED,
            f"{use}{_at(use.position)} is not an allowed function;",
            hint=f"use {instead}" if instead else "use one that only computes on its arguments",
            position=use.position,
        )


def _check_column(use: ColumnUse) -> None:
    if not use.exists:
        raise RelayError(
            Reason.QUERY_FAILED,
            f"there is no column {use}{_at(use.position)}: SQLSTATE 42703 undefined_column;",
            hint=f"describe_table shows a table's columns; FROM must name {use.table.name}",
            position=use.position,
        )
    if use.action is not ColumnAction.DENY or not use.by_name:
        return
    if use.name == "*":
        raise RelayError(
            Reason.COLUMN_NOT_ALLOWED,
            f"{use.table}{_at(use.position)} may show columns that are protected, in a way that can't be followed;",
            hint="read the tables behind it, or ask the operator for column rules of its own",
            position=use.position,
        )
    raise RelayError(
        Reason.COLUMN_NOT_ALLOWED,
        f"column {use}{_at(use.position)} is not allowed on this resource;",
        hint="leave it out: SELECT * gives a null in its place",
        position=use.position,
    )


def _at(position: Position | None) -> str:
    return "" if position is None else f" at {position}"


def _matches(pattern: str, schema: str | None, name: str) -> bool:
    if fnmatchcase(name, pattern):
        return True
    return schema is not None and "." in pattern and fnmatchcase(f"{schema}.{name}", pattern)
