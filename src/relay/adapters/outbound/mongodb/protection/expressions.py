"""Follows aggregation expressions: what each yields, and of what."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from relay.adapters.outbound.mongodb.findings import below, blocked
from relay.adapters.outbound.mongodb.protection import operators_documents, operators_tests, operators_values
from relay.adapters.outbound.mongodb.protection.checks import Checks
from relay.adapters.outbound.mongodb.protection.documents import Documents
from relay.adapters.outbound.mongodb.protection.flows import (
    CONSTANT,
    NOTHING,
    Column,
    Flow,
    Holds,
    Made,
    Value,
    constant,
    document,
)
from relay.adapters.outbound.mongodb.protection.knowledge import Knowledge
from relay.adapters.outbound.mongodb.protection.operators_values import computed
from relay.adapters.outbound.mongodb.protection.scope import Handler, Scope
from relay.adapters.outbound.mongodb.protection.texts import TextExpressions

HANDLERS: Mapping[str, Handler] = MappingProxyType(
    {**operators_values.OPERATORS, **operators_tests.OPERATORS, **operators_documents.OPERATORS}
)
"""By operator; what is not here computes, and nothing is left that a detector could read."""

ROOTS = frozenset({"ROOT", "CURRENT", "DESCEND", "KEEP"})
CONSTANTS: Mapping[str, Value] = MappingProxyType(
    {"REMOVE": NOTHING, "PRUNE": NOTHING, "NOW": CONSTANT, "CLUSTER_TIME": CONSTANT}
)
"""The server's own variables."""


class Expressions:
    """Follows expressions of one statement."""

    def __init__(self, *, knowledge: Knowledge, checks: Checks, documents: Documents) -> None:
        self.knowledge = knowledge
        self.checks = checks
        self.documents = documents
        self.texts = TextExpressions(knowledge=knowledge, checks=checks)

    def follow(self, expression: object, scope: Scope, at: str) -> Value:
        """Return what an expression yields. Raises COLUMN_NOT_ALLOWED for what it may not do with a field."""
        self.documents.step()
        if isinstance(expression, str):
            return self._text(expression, scope, at)
        if isinstance(expression, list | tuple):
            if all(map(_is_scalar, expression)):
                return constant(*expression)
            items = (self.follow(item, scope, below(at, f"[{index}]")) for index, item in enumerate(expression))
            return self.documents.any_of(items)
        if not isinstance(expression, Mapping):
            return constant(expression)
        name = next(iter(expression), "")
        if isinstance(name, str) and name.startswith("$"):
            where = below(at, f".{name}")
            return HANDLERS.get(name, computed)(self, expression[name], scope, where)
        return document({key: self.follow(item, scope, below(at, f".{key}")) for key, item in expression.items()})

    def _text(self, text: str, scope: Scope, at: str) -> Value:
        if not text.startswith("$"):
            return constant(text)
        name, _, path = text.removeprefix("$$").partition(".")
        if not text.startswith("$$"):
            name, path = "CURRENT", text[1:]
        found = self.variable(name, scope, at)
        return self.documents.get(found, path, at) if path else found

    @staticmethod
    def variable(name: str, scope: Scope, at: str) -> Value:
        """Return what a variable stands for; QUERY_BLOCKED for one that nothing here gave a value."""
        if name in scope.variables:
            return scope.variables[name]
        if name in ROOTS:
            return scope.root
        if name not in CONSTANTS:
            blocked("a variable that has no value", at, "give it one with let, $let, or as")
        return CONSTANTS[name]

    def arguments(self, argument: object, scope: Scope, at: str) -> list[Value]:
        """Return what each argument yields."""
        items = argument if isinstance(argument, list | tuple) else [argument]
        return [self.follow(item, scope, below(at, f"[{index}]")) for index, item in enumerate(items)]

    def part(self, argument: object, name: str, scope: Scope, at: str) -> Value:
        """Return what a named argument yields, nothing if it is not given."""
        if not isinstance(argument, Mapping) or name not in argument:
            return NOTHING
        return self.follow(argument[name], scope, below(at, f".{name}"))

    def lost_names(self, value: Value, at: str) -> Value:
        """Return what any field of a document may hold, and the names of its fields."""
        self.checks.untraced(value, at)
        if value.is_constant:
            return CONSTANT
        keys = Made(column=Column(name="a field's name", holds=Holds.UNKNOWN), flow=Flow.PLAIN)
        kept = self.knowledge.made(value, Flow.PLAIN)
        own = frozenset({keys}) if self.knowledge.follows_values and value.places else frozenset()
        return Value(made=kept | own, varying=value.holds_generated, is_text=True)


def _is_scalar(item: object) -> bool:
    return not isinstance(item, Mapping | list | tuple) and not (isinstance(item, str) and item.startswith("$"))
