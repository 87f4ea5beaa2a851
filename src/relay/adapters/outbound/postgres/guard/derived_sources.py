"""Hidden outputs: what a computed value was computed from, to be looked at beside it and never sent."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from enum import Enum, auto

from sqlglot import exp

from relay.adapters.outbound.postgres.guard.flow_calls import is_aggregate
from relay.adapters.outbound.postgres.guard.flow_values import ValueTracer
from relay.adapters.outbound.postgres.guard.flows import Shape, Values, flows, texts
from relay.adapters.outbound.postgres.guard.lineage_from import QUERIES
from relay.adapters.outbound.postgres.guard.nodes import Call, TypeCast, TypeName
from relay.adapters.outbound.postgres.guard.references import function_name
from relay.adapters.outbound.postgres.guard.relations import BaseColumn
from relay.domain.results import Handling, Treatment

NAME = "relay_source_"
MAX_SOURCES = 16
"""Columns that one statement brings along to be looked at."""


class Rows(Enum):
    """What the rows of an answer are."""

    PLAIN = auto()
    """Rows of FROM: a column beside them changes nothing."""
    GROUPS = auto()
    """Groups: any one row of a group may stand for it, since what is grouped by is the same in all of them."""
    OTHER = auto()


def add_sources(
    tree: exp.Expr, tracer: ValueTracer, outputs: Sequence[Values], treatments: list[Treatment], *, may_add: bool
) -> int:
    """Name the sources of scrubbed outputs in `treatments`, and add them to the tree; return how many there are."""
    rows = _rows_of(tree) if may_add else Rows.OTHER
    if rows is Rows.OTHER:
        return 0
    taken = {one.name.lower() for one in tree.find_all(exp.Identifier)}
    known: dict[str, str] = {}
    for index, (target, values) in enumerate(zip(_targets(tree, len(outputs)), outputs, strict=True)):
        if target is None or treatments[index].handling is not Handling.SCRUB:
            continue
        sources = _sources(target, values, tracer, rows)
        fresh = sources.keys() - known.keys()
        if not sources or len(known) + len(fresh) > MAX_SOURCES:
            continue
        for key, source in sources.items():
            if key in fresh:
                known[key] = _free_name(len(known), taken)
                _append(tree, source, known[key])
        treatments[index] = replace(treatments[index], sources=tuple(known[key] for key in sources))
    return len(known)


def _targets(tree: exp.Expr, count: int) -> list[exp.Expr | None]:
    """Return the expression behind each output; None for those of a star, and for all where there are several."""
    targets: list[exp.Expr | None] = list(tree.expressions)
    stars = [index for index, one in enumerate(tree.expressions) if one.is_star]
    if not stars:
        return targets
    if len(stars) > 1:
        return [None] * count
    return [*targets[: stars[0]], *[None] * (count - len(targets) + 1), *targets[stars[0] + 1 :]]


def _rows_of(tree: exp.Expr) -> Rows:
    if not isinstance(tree, exp.Select) or tree.args.get("distinct"):
        return Rows.OTHER
    order = tree.args.get("order")
    keys = order.expressions if order is not None else []
    if tree.args.get("group") or tree.args.get("having") or any(map(_aggregates, [*tree.expressions, *keys])):
        return Rows.GROUPS
    return Rows.PLAIN


def _aggregates(node: exp.Expr) -> bool:
    return any(_is_aggregate(one) for one in _own_parts(node))


def _is_aggregate(node: exp.Expr) -> bool:
    return is_aggregate(node) and node.args.get("over") is None


def _own_parts(node: exp.Expr, *, aggregates: bool = True) -> Iterator[exp.Expr]:
    """Yield an expression's parts, without those of the queries in it, or of its aggregates if so wanted."""
    pending = [node]
    while pending:
        one = pending.pop()
        yield one
        if not isinstance(one, QUERIES) and (aggregates or not _is_aggregate(one)):
            pending.extend(one.iter_expressions())


def _sources(target: exp.Expr, values: Values, tracer: ValueTracer, rows: Rows) -> dict[str, exp.Expr]:
    """Return what the output was computed from, as this row has it; nothing where there is more to it than that."""
    wanted = {flow.column for flow in texts(values) if flow.shape is not Shape.PLAIN}
    found: dict[str, exp.Expr] = {}
    covered: set[BaseColumn] = set()
    for part in _own_parts(target, aggregates=False):
        seen = flows(tracer.seen.get(id(part), frozenset()))
        if not seen:
            continue
        if isinstance(part, exp.Column) or (_is_aggregate(part) and _is_extreme(part)):
            if any(flow.shape is not Shape.PLAIN for flow in seen) or isinstance(part.this, exp.Star):
                return {}
            source = _of_group(part) if rows is Rows.GROUPS and isinstance(part, exp.Column) else part
            found[_key(part)] = source
            covered.update(flow.column for flow in seen)
        elif isinstance(part, QUERIES) or part.args.get("over") is not None or _is_aggregate(part):
            return {}
    # of a group, two columns may come from two rows
    is_one = rows is Rows.PLAIN or len(found) == 1
    return found if is_one and wanted <= covered else {}


def _is_extreme(call: exp.Expr) -> bool:
    """Whether a call gives one row's value as it is."""
    arguments = call.args.get("expressions") or []
    return (
        isinstance(call, Call)
        and function_name(call) in ("min", "max")
        and len(arguments) == 1
        and isinstance(arguments[0], exp.Column)
    )


def _of_group(column: exp.Expr) -> exp.Expr:
    """Return one row's value of a group: as text, since JSON has no order."""
    text = TypeCast(this=column.copy(), to=TypeName(words=("text",), name="text"), short=True)
    parts = [exp.Identifier(this=name, quoted=False) for name in ("pg_catalog", "min")]
    return Call(parts=parts, expressions=[text])


def _key(node: exp.Expr) -> str:
    names = [(one.arg_key, one.name, bool(one.args.get("quoted"))) for one in node.find_all(exp.Identifier)]
    return repr((type(node).__name__, names))


def _free_name(count: int, taken: set[str]) -> str:
    number = count + 1
    while f"{NAME}{number}" in taken:
        number += MAX_SOURCES
    return f"{NAME}{number}"


def _append(tree: exp.Expr, column: exp.Expr, name: str) -> None:
    alias = exp.Alias(this=column.copy(), alias=exp.Identifier(this=name, quoted=False))
    tree.set("expressions", [*tree.expressions, alias])
