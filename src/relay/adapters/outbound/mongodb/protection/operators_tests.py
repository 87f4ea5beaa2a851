"""Expressions that test values: for being there, equal, in order, true, or like a pattern."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING

from relay.adapters.outbound.mongodb.findings import below
from relay.adapters.outbound.mongodb.protection.flows import (
    GENERATED,
    NOTHING,
    Flow,
    Value,
    made_of,
)
from relay.adapters.outbound.mongodb.protection.scope import Handler, Scope, rows

if TYPE_CHECKING:
    from relay.adapters.outbound.mongodb.protection.expressions import Expressions


def _present(self: Expressions, argument: object, scope: Scope, at: str) -> Value:
    for value in self.arguments(argument, scope, at):
        self.checks.presence(value, at)
    return GENERATED


def _size(self: Expressions, argument: object, scope: Scope, at: str) -> Value:
    """The size of a document; of a stored one, of all its fields together, it tells of none of them."""
    value = self.documents.any_of(self.arguments(argument, scope, at))
    if value.fields or value.made or any(place.path for place in value.places):
        return self.texts.length(value, at)
    self.checks.computing(value, at)
    return GENERATED


def _equal(self: Expressions, argument: object, scope: Scope, at: str) -> Value:
    values = self.arguments(argument, scope, at)
    if values:
        self.checks.equality(values, at)
    return GENERATED


def _difference(self: Expressions, argument: object, scope: Scope, at: str) -> Value:
    values = self.arguments(argument, scope, at)
    if values:
        self.checks.equality(values, at)
    return self.documents.any_of(values)


def _sorted_set(self: Expressions, argument: object, scope: Scope, at: str) -> Value:
    """The server gives such sets in order."""
    values = self.arguments(argument, scope, at)
    self.checks.order(values, at)
    return self.documents.any_of(values)


def _ordered(self: Expressions, argument: object, scope: Scope, at: str) -> Value:
    self.checks.order(self.arguments(argument, scope, at), at, with_constants=True)
    return GENERATED


def _true(self: Expressions, argument: object, scope: Scope, at: str) -> Value:
    for value in self.arguments(argument, scope, at):
        self.checks.condition(value, at)
    return GENERATED


def _cond(self: Expressions, argument: object, scope: Scope, at: str) -> Value:
    if isinstance(argument, Mapping):
        condition, *branches = (self.part(argument, name, scope, at) for name in ("if", "then", "else"))
    else:
        condition, *branches = self.arguments(argument, scope, at) or [NOTHING]
    self.checks.condition(condition, at)
    return self.documents.any_of(branches)


def _switch(self: Expressions, argument: object, scope: Scope, at: str) -> Value:
    yields = [self.part(argument, "default", scope, at)]
    branches = argument.get("branches") if isinstance(argument, Mapping) else None
    for index, branch in enumerate(branches if isinstance(branches, list) else []):
        where = below(at, f".branches[{index}]")
        self.checks.condition(self.part(branch, "case", scope, where), where)
        yields.append(self.part(branch, "then", scope, where))
    return self.documents.any_of(yields)


def _position(self: Expressions, argument: object, scope: Scope, at: str) -> Value:
    return self.texts.position(self.arguments(argument, scope, at), at)


def _matched(self: Expressions, argument: object, scope: Scope, at: str) -> Value:
    taken, pattern = (self.part(argument, name, scope, at) for name in ("input", "regex"))
    self.checks.nothing_but(self.part(argument, "options", scope, at), "used as options", at)
    self.checks.pattern(taken, at, pattern=pattern)
    return GENERATED


def _found(self: Expressions, argument: object, scope: Scope, at: str) -> Value:
    _matched(self, argument, scope, at)
    taken = self.part(argument, "input", scope, at)
    return made_of(self.knowledge.made(taken, Flow.OPAQUE), varying=True)


OPERATORS: Mapping[str, Handler] = MappingProxyType(
    {
        **rows("$isArray $isNumber $type $size", _present),
        **rows("$bsonSize", _size),
        **rows("$eq $ne $in $setEquals $setIsSubset $indexOfArray", _equal),
        **rows("$setDifference", _difference),
        **rows("$setUnion $setIntersection", _sorted_set),
        **rows("$gt $gte $lt $lte $cmp $strcasecmp", _ordered),
        **rows("$and $or $not $allElementsTrue $anyElementTrue", _true),
        **rows("$cond", _cond),
        **rows("$switch", _switch),
        **rows("$indexOfCP $indexOfBytes", _position),
        **rows("$regexMatch", _matched),
        **rows("$regexFind $regexFindAll", _found),
    }
)
