"""Which outputs show what a column rule left of values, so that an answer can say that something was masked."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from sqlglot import exp

from relay.adapters.outbound.postgres.guard.catalogue import Catalogue
from relay.adapters.outbound.postgres.guard.lineage import Lineage
from relay.adapters.outbound.postgres.guard.naming import is_star
from relay.adapters.outbound.postgres.guard.relations import BaseColumn
from relay.domain.protection import ColumnAction
from relay.domain.results import DETECT, Treatment

_SHOWN = frozenset((ColumnAction.MASK, ColumnAction.PARTIAL, ColumnAction.HASH))
"""Actions that leave something; a null tells nothing."""


def ruled_outputs(tree: exp.Expr, lineage: Lineage, catalogue: Catalogue) -> tuple[bool, ...]:
    """Return, for each output, whether it is a column under such a rule; empty where none is, or it can't be told.

    An output that is computed is none: it may be a count.
    """
    outputs = lineage.outputs or ()
    ruled = tuple(
        bare and any(_is_ruled(origin, catalogue) for origin in output.origins)
        for bare, output in zip(_bare(tree, len(outputs)), outputs, strict=False)
    )
    return ruled if any(ruled) and len(ruled) == len(outputs) else ()


def marked(treatments: Sequence[Treatment] | None, ruled: Sequence[bool]) -> tuple[Treatment, ...] | None:
    """Return the treatments with the mark of a rule where one is; None: each is the ordinary one."""
    if not ruled:
        return None if treatments is None else tuple(treatments)
    each = treatments or (DETECT,) * len(ruled)
    return tuple(replace(one, by_rule=is_ruled) for one, is_ruled in zip(each, ruled, strict=True))


def _bare(tree: exp.Expr, count: int) -> Iterator[bool]:
    """Yield, for each output, whether it is a column as it stands; of several stars all are taken for it."""
    while isinstance(tree, exp.SetOperation | exp.Subquery):
        tree = tree.this
    if not isinstance(tree, exp.Select):
        yield from (True for _ in range(count))
        return
    stars = [is_star(target) for target in tree.expressions]
    if sum(stars) > 1:
        yield from (True for _ in range(count))
        return
    behind_star = count - len(stars) + 1
    for target, has_many in zip(tree.expressions, stars, strict=True):
        yield from (True for _ in range(behind_star)) if has_many else (_is_column(target),)


def _is_column(target: exp.Expr) -> bool:
    return isinstance(target.this if isinstance(target, exp.Alias) else target, exp.Column)


def _is_ruled(origin: object, catalogue: Catalogue) -> bool:
    rules = catalogue.rules(origin.schema, origin.table) if isinstance(origin, BaseColumn) else None
    return isinstance(origin, BaseColumn) and rules is not None and rules.actions.get(origin.column) in _SHOWN
