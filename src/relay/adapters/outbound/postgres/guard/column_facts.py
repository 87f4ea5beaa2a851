"""What a statement's columns mean for the policy: which are read, under which rule, by name or not."""

from __future__ import annotations

from collections.abc import Iterator

from relay.adapters.outbound.postgres.guard.catalogue import SYSTEM_COLUMNS, Catalogue, TableRules
from relay.adapters.outbound.postgres.guard.findings import Findings, Found
from relay.adapters.outbound.postgres.guard.lineage import Lineage
from relay.adapters.outbound.postgres.guard.refusal import Lines, RefusedStatement, shown
from relay.adapters.outbound.postgres.guard.relations import BaseColumn
from relay.domain.facts import ColumnUse, TableName
from relay.domain.protection import ColumnAction

_NO_RULES = TableRules()


def column_uses(lineage: Lineage, findings: Findings, catalogue: Catalogue, lines: Lines) -> tuple[ColumnUse, ...]:
    """Return each column once, where it is first read by name, or else first read.

    Raises RefusedStatement for a system column of a relation with rules.
    """
    return (
        *_missing(findings, lines),
        *_read(lineage, catalogue, lines),
        *_out_of_sight(findings, catalogue, lines),
    )


def _missing(findings: Findings, lines: Lines) -> Iterator[ColumnUse]:
    for qualifier, name, offset in findings.missing:
        yield ColumnUse(table=TableName(name=qualifier), name=name, position=lines.at(offset), exists=False)


def _read(lineage: Lineage, catalogue: Catalogue, lines: Lines) -> Iterator[ColumnUse]:
    first: dict[BaseColumn, tuple[int, bool]] = {}
    for reference in lineage.references:
        for column in reference.origins:
            if reference.by_name and not first.get(column, (0, False))[1]:
                first[column] = (reference.offset, True)
            first.setdefault(column, (reference.offset, False))
    for column, (offset, by_name) in first.items():
        rules = catalogue.rules(column.schema, column.table) or _NO_RULES
        if rules.protects:
            _check_system_column(column, offset, catalogue)
        yield ColumnUse(
            table=TableName(schema=column.schema, name=column.table),
            name=column.column,
            position=lines.at(offset),
            action=rules.actions.get(column.column),
            by_name=by_name,
        )


def _check_system_column(column: BaseColumn, offset: int, catalogue: Catalogue) -> None:
    is_own = column.column in (catalogue.columns(column.schema, column.table) or ())
    if column.column in SYSTEM_COLUMNS and not is_own:
        key = ", ".join(map(shown, catalogue.primary_key(column.schema, column.table)))
        raise RefusedStatement(
            f"system column {column.column} of {shown(column.table)}",
            offset,
            because="which has column rules and so is read through a sub-query",
            hint=f"tell rows apart by the primary key: {key}" if key else "tell rows apart by columns of the table",
        )


def _out_of_sight(findings: Findings, catalogue: Catalogue, lines: Lines) -> Iterator[ColumnUse]:
    """Yield what may show protected columns in a way that can't be followed: views, functions, operators."""
    for found in findings.tables:
        rules = catalogue.rules(found.schema, found.name)
        if rules is not None and rules.untraceable is not None:
            yield _hiding(found, lines)
    for found in findings.functions:
        if found.known_safe:
            continue
        if catalogue.protected_by_function(found.schema or "pg_catalog", found.name) is not None:
            yield _hiding(found, lines)


def _hiding(found: Found, lines: Lines) -> ColumnUse:
    return ColumnUse(
        table=TableName(schema=found.schema, name=found.name),
        name="*",
        position=lines.at(found.offset),
        action=ColumnAction.DENY,
    )
