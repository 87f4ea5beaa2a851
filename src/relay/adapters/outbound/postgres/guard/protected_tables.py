"""Reads tables with column rules through a sub-select that yields what the rules leave of their columns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlglot import exp

from relay.adapters.outbound.postgres.guard.catalogue import UNKNOWN_TYPE, Catalogue, TableRules
from relay.adapters.outbound.postgres.guard.cursor import offset_of
from relay.adapters.outbound.postgres.guard.nodes import TableStatement, Word
from relay.adapters.outbound.postgres.guard.protected_expressions import is_hashable, protected_sql
from relay.adapters.outbound.postgres.guard.refusal import RefusedStatement, shown
from relay.adapters.outbound.postgres.guard.replacement import alias_of, replaced
from relay.adapters.outbound.postgres.guard.spelling import identifier_sql
from relay.domain.facts import TableName
from relay.domain.protection import ColumnAction, ColumnClass, ColumnKind

MAX_COLUMNS = 5_000
"""Columns that the sub-selects of one statement may write out."""
_NOT_SAMPLED: Mapping[str, ColumnClass] = {}


def protected(tree: exp.Expr, tables: Sequence[exp.Expr], catalogue: Catalogue) -> exp.Expr:
    """Replace references to tables with rules in the tree; return the tree. Raises RefusedStatement.

    Columns that name such a table with its schema must have lost the schema before.
    """
    written = 0
    reads_rows = _reads_rows(tree, tables)
    for node in tables:
        table = _resolved(node, catalogue)
        columns = catalogue.columns(table.schema, table.name) or ()
        if not reads_rows:
            # the server would ask for the right to read each column that stands in the sub-select
            hidden = catalogue.unreadable(table.schema, table.name)
            columns = tuple(column for column in columns if column not in hidden)
        written += len(columns)
        if written > MAX_COLUMNS:
            raise RefusedStatement(
                "too many columns of tables with column rules", offset_of(node), hint="read fewer tables at once"
            )
        tree = replaced(tree, node, _sub_select(node, table, columns, catalogue))
    return tree


def _reads_rows(tree: exp.Expr, tables: Sequence[exp.Expr]) -> bool:
    """Whether every column of a table may count, by `*`, as a whole row, by its place, or by NATURAL."""
    names = {alias_of(node).this.name for node in tables}
    if any(isinstance(node.parent, TableStatement) or alias_of(node).args.get("columns") for node in tables):
        return True
    return any(
        isinstance(node, exp.Star)
        or (isinstance(node, exp.Column) and node.args.get("table") is None and node.this.name in names)
        or (isinstance(node, exp.Join) and "NATURAL" in (node.args.get("kind") or ""))
        for node in tree.find_all(exp.Star, exp.Column, exp.Join)
    )


def uses_hash(tables: Sequence[exp.Expr], catalogue: Catalogue) -> bool:
    """Whether a sub-select of one of these tables reads the hash key."""
    return any(_hashes(_resolved(node, catalogue), catalogue) for node in tables)


def _hashes(table: TableName, catalogue: Catalogue) -> bool:
    rules = catalogue.rules(table.schema, table.name) or TableRules()
    types = catalogue.column_types(table.schema, table.name)
    return any(
        action is ColumnAction.HASH and column in types and is_hashable(types[column])
        for column, action in rules.actions.items()
    )


def _resolved(node: exp.Expr, catalogue: Catalogue) -> TableName:
    schema = node.args.get("db")
    found = catalogue.resolved(None if schema is None else schema.name, node.this.name)
    if found is None:
        raise RefusedStatement(f"table {shown(node.this.name)}, which is not there any more", offset_of(node))
    return found


def _sub_select(node: exp.Expr, table: TableName, columns: Sequence[str], catalogue: Catalogue) -> exp.Expr:
    alias = alias_of(node)
    inner = exp.TableAlias(this=alias.this.copy(), columns=[])
    source = exp.Table(this=_quoted(table.name), db=_quoted(table.schema or ""), alias=inner)
    for key in ("only", "inherited", "sample"):
        if (value := node.args.get(key)) is not None:
            source.set(key, value)
    outputs = Word(this=_outputs(identifier_sql(alias.this), table, columns, catalogue))
    select = exp.Select(expressions=[outputs], from_=exp.From(this=source), joins=[])
    return exp.Subquery(this=select, alias=alias.copy())


def _outputs(qualifier: str, table: TableName, columns: Sequence[str], catalogue: Catalogue) -> str:
    """Return the list of outputs as SQL, made of this module's own words and of names that it quotes.

    A node for each part of it would cost a statement over fifty columns as many milliseconds.
    """
    rules = catalogue.rules(table.schema, table.name) or TableRules()
    types = catalogue.column_types(table.schema, table.name)
    classes = catalogue.classes(table.schema, table.name) or _NOT_SAMPLED
    outputs = []
    for name in columns:
        quoted = identifier_sql(_quoted(name))
        action = rules.actions.get(name, ColumnAction.PASS)
        if action is ColumnAction.PASS:
            outputs.append(f"{qualifier}.{quoted}")
            continue
        mask = rules.masks.get(name) or _mask_of(classes.get(name))
        expression = protected_sql(f"{qualifier}.{quoted}", types.get(name, UNKNOWN_TYPE), action, mask)
        outputs.append(f"{expression} AS {quoted}")
    return ", ".join(outputs)


def _mask_of(found: ColumnClass | None) -> str | None:
    """Return the mask of what a column is; a text that holds such values among others is no value of the kind."""
    return found.mask if found is not None and found.kind is ColumnKind.IDENTIFIER else None


def _quoted(name: str) -> exp.Expr:
    return exp.Identifier(this=name, quoted=True)
