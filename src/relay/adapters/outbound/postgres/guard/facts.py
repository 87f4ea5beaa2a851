"""Walks a checked tree and says what it reads and calls; refuses what no policy may allow."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from sqlglot import exp

from relay.adapters.outbound.postgres.guard.catalogue import SYSTEM_COLUMNS, Catalogue
from relay.adapters.outbound.postgres.guard.cursor import offset_of
from relay.adapters.outbound.postgres.guard.implied_operators import implied_operators
from relay.adapters.outbound.postgres.guard.nodes import (
    ArrayLiteral,
    ArrayQuery,
    Call,
    FieldSelection,
    Operation,
    SortItem,
    SpecialCall,
    TableStatement,
    TypeCast,
    TypedLiteral,
    TypeName,
    ValueFunction,
    Word,
)
from relay.adapters.outbound.postgres.guard.reference_rules import ReferenceRules
from relay.adapters.outbound.postgres.guard.references import NO_ATTRIBUTES
from relay.adapters.outbound.postgres.guard.refusal import RefusedStatement, shown
from relay.adapters.outbound.postgres.guard.safe_functions import (
    SAFE_FUNCTIONS,
    SAFE_OPERATORS,
    UNSAFE_UNARY_FUNCTIONS,
)
from relay.adapters.outbound.postgres.guard.sources import Scope, Sources, source_of, sources_of
from relay.adapters.outbound.postgres.guard.system_views import SYSTEM_HINT, is_system_schema, system_view
from relay.adapters.outbound.postgres.guard.type_rules import BUILT_IN_TYPES, CAST_CALLS, REFUSED_TYPES, element_type
from relay.adapters.outbound.postgres.guard.work_rules import WorkRules
from relay.domain.errors import Reason
from relay.domain.facts import TableName
from relay.domain.json_value import JsonValue

_MAX_FUNCTION_PARTS = 2
_SAFE_CALLS = SAFE_FUNCTIONS | CAST_CALLS
_REFUSED_VALUE_FUNCTIONS = frozenset(("current_role", "current_user", "session_user", "system_user", "user"))
"""They name database roles, which nobody needs to read data."""

_PLAIN_TOO = frozenset(("overlay", "substring"))
"""Forms that with commas alone are plain calls, of whatever the search path holds; the others are pg_catalog's."""

_QUALIFIED = "OPERATOR(pg_catalog."
ASSUMES_SEARCH_PATH = "tables without a schema are found in the resource's schemas"
ASSUMES_BUILT_INS = "no function or operator of the search path has the name of a built-in one"
ASSUMES_FILTERS = "system views are read through a filter that leaves only what the policy shows"
ASSUMES_COLUMNS = "names after a table's name are its columns, not functions"


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A table or function with its place, before lines and columns."""

    name: str
    schema: str | None
    offset: int
    known_safe: bool = False
    instead: str | None = None
    also_reads: tuple[TableName, ...] = ()
    exists: bool = True


@dataclass(slots=True, kw_only=True)
class Findings:
    """What the walk has found so far; `views` are the places that read system views, for their filters.

    `missing` are qualifier, name and place of what is neither a column nor any function.
    """

    tables: list[Found] = field(default_factory=list)
    functions: list[Found] = field(default_factory=list)
    assumes: set[str] = field(default_factory=set)
    views: list[exp.Expr] = field(default_factory=list)
    missing: list[tuple[str, str, int]] = field(default_factory=list)


def find(tree: exp.Expr, catalogue: Catalogue | None = None, parameters: Sequence[JsonValue] = ()) -> Findings:
    """Walk the tree; without a catalogue the findings say what was assumed. Raises RefusedStatement."""
    walk = _Walk(catalogue, tree, parameters)
    walk.run(tree)
    walk.references.finish()
    walk.work.finish()
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
    if system_view(table) is not None:
        return False
    raise RefusedStatement(
        f"system table {shown(schema)}.{shown(table.name)}", offset, hint=SYSTEM_HINT, reason=Reason.TABLE_NOT_ALLOWED
    )


class _Walk:
    """One walk over one tree, without recursion."""

    def __init__(self, catalogue: Catalogue | None, root: exp.Expr, parameters: Sequence[JsonValue]) -> None:
        self._catalogue = catalogue
        self.findings = Findings()
        self.references = ReferenceRules(catalogue=catalogue, root=root, uses=self._relation)
        self.work = WorkRules(parameters=parameters, sources=self.references.sources)

    def run(self, tree: exp.Expr) -> None:
        pending: list[tuple[exp.Expr, Scope]] = [(tree, Scope())]
        while pending:
            node, scope = pending.pop()
            rule = _RULES.get(type(node))
            if rule is not None:
                rule(self, node, scope)
            for symbol in implied_operators(node):
                self._operator(symbol, node)
            self.references.source(node, scope)
            if node.args.get("with_") is not None:
                pending.extend(self._enter_with(node, scope))
            else:
                pending.extend(_inside(node, scope))

    def _enter_with(self, node: exp.Expr, scope: Scope) -> Iterator[tuple[exp.Expr, Scope]]:
        with_ = node.args["with_"]
        names = frozenset(cte.args["alias"].this.name for cte in with_.expressions)
        inner = replace(scope, ctes=scope.ctes | names)
        seen = scope
        for cte in with_.expressions:
            yield from ((child, inner if with_.args.get("recursive") else seen) for child in cte.iter_expressions())
            seen = replace(seen, ctes=seen.ctes | {cte.args["alias"].this.name})
        yield from ((child, child_scope) for child, child_scope in _inside(node, inner) if child is not with_)

    def table(self, node: exp.Expr, scope: Scope) -> None:
        schema = node.args.get("db")
        name = node.this.name
        if schema is None and name in scope.ctes:
            return
        table = TableName(name=name, schema=None if schema is None else schema.name)
        if not check_table(table, offset_of(node)):
            self.findings.views.append(node)
            if self._catalogue is None:
                self.findings.assumes.add(ASSUMES_FILTERS)
            return
        self._table(name, table.schema, node)
        if schema is None and self._catalogue is None:
            self.findings.assumes.add(ASSUMES_SEARCH_PATH)

    def join(self, node: exp.Expr, _: Scope) -> None:
        self.references.merged(node)

    def cast(self, node: exp.Expr, scope: Scope) -> None:
        self.references.cast(node, scope)
        self.work.cast(node)

    def literal(self, node: exp.Expr, _: Scope) -> None:
        self.work.literal(node)

    def array(self, node: exp.Expr, _: Scope) -> None:
        self.work.array(node)

    def call(self, node: exp.Expr, scope: Scope) -> None:
        self.references.call(node, scope)
        self.work.call(node)
        names = [part.name for part in node.args["parts"]]
        if len(names) > _MAX_FUNCTION_PARTS:
            raise RefusedStatement(
                "a function's name with a database in it", offset_of(node), hint="write schema.function"
            )
        if names[0] == "pg_catalog" and len(names) > 1:
            safe = names[-1] in _SAFE_CALLS
            self.findings.functions.append(Found(name=names[-1], schema=None, offset=offset_of(node), known_safe=safe))
            return
        self._function(names[-1], names[0] if len(names) > 1 else None, node)

    def value_function(self, node: exp.Expr, _: Scope) -> None:
        name = node.args["name"]
        safe = name not in _REFUSED_VALUE_FUNCTIONS
        self.findings.functions.append(Found(name=name, schema=None, offset=offset_of(node), known_safe=safe))

    def special_call(self, node: exp.Expr, _: Scope) -> None:
        self.work.call(node)
        name, words = node.args["name"], {item.this for item in node.expressions if isinstance(item, Word)}
        if name in _PLAIN_TOO and words <= {","}:
            self._function(name, None, node)
        elif name.startswith("json") and self._catalogue is not None:
            # Before 16 and 17 these are names like any other: a function of the customer's own is what is called.
            for schema in self._catalogue.schemas_of_function(name, with_extensions=True):
                self.findings.functions.append(Found(name=name, schema=schema, offset=offset_of(node)))

    def operation(self, node: exp.Expr, _: Scope) -> None:
        self.work.operation(node)
        self._operator(node.args["operator"], node)

    def sort_item(self, node: exp.Expr, _: Scope) -> None:
        if using := node.args.get("using"):
            self._operator(using, node)

    def type_name(self, node: exp.Expr, _: Scope) -> None:
        self.references.type_name(node)
        self.work.type_name(node)
        name, schema = element_type(node.args["name"]), node.args.get("schema")
        built_in = schema in (None, "pg_catalog")
        if built_in and name in REFUSED_TYPES:
            raise RefusedStatement(
                f"type {name}, because {REFUSED_TYPES[name]}", offset_of(node), hint="use a type that holds values"
            )
        if built_in and name in BUILT_IN_TYPES:
            return
        if self._catalogue is None:
            self.findings.assumes.add(f"type {shown(name)} only reads and writes its own values")
        else:
            self._own_type(node.args["name"], schema, node, self._catalogue)

    def _own_type(self, name: str, schema: str | None, node: exp.Expr, catalogue: Catalogue) -> None:
        if catalogue.runs_own_code(name):
            raise _own_code(f"a cast to {shown(name)}, which runs a function", node, "compare as text instead")
        tables = catalogue.tables_of_type(schema, name)
        if tables is None:
            # Said as of a table: whether a hidden table's type is there is the policy's to tell.
            bare = name.lstrip("_") or name
            self.findings.tables.append(Found(name=bare, schema=schema, offset=offset_of(node), exists=False))
        for table in tables or ():
            # A table's row type shows the table's columns.
            self._table(table.name, table.schema, node)

    def column(self, node: exp.Expr, scope: Scope) -> None:
        qualifier = node.args.get("table")
        if qualifier is None or isinstance(node.this, exp.Star):
            return
        schema = node.args.get("db")
        if schema is not None and is_system_schema(schema.name):
            self._without_schema(node, qualifier.name, schema.name, scope)
        if not self._is_column(node.this.name, qualifier.name, None if schema is None else schema.name, scope, node):
            self._called_column(node.this.name, qualifier.name, node)

    def _called_column(self, name: str, qualifier: str, node: exp.Expr) -> None:
        """Take `c.name` for a call of a function of that name; without one it is a slip of the pen."""
        catalogue = self._catalogue
        is_function = catalogue is None or catalogue.is_built_in_function(name) or catalogue.is_row_function(name)
        if is_function or (catalogue is not None and catalogue.schemas_of_function(name, with_extensions=True)):
            self._function(name, None, node)
        else:
            self.findings.missing.append((qualifier, name, offset_of(node)))

    def _without_schema(self, node: exp.Expr, qualifier: str, schema: str, scope: Scope) -> None:
        """Take the schema from a system view's column: the filtered view is a sub-query, called like the view."""
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
            hint="give the view an alias, and write alias.column",
        )

    def field(self, node: exp.Expr, _: Scope) -> None:
        if not isinstance(node.expression, exp.Star):
            self._attribute(node.expression.name, node)

    def _attribute(self, name: str, node: exp.Expr) -> None:
        """Look at a name after a dot that no table is known to have as a column."""
        self.work.attribute(name, node)
        if name in NO_ATTRIBUTES:
            raise RefusedStatement(
                f"{name} after a dot",
                offset_of(node),
                hint=f'write {name}(…) or a cast; put a column in another alias: AS "{name}_"',
                reason=Reason.FUNCTION_NOT_ALLOWED,
            )
        if self._catalogue is None:
            self.findings.assumes.add(ASSUMES_COLUMNS)
        elif self._catalogue.runs_own_code(name) or self._catalogue.tables_of_type(None, name):
            # (value).type is a cast, too.
            self._own_type(name, None, node, self._catalogue)
        if name in UNSAFE_UNARY_FUNCTIONS or (self._catalogue is not None and self._catalogue.is_row_function(name)):
            self._function(name, None, node)

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

    def _relation(self, table: TableName, node: exp.Expr) -> None:
        """Count a relation that a literal names as one that is read; an index as its table."""
        if not check_table(table, offset_of(node)):
            return
        catalogue = self._catalogue
        if catalogue is not None and catalogue.columns(table.schema, table.name) is None:
            table = catalogue.table_of_index(table.schema, table.name) or table
        self._table(table.name, table.schema, node)

    def _table(self, name: str, schema: str | None, node: exp.Expr) -> None:
        found = Found(name=name, schema=schema, offset=offset_of(node))
        if self._catalogue is not None:
            exists = self._catalogue.columns(schema, name) is not None
            found = replace(found, exists=exists, also_reads=self._catalogue.also_read(schema, name))
        self.findings.tables.append(found)

    def _function(self, name: str, schema: str | None, node: exp.Expr) -> None:
        found = Found(name=name, schema=schema, offset=offset_of(node))
        catalogue = self._catalogue
        if schema is not None or catalogue is None:
            safe = schema is None and name in _SAFE_CALLS
            self.findings.functions.append(replace(found, known_safe=safe))
            if safe:
                self.findings.assumes.add(ASSUMES_BUILT_INS)
            return
        built_in = name in _SAFE_CALLS
        own = catalogue.schemas_of_function(name, with_extensions=not built_in)
        self._candidates(found, own, built_in, catalogue.is_built_in_function(name), f"pg_catalog.{shown(name)}")

    def _operator(self, operator: str, node: exp.Expr) -> None:
        is_qualified = operator.startswith(_QUALIFIED)
        symbol = operator[len(_QUALIFIED) : -1] if is_qualified else operator
        if symbol[0].isalpha():
            return
        built_in = symbol in SAFE_OPERATORS
        own: tuple[str, ...] = ()
        catalogue = self._catalogue
        if catalogue is not None and not is_qualified:
            own = catalogue.schemas_of_operator(symbol, with_extensions=not built_in)
        if not built_in or own:
            found = Found(name=symbol, schema=None, offset=offset_of(node))
            self._candidates(found, own, built_in, False, f"OPERATOR(pg_catalog.{symbol})")

    def _candidates(self, found: Found, own: tuple[str, ...], safe: bool, shadows: bool, instead: str) -> None:
        """Report everything that a name may mean: PostgreSQL picks by the types of the arguments, across schemas.

        `safe`: a built-in one of that name is on the list; `shadows`: there is a built-in one at all.
        """
        candidates = [replace(found, schema=schema, instead=instead if safe else None) for schema in own]
        if safe or shadows or not own:
            candidates.insert(0, replace(found, known_safe=safe))
        self.findings.functions.extend(candidates)


def _inside(node: exp.Expr, scope: Scope) -> Iterator[tuple[exp.Expr, Scope]]:
    """Yield a node's children, each with what is visible there."""
    if isinstance(node, exp.Select):
        inner = Scope(ctes=scope.ctes, sources=(sources_of(node, scope.ctes), *scope.sources))
        own_from = replace(inner, in_from=True)
        for child in node.iter_expressions():
            yield child, own_from if child.arg_key in ("from_", "joins") else inner
        return
    if isinstance(node, TableStatement):
        source = source_of(node.this, scope.ctes)
        scope = Scope(ctes=scope.ctes, sources=(Sources(entries=() if source is None else (source,)), *scope.sources))
    yield from ((child, scope) for child in node.iter_expressions())


def _own_code(what: str, node: exp.Expr, hint: str) -> RefusedStatement:
    return RefusedStatement(
        f"{what} of this database's own too", offset_of(node), hint=hint, reason=Reason.FUNCTION_NOT_ALLOWED
    )


_RULES: Mapping[type[exp.Expr], Callable[[_Walk, exp.Expr, Scope], None]] = MappingProxyType(
    {
        exp.Table: _Walk.table,
        exp.Join: _Walk.join,
        exp.Literal: _Walk.literal,
        ArrayLiteral: _Walk.array,
        ArrayQuery: _Walk.array,
        TypeCast: _Walk.cast,
        TypedLiteral: _Walk.cast,
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
