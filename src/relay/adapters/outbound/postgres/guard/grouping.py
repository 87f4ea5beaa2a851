"""Grouping by a primary key covers the table's other columns (SQL:2016, T301), but not those of a sub-query.

So where a table with column rules is about to become one, the columns that the query reads join its GROUP BY. That
makes no other groups. A column whose type has no equality is read from the group's first row.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sqlglot import exp

from relay.adapters.outbound.postgres.guard.catalogue import UNKNOWN_TYPE, Catalogue
from relay.adapters.outbound.postgres.guard.cursor import offset_of
from relay.adapters.outbound.postgres.guard.naming import column_name, is_star
from relay.adapters.outbound.postgres.guard.nodes import (
    Call,
    Grouping,
    JoinedTables,
    Row,
    SpecialCall,
    Subscript,
)
from relay.adapters.outbound.postgres.guard.refusal import RefusedStatement, shown
from relay.adapters.outbound.postgres.guard.replacement import alias_of
from relay.adapters.outbound.postgres.guard.sources import sources_of

AGGREGATES = frozenset(
    [
        *("any_value", "array_agg", "avg", "bit_and", "bit_or", "bit_xor", "bool_and", "bool_or", "corr", "count"),
        *("covar_pop", "covar_samp", "every", "json_agg", "json_agg_strict", "json_object_agg", "json_arrayagg"),
        *("json_object_agg_strict", "json_object_agg_unique", "json_object_agg_unique_strict", "json_objectagg"),
        *("jsonb_agg", "jsonb_agg_strict", "jsonb_object_agg", "jsonb_object_agg_strict", "jsonb_object_agg_unique"),
        *("jsonb_object_agg_unique_strict", "max", "min", "range_agg", "range_intersect_agg", "regr_avgx"),
        *("regr_avgy", "regr_count", "regr_intercept", "regr_r2", "regr_slope", "regr_sxx", "regr_sxy", "regr_syy"),
        *("stddev", "stddev_pop", "stddev_samp", "string_agg", "sum", "var_pop", "var_samp", "variance", "xmlagg"),
    ]
)
"""PostgreSQL 18: pg_aggregate, those of kind `n`; a call WITHIN GROUP is one by its form."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Grouped:
    """A table of one SELECT; `columns`: its columns as the SELECT calls them, `types` theirs in order."""

    select: exp.Expr
    alias: exp.Expr
    columns: tuple[str, ...]
    is_groupable: tuple[bool, ...]
    is_array: tuple[bool, ...]


def cover_primary_keys(tables: Sequence[exp.Expr], catalogue: Catalogue) -> None:
    """Add to each GROUP BY what a primary key covered; call it before the tables are replaced.

    Raises RefusedStatement where a column can neither be grouped by nor be read from one row.
    """
    for node in tables:
        select = _select_of(node)
        group = None if select is None else select.args.get("group")
        if select is None or group is None:
            continue
        schema = node.args.get("db")
        name = None if schema is None else schema.name, node.this.name
        columns = catalogue.columns(*name) or ()
        key = {columns.index(column) for column in catalogue.primary_key(*name) if column in columns}
        table = _table(node, select, columns, catalogue)
        if key and key <= set(_grouped(table, group)):
            _cover(table, group)


def _select_of(node: exp.Expr) -> exp.Expr | None:
    """Return the query that a table stands in by a name of its own."""
    parent = node.parent
    while isinstance(parent, exp.From | exp.Join) or (
        isinstance(parent, JoinedTables) and parent.args.get("alias") is None
    ):
        parent = parent.parent
    return parent if isinstance(parent, exp.Select) else None


def _table(node: exp.Expr, select: exp.Expr, columns: tuple[str, ...], catalogue: Catalogue) -> _Grouped:
    schema = node.args.get("db")
    types = catalogue.column_types(None if schema is None else schema.name, node.this.name)
    found = [types.get(column, UNKNOWN_TYPE) for column in columns]
    alias = alias_of(node)
    renamed = [one.name for one in alias.args.get("columns") or []]
    return _Grouped(
        select=select,
        alias=alias.this,
        columns=(*renamed, *columns[len(renamed) :]),
        is_groupable=tuple(one.is_groupable for one in found),
        is_array=tuple(one.name.startswith("_") for one in found),
    )


def _grouped(table: _Grouped, group: exp.Expr, *, in_some_sets: bool = False) -> Iterator[int]:
    """Yield the table's columns that the query groups by in all of its grouping sets; or in some."""
    pending = list(group.expressions)
    while pending:
        item = pending.pop()
        if isinstance(item, Grouping):
            pending += item.expressions if in_some_sets else []
        elif isinstance(item, exp.Paren):
            pending.append(item.this)
        elif isinstance(item, Row) and not item.args.get("word"):
            pending += item.expressions
        elif (column := _meant(table, item)) is not None:
            yield column


def _meant(table: _Grouped, item: exp.Expr) -> int | None:
    """Return the table's column that an item of GROUP BY means: by name, by an output's name or by its number."""
    found = _column(table, item)
    if found is None and isinstance(item, exp.Literal) and not item.args.get("is_string"):
        found = _of_target(table, int(item.this)) if str(item.this).isdigit() else None
    if found is None and isinstance(item, exp.Column) and item.args.get("table") is None:
        named = [one for one in table.select.expressions if column_name(one) == item.this.name]
        found = _column(table, _bare(named[0])) if len(named) == 1 else None
    return found


def _of_target(table: _Grouped, number: int) -> int | None:
    targets = table.select.expressions[:number]
    if len(targets) < number or any(is_star(one) for one in targets):
        return None
    return _column(table, _bare(targets[-1]))


def _bare(target: exp.Expr) -> exp.Expr:
    while isinstance(target, exp.Alias | exp.Paren):
        target = target.this
    return target


def _column(table: _Grouped, node: exp.Expr) -> int | None:
    if not isinstance(node, exp.Column) or isinstance(node.this, exp.Star):
        return None
    qualifier = node.args.get("table")
    if qualifier is not None and qualifier.name != table.alias.name:
        return None
    return table.columns.index(node.this.name) if node.this.name in table.columns else None


def _cover(table: _Grouped, group: exp.Expr) -> None:
    grouped = set(_grouped(table, group, in_some_sets=True))
    for node in list(_mentions(table)):
        if isinstance(node, exp.Star) or isinstance(node.this, exp.Star):
            wanted = set(range(len(table.columns)))
        elif (column := _column(table, node)) is not None:
            wanted = {column}
        else:
            _cover_row(table, group, node)
            continue
        for column in sorted(wanted - grouped):
            if table.is_groupable[column]:
                grouped.add(column)
                group.append("expressions", _reference(table, table.columns[column]))
            else:
                _read_from_first_row(table, node, column)


def _cover_row(table: _Grouped, group: exp.Expr, node: exp.Expr) -> None:
    if not all(table.is_groupable):
        raise RefusedStatement(
            f"{shown(table.alias.name)} as a whole row beside GROUP BY, with a column of a type without equality",
            offset_of(node),
            hint="name the columns",
        )
    group.append("expressions", exp.Column(this=table.alias.copy()))


def _reference(table: _Grouped, column: str) -> exp.Expr:
    return exp.Column(this=exp.Identifier(this=column, quoted=True), table=table.alias.copy())


def _read_from_first_row(table: _Grouped, node: exp.Expr, column: int) -> None:
    name = table.columns[column]
    if table.is_array[column] or _column(table, node) is None:
        raise RefusedStatement(
            f"{shown(name)} beside GROUP BY, whose type has no equality",
            offset_of(node),
            hint=f"write CAST({shown(name)} AS text), and GROUP BY that",
        )
    parts = [exp.Identifier(this=part, quoted=False) for part in ("pg_catalog", "array_agg")]
    first = Subscript(this=exp.Paren(this=Call(parts=parts, expressions=[node.copy()])), low=exp.Literal.number(1))
    is_target = node.parent is table.select and node.arg_key == "expressions"
    node.replace(exp.Alias(this=first, alias=exp.Identifier(this=name, quoted=True)) if is_target else first)


def _mentions(table: _Grouped) -> Iterator[exp.Expr]:
    """Yield where the query reads the table, or may: columns, stars, whole rows; not what it aggregates."""
    keys = ("expressions", "distinct", "having", "windows", "order", "limit", "offset", "fetch")
    pending: list[tuple[exp.Expr, bool]] = []
    for key in keys:
        value = table.select.args.get(key)
        pending += [(one, False) for one in (value if isinstance(value, list) else [value]) if one is not None]
    while pending:
        node, is_inside = pending.pop()
        if isinstance(node, exp.Star) or _may_mean(table, node):
            if not is_inside or not isinstance(node, exp.Star):
                yield node
            continue
        if not is_inside and _is_aggregate(node):
            continue
        if isinstance(node, exp.Select):
            if _hides(table, node):
                continue
            is_inside = True
        pending += [(child, is_inside) for child in node.iter_expressions()]


def _may_mean(table: _Grouped, node: exp.Expr) -> bool:
    if not isinstance(node, exp.Column):
        return False
    qualifier = node.args.get("table")
    if qualifier is not None:
        return bool(qualifier.name == table.alias.name)
    return node.this.name in table.columns or node.this.name == table.alias.name


def _hides(table: _Grouped, select: exp.Expr) -> bool:
    """Whether a sub-query has something else under the table's name."""
    return sources_of(select, frozenset()).find(table.alias.name, None) is not None


def _is_aggregate(node: exp.Expr) -> bool:
    if not isinstance(node, Call | SpecialCall) or node.args.get("over") is not None:
        return False
    name = node.args["parts"][-1].name if isinstance(node, Call) else node.args["name"]
    return name in AGGREGATES or node.args.get("within") is not None or node.args.get("filter") is not None
