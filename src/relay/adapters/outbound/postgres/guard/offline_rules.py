"""Column rules where no catalogue says what a name means: what can be said of a statement's text alone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sqlglot import exp

from relay.adapters.outbound.postgres.guard.cursor import offset_of
from relay.adapters.outbound.postgres.guard.findings import Findings, Found
from relay.adapters.outbound.postgres.guard.nodes import FieldSelection
from relay.adapters.outbound.postgres.guard.refusal import Lines, shown
from relay.domain.facts import ColumnUse, TableName
from relay.domain.policy import ColumnRule
from relay.domain.protection import ColumnAction


def assume_rules(
    tree: exp.Expr, findings: Findings, rules: Sequence[ColumnRule], lines: Lines
) -> tuple[ColumnUse, ...]:
    """Return the denied columns that a statement names over their tables; what else rules do becomes an assumption."""
    denied: dict[str, ColumnUse] = {}
    for found, rule in _met(findings, rules):
        if rule.action is not ColumnAction.DENY:
            findings.assumes.add(f"the column rules of {shown(found.name)} are applied inside the statement")
            continue
        for offset in _places(tree, rule.column):
            table = TableName(schema=found.schema, name=found.name)
            use = ColumnUse(table=table, name=rule.column, position=lines.at(offset), action=ColumnAction.DENY)
            denied.setdefault(str(use), use)
    return tuple(denied.values())


def _met(findings: Findings, rules: Sequence[ColumnRule]) -> Iterator[tuple[Found, ColumnRule]]:
    for found in findings.tables:
        for rule in rules:
            whole = found.name if found.schema is None else f"{found.schema}.{found.name}"
            is_met = rule.table in (found.name, whole)
            if is_met or (found.schema is None and rule.table.endswith(f".{found.name}")):
                yield found, rule


def _places(tree: exp.Expr, column: str) -> Iterator[int]:
    for node in tree.find_all(exp.Column, FieldSelection, exp.Join):
        if isinstance(node, exp.Join):
            names = [one.name for one in node.args.get("using") or []]
        else:
            names = [node.this.name if isinstance(node, exp.Column) else node.expression.name]
        if column in names:
            yield offset_of(node)
