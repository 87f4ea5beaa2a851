"""What becomes of values computed from personal data: how each output is to be handled, or a refusal.

Runs on the checked tree, before column rules are applied to it: columns under a rule count as clean.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlglot import exp

from relay.adapters.outbound.postgres.guard.catalogue import Catalogue
from relay.adapters.outbound.postgres.guard.derived_order import scatter
from relay.adapters.outbound.postgres.guard.derived_sources import add_sources
from relay.adapters.outbound.postgres.guard.flow_columns import ProtectedColumns
from relay.adapters.outbound.postgres.guard.flow_functions import LABELS
from relay.adapters.outbound.postgres.guard.flow_queries import FlowTracer
from relay.adapters.outbound.postgres.guard.flow_rules import COMPUTE_HINT, refused
from relay.adapters.outbound.postgres.guard.flows import (
    CUTS,
    SPLIT,
    UNVOUCHED,
    VOUCHED,
    Flow,
    Holds,
    Shape,
    Values,
    flows,
    identifiers,
    texts,
)
from relay.adapters.outbound.postgres.guard.lineage_scopes import Scope
from relay.adapters.outbound.postgres.guard.relations import BaseColumn, Relation
from relay.domain.facts import TableName
from relay.domain.json_value import JsonValue
from relay.domain.masking import DerivedAction
from relay.domain.protection import Protection
from relay.domain.results import DETECT, Handling, Treatment

MASK = "***"
_LOOKED_AT = frozenset((Shape.PLAIN,))


@dataclass(frozen=True, slots=True, kw_only=True)
class DerivedReport:
    """`treatments` of the outputs in order, None where each is the ordinary one; `hidden`: outputs added at the end.

    `is_changed`: the tree is no longer the statement's own. `unsampled`: tables to sample first; then nothing else is
    said.
    """

    treatments: tuple[Treatment, ...] | None = None
    hidden: int = 0
    is_changed: bool = False
    unsampled: tuple[TableName, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Reads:
    """The columns that a statement reads, and the names of the functions that it calls."""

    columns: frozenset[BaseColumn]
    functions: frozenset[str] = frozenset()


NOTHING_DERIVED = DerivedReport()


def analyse(
    tree: exp.Expr,
    catalogue: Catalogue,
    protection: Protection,
    *,
    reads: Reads,
    parameters: Sequence[JsonValue] = (),
    may_add: bool = True,
) -> DerivedReport:
    """Follow the statement's protected columns, of those that it reads; add sources to the tree.

    `may_add`: False leaves the tree as it is. Raises RefusedStatement with COLUMN_NOT_ALLOWED.
    """
    if not protection.masking_enabled:
        return NOTHING_DERIVED
    protected = ProtectedColumns(catalogue, protection)
    if unsampled := protected.unsampled(reads.columns):
        return DerivedReport(unsampled=unsampled)
    if not protected.matters(reads.columns) and not reads.functions & LABELS:
        return NOTHING_DERIVED
    tracer = FlowTracer(catalogue, protected, parameters)
    relation = tracer.query(tree, Scope())
    if may_add:
        scatter(tracer.parting.values())
    is_changed = may_add and bool(tracer.parting)
    if relation.hidden is not None:
        _check_unlisted(relation, tree)
        return DerivedReport(is_changed=is_changed)
    outputs = [column.origins for column in relation.columns]
    treatments = [_treatment(values, protected) for values in outputs]
    hidden = add_sources(tree, tracer, outputs, treatments, may_add=may_add)
    treatments = [_without_source(values, one, protected) for values, one in zip(outputs, treatments, strict=True)]
    if protection.derived is DerivedAction.DENY:
        _check_denied(outputs, treatments, tree)
    if all(one == DETECT for one in treatments):
        return DerivedReport(is_changed=is_changed)
    return DerivedReport(treatments=tuple(treatments), hidden=hidden, is_changed=is_changed or hidden > 0)


def _treatment(values: Values, columns: ProtectedColumns) -> Treatment:
    found = flows(values)
    if not found:
        vouched = VOUCHED in values and UNVOUCHED not in values
        return Treatment(handling=Handling.PASS) if vouched else DETECT
    if all(flow.shape in _LOOKED_AT for flow in found):
        return DETECT
    computed = [flow for flow in identifiers(values) if flow.shape not in _LOOKED_AT]
    if computed:
        return _whole(computed, columns)
    if any(flow.shape is Shape.OPAQUE for flow in found):
        return _whole(texts(values), columns)
    return _scrubbed([flow for flow in found if flow.shape not in _LOOKED_AT])


def _whole(found: Iterable[Flow], columns: ProtectedColumns) -> Treatment:
    """Return the mask of what a value was computed from; that of its kind where there is just one."""
    kinds = {columns.class_of(flow.column) for flow in found if flow.holds is Holds.IDENTIFIER}
    kind = next(iter(kinds)) if len(kinds) == 1 else None
    if kind is None or kind.mask is None:
        return Treatment(handling=Handling.WHOLE, mask=MASK)
    return Treatment(handling=Handling.WHOLE, mask=kind.mask, detector=kind.detector)


def _scrubbed(found: Sequence[Flow]) -> Treatment:
    cuts = [flow for flow in found if flow.shape in CUTS]
    if not cuts:
        return Treatment(handling=Handling.SCRUB)
    from_start = all(flow.shape is Shape.CUT_END for flow in cuts)
    sizes = [flow.size for flow in cuts if flow.size is not None]
    return Treatment(
        handling=Handling.SCRUB,
        is_cut=True,
        in_pieces=any(flow.shape in SPLIT for flow in cuts),
        starts_whole=from_start,
        cut_length=min(sizes) if from_start and len(sizes) == len(cuts) else None,
    )


def _without_source(values: Values, treatment: Treatment, columns: ProtectedColumns) -> Treatment:
    """Mask what only its sources could tell apart."""
    if treatment.handling is not Handling.SCRUB or treatment.sources:
        return treatment
    seamed = [flow for flow in flows(values) if flow.shape is Shape.SEAMED]
    return _whole(seamed, columns) if seamed else treatment


def _check_unlisted(relation: Relation, tree: exp.Expr) -> None:
    """Refuse outputs whose number can't be told, where one may need a treatment."""
    for flow in flows(relation.everything()):
        if flow.shape not in _LOOKED_AT:
            raise refused(
                flow, "columns that can't be told apart, computed from", tree, "name each column of the answer"
            )


def _check_denied(outputs: Sequence[Values], treatments: Sequence[Treatment], tree: exp.Expr) -> None:
    targets = tree.expressions if len(tree.expressions) >= len(outputs) else [tree] * len(outputs)
    for values, treatment, target in zip(outputs, treatments, targets, strict=False):
        if treatment.handling is Handling.WHOLE:
            flow = next(one for one in flows(values) if one.shape not in _LOOKED_AT)
            raise refused(flow, "a value computed from", target, COMPUTE_HINT)
