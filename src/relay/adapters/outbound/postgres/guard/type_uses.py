"""What a type brings with it: the tables whose rows it shows, the database's own code that it runs."""

from __future__ import annotations

from sqlglot import exp

from relay.adapters.outbound.postgres.guard.catalogue import Catalogue
from relay.adapters.outbound.postgres.guard.cursor import offset_of
from relay.adapters.outbound.postgres.guard.findings import ASSUMES_COLUMNS, Findings, Found
from relay.adapters.outbound.postgres.guard.refusal import RefusedStatement, shown
from relay.adapters.outbound.postgres.guard.table_uses import TableUses
from relay.adapters.outbound.postgres.guard.type_rules import BUILT_IN_TYPES, REFUSED_TYPES, element_type
from relay.domain.errors import Reason


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
            return
        if self._catalogue is None:
            self._findings.assumes.add(f"type {shown(name)} only reads and writes its own values")
        else:
            self._own_type(node.args["name"], schema, node, self._catalogue)

    def attribute(self, name: str, node: exp.Expr) -> None:
        """Take `(value).name` for a cast where there is a type of that name."""
        if self._catalogue is None:
            self._findings.assumes.add(ASSUMES_COLUMNS)
        elif self._catalogue.runs_own_code(name) or self._catalogue.tables_of_type(None, name):
            self._own_type(name, None, node, self._catalogue)

    def _own_type(self, name: str, schema: str | None, node: exp.Expr, catalogue: Catalogue) -> None:
        if catalogue.runs_own_code(name):
            raise _own_code(f"a cast to {shown(name)}, which runs a function", node, "compare as text instead")
        tables = catalogue.tables_of_type(schema, name)
        if tables is None:
            # Said as of a table: whether a hidden table's type is there is the policy's to tell.
            bare = name.lstrip("_") or name
            self._findings.tables.append(Found(name=bare, schema=schema, offset=offset_of(node), exists=False))
        for table in tables or ():
            # A table's row type shows the table's columns.
            self._tables.use(table.name, table.schema, node)


def _own_code(what: str, node: exp.Expr, hint: str) -> RefusedStatement:
    return RefusedStatement(
        f"{what} of this database's own too", offset_of(node), hint=hint, reason=Reason.FUNCTION_NOT_ALLOWED
    )
