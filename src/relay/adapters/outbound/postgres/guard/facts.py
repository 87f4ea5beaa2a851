"""Walks a checked tree and says what it reads and calls; refuses what no policy may allow."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType

from sqlglot import exp

from relay.adapters.outbound.postgres.guard.catalogue import Catalogue
from relay.adapters.outbound.postgres.guard.column_uses import ColumnUses
from relay.adapters.outbound.postgres.guard.findings import Findings, Found
from relay.adapters.outbound.postgres.guard.function_uses import FunctionUses
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
)
from relay.adapters.outbound.postgres.guard.reference_rules import ReferenceRules
from relay.adapters.outbound.postgres.guard.sources import Scope, Sources, source_of, sources_of
from relay.adapters.outbound.postgres.guard.table_uses import TableUses, check_table
from relay.adapters.outbound.postgres.guard.type_uses import TypeUses
from relay.adapters.outbound.postgres.guard.work_rules import WorkRules
from relay.domain.json_value import JsonValue

__all__ = ["Findings", "Found", "check_table", "find"]


def find(tree: exp.Expr, catalogue: Catalogue | None = None, parameters: Sequence[JsonValue] = ()) -> Findings:
    """Walk the tree; without a catalogue the findings say what was assumed. Raises RefusedStatement."""
    walk = _Walk(catalogue, tree, parameters)
    walk.run(tree)
    walk.references.finish()
    walk.work.finish()
    walk.findings.tables.sort(key=lambda found: found.offset)
    walk.findings.functions.sort(key=lambda found: found.offset)
    return walk.findings


class _Walk:
    """One walk over one tree, without recursion."""

    def __init__(self, catalogue: Catalogue | None, root: exp.Expr, parameters: Sequence[JsonValue]) -> None:
        self.findings = Findings()
        self.tables = TableUses(catalogue=catalogue, findings=self.findings)
        self.references = ReferenceRules(catalogue=catalogue, root=root, uses=self.tables.named)
        self.work = WorkRules(parameters=parameters, sources=self.references.sources, root=root)
        self.functions = FunctionUses(catalogue=catalogue, findings=self.findings)
        self.types = TypeUses(catalogue=catalogue, findings=self.findings, tables=self.tables)
        self.columns = ColumnUses(
            catalogue=catalogue, findings=self.findings, functions=self.functions, types=self.types, work=self.work
        )

    def run(self, tree: exp.Expr) -> None:
        pending: list[tuple[exp.Expr, Scope]] = [(tree, Scope())]
        while pending:
            node, scope = pending.pop()
            rule = _RULES.get(type(node))
            if rule is not None:
                rule(self, node, scope)
            for symbol in implied_operators(node):
                self.functions.operator(symbol, node)
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
        self.tables.table(node, scope)

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
        self.functions.call(node)

    def value_function(self, node: exp.Expr, _: Scope) -> None:
        self.functions.value_function(node)

    def special_call(self, node: exp.Expr, _: Scope) -> None:
        self.work.call(node)
        self.functions.special_call(node)

    def operation(self, node: exp.Expr, _: Scope) -> None:
        self.work.operation(node)
        self.functions.operator(node.args["operator"], node)

    def sort_item(self, node: exp.Expr, _: Scope) -> None:
        if using := node.args.get("using"):
            self.functions.operator(using, node)

    def type_name(self, node: exp.Expr, _: Scope) -> None:
        self.references.type_name(node)
        self.work.type_name(node)
        self.types.name(node)

    def column(self, node: exp.Expr, scope: Scope) -> None:
        self.columns.column(node, scope)

    def field(self, node: exp.Expr, _: Scope) -> None:
        self.columns.field(node)


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
