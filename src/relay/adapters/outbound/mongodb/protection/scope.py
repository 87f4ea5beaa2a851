"""What names stand for in an expression."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import TYPE_CHECKING

from relay.adapters.outbound.mongodb.protection.flows import Value

if TYPE_CHECKING:
    from relay.adapters.outbound.mongodb.protection.expressions import Expressions


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """What names stand for: the document at hand, and the variables."""

    root: Value
    variables: Mapping[str, Value] = field(default_factory=lambda: MappingProxyType({}))

    def binding(self, variables: Mapping[str, Value]) -> Scope:
        """Return the scope with more variables."""
        return replace(self, variables=MappingProxyType({**self.variables, **variables}))

    def of(self, root: Value) -> Scope:
        """Return the scope of a document further down the pipeline."""
        kept = {name: value for name, value in self.variables.items() if name not in ("ROOT", "CURRENT")}
        return Scope(root=root, variables=MappingProxyType(kept))


Handler = Callable[["Expressions", object, Scope, str], Value]
"""Follows one operator: its argument, in a scope, at a place of the statement."""


def rows(names: str, handler: Handler) -> dict[str, Handler]:
    """Return a row of a table for each of the names."""
    return dict.fromkeys(names.split(), handler)
