"""Puts a sub-select in the place of a table in FROM, or of `TABLE name`."""

from __future__ import annotations

from sqlglot import exp

from relay.adapters.outbound.postgres.guard.nodes import TableStatement


def replaced(tree: exp.Expr, table: exp.Expr, source: exp.Expr) -> exp.Expr:
    """Replace a table by what stands in FROM in its place; return the tree, whose root may be another now."""
    statement = table.parent
    if not isinstance(statement, TableStatement):
        table.replace(source)
        return tree
    select = exp.Select(expressions=[exp.Star()], from_=exp.From(this=source), joins=[])
    for key, value in statement.args.items():
        if key != "this" and value is not None:
            select.set(key, value)
    if statement is tree:
        return select
    statement.replace(select)
    return tree


def alias_of(table: exp.Expr) -> exp.Expr:
    """Return the alias that a sub-select needs to be called as the table was."""
    alias: exp.Expr | None = table.args.get("alias")
    if alias is not None:
        return alias
    name = exp.Identifier(this=table.this.name, quoted=bool(table.this.args.get("quoted")))
    return exp.TableAlias(this=name, columns=[])
