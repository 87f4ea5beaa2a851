"""Expressions over arrays and documents, and those that name what they work on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING

from relay.adapters.outbound.mongodb.findings import below
from relay.adapters.outbound.mongodb.protection.flows import (
    Flow,
    Value,
)
from relay.adapters.outbound.mongodb.protection.pieces import loosened
from relay.adapters.outbound.mongodb.protection.scope import Handler, Scope, rows

if TYPE_CHECKING:
    from relay.adapters.outbound.mongodb.protection.expressions import Expressions


def _name(argument: object, key: str, default: str) -> str:
    named = argument.get(key, default) if isinstance(argument, Mapping) else default
    return named if isinstance(named, str) else default


def _filter(self: Expressions, argument: object, scope: Scope, at: str) -> Value:
    taken = self.part(argument, "input", scope, at)
    inner = scope.binding({_name(argument, "as", "this"): taken})
    self.checks.condition(self.part(argument, "cond", inner, at), at)
    self.checks.counting(self.part(argument, "limit", scope, at), at)
    return taken


def _map(self: Expressions, argument: object, scope: Scope, at: str) -> Value:
    taken = self.part(argument, "input", scope, at)
    self.checks.presence(taken, at)
    return self.part(argument, "in", scope.binding({_name(argument, "as", "this"): taken}), at)


def _reduce(self: Expressions, argument: object, scope: Scope, at: str) -> Value:
    """Follow the step as often as a flow can go one further; what a step made is another text in each round."""
    taken = self.part(argument, "input", scope, at)
    self.checks.presence(taken, at)
    so_far = self.part(argument, "initialValue", scope, at)
    for _ in range(max(Flow)):
        inner = scope.binding({"value": loosened(so_far), "this": taken})
        so_far = self.documents.any_of([so_far, self.part(argument, "in", inner, at)])
    return replace(so_far, varying=so_far.varying or bool(so_far.made))


def _let(self: Expressions, argument: object, scope: Scope, at: str) -> Value:
    given = argument.get("vars") if isinstance(argument, Mapping) else None
    names = list(given) if isinstance(given, Mapping) else []
    bound = {name: self.part(given, name, scope, below(at, ".vars")) for name in names}
    return self.part(argument, "in", scope.binding(bound), at)


def _sorted_array(self: Expressions, argument: object, scope: Scope, at: str) -> Value:
    taken = self.part(argument, "input", scope, at)
    keys = argument.get("sortBy") if isinstance(argument, Mapping) else None
    paths = list(keys) if isinstance(keys, Mapping) else []
    self.checks.order([self.documents.get(taken, path, at) for path in paths] or [taken], at)
    return taken


def _zip(self: Expressions, argument: object, scope: Scope, at: str) -> Value:
    return self.documents.any_of(self.part(argument, name, scope, at) for name in ("inputs", "defaults"))


def _constant_name(value: Value) -> str | None:
    literal = value.literals[0] if len(value.literals) == 1 else None
    return literal if value.is_constant and isinstance(literal, str) else None


def _get_field(self: Expressions, argument: object, scope: Scope, at: str) -> Value:
    named, source = self.follow(argument, scope, at), self.variable("CURRENT", scope, at)
    if isinstance(argument, Mapping) and "field" in argument:
        named, source = self.part(argument, "field", scope, at), self.part(argument, "input", scope, at)
    name = _constant_name(named)
    if name is not None:
        return self.documents.get(source, name, at)
    self.checks.nothing_but(named, "used as a field's name", at)
    return self.lost_names(source, at)


def _set_field(self: Expressions, argument: object, scope: Scope, at: str) -> Value:
    named, source = (self.part(argument, name, scope, at) for name in ("field", "input"))
    value = self.part(argument, "value", scope, at)
    name = _constant_name(named)
    if name is None or "." in name or name.startswith("$"):
        self.checks.nothing_but(named, "used as a field's name", at)
        return self.documents.any_of([self.lost_names(source, at), self.lost_names(value, at)])
    return self.documents.put(source, name, value)


def _to_pairs(self: Expressions, argument: object, scope: Scope, at: str) -> Value:
    values = self.arguments(argument, scope, at)
    return self.documents.any_of(self.lost_names(value, at) for value in values)


def _from_pairs(self: Expressions, argument: object, scope: Scope, at: str) -> Value:
    """Names of fields are not masked as values are: nothing that was computed may become one."""
    value = self.documents.any_of(self.arguments(argument, scope, at))
    for one in self.knowledge.made(value, Flow.PLAIN):
        if one.flow > Flow.PLAIN:
            self.checks.nothing_but(Value(made=frozenset({one})), "made a field's name", at)
    return self.lost_names(value, at)


OPERATORS: Mapping[str, Handler] = MappingProxyType(
    {
        **rows("$filter", _filter),
        **rows("$map", _map),
        **rows("$reduce", _reduce),
        **rows("$let", _let),
        **rows("$sortArray", _sorted_array),
        **rows("$zip", _zip),
        **rows("$getField", _get_field),
        **rows("$setField $unsetField", _set_field),
        **rows("$objectToArray", _to_pairs),
        **rows("$arrayToObject", _from_pairs),
    }
)
