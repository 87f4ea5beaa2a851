"""What the FROM clause of one SELECT makes visible, for telling columns from functions."""

from __future__ import annotations

from dataclasses import dataclass

from sqlglot import exp

from relay.adapters.outbound.postgres.guard.nodes import FunctionSource, JoinedTables
from relay.domain.facts import TableName

UNNAMED = ""
"""Of a sub-query without an alias: no qualifier means it, but its columns are there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """One entry of FROM; `table` is None for a sub-query, a function or a CTE.

    `is_function`: its name may mean a value that is no row.
    """

    name: str
    table: TableName | None = None
    aliased: bool = False
    column_names: frozenset[str] = frozenset()
    is_function: bool = False

    @property
    def renames_columns(self) -> bool:
        """Whether the alias gives the columns names of its own."""
        return bool(self.column_names)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sources:
    """All entries of one FROM clause; `merges`: USING or NATURAL make one column of several."""

    entries: tuple[Source, ...]
    merges: bool = False

    def find(self, qualifier: str, schema: str | None) -> Source | None:
        """Return the entry that `qualifier` or `schema.qualifier` means."""
        for entry in self.entries:
            if entry.name != qualifier:
                continue
            if schema is None or (
                not entry.aliased and entry.table is not None and entry.table.schema in (None, schema)
            ):
                return entry
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """Names that are visible at a node: CTEs, and the sources of the queries around it, innermost first.

    `in_from`: the node stands in the innermost query's own FROM, where only some of its sources are visible.
    """

    ctes: frozenset[str] = frozenset()
    sources: tuple[Sources, ...] = ()
    in_from: bool = False


def source_of(node: exp.Expr, ctes: frozenset[str]) -> Source | None:
    """Return what a table, sub-query, function or join in FROM is called; None if it has no name, or is no source."""
    is_source = isinstance(node, exp.Table | FunctionSource) or isinstance(node.args.get("alias"), exp.TableAlias)
    return _entry(node, ctes) if is_source else None


def sources_of(select: exp.Expr, ctes: frozenset[str]) -> Sources:
    """Collect the entries of a SELECT's FROM clause."""
    clause = select.args.get("from_")
    pending = [] if clause is None else [clause.this, *(select.args.get("joins") or [])]
    entries: list[Source] = []
    merges = False
    while pending:
        node = pending.pop()
        if isinstance(node, exp.Join):
            pending += [node.this, *(node.args.get("nested") or [])]
            merges = merges or bool(node.args.get("using")) or str(node.args.get("kind")).startswith("NATURAL")
            if (alias := node.args.get("using_alias")) is not None:
                entries.append(Source(name=alias.name, aliased=True))
            continue
        if isinstance(node, JoinedTables) and node.args.get("alias") is None:
            pending += [node.this, *node.args["joins"]]
            continue
        entries.append(_entry(node, ctes) or Source(name=UNNAMED))
    return Sources(entries=tuple(entries), merges=merges)


def _entry(node: exp.Expr, ctes: frozenset[str]) -> Source | None:
    alias = node.args.get("alias")
    columns = frozenset(column.name for column in alias.args.get("columns") or []) if alias is not None else frozenset()
    name = alias.this.name if alias is not None and alias.args.get("this") is not None else None
    table = None
    if isinstance(node, exp.Table):
        schema = node.args.get("db")
        if schema is not None or node.this.name not in ctes:
            table = TableName(name=node.this.name, schema=None if schema is None else schema.name)
        return Source(name=name or node.this.name, table=table, aliased=name is not None, column_names=columns)
    if name is None and (functions := node.expressions):
        # A function's own name is its alias.
        parts = functions[0].args.get("parts")
        name = parts[-1].name if parts else functions[0].args.get("name")
    if name is None:
        return None
    is_function = not isinstance(node, exp.Subquery | JoinedTables | exp.CTE)
    return Source(name=str(name), aliased=True, column_names=columns, is_function=is_function)
