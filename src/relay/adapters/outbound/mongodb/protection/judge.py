"""Follows the values of one statement, from the collections that it reads to the documents that leave."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from relay.adapters.outbound.mongodb.plans import AggregatePlan, ExplainPlan, FindPlan, Plan, QueryPlan
from relay.adapters.outbound.mongodb.protection.checks import Checks
from relay.adapters.outbound.mongodb.protection.classes import LearntClasses
from relay.adapters.outbound.mongodb.protection.documents import Documents
from relay.adapters.outbound.mongodb.protection.expressions import Expressions
from relay.adapters.outbound.mongodb.protection.flows import Value
from relay.adapters.outbound.mongodb.protection.knowledge import Knowledge
from relay.adapters.outbound.mongodb.protection.rules import PathRule
from relay.adapters.outbound.mongodb.protection.scope import Scope
from relay.adapters.outbound.mongodb.protection.stages import Pipelines
from relay.adapters.outbound.mongodb.protection.steps import Steps
from relay.adapters.outbound.mongodb.protection.treatments import Treatments
from relay.domain.protection import Protection

RulesOf = Callable[[str], tuple[PathRule, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """A plan with what happens to its documents, and the collections whose samples are lacking to be sure of it."""

    plan: Plan
    unsampled: tuple[str, ...] = ()


class Judge:
    """Decides what becomes of protected values. Without `classes` it goes by rules alone."""

    def __init__(self, *, rules_of: RulesOf, protection: Protection, classes: LearntClasses | None) -> None:
        self._rules_of = rules_of
        self._protection = protection
        self._classes = classes

    def judge(self, plan: Plan) -> Judgement:
        """Follow a plan. Raises COLUMN_NOT_ALLOWED, or QUERY_BLOCKED for one that can't be followed."""
        if isinstance(plan, FindPlan | AggregatePlan):
            return self._query(plan)
        if isinstance(plan, ExplainPlan):
            judged = self._query(plan.query)
            return Judgement(plan=plan, unsampled=judged.unsampled)
        return Judgement(plan=plan)

    def _query(self, plan: QueryPlan) -> Judgement:
        steps = Steps()
        knowledge = Knowledge(rules_of=self._rules_of, protection=self._protection, classes=self._classes, steps=steps)
        checks = Checks(knowledge)
        documents = Documents(steps, named=checks.named)
        pipelines = Pipelines(Expressions(knowledge=knowledge, checks=checks, documents=documents))
        value = follow(pipelines, plan)
        treatments = Treatments(knowledge=knowledge, documents=documents, protection=self._protection, steps=steps)
        outputs = treatments.of(value)
        return Judgement(plan=replace(plan, outputs=outputs), unsampled=tuple(knowledge.unsampled))


def follow(pipelines: Pipelines, plan: QueryPlan) -> Value:
    """Return the documents that a query yields."""
    scope = Scope(root=pipelines.collection(plan.collection))
    if isinstance(plan, AggregatePlan):
        return pipelines.follow(plan.pipeline, scope, "pipeline")
    pipelines.queries.follow(plan.filter, scope, "filter")
    pipelines.sort(plan.sort, scope.root, "sort")
    if not plan.projection:
        return scope.root
    return pipelines.projections.follow(plan.projection, scope, "projection")
