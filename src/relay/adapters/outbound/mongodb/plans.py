"""What the guard hands to the runner: the checked statement in BSON types, regenerated, never the caller's text."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TypeAlias

from relay.adapters.outbound.mongodb.protection.outputs import NO_OUTPUTS, Outputs


@dataclass(frozen=True, slots=True, kw_only=True)
class FindPlan:
    """A find on one collection; None and 0 stand for what was not given. `outputs`: what its documents go through."""

    collection: str
    filter: Mapping[str, object] = field(repr=False, default_factory=lambda: MappingProxyType({}))
    projection: Mapping[str, object] | None = field(repr=False, default=None)
    sort: Mapping[str, object] | None = field(repr=False, default=None)
    skip: int = 0
    outputs: Outputs = field(repr=False, compare=False, default=NO_OUTPUTS)

    def command(self) -> dict[str, object]:
        """Return it as the server's command, without limits."""
        command: dict[str, object] = {"find": self.collection, "filter": dict(self.filter)}
        if self.projection:
            command["projection"] = dict(self.projection)
        if self.sort:
            command["sort"] = dict(self.sort)
        if self.skip:
            command["skip"] = self.skip
        return command


@dataclass(frozen=True, slots=True, kw_only=True)
class AggregatePlan:
    """A read-only pipeline on one collection; `outputs`: what its documents go through."""

    collection: str
    pipeline: tuple[Mapping[str, object], ...] = field(repr=False)
    outputs: Outputs = field(repr=False, compare=False, default=NO_OUTPUTS)

    def command(self) -> dict[str, object]:
        """Return it as the server's command, without limits."""
        return {"aggregate": self.collection, "pipeline": list(self.pipeline), "cursor": {}}


QueryPlan: TypeAlias = FindPlan | AggregatePlan


@dataclass(frozen=True, slots=True, kw_only=True)
class ExplainPlan:
    """The plan of a query is asked for, the query is not run."""

    query: QueryPlan


@dataclass(frozen=True, slots=True, kw_only=True)
class DescribePlan:
    """A collection's fields, by sampling, and its indexes; `clamped`: a larger sample was asked for."""

    collection: str
    sample_size: int
    clamped: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ListPlan:
    """The collections that the policy shows."""


Plan: TypeAlias = QueryPlan | ExplainPlan | DescribePlan | ListPlan
