"""What a type brings with it: the tables whose rows it shows, the database's own code that it runs."""

from __future__ import annotations

from sqlglot import exp

from relay.adapters.outbound.postgres.guard.catalogue import Catalogue
from relay.adapters.outbound.postgres.guard.cursor import offset_of
from relay.adapters.outbound.postgres.guard.findings import ASSUMES_COLUMNS, Findings, Found
from relay.adapters.outbound.postgres.guard.refusal import RefusedStatement, shown
from relay.adapters.outbound.postgres.guard.table_uses import TableUses
from relay.adapters.outbound.postgres.guard.type_rules import BUILT_IN_TYPES, REFUSED_TYPES, element_type


class TypeUses:
    """Finds the types of one walk."""

    def __init__(self, *, catalogue: Catalogue | None, findings: Findings, tables: TableUses) -> None:
        self._catalogue = catalogue
        self._findings = findings
        self._tables = tables

    def name(self, node: exp.Expr) -> None:
        """Find what a type that a statement names reads or runs. Raises RefusedStatement."""
        name, schema = element_type(node.args["name"]), node.args.get("schema")
        built_in = schema in (None, "pg_catalog")
        if built_in and name in REFUSED_TYPES:
            raise RefusedStatement(
                f"type {name}, because {REFUSED_TYPES[name]}", offset_of(node), hint="use a type that holds values"
            )
        if built_in and name in BUILT_IN_TYPES:
            self._run("pg_catalog", name, node)
            return
        if self._catalogue is None:
            self._findings.assumes.add(f"type {shown(name)} only reads and writes its own values")
        else:
            self._own_type(node.args["name"], schema, node, self._catalogue)

    def attribute(self, name: str, node: exp.Expr) -> None:
        """Take `(value).name` for a cast where there is a type of that name."""
        if self._catalogue is None:
            self._findings.assumes.add(ASSUMES_COLUMNS)
        elif not self._catalogue.is_row_type(name):
            self._run(None, name, node)
            for table in self._catalogue.tables_of_type(None, name) or ():
                self._tables.use(table.name, table.schema, node)

    def _own_type(self, name: str, schema: str | None, node: exp.Expr, catalogue: Catalogue) -> None:
        self._run(schema, name, node)
        tables = catalogue.tables_of_type(schema, name)
        if tables is None or (schema is not None and schema not in catalogue.shown.schemas):
            # An enum of a hidden schema shows its labels, a composite its columns.
            # Said as of a table: whether a hidden table's type is there is the policy's to tell.
            bare = name.lstrip("_") or name
            self._findings.tables.append(Found(name=bare, schema=schema, offset=offset_of(node), exists=False))
        for table in tables or ():
            # A table's row type shows the table's columns.
            self._tables.use(table.name, table.schema, node)

    def _run(self, schema: str | None, name: str, node: exp.Expr) -> None:
        if self._catalogue is None:
            return
        for code in self._catalogue.run_by_type(schema, name):
            caller = f"type {shown(code.type_name)}"
            self._findings.functions.append(
                Found(name=code.function, schema=code.schema, offset=offset_of(node), caller=caller)
            )
