"""Hidden outputs: what a computed value was computed from, to be looked at beside it and never sent."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from sqlglot import exp

from relay.adapters.outbound.postgres.guard.flow_calls import is_aggregate
from relay.adapters.outbound.postgres.guard.flow_values import ValueTracer
from relay.adapters.outbound.postgres.guard.flows import Shape, Values, flows, texts
from relay.adapters.outbound.postgres.guard.lineage_from import QUERIES
from relay.adapters.outbound.postgres.guard.relations import BaseColumn
from relay.domain.results import Handling, Treatment

NAME = "relay_source_"
MAX_SOURCES = 16
"""Columns that one statement brings along to be looked at."""


def add_sources(
    tree: exp.Expr, tracer: ValueTracer, outputs: Sequence[Values], treatments: list[Treatment], *, may_add: bool
) -> int:
    """Name the sources of scrubbed outputs in `treatments`, and add them to the tree; return how many there are."""
    if not may_add or not _takes_more(tree) or len(tree.expressions) != len(outputs):
        return 0
    taken = {one.name.lower() for one in tree.find_all(exp.Identifier)}
    known: dict[str, str] = {}
    for index, (target, values) in enumerate(zip(tree.expressions, outputs, strict=True)):
        if treatments[index].handling is not Handling.SCRUB:
            continue
        sources = _sources(target, values, tracer)
        fresh = {_key(one) for one in sources or ()} - known.keys()
        if not sources or len(known) + len(fresh) > MAX_SOURCES:
            continue
        names = [known.setdefault(_key(one), _free_name(len(known), taken)) for one in sources]
        for one, name in zip(sources, names, strict=True):
            if _key(one) in fresh:
                fresh.discard(_key(one))
                _append(tree, one, name)
        treatments[index] = replace(treatments[index], sources=tuple(dict.fromkeys(names)))
    return len(known)


def _takes_more(tree: exp.Expr) -> bool:
    """Whether each row of the answer is a row of FROM, so that another column changes nothing."""
    if not isinstance(tree, exp.Select) or any(tree.args.get(key) for key in ("distinct", "group", "having")):
        return False
    order = tree.args.get("order")
    keys = order.expressions if order is not None else []
    return not any(map(_aggregates, [*tree.expressions, *keys]))


def _aggregates(node: exp.Expr) -> bool:
    return any(is_aggregate(one) and one.args.get("over") is None for one in _own_parts(node))


def _own_parts(node: exp.Expr) -> Iterator[exp.Expr]:
    """Yield an expression's parts, without those of the queries in it."""
    pending = [node]
    while pending:
        one = pending.pop()
        yield one
        if not isinstance(one, QUERIES):
            pending.extend(one.iter_expressions())


def _sources(target: exp.Expr, values: Values, tracer: ValueTracer) -> list[exp.Expr] | None:
    """Return the columns of this row that the output was computed from; None where there are others."""
    wanted = {flow.column for flow in texts(values) if flow.shape is not Shape.PLAIN}
    found: dict[str, exp.Expr] = {}
    covered: set[BaseColumn] = set()
    for part in _own_parts(target):
        seen = flows(tracer.seen.get(id(part), frozenset()))
        if not seen:
            continue
        if isinstance(part, exp.Column):
            if any(flow.shape is not Shape.PLAIN for flow in seen) or isinstance(part.this, exp.Star):
                return None
            found[_key(part)] = part
            covered.update(flow.column for flow in seen)
        elif isinstance(part, QUERIES) or part.args.get("over") is not None:
            return None
    return list(found.values()) if wanted <= covered else None


def _key(column: exp.Expr) -> str:
    return repr(
        [
            (part.name, bool(part.args.get("quoted")))
            for key in ("db", "table", "this")
            if (part := column.args.get(key))
        ]
    )


def _free_name(count: int, taken: set[str]) -> str:
    number = count + 1
    while f"{NAME}{number}" in taken:
        number += MAX_SOURCES
    return f"{NAME}{number}"


def _append(tree: exp.Expr, column: exp.Expr, name: str) -> None:
    alias = exp.Alias(this=column.copy(), alias=exp.Identifier(this=name, quoted=False))
    tree.set("expressions", [*tree.expressions, alias])
