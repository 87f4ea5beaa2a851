"""Reading and writing fields of followed values, as the server does with documents."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import reduce
from types import MappingProxyType

from relay.adapters.outbound.mongodb.protection.flows import COMPUTED, CONSTANT, NOTHING, Place, Value
from relay.adapters.outbound.mongodb.protection.paths import join
from relay.adapters.outbound.mongodb.protection.pieces import bounded
from relay.adapters.outbound.mongodb.protection.steps import Steps

FIELDS_A_STEP = 100
"""Of a document that is copied so that a field can be set."""
MERGE_STEPS = 3
"""What merging two documents counts as, beside what their fields do."""
MAX_LITERALS = 1_000
"""Of one value, that are kept to be looked at."""


class Documents:
    """Works on values within the steps of one statement."""

    def __init__(self, steps: Steps, *, named: Callable[[Value, str], None]) -> None:
        self._steps = steps
        self._named = named

    def step(self) -> None:
        """Take one step of the statement's."""
        self._steps.take()

    def get(self, value: Value, path: str, at: str) -> Value:
        """Return what a path of a document leads to, through arrays on its way; `at`: where it is named."""
        for name in path.split("."):
            value = self.field(value, name)
        self._named(value, at)
        return value

    def field(self, value: Value, name: str) -> Value:
        """Return what one field of a document may be; what the position of an array's element is, it may be as well."""
        self._steps.take()
        found = self._own(value, name)
        if name.isdecimal() or name == "$":
            return self.merge(found, value) if name in value.fields else value
        if name not in value.fields and value.literals:
            found = self.merge(found, CONSTANT)
        if value.made or value.varying:
            found = self.merge(found, replace(value, places=frozenset(), fields=MappingProxyType({})))
        return found

    def put(self, value: Value, path: str, new: Value) -> Value:
        """Return the document with a field set."""
        self._steps.take(1 + len(value.fields) // FIELDS_A_STEP)
        name, _, rest = path.partition(".")
        if rest:
            new = self.put(self.field(value, name), rest, new)
        return replace(value, fields=MappingProxyType({**value.fields, name: new}), literals=())

    def remove(self, value: Value, path: str) -> Value:
        """Return the document without a field."""
        return self.put(value, path, NOTHING)

    def merge(self, one: Value, other: Value) -> Value:
        """Return what may be either."""
        self._steps.take(MERGE_STEPS)
        if one is other:
            return one
        fields = {}
        for name in {*one.fields, *other.fields}:
            fields[name] = self.merge(self._own(one, name), self._own(other, name))
        literals = (*one.literals, *other.literals)
        return Value(
            places=one.places | other.places,
            made=bounded(one.made | other.made),
            fields=MappingProxyType(fields),
            literals=literals if len(literals) <= MAX_LITERALS else (*literals[:MAX_LITERALS], COMPUTED),
            varying=one.varying or other.varying,
            is_text=_is_text(one) and _is_text(other),
        )

    def _own(self, value: Value, name: str) -> Value:
        return value.fields.get(name) or Value(
            places=frozenset(Place(collection=at.collection, path=join(at.path, name)) for at in value.places)
        )

    def any_of(self, values: Iterable[Value]) -> Value:
        """Return what may be any of them."""
        return reduce(self.merge, values, NOTHING)


def _is_text(value: Value) -> bool:
    return value.is_text or not (value.made or value.varying)
