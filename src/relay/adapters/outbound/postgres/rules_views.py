"""Which columns of tables stand behind each output of a view, by its definition."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from sqlglot import exp

from relay.adapters.outbound.postgres.guard.catalogue import Catalogue
from relay.adapters.outbound.postgres.guard.grammar_queries import parse
from relay.adapters.outbound.postgres.guard.lineage import trace
from relay.adapters.outbound.postgres.guard.nodes import JoinedTables
from relay.adapters.outbound.postgres.guard.refusal import RefusedStatement
from relay.adapters.outbound.postgres.guard.relations import BaseColumn
from relay.adapters.outbound.postgres.guard.tokens import tokenize
from relay.domain.facts import TableName

Columns = tuple[BaseColumn, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TracedOutput:
    """One output of a view: the columns behind it; `is_bare`: each value is one of theirs, as it is."""

    origins: frozenset[BaseColumn]
    is_bare: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class TracedView:
    """The outputs of a view in order, and every column that its definition reads, predicates included."""

    outputs: tuple[TracedOutput, ...]
    reads: frozenset[BaseColumn]


class ViewTracer:
    """Traces definitions, and remembers what they came to as long as no relation has changed."""

    def __init__(self) -> None:
        self._tables: Mapping[tuple[str, str], tuple[str, ...]] = {}
        self._traced: dict[str, TracedView | None] = {}

    def traced(
        self, definition: str, catalogue: Catalogue, tables: Mapping[tuple[str, str], tuple[str, ...]]
    ) -> TracedView | None:
        """Return a view's outputs; None where they can't be told. `tables` are all that the catalogue knows."""
        if self._tables != tables:
            self._tables, self._traced = tables, {}
        if definition not in self._traced:
            self._traced[definition] = trace_view(definition, catalogue)
        return self._traced[definition]


def trace_view(definition: str, catalogue: Catalogue) -> TracedView | None:
    """Return the outputs of a view's definition; None where they can't be told."""
    try:
        tree = parse(list(tokenize(definition)))
        lineage = trace(tree, catalogue)
    except (RefusedStatement, RecursionError):
        return None
    if lineage.outputs is None:
        return None
    outputs = []
    for index, output in enumerate(lineage.outputs):
        origins = frozenset(one for one in output.origins if isinstance(one, BaseColumn))
        outputs.append(TracedOutput(origins=origins, is_bare=_bare(tree, index, catalogue) == origins))
    reads = frozenset(column for reference in lineage.references for column in reference.origins)
    return TracedView(outputs=tuple(outputs), reads=reads)


def _bare(query: exp.Expr, index: int, catalogue: Catalogue) -> frozenset[BaseColumn] | None:
    """Return the columns whose values an output passes on; None if it may be anything else."""
    while isinstance(query, exp.Subquery):
        query = query.this
    if query.args.get("with_") is not None:
        return None
    if isinstance(query, exp.SetOperation):
        left, right = _bare(query.this, index, catalogue), _bare(query.expression, index, catalogue)
        return None if left is None or right is None else left | right
    if not isinstance(query, exp.Select) or index >= len(query.expressions):
        return None
    target = query.expressions[index]
    if isinstance(target, exp.Alias):
        target = target.this
    if not isinstance(target, exp.Column) or isinstance(target.this, exp.Star):
        return None
    column = _column(target, list(_entries(query)), catalogue)
    return None if column is None else frozenset((column,))


def _column(target: exp.Expr, entries: list[exp.Expr], catalogue: Catalogue) -> BaseColumn | None:
    qualifier = target.args.get("table")
    if qualifier is not None:
        entries = [one for one in entries if _name(one) == qualifier.name]
    if len(entries) != 1 or not isinstance(entries[0], exp.Table):
        return None
    table = _resolved(entries[0], catalogue)
    alias = entries[0].args.get("alias")
    if table is None or (alias is not None and alias.args.get("columns")):
        return None
    if target.this.name not in (catalogue.columns(table.schema, table.name) or ()):
        return None
    return BaseColumn(table.schema, table.name, target.this.name)


def _entries(select: exp.Expr) -> Iterator[exp.Expr]:
    clause = select.args.get("from_")
    pending = [] if clause is None else [clause.this, *(select.args.get("joins") or [])]
    while pending:
        node = pending.pop()
        if isinstance(node, exp.Join):
            pending += [node.this, *(node.args.get("nested") or [])]
        elif isinstance(node, JoinedTables) and node.args.get("alias") is None:
            pending += [node.this, *node.args["joins"]]
        else:
            yield node


def _name(entry: exp.Expr) -> str | None:
    alias = entry.args.get("alias")
    if alias is not None and alias.args.get("this") is not None:
        return str(alias.this.name)
    return str(entry.this.name) if isinstance(entry, exp.Table) else None


def _resolved(node: exp.Expr, catalogue: Catalogue) -> TableName | None:
    schema = node.args.get("db")
    return catalogue.resolved(None if schema is None else schema.name, node.this.name)
