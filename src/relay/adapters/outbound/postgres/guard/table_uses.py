"""Which tables a statement reads, and which system tables nobody may."""

from __future__ import annotations

from dataclasses import replace

from sqlglot import exp

from relay.adapters.outbound.postgres.guard.catalogue import Catalogue
from relay.adapters.outbound.postgres.guard.cursor import offset_of
from relay.adapters.outbound.postgres.guard.findings import ASSUMES_FILTERS, ASSUMES_SEARCH_PATH, Findings, Found
from relay.adapters.outbound.postgres.guard.refusal import RefusedStatement, shown
from relay.adapters.outbound.postgres.guard.sources import Scope
from relay.adapters.outbound.postgres.guard.system_views import is_system_schema, system_hint, system_view
from relay.domain.errors import Reason
from relay.domain.facts import TableName


def check_table(table: TableName, offset: int) -> bool:
    """Return whether the policy decides on a table; False for a readable system view, refused if it is another."""
    schema = table.schema
    if schema is None and table.name.startswith("pg_"):
        # pg_catalog is searched first, whatever the search path says.
        schema = "pg_catalog"
    if schema is None or not is_system_schema(schema):
        return True
    if system_view(table) is not None:
        return False
    raise RefusedStatement(
        f"system table {shown(schema)}.{shown(table.name)}",
        offset,
        hint=system_hint(table),
        reason=Reason.TABLE_NOT_ALLOWED,
    )


class TableUses:
    """Finds the tables of one walk."""

    def __init__(self, *, catalogue: Catalogue | None, findings: Findings) -> None:
        self._catalogue = catalogue
        self._findings = findings

    def table(self, node: exp.Expr, scope: Scope) -> None:
        """Take a name in FROM for a table, unless it is a CTE's."""
        schema = node.args.get("db")
        name = node.this.name
        if schema is None and name in scope.ctes:
            return
        table = TableName(name=name, schema=None if schema is None else schema.name)
        if not check_table(table, offset_of(node)):
            self._findings.views.append(node)
            if self._catalogue is None:
                self._findings.assumes.add(ASSUMES_FILTERS)
            return
        self.use(name, table.schema, node)
        if self._catalogue is not None and self._catalogue.is_protected(table.schema, name):
            self._findings.ruled.append(node)
        if schema is None and self._catalogue is None:
            self._findings.assumes.add(ASSUMES_SEARCH_PATH)

    def named(self, table: TableName, node: exp.Expr) -> None:
        """Count a relation that a literal names as one that is read; an index as its table."""
        if not check_table(table, offset_of(node)):
            return
        catalogue = self._catalogue
        if catalogue is not None and catalogue.columns(table.schema, table.name) is None:
            table = catalogue.table_of_index(table.schema, table.name) or table
        self._found(table.name, table.schema, node)

    def use(self, name: str, schema: str | None, node: exp.Expr) -> None:
        """Count a table as read, and what its columns' types run as called."""
        self._found(name, schema, node)
        if self._catalogue is None:
            return
        for code in self._catalogue.run_by_table(schema, name):
            self._findings.functions.append(
                Found(
                    name=code.function,
                    schema=code.schema,
                    offset=offset_of(node),
                    caller=f"a column of type {shown(code.type_name)} of {shown(name)}",
                )
            )

    def _found(self, name: str, schema: str | None, node: exp.Expr) -> None:
        found = Found(name=name, schema=schema, offset=offset_of(node))
        if self._catalogue is not None:
            exists = self._catalogue.columns(schema, name) is not None
            found = replace(found, exists=exists, also_reads=self._catalogue.also_read(schema, name))
        self._findings.tables.append(found)
