"""What a guard found in a statement: facts only, the policy decides."""

from __future__ import annotations

from dataclasses import dataclass

from relay.domain.errors import Position
from relay.domain.protection import ColumnAction


@dataclass(frozen=True, slots=True, kw_only=True)
class TableName:
    """A table, view or collection; `schema` is None where the statement gave none or the database has none."""

    name: str
    schema: str | None = None

    def __str__(self) -> str:
        return self.name if self.schema is None else f"{self.schema}.{self.name}"


@dataclass(frozen=True, slots=True, kw_only=True)
class TableUse:
    """A table that the statement reads.

    `also_reads`: relations whose rows come with it, where the guard knows: what a view is made of, children and
    partitions, and the table that it is itself a part of. `exists`: False where the guard knows that there is none.
    """

    table: TableName
    position: Position | None = None
    also_reads: tuple[TableName, ...] = ()
    exists: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnUse:
    """A column that the statement reads, with its table; name `*` where the guard can't tell which of its columns.

    `exists`: False where the guard knows that there is none; `table` is then as the statement calls it.
    `action`: the rule that the column is under, its own or that of a column whose data it shows. `by_name`: False where
    only `*`, or the whole row, takes it in.
    """

    table: TableName
    name: str
    position: Position | None = None
    exists: bool = True
    action: ColumnAction | None = None
    by_name: bool = True

    def __str__(self) -> str:
        return f"{self.table}.{self.name}"


@dataclass(frozen=True, slots=True, kw_only=True)
class FunctionUse:
    """A function, operator or expression that the statement calls.

    `known_safe`: on the adapter's built-in list; `instead`: what to write if the built-in one of that name is meant;
    `caller`: what calls it where the statement does not name it.
    """

    name: str
    schema: str | None = None
    known_safe: bool = False
    instead: str | None = None
    caller: str | None = None
    position: Position | None = None

    def __str__(self) -> str:
        return self.name if self.schema is None else f"{self.schema}.{self.name}"


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementFacts:
    """Everything that the policy needs to know of one read-only statement.

    A guard raises QUERY_BLOCKED for what it does not understand, so facts describe the whole statement.
    """

    tables: tuple[TableUse, ...] = ()
    functions: tuple[FunctionUse, ...] = ()
    columns: tuple[ColumnUse, ...] = ()
    """Each once, where it is first read; none from a guard without a catalogue."""
    uses_aggregation: bool = False
    """MongoDB: an aggregation pipeline, not a plain find."""
