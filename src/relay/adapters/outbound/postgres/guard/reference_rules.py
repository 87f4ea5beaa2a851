"""Where references to relations, types and databases may come from, and where they may go."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from itertools import chain

from sqlglot import exp

from relay.adapters.outbound.postgres.guard import references
from relay.adapters.outbound.postgres.guard.catalogue import Catalogue
from relay.adapters.outbound.postgres.guard.nodes import Call, TypeCast, TypedLiteral, ValueFunction
from relay.adapters.outbound.postgres.guard.references import reference_type, refused, without_parentheses
from relay.adapters.outbound.postgres.guard.refusal import RefusedStatement
from relay.adapters.outbound.postgres.guard.sources import Scope, Source, source_of
from relay.adapters.outbound.postgres.guard.system_views import SYSTEM_SCHEMAS, SystemView, system_view
from relay.domain.facts import TableName

Wanted = Callable[[Source], bool]
"""Whether the column that is asked for may come from a source."""


class ReferenceRules:
    """Looks at the nodes of one walk; `uses` is told which relation a literal names, and where."""

    def __init__(
        self, *, catalogue: Catalogue | None, root: exp.Expr, uses: Callable[[TableName, exp.Expr], None]
    ) -> None:
        self._catalogue = catalogue
        self._root = root
        self._uses = uses
        self.sources: defaultdict[str, list[Source]] = defaultdict(list)
        self._pending: list[tuple[str, str | None, Wanted, exp.Expr, str]] = []
        self._accepted: set[int] = set()

    def source(self, node: exp.Expr, scope: Scope) -> None:
        """Remember what a source is called."""
        found = source_of(node, scope.ctes)
        if found is not None:
            self.sources[found.name].append(found)

    def merged(self, node: exp.Expr) -> None:
        """Remember the name of a join's merged columns."""
        if (alias := node.args.get("using_alias")) is not None:
            self.sources[alias.name].append(Source(name=alias.name, aliased=True))

    def finish(self) -> None:
        """Check columns with a qualifier, now that every source is known: all of that name must be fit."""
        for qualifier, schema, wanted, node, kind in self._pending:
            found = [source for source in self.sources[qualifier] if schema is None or not source.aliased]
            if not found or not all(wanted(source) for source in found):
                raise self._refused_column(node, kind)

    def cast(self, node: exp.Expr, scope: Scope) -> None:
        """Check a cast, or a literal with its type."""
        kind = reference_type(node)
        if kind is None:
            return
        self._accepted.add(id(node.args["to"]))
        self._operand(node.this, kind, node, scope)
        self._context(node, kind, scope)

    def call(self, node: exp.Expr, scope: Scope) -> None:
        """Check a call of a function that takes a reference, or returns one."""
        name = references.function_name(node)
        arguments = references.plain_arguments(node)
        if name == "pg_typeof":
            self._context(node, "regtype", scope)
        elif name in references.SIZE_FUNCTIONS:
            if not arguments:
                raise refused(f"{name} of something else than a table's name", node, "regclass")
            self._operand(arguments[0], "regclass", node, scope)
        elif name == references.DATABASE_SIZE:
            self._database(arguments, node, scope)
        elif name in references.PARSING_FUNCTIONS:
            text = references.literal_text(arguments[1]) if len(arguments) > 1 else None
            references.check_type_text(text or "", node, "parsing")

    def type_name(self, node: exp.Expr) -> None:
        """Refuse a reference's type where no rule has looked at what becomes of it."""
        if references.names_reference(node) and id(node) not in self._accepted:
            raise refused(f"type {node.args['name']} here", node, "regclass")

    def _context(self, node: exp.Expr, kind: str, scope: Scope) -> None:
        for operand in references.check_context(node, kind, self._root):
            if reference_type(without_parentheses(operand)) is None:
                self._operand(operand, kind, node, scope)

    def _operand(self, operand: exp.Expr, kind: str, node: exp.Expr, scope: Scope) -> None:
        operand = without_parentheses(operand)
        text = references.literal_text(operand)
        if text is not None:
            self._literal(text, kind, node)
        elif kind == "regclass" and isinstance(operand, exp.Column):
            self._column(operand, scope, kind, self._holds_relation(operand.this.name))
        elif not isinstance(operand, exp.Null) and not (
            isinstance(node, Call) and isinstance(operand, TypeCast | TypedLiteral) and reference_type(operand) == kind
        ):
            raise refused(f"a {kind} made of something else than a name", node, kind)

    def _literal(self, text: str, kind: str, node: exp.Expr) -> None:
        if kind == "regclass":
            self._uses(references.named_relation(text, node), node)
        elif kind == "regtype":
            references.check_type_text(text, node, kind)
        elif self._catalogue is not None and text not in {*self._catalogue.shown.schemas, *SYSTEM_SCHEMAS}:
            raise refused("another schema's name", node, kind)

    def _database(self, arguments: list[exp.Expr], node: exp.Expr, scope: Scope) -> None:
        operand = without_parentheses(arguments[0]) if arguments else node
        if isinstance(operand, exp.Column):
            self._column(operand, scope, references.DATABASE_SIZE, _holds_database(operand.this.name))
            return
        is_current = (isinstance(operand, ValueFunction) and operand.args["name"] == "current_catalog") or (
            isinstance(operand, Call) and references.function_name(operand) == "current_database"
        )
        if not is_current:
            raise refused("the size of another database", node, references.DATABASE_SIZE)

    def _column(self, node: exp.Expr, scope: Scope, kind: str, wanted: Wanted) -> None:
        qualifier = node.args.get("table")
        if qualifier is not None:
            schema = node.args.get("db")
            self._pending.append((qualifier.name, None if schema is None else schema.name, wanted, node, kind))
            return
        # Only the innermost query can be told for sure, and not from within its own FROM.
        innermost = scope.sources[0] if scope.sources and not scope.in_from else None
        fitting = [] if innermost is None else [wanted(source) for source in innermost.entries]
        if innermost is None or not any(fitting) or (innermost.merges and not all(fitting)):
            raise self._refused_column(node, kind)
        if node.this.name == "tableoid" and not all(map(wanted, _all_around(scope))):
            raise self._refused_column(node, kind)

    def _holds_relation(self, column: str) -> Wanted:
        if column == "tableoid":
            return self._is_whole_table
        return lambda source: (view := _view(source)) is not None and column in view.relations

    def _is_whole_table(self, source: Source) -> bool:
        """Whether the policy shows a table with everything that its `tableoid` may name."""
        if source.table is None or source.renames_columns or _view(source) is not None:
            return False
        catalogue = self._catalogue
        if catalogue is None:
            return True
        return all(map(catalogue.shown.has, catalogue.also_read(source.table.schema, source.table.name)))

    @staticmethod
    def _refused_column(node: exp.Expr, kind: str) -> RefusedStatement:
        return refused("a column that is not seen to be one of a system view", node, kind)


def _all_around(scope: Scope) -> Iterator[Source]:
    """Yield what every query around a place reads: a view has no tableoid, so the name may mean one further out."""
    return chain.from_iterable(sources.entries for sources in scope.sources)


def _view(source: Source) -> SystemView | None:
    return None if source.table is None or source.renames_columns else system_view(source.table)


def _holds_database(column: str) -> Wanted:
    return lambda source: (view := _view(source)) is not None and column in view.databases
