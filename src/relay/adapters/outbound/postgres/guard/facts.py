"""Walks a checked tree and says what it reads and calls; refuses what no policy may allow."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from sqlglot import exp

from relay.adapters.outbound.postgres.guard.catalogue import SYSTEM_COLUMNS, Catalogue
from relay.adapters.outbound.postgres.guard.cursor import offset_of
from relay.adapters.outbound.postgres.guard.implied_operators import implied_operators
from relay.adapters.outbound.postgres.guard.nodes import (
    Call,
    FieldSelection,
    Operation,
    SortItem,
    SpecialCall,
    TypeName,
    ValueFunction,
    Word,
)
from relay.adapters.outbound.postgres.guard.refusal import RefusedStatement, shown
from relay.adapters.outbound.postgres.guard.safe_functions import (
    SAFE_FUNCTIONS,
    SAFE_OPERATORS,
    UNSAFE_UNARY_FUNCTIONS,
)
from relay.adapters.outbound.postgres.guard.sources import Sources, sources_of
from relay.adapters.outbound.postgres.guard.system_views import SYSTEM_HINT, SYSTEM_VIEWS, is_system_schema
from relay.adapters.outbound.postgres.guard.type_rules import BUILT_IN_TYPES, REFUSED_TYPES, element_type
from relay.domain.errors import Reason
from relay.domain.facts import TableName

_MAX_FUNCTION_PARTS = 2
_REFUSED_VALUE_FUNCTIONS = frozenset(("current_role", "current_user", "session_user", "system_user", "user"))
"""They name database roles, which nobody needs to read data."""

_PLAIN_TOO = frozenset(("overlay", "substring"))
"""Forms that with commas alone are plain calls, of whatever the search path holds; the others are pg_catalog's."""

_QUALIFIED = "OPERATOR(pg_catalog."
ASSUMES_SEARCH_PATH = "tables without a schema are found in the resource's schemas"
ASSUMES_BUILT_INS = "no function or operator of the search path has the name of a built-in one"
ASSUMES_COLUMNS = "names after a table's name are its columns, not functions"


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A table or function with its place, before lines and columns."""

    name: str
    schema: str | None
    offset: int
    known_safe: bool = False
    also_reads: tuple[TableName, ...] = ()


@dataclass(slots=True, kw_only=True)
class Findings:
    """What the walk has found so far."""

    tables: list[Found] = field(default_factory=list)
    functions: list[Found] = field(default_factory=list)
    assumes: set[str] = field(default_factory=set)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Scope:
    """Names that are visible at a node: CTEs, and the sources of the queries around it, innermost first."""

    ctes: frozenset[str] = frozenset()
    sources: tuple[Sources, ...] = ()


def find(tree: exp.Expr, catalogue: Catalogue | None = None) -> Findings:
    """Walk the tree; without a catalogue the findings say what was assumed. Raises RefusedStatement."""
    walk = _Walk(catalogue)
    walk.run(tree)
    walk.findings.tables.sort(key=lambda found: found.offset)
    walk.findings.functions.sort(key=lambda found: found.offset)
    return walk.findings


def check_table(table: TableName, offset: int) -> bool:
    """Return whether the policy decides on a table; False for a readable system view, refused if it is another."""
    schema = table.schema
    if schema is None and table.name.startswith("pg_"):
        # pg_catalog is searched first, whatever the search path says.
        schema = "pg_catalog"
    if schema is None or not is_system_schema(schema):
        return True
    if (schema, table.name) in SYSTEM_VIEWS:
        return False
    raise RefusedStatement(
        f"system table {shown(schema)}.{shown(table.name)}", offset, hint=SYSTEM_HINT, reason=Reason.TABLE_NOT_ALLOWED
    )


class _Walk:
    """One walk over one tree, without recursion."""

    def __init__(self, catalogue: Catalogue | None) -> None:
        self._catalogue = catalogue
        self.findings = Findings()

    def run(self, tree: exp.Expr) -> None:
        pending: list[tuple[exp.Expr, _Scope]] = [(tree, _Scope())]
        while pending:
            node, scope = pending.pop()
            rule = _RULES.get(type(node))
            if rule is not None:
                rule(self, node, scope)
            for symbol in implied_operators(node):
                self._operator(symbol, node)
            if node.args.get("with_") is not None:
                pending.extend(self._enter_with(node, scope))
                continue
            if self._catalogue is not None and isinstance(node, exp.Select):
                scope = _Scope(ctes=scope.ctes, sources=(sources_of(node, scope.ctes), *scope.sources))
            pending.extend((child, scope) for child in node.iter_expressions())

    def _enter_with(self, node: exp.Expr, scope: _Scope) -> Iterator[tuple[exp.Expr, _Scope]]:
        with_ = node.args["with_"]
        names = frozenset(cte.args["alias"].this.name for cte in with_.expressions)
        inner = _Scope(ctes=scope.ctes | names, sources=scope.sources)
        seen = scope
        for cte in with_.expressions:
            yield from ((child, inner if with_.args.get("recursive") else seen) for child in cte.iter_expressions())
            seen = _Scope(ctes=seen.ctes | {cte.args["alias"].this.name}, sources=scope.sources)
        body_scope = inner
        if self._catalogue is not None and isinstance(node, exp.Select):
            body_scope = _Scope(ctes=inner.ctes, sources=(sources_of(node, inner.ctes), *scope.sources))
        yield from ((child, body_scope) for child in node.iter_expressions() if child is not with_)

    def table(self, node: exp.Expr, scope: _Scope) -> None:
        schema = node.args.get("db")
        name = node.this.name
        if schema is None and name in scope.ctes:
            return
        table = TableName(name=name, schema=None if schema is None else schema.name)
        if check_table(table, offset_of(node)):
            self._table(name, table.schema, node)
            if schema is None and self._catalogue is None:
                self.findings.assumes.add(ASSUMES_SEARCH_PATH)

    def call(self, node: exp.Expr, _: _Scope) -> None:
        names = [part.name for part in node.args["parts"]]
        if len(names) > _MAX_FUNCTION_PARTS:
            raise RefusedStatement(
                "a function's name with a database in it", offset_of(node), hint="write schema.function"
            )
        if names[0] == "pg_catalog" and len(names) > 1:
            safe = names[-1] in SAFE_FUNCTIONS
            self.findings.functions.append(Found(name=names[-1], schema=None, offset=offset_of(node), known_safe=safe))
            return
        self._function(names[-1], names[0] if len(names) > 1 else None, node)

    def value_function(self, node: exp.Expr, _: _Scope) -> None:
        name = node.args["name"]
        safe = name not in _REFUSED_VALUE_FUNCTIONS
        self.findings.functions.append(Found(name=name, schema=None, offset=offset_of(node), known_safe=safe))

    def special_call(self, node: exp.Expr, _: _Scope) -> None:
        words = [item.this for item in node.expressions if isinstance(item, Word)]
        if node.args["name"] in _PLAIN_TOO and set(words) <= {","}:
            self._function(node.args["name"], None, node)

    def operation(self, node: exp.Expr, _: _Scope) -> None:
        self._operator(node.args["operator"], node)

    def sort_item(self, node: exp.Expr, _: _Scope) -> None:
        if using := node.args.get("using"):
            self._operator(using, node)

    def type_name(self, node: exp.Expr, _: _Scope) -> None:
        name, schema = element_type(node.args["name"]), node.args.get("schema")
        built_in = schema in (None, "pg_catalog")
        if built_in and name in REFUSED_TYPES:
            raise RefusedStatement(
                f"type {name}, because {REFUSED_TYPES[name]}", offset_of(node), hint="use a type that holds values"
            )
        if built_in and name in BUILT_IN_TYPES:
            return
        if self._catalogue is not None and self._catalogue.columns(schema, name) is not None:
            # A table's row type shows the table's columns.
            self._table(name, schema, node)
            return
        if self._catalogue is not None and self._catalogue.runs_own_code(name):
            raise _own_code(f"a cast to {shown(name)}, which runs a function", node, "compare as text instead")
        self.findings.assumes.add(f"type {shown(name)} only reads and writes its own values")

    def column(self, node: exp.Expr, scope: _Scope) -> None:
        qualifier = node.args.get("table")
        if qualifier is None or isinstance(node.this, exp.Star):
            return
        if self._catalogue is None:
            self._assume_column(node.this.name, node)
            return
        schema = node.args.get("db")
        if not self._is_column(node.this.name, qualifier.name, None if schema is None else schema.name, scope):
            self._function(node.this.name, None, node)

    def field(self, node: exp.Expr, _: _Scope) -> None:
        if isinstance(node.expression, exp.Star):
            return
        if self._catalogue is None:
            self._assume_column(node.expression.name, node)
        elif self._may_be_called(node.expression.name):
            self.findings.functions.append(Found(name=node.expression.name, schema=None, offset=offset_of(node)))

    def _assume_column(self, name: str, node: exp.Expr) -> None:
        """Without a catalogue a name after a dot is taken for a column, unless the server has such a function."""
        self.findings.assumes.add(ASSUMES_COLUMNS)
        if name in UNSAFE_UNARY_FUNCTIONS:
            self.findings.functions.append(Found(name=name, schema=None, offset=offset_of(node)))

    def _may_be_called(self, name: str) -> bool:
        """Whether `(value).name` may call a function that is not known to be safe."""
        own = self._catalogue is not None and self._catalogue.is_row_function(name)
        return own or name in UNSAFE_UNARY_FUNCTIONS

    def _is_column(self, name: str, qualifier: str, schema: str | None, scope: _Scope) -> bool:
        catalogue = self._catalogue
        if catalogue is None or name in SYSTEM_COLUMNS:
            return True
        for sources in scope.sources:
            source = sources.find(qualifier, schema)
            if source is None:
                continue
            columns = None if source.table is None else catalogue.columns(source.table.schema, source.table.name)
            if columns is None or source.renames_columns:
                return name in source.column_names or not self._may_be_called(name)
            return name in columns
        return False

    def _table(self, name: str, schema: str | None, node: exp.Expr) -> None:
        also = () if self._catalogue is None else self._catalogue.also_read(schema, name)
        self.findings.tables.append(Found(name=name, schema=schema, offset=offset_of(node), also_reads=also))

    def _function(self, name: str, schema: str | None, node: exp.Expr) -> None:
        safe = schema is None and name in SAFE_FUNCTIONS
        if safe and self._catalogue is not None and self._catalogue.is_own_function(name):
            raise _own_code(f"{shown(name)}, which is a function", node, f"write pg_catalog.{shown(name)}")
        self.findings.functions.append(Found(name=name, schema=schema, offset=offset_of(node), known_safe=safe))
        if safe and self._catalogue is None:
            self.findings.assumes.add(ASSUMES_BUILT_INS)

    def _operator(self, operator: str, node: exp.Expr) -> None:
        is_qualified = operator.startswith(_QUALIFIED)
        symbol = operator[len(_QUALIFIED) : -1] if is_qualified else operator
        if not is_qualified and self._catalogue is not None and self._catalogue.is_own_operator(symbol):
            raise _own_code(f"{symbol}, which is an operator", node, f"write OPERATOR(pg_catalog.{symbol})")
        if symbol[0].isalpha() or symbol in SAFE_OPERATORS:
            return
        self.findings.functions.append(Found(name=symbol, schema=None, offset=offset_of(node)))


def _own_code(what: str, node: exp.Expr, hint: str) -> RefusedStatement:
    return RefusedStatement(
        f"{what} of this database's own too", offset_of(node), hint=hint, reason=Reason.FUNCTION_NOT_ALLOWED
    )


_RULES: Mapping[type[exp.Expr], Callable[[_Walk, exp.Expr, _Scope], None]] = MappingProxyType(
    {
        exp.Table: _Walk.table,
        exp.Column: _Walk.column,
        Call: _Walk.call,
        ValueFunction: _Walk.value_function,
        SpecialCall: _Walk.special_call,
        Operation: _Walk.operation,
        SortItem: _Walk.sort_item,
        TypeName: _Walk.type_name,
        FieldSelection: _Walk.field,
    }
)
