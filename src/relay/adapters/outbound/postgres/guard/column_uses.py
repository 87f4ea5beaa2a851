"""Tells columns from what else a name after a dot may be: a function, a cast."""

from __future__ import annotations

from sqlglot import exp

from relay.adapters.outbound.postgres.guard.catalogue import SYSTEM_COLUMNS, Catalogue
from relay.adapters.outbound.postgres.guard.cursor import offset_of
from relay.adapters.outbound.postgres.guard.findings import Findings
from relay.adapters.outbound.postgres.guard.function_uses import FunctionUses
from relay.adapters.outbound.postgres.guard.references import NO_ATTRIBUTES
from relay.adapters.outbound.postgres.guard.refusal import RefusedStatement, shown
from relay.adapters.outbound.postgres.guard.safe_functions import UNSAFE_UNARY_FUNCTIONS
from relay.adapters.outbound.postgres.guard.sources import Scope
from relay.adapters.outbound.postgres.guard.system_views import is_system_schema
from relay.adapters.outbound.postgres.guard.type_uses import TypeUses
from relay.adapters.outbound.postgres.guard.work_rules import WorkRules
from relay.domain.errors import Reason


class ColumnUses:
    """Looks at the names after dots of one walk."""

    def __init__(
        self,
        *,
        catalogue: Catalogue | None,
        findings: Findings,
        functions: FunctionUses,
        types: TypeUses,
        work: WorkRules,
    ) -> None:
        self._catalogue = catalogue
        self._findings = findings
        self._functions = functions
        self._types = types
        self._work = work

    def column(self, node: exp.Expr, scope: Scope) -> None:
        """Tell a column with a qualifier from a call."""
        qualifier = node.args.get("table")
        if qualifier is None:
            return
        schema = node.args.get("db")
        if schema is not None and self._is_sub_query(schema.name, qualifier.name):
            self._without_schema(node, qualifier.name, schema.name, scope)
        if isinstance(node.this, exp.Star):
            return
        if not self._is_column(node.this.name, qualifier.name, None if schema is None else schema.name, scope, node):
            self._called_column(node.this.name, qualifier.name, node)

    def _called_column(self, name: str, qualifier: str, node: exp.Expr) -> None:
        """Take `c.name` for a call of a function of that name; without one it is a slip of the pen."""
        catalogue = self._catalogue
        is_function = catalogue is None or catalogue.is_built_in_function(name) or catalogue.is_row_function(name)
        if is_function or (catalogue is not None and catalogue.schemas_of_function(name, with_extensions=True)):
            self._functions.function(name, None, node)
        else:
            self._findings.missing.append((qualifier, name, offset_of(node)))

    def _is_sub_query(self, schema: str, table: str) -> bool:
        """Whether a sub-query, called like it, stands for the relation in what runs."""
        if is_system_schema(schema):
            return True
        catalogue = self._catalogue
        return catalogue is not None and (catalogue.is_protected(schema, table) or catalogue.is_protected(None, table))

    def _without_schema(self, node: exp.Expr, qualifier: str, schema: str, scope: Scope) -> None:
        """Take the schema from the column of a relation that becomes a sub-query."""
        if self._catalogue is None:
            return
        for sources in scope.sources:
            found = sources.find(qualifier, None)
            if found is not None and found is sources.find(qualifier, schema):
                node.set("db", None)
                return
            if found is not None:
                break
        raise RefusedStatement(
            f"{shown(schema)}.{shown(qualifier)} as a column's table",
            offset_of(node),
            hint="give it an alias, and write alias.column",
        )

    def field(self, node: exp.Expr) -> None:
        """Look at `(value).name`."""
        if not isinstance(node.expression, exp.Star):
            self._attribute(node.expression.name, node)

    def _attribute(self, name: str, node: exp.Expr) -> None:
        """Look at a name after a dot that no table is known to have as a column."""
        self._work.attribute(name, node)
        if name in NO_ATTRIBUTES:
            raise RefusedStatement(
                f"{name} after a dot",
                offset_of(node),
                hint=f'write {name}(…) or a cast; put a column in another alias: AS "{name}_"',
                reason=Reason.FUNCTION_NOT_ALLOWED,
            )
        self._types.attribute(name, node)
        if name in UNSAFE_UNARY_FUNCTIONS or (self._catalogue is not None and self._catalogue.is_row_function(name)):
            self._functions.function(name, None, node)

    def _is_column(self, name: str, qualifier: str, schema: str | None, scope: Scope, node: exp.Expr) -> bool:
        """Whether a qualified name is a column, or was dealt with as what else it may be."""
        catalogue = self._catalogue
        if name in SYSTEM_COLUMNS:
            return True
        if catalogue is None:
            self._attribute(name, node)
            return True
        for sources in scope.sources:
            source = sources.find(qualifier, schema)
            if source is None:
                continue
            columns = None if source.table is None else catalogue.columns(source.table.schema, source.table.name)
            if columns is not None and not source.renames_columns:
                return name in columns
            if name not in source.column_names:
                self._attribute(name, node)
            return True
        return False
