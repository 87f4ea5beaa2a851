"""Reads system views through a filter: each reference becomes a sub-select that tells only of what the policy shows."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

from sqlglot import exp

from relay.adapters.outbound.postgres.guard.cursor import offset_of
from relay.adapters.outbound.postgres.guard.grammar_queries import parse
from relay.adapters.outbound.postgres.guard.refusal import RefusedStatement
from relay.adapters.outbound.postgres.guard.replacement import alias_of, replaced
from relay.adapters.outbound.postgres.guard.spelling import string_sql
from relay.adapters.outbound.postgres.guard.system_views import Rows, SystemView, system_view
from relay.adapters.outbound.postgres.guard.tokens import tokenize
from relay.domain.facts import TableName

MAX_VIEWS = 20
"""System views in one statement: each brings the names of all shown tables with it."""
FIRST_USER_OID = 16384
"""Below it are the relations that the server itself made (access/transam.h: FirstNormalObjectId)."""
_NO_NAMES: Mapping[str, tuple[str, ...]] = MappingProxyType({})


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """The relations that the policy shows: `keys` and `tables` are the same, oids beside them. Empty shows nothing.

    `lockable` are oids of tables, their indexes, sequences and out-of-line storage.
    """

    schemas: tuple[str, ...] = ()
    keys: frozenset[tuple[str, str]] = frozenset()
    tables: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: _NO_NAMES)
    sequences: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: _NO_NAMES)
    table_oids: tuple[int, ...] = ()
    lockable: tuple[int, ...] = ()
    database: int = 0

    def has(self, table: TableName) -> bool:
        """Whether a table, given with its schema, is shown."""
        return (table.schema or "", table.name) in self.keys


def filtered(tree: exp.Expr, views: Sequence[exp.Expr], shown: Shown) -> exp.Expr:
    """Replace references to system views in the tree; return the tree. Raises RefusedStatement.

    Columns that name such a view with its schema must have lost the schema before.
    """
    if len(views) > MAX_VIEWS:
        raise RefusedStatement(f"more than {MAX_VIEWS} system views", offset_of(views[MAX_VIEWS]), hint="use WITH")
    for node in views:
        view = system_view(_name(node))
        if view is None or view.rows is Rows.ALL:
            continue
        if node.args.get("sample") is not None:
            raise RefusedStatement("TABLESAMPLE of a system view", offset_of(node), hint="leave TABLESAMPLE out")
        tree = replaced(tree, node, _sub_select(node, view, shown))
    return tree


def _name(node: exp.Expr) -> TableName:
    schema = node.args.get("db")
    return TableName(name=node.this.name, schema=None if schema is None else schema.name)


def _sub_select(node: exp.Expr, view: SystemView, shown: Shown) -> exp.Expr:
    schema = node.args.get("db")
    # OFFSET 0 keeps the caller's conditions outside: none is tried on a row that the filter takes away.
    name = f"{'pg_catalog' if schema is None else schema.name}.{node.this.name}"
    text = (
        f"SELECT {view.outputs} FROM {name}"  # noqa: S608 - a view's name
        f" WHERE {_CONDITIONS[view.rows](view.columns, shown)} OFFSET 0"
    )
    return exp.Subquery(this=parse(list(tokenize(text))), alias=alias_of(node))


def _names(columns: tuple[str, ...], names: Mapping[str, tuple[str, ...]]) -> str:
    schema, name = columns
    parts = (
        f"({schema} = {string_sql(of)} AND {name} = ANY ({_array(found)}::pg_catalog.name[]))"
        for of, found in names.items()
        if found
    )
    return "(" + (" OR ".join(parts) or "false") + ")"


def _array(values: Iterable[object]) -> str:
    """Write an array's literal, every element quoted."""
    quoted = (str(value).replace("\\", "\\\\").replace('"', '\\"') for value in values)
    return string_sql("{" + ",".join(f'"{value}"' for value in quoted) + "}")


def _oids(column: str, oids: Iterable[int]) -> str:
    return f"{column} = ANY ({string_sql('{' + ','.join(map(str, oids)) + '}')}::pg_catalog.oid[])"


def _locks(columns: tuple[str, ...], shown: Shown) -> str:
    database, relation = columns
    return (
        f"({database} IS NULL OR {database} = 0 OR {database} = {shown.database:d}) AND"
        f" ({relation} IS NULL OR {relation} < {FIRST_USER_OID} OR {_oids(relation, shown.lockable)})"
    )


_CONDITIONS: Mapping[Rows, Callable[[tuple[str, ...], Shown], str]] = MappingProxyType(
    {
        Rows.TABLES: lambda columns, shown: _names(columns, shown.tables),
        Rows.SEQUENCES: lambda columns, shown: _names(columns, shown.sequences),
        Rows.SCHEMAS: lambda columns, shown: f"{columns[0]} = ANY ({_array(shown.schemas)}::pg_catalog.name[])",
        Rows.DATABASE: lambda columns, shown: f"{columns[0]} = 0 OR {columns[0]} = {shown.database:d}",
        Rows.PROGRESS: lambda columns, shown: (
            f"{columns[0]} = {shown.database:d} AND {_oids(columns[1], shown.table_oids)}"
        ),
        Rows.LOCKS: _locks,
    }
)
