"""Which expressions stand behind the columns that a statement makes itself: of sub-queries, CTEs, VALUES, functions."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from itertools import chain
from types import MappingProxyType

from sqlglot import exp

from relay.adapters.outbound.postgres.guard.lineage_from import alias_columns
from relay.adapters.outbound.postgres.guard.naming import UNNAMED, column_name, is_star, output_names
from relay.adapters.outbound.postgres.guard.nodes import FieldSelection, FunctionSource, JoinedTables, RowsFromItem

Outputs = list[list[exp.Expr]]
"""For each column of a query the expressions that may stand there."""


class OwnColumns:
    """By name alone, whatever the scope: everything in one statement that a column of that name may mean.

    `of_functions` may stand behind any name; a star among expressions stands for what is not known.
    """

    def __init__(self, root: exp.Expr) -> None:
        self._by_name: defaultdict[str, list[exp.Expr]] = defaultdict(list)
        self.of_functions: list[exp.Expr] = []
        self.recurses = False
        nodes = list(root.walk())
        self._ctes = {node.args["alias"].this.name for node in nodes if isinstance(node, exp.CTE)}
        for node in nodes:
            rule = _RULES.get(type(node) if not isinstance(node, exp.SetOperation) else exp.SetOperation)
            if rule is not None:
                rule(self, node)

    def named(self, name: str) -> list[exp.Expr]:
        """Return what a name may mean beside a table's column and what a function returns."""
        return self._by_name.get(name, [])

    def select(self, node: exp.Expr) -> None:
        """Note each target by its name."""
        for target in node.expressions:
            if isinstance(target, FieldSelection) and isinstance(target.expression, exp.Star):
                self.of_functions.append(target.this)
            elif not is_star(target):
                self._by_name[column_name(target) or UNNAMED].append(_value(target))

    def stacked(self, node: exp.Expr) -> None:
        """Note each operand's columns by the names of the first."""
        if isinstance(node.parent, exp.SetOperation) and node.arg_key == "this":
            return
        outputs, names = _outputs(node), output_names(node)
        if outputs is None or names is None or len(names) != len(outputs):
            self.of_functions.append(exp.Star())
            return
        self._note(names, outputs)

    def values(self, node: exp.Expr) -> None:
        """Note the columns of VALUES by the names that they have without an alias."""
        outputs = _columns(node)
        self._note([f"column{number}" for number in range(1, len(outputs) + 1)], outputs)

    def renamed(self, node: exp.Expr) -> None:
        """Note columns by the names that an alias gives them."""
        names = alias_columns(node.args.get("alias"))
        outputs = None if not names or isinstance(node, JoinedTables) else _outputs(node.this)
        for index, name in enumerate(names):
            known = outputs is not None and index < len(outputs)
            self._by_name[name] += outputs[index] if outputs is not None and known else [exp.Star()]

    def cte(self, node: exp.Expr) -> None:
        """Note a CTE's columns; those of SEARCH and CYCLE grow with the recursion."""
        self.renamed(node)
        if node.args.get("recursion") is not None:
            self.of_functions.append(exp.Star())

    def with_(self, node: exp.Expr) -> None:
        """Note a recursion."""
        self.recurses = self.recurses or bool(node.args.get("recursive"))

    def table(self, node: exp.Expr) -> None:
        """Note names that an alias gives to a CTE's columns."""
        if node.args.get("db") is None and node.this.name in self._ctes:
            for name in alias_columns(node.args.get("alias")):
                self._by_name[name].append(exp.Star())

    def function(self, node: exp.Expr) -> None:
        """Note a function in FROM."""
        self.of_functions += [one.this if isinstance(one, RowsFromItem) else one for one in node.expressions]

    def _note(self, names: tuple[str, ...] | list[str], outputs: Outputs) -> None:
        for name, expressions in zip(names, outputs, strict=True):
            self._by_name[name] += expressions


def only_output(query: exp.Expr) -> list[exp.Expr]:
    """Return what may stand in the one column of a sub-query; a star where that is not known."""
    outputs = _outputs(query)
    return outputs[0] if outputs is not None and len(outputs) == 1 else [exp.Star()]


def _outputs(query: exp.Expr) -> Outputs | None:
    """Return a query's columns; None where a star or a table decides what they are."""
    while isinstance(query, exp.Subquery):
        query = query.this
    if isinstance(query, exp.Values):
        return _columns(query)
    if isinstance(query, exp.SetOperation):
        parts = [_outputs(one) for one in _operands(query)]
        known = [one for one in parts if one is not None]
        same = len(known) == len(parts) and len(set(map(len, known))) == 1
        return [list(chain.from_iterable(column)) for column in zip(*known, strict=True)] if same else None
    if not isinstance(query, exp.Select) or any(map(is_star, query.expressions)):
        return None
    return [[_value(target)] for target in query.expressions]


def _operands(query: exp.Expr) -> Iterator[exp.Expr]:
    while isinstance(query, exp.SetOperation):
        yield query.expression
        query = query.this
    yield query


def _columns(values: exp.Expr) -> Outputs:
    rows = [row.expressions for row in values.expressions]
    return [[row[index] for row in rows if index < len(row)] for index in range(max(map(len, rows), default=0))]


def _value(target: exp.Expr) -> exp.Expr:
    return target.this if isinstance(target, exp.Alias) else target


_RULES: Mapping[type[exp.Expr], Callable[[OwnColumns, exp.Expr], None]] = MappingProxyType(
    {
        exp.Select: OwnColumns.select,
        exp.SetOperation: OwnColumns.stacked,
        exp.Values: OwnColumns.values,
        exp.Subquery: OwnColumns.renamed,
        JoinedTables: OwnColumns.renamed,
        exp.CTE: OwnColumns.cte,
        exp.With: OwnColumns.with_,
        exp.Table: OwnColumns.table,
        FunctionSource: OwnColumns.function,
    }
)
