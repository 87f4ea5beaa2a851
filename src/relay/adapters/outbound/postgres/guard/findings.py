"""What the walk over a statement's tree brings home, before lines and columns."""

from __future__ import annotations

from dataclasses import dataclass, field

from sqlglot import exp

from relay.domain.facts import TableName

ASSUMES_SEARCH_PATH = "tables without a schema are found in the resource's schemas"
ASSUMES_BUILT_INS = "no function or operator of the search path has the name of a built-in one"
ASSUMES_FILTERS = "system views are read through a filter that leaves only what the policy shows"
ASSUMES_COLUMNS = "names after a table's name are its columns, not functions"


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A table or function with its place, before lines and columns.

    `caller`: what calls the function without the statement's saying so.
    """

    name: str
    schema: str | None
    offset: int
    known_safe: bool = False
    instead: str | None = None
    caller: str | None = None
    also_reads: tuple[TableName, ...] = ()
    exists: bool = True


@dataclass(slots=True, kw_only=True)
class Findings:
    """What the walk has found so far; `views` are the places that read system views, for their filters.

    `ruled` are places that read relations with column rules.
    `missing` are qualifier, name and place of what is neither a column nor any function.
    """

    tables: list[Found] = field(default_factory=list)
    functions: list[Found] = field(default_factory=list)
    assumes: set[str] = field(default_factory=set)
    views: list[exp.Expr] = field(default_factory=list)
    ruled: list[exp.Expr] = field(default_factory=list)
    missing: list[tuple[str, str, int]] = field(default_factory=list)
