"""Expressions that pass values on, or compute from them."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING

from relay.adapters.outbound.mongodb.protection.flows import (
    CONSTANT,
    GENERATED,
    NOTHING,
    Flow,
    Value,
    constant,
    made_of,
)
from relay.adapters.outbound.mongodb.protection.literals import is_alone
from relay.adapters.outbound.mongodb.protection.scope import Handler, Scope, rows

if TYPE_CHECKING:
    from relay.adapters.outbound.mongodb.protection.expressions import Expressions


def computed(
    self: Expressions, argument: object, scope: Scope, at: str, *, shapes: bool = False, totals: bool = False
) -> Value:
    """Whatever is on no list here: of its arguments nothing is left that a detector could read."""
    items = list(argument.values()) if isinstance(argument, Mapping) and not _is_expression(argument) else argument
    values = self.arguments(items, scope, at)
    for value in values:
        self.checks.computing(value, at) if shapes or totals else self.checks.calculating(value, at)
    made = {one for value in values for one in self.knowledge.made(value, Flow.OPAQUE)}
    if not made and not any(value.is_generated for value in values):
        return CONSTANT
    return made_of(made, varying=True, is_text=shapes)


def _totalled(self: Expressions, argument: object, scope: Scope, at: str) -> Value:
    return computed(self, argument, scope, at, totals=True)


def _is_expression(argument: Mapping[str, object]) -> bool:
    return any(isinstance(key, str) and key.startswith("$") for key in argument)


def _passed(self: Expressions, argument: object, scope: Scope, at: str) -> Value:
    return self.documents.any_of(self.arguments(argument, scope, at))


def _collected(self: Expressions, argument: object, scope: Scope, at: str) -> Value:
    value = _passed(self, argument, scope, at)
    self.checks.grouping(value, at)
    return value


def _picked(self: Expressions, argument: object, scope: Scope, at: str) -> Value:
    """The largest or smallest, of a group or of several: what is made of it can't be compared any more."""
    return _as_picked(self, _passed(self, argument, scope, at), at)


def _picked_some(self: Expressions, argument: object, scope: Scope, at: str) -> Value:
    self.checks.counting(self.part(argument, "n", scope, at), at)
    return _as_picked(self, self.part(argument, "input", scope, at), at)


def _as_picked(self: Expressions, value: Value, at: str) -> Value:
    """Which of several columns, or of a column and constants, was picked would tell their order."""
    self.checks.computing(value, at)
    made = self.knowledge.made(value, Flow.PICKED)
    if len({one.column.name for one in made}) > 1 or not is_alone(value):
        made = self.knowledge.made(value, Flow.OPAQUE)
    return made_of(made, varying=value.holds_generated, is_text=True) if made else value


def _indexed(self: Expressions, argument: object, scope: Scope, at: str) -> Value:
    first, *others = self.arguments(argument, scope, at) or [NOTHING]
    for value in others:
        self.checks.nothing_but(value, "used as a position", at)
    return first


def _some(self: Expressions, argument: object, scope: Scope, at: str) -> Value:
    self.checks.counting(self.part(argument, "n", scope, at), at)
    return self.part(argument, "input", scope, at)


def _literal(_self: Expressions, argument: object, _scope: Scope, _at: str) -> Value:
    return constant(*argument) if isinstance(argument, list) else constant(argument)


def _generated(_self: Expressions, _argument: object, _scope: Scope, _at: str) -> Value:
    return GENERATED


def _range(self: Expressions, argument: object, scope: Scope, at: str) -> Value:
    for value in self.arguments(argument, scope, at):
        self.checks.counting(value, at)
    return GENERATED


def _cased(self: Expressions, argument: object, scope: Scope, at: str) -> Value:
    return self.texts.cased(_passed(self, argument, scope, at), at)


def _trimmed(self: Expressions, argument: object, scope: Scope, at: str) -> Value:
    if isinstance(argument, Mapping) and "chars" in argument:
        return computed(self, argument, scope, at, shapes=True)
    return self.texts.trimmed(self.part(argument, "input", scope, at), at)


def _cut(self: Expressions, argument: object, scope: Scope, at: str) -> Value:
    return self.texts.cut(self.arguments(argument, scope, at), at)


def _joined(self: Expressions, argument: object, scope: Scope, at: str) -> Value:
    return self.texts.joined(self.arguments(argument, scope, at), at)


def _split(self: Expressions, argument: object, scope: Scope, at: str) -> Value:
    return self.texts.split(self.arguments(argument, scope, at), at)


def _length(self: Expressions, argument: object, scope: Scope, at: str) -> Value:
    return self.texts.length(_passed(self, argument, scope, at), at)


def _replaced(self: Expressions, argument: object, scope: Scope, at: str) -> Value:
    return computed(self, argument, scope, at, shapes=True)


OPERATORS: Mapping[str, Handler] = MappingProxyType(
    {
        **rows("$ifNull $concatArrays $mergeObjects $reverseArray $first $last $push", _passed),
        **rows("$addToSet", _collected),
        **rows("$max $min", _picked),
        **rows("$maxN $minN", _picked_some),
        **rows("$arrayElemAt $slice", _indexed),
        **rows("$firstN $lastN", _some),
        **rows("$sum $avg $stdDevPop $stdDevSamp $median $percentile", _totalled),
        **rows("$literal", _literal),
        **rows("$meta $rand $sampleRate $count", _generated),
        **rows("$range", _range),
        **rows("$toLower $toUpper $toString", _cased),
        **rows("$trim $ltrim $rtrim", _trimmed),
        **rows("$substr $substrCP $substrBytes", _cut),
        **rows("$concat", _joined),
        **rows("$split", _split),
        **rows("$strLenCP $strLenBytes $binarySize", _length),
        **rows("$replaceOne $replaceAll", _replaced),
    }
)
