"""Follows filters: what each condition asks of the field it stands on."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from bson.regex import Regex

from relay.adapters.outbound.mongodb.findings import below
from relay.adapters.outbound.mongodb.protection.expressions import Expressions
from relay.adapters.outbound.mongodb.protection.flows import Value, constant
from relay.adapters.outbound.mongodb.protection.scope import Scope

Condition = Callable[["Queries", Value, object, str], None]


class Queries:
    """Follows the filters of one statement. A filter that is read yields the same documents."""

    def __init__(self, expressions: Expressions) -> None:
        self._expressions = expressions
        self._documents = expressions.documents
        self._checks = expressions.checks

    def follow(self, query: object, scope: Scope, at: str) -> None:
        """Check a filter on the documents of the scope. Raises COLUMN_NOT_ALLOWED."""
        for key, item in query.items() if isinstance(query, Mapping) else ():
            where = below(at, f".{key}")
            self._documents.step()
            if not key.startswith("$"):
                self._condition(self._documents.get(scope.root, key, where), item, where)
            elif key in ("$and", "$or", "$nor"):
                for index, each in enumerate(item):
                    self.follow(each, scope, below(where, f"[{index}]"))
            elif key == "$expr":
                self._checks.condition(self._expressions.follow(item, scope, where), where)
            elif key == "$text":
                self._checks.any_text([scope.root], where)
            elif key not in ("$comment", "$sampleRate"):
                self._checks.nothing_but(scope.root, "searched", where)

    def _condition(self, value: Value, item: object, at: str) -> None:
        if isinstance(item, Mapping) and any(str(key).startswith("$") for key in item):
            for name, argument in item.items():
                self._documents.step()
                CONDITIONS.get(name, _nothing)(self, value, argument, below(at, f".{name}"))
        else:
            _equal(self, value, item, at)

    def negated(self, value: Value, item: object, at: str) -> None:
        """A condition under $not."""
        self._condition(value, item, at)

    def element(self, value: Value, item: object, at: str) -> None:
        """A condition on elements of an array: operators on the element, or a filter on its fields."""
        first = next(iter(item), "") if isinstance(item, Mapping) else ""
        if first.startswith("$") and first not in ("$and", "$or", "$nor", "$expr", "$text", "$sampleRate", "$comment"):
            self._condition(value, item, at)
        else:
            self.follow(item, Scope(root=value), at)

    def equality(self, value: Value, literals: list[object], at: str) -> None:
        """A value for being one of these; a regular expression among them is a pattern."""
        patterns = [literal for literal in literals if isinstance(literal, Regex)]
        plain = [literal for literal in literals if not isinstance(literal, Regex)]
        for _ in patterns:
            self._checks.pattern(value, at)
        if plain or not patterns:
            self._checks.equality([value, constant(*plain)], at)

    def order(self, value: Value, literal: object, at: str) -> None:
        """A value for being above or below a literal."""
        self._checks.order([value, constant(literal)], at, with_constants=True)

    def pattern(self, value: Value, at: str) -> None:
        """A value for a pattern in it."""
        self._checks.pattern(value, at)

    def presence(self, value: Value, at: str) -> None:
        """A value for being there."""
        self._checks.presence(value, at)

    def nothing(self, value: Value, at: str) -> None:
        """A value in some other way."""
        self._checks.nothing_but(value, "computed with", at)


def _equal(self: Queries, value: Value, item: object, at: str) -> None:
    self.equality(value, [item], at)


def _one_of(self: Queries, value: Value, item: object, at: str) -> None:
    self.equality(value, list(item) if isinstance(item, list) else [item], at)


def _all(self: Queries, value: Value, item: object, at: str) -> None:
    for each in item if isinstance(item, list) else [item]:
        if isinstance(each, Mapping) and "$elemMatch" in each:
            self.element(value, each["$elemMatch"], at)
        else:
            self.equality(value, [each], at)


def _order(self: Queries, value: Value, item: object, at: str) -> None:
    self.order(value, item, at)


def _geometry(self: Queries, value: Value, _item: object, at: str) -> None:
    self.order(value, 0, at)


def _pattern(self: Queries, value: Value, _item: object, at: str) -> None:
    self.pattern(value, at)


def _present(self: Queries, value: Value, _item: object, at: str) -> None:
    self.presence(value, at)


def _negated(self: Queries, value: Value, item: object, at: str) -> None:
    if isinstance(item, Regex):
        self.pattern(value, at)
    else:
        self.negated(value, item, at)


def _element(self: Queries, value: Value, item: object, at: str) -> None:
    self.element(value, item, at)


def _silent(_self: Queries, _value: Value, _item: object, _at: str) -> None:
    """Says nothing of the value."""


def _nothing(self: Queries, value: Value, _item: object, at: str) -> None:
    self.nothing(value, at)


CONDITIONS: Mapping[str, Condition] = {
    **dict.fromkeys(("$eq", "$ne"), _equal),
    **dict.fromkeys(("$in", "$nin"), _one_of),
    "$all": _all,
    **dict.fromkeys(("$gt", "$gte", "$lt", "$lte"), _order),
    **dict.fromkeys(("$geoWithin", "$geoIntersects", "$near", "$nearSphere"), _geometry),
    **dict.fromkeys(("$exists", "$type", "$size"), _present),
    "$regex": _pattern,
    "$not": _negated,
    "$elemMatch": _element,
    **dict.fromkeys(("$options", "$comment", "$maxDistance", "$minDistance"), _silent),
}
"""What is not here ($mod, bits) computes with the value: nothing protected may stand there."""
