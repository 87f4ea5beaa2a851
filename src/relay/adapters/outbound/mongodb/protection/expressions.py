"""Follows aggregation expressions: what each yields, and of what."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from relay.adapters.outbound.mongodb.findings import below
from relay.adapters.outbound.mongodb.protection.checks import Checks
from relay.adapters.outbound.mongodb.protection.documents import Documents
from relay.adapters.outbound.mongodb.protection.flows import (
    CONSTANT,
    GENERATED,
    NOTHING,
    Column,
    Flow,
    Holds,
    Made,
    Value,
    constant,
    document,
    made_of,
)
from relay.adapters.outbound.mongodb.protection.knowledge import Knowledge
from relay.adapters.outbound.mongodb.protection.texts import TextExpressions


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
            return HANDLERS.get(name, _computed)(self, expression[name], scope, where)
        return document({key: self.follow(item, scope, below(at, f".{key}")) for key, item in expression.items()})

    def _text(self, text: str, scope: Scope, at: str) -> Value:
        if not text.startswith("$"):
            return constant(text)
        name, _, path = text.removeprefix("$$").partition(".")
        if not text.startswith("$$"):
            name, path = "CURRENT", text[1:]
        found = self.variable(name, scope)
        return self.documents.get(found, path, at) if path else found

    @staticmethod
    def variable(name: str, scope: Scope) -> Value:
        """Return what a variable stands for; the server's own hold no document, but for those of the root."""
        if name in scope.variables:
            return scope.variables[name]
        if name in ("ROOT", "CURRENT", "DESCEND", "KEEP"):
            return scope.root
        return NOTHING if name == "REMOVE" else CONSTANT

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
            return value
        keys = Made(column=Column(name="a field's name", holds=Holds.UNKNOWN), flow=Flow.PLAIN)
        kept = self.knowledge.made(value, Flow.PLAIN)
        own = frozenset({keys}) if self.knowledge.follows_values and value.places else frozenset()
        return Value(made=kept | own, literals=value.literals, varying=value.varying, is_text=True)


def _computed(
    self: Expressions, argument: object, scope: Scope, at: str, *, shapes: bool = False, totals: bool = False
) -> Value:
    """Whatever is on no list here: of its arguments nothing is left that a detector could read."""
    items = list(argument.values()) if isinstance(argument, Mapping) and not _is_expression(argument) else argument
    values = self.arguments(items, scope, at)
    for value in values:
        self.checks.computing(value, at) if shapes or totals else self.checks.calculating(value, at)
    made = {one for value in values for one in self.knowledge.made(value, Flow.OPAQUE)}
    if not made and not any(value.varying for value in values):
        return CONSTANT
    return made_of(made, varying=True, is_text=shapes)


def _totalled(self: Expressions, argument: object, scope: Scope, at: str) -> Value:
    return _computed(self, argument, scope, at, totals=True)


def _is_scalar(item: object) -> bool:
    return not isinstance(item, Mapping | list | tuple) and not (isinstance(item, str) and item.startswith("$"))


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
    self.checks.computing(value, at)
    made = self.knowledge.made(value, Flow.PICKED)
    return made_of(made, varying=value.varying, is_text=True) if made else value


def _indexed(self: Expressions, argument: object, scope: Scope, at: str) -> Value:
    first, *others = self.arguments(argument, scope, at) or [NOTHING]
    for value in others:
        self.checks.nothing_but(value, "used as a position", at)
    return first


def _some(self: Expressions, argument: object, scope: Scope, at: str) -> Value:
    self.checks.counting(self.part(argument, "n", scope, at), at)
    return self.part(argument, "input", scope, at)


def _present(self: Expressions, argument: object, scope: Scope, at: str) -> Value:
    for value in self.arguments(argument, scope, at):
        self.checks.presence(value, at)
    return GENERATED


def _size(self: Expressions, argument: object, scope: Scope, at: str) -> Value:
    """The size of a document, of all its fields together."""
    for value in self.arguments(argument, scope, at):
        self.checks.computing(value, at)
    return GENERATED


def _equal(self: Expressions, argument: object, scope: Scope, at: str) -> Value:
    values = self.arguments(argument, scope, at)
    if values:
        self.checks.equality(values, at)
    return GENERATED


def _set(self: Expressions, argument: object, scope: Scope, at: str) -> Value:
    values = self.arguments(argument, scope, at)
    if values:
        self.checks.equality(values, at)
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
    """Follow the step as often as a flow can go one further."""
    taken = self.part(argument, "input", scope, at)
    self.checks.presence(taken, at)
    so_far = self.part(argument, "initialValue", scope, at)
    for _ in range(max(Flow)):
        inner = scope.binding({"value": so_far, "this": taken})
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
    named, source = self.follow(argument, scope, at), self.variable("CURRENT", scope)
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
        return _computed(self, argument, scope, at, shapes=True)
    return self.texts.cased(self.part(argument, "input", scope, at), at)


def _cut(self: Expressions, argument: object, scope: Scope, at: str) -> Value:
    return self.texts.cut(self.arguments(argument, scope, at), at)


def _joined(self: Expressions, argument: object, scope: Scope, at: str) -> Value:
    return self.texts.joined(self.arguments(argument, scope, at), at)


def _split(self: Expressions, argument: object, scope: Scope, at: str) -> Value:
    return self.texts.split(self.arguments(argument, scope, at), at)


def _length(self: Expressions, argument: object, scope: Scope, at: str) -> Value:
    return self.texts.length(_passed(self, argument, scope, at), at)


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


def _replaced(self: Expressions, argument: object, scope: Scope, at: str) -> Value:
    return _computed(self, argument, scope, at, shapes=True)


def _rows(names: str, handler: Handler) -> dict[str, Handler]:
    return dict.fromkeys(names.split(), handler)


HANDLERS: Mapping[str, Handler] = MappingProxyType(
    {
        **_rows("$ifNull $concatArrays $mergeObjects $reverseArray $first $last $push", _passed),
        **_rows("$addToSet", _collected),
        **_rows("$max $min", _picked),
        **_rows("$maxN $minN", _picked_some),
        **_rows("$arrayElemAt $slice", _indexed),
        **_rows("$firstN $lastN", _some),
        **_rows("$isArray $isNumber $type $size", _present),
        **_rows("$sum $avg $stdDevPop $stdDevSamp $median $percentile", _totalled),
        **_rows("$bsonSize", _size),
        **_rows("$eq $ne $in $setEquals $setIsSubset $indexOfArray", _equal),
        **_rows("$setUnion $setIntersection $setDifference", _set),
        **_rows("$gt $gte $lt $lte $cmp $strcasecmp", _ordered),
        **_rows("$and $or $not $allElementsTrue $anyElementTrue", _true),
        **_rows("$cond", _cond),
        **_rows("$switch", _switch),
        **_rows("$filter", _filter),
        **_rows("$map", _map),
        **_rows("$reduce", _reduce),
        **_rows("$let", _let),
        **_rows("$sortArray", _sorted_array),
        **_rows("$zip", _zip),
        **_rows("$getField", _get_field),
        **_rows("$setField $unsetField", _set_field),
        **_rows("$objectToArray", _to_pairs),
        **_rows("$arrayToObject", _from_pairs),
        **_rows("$literal", _literal),
        **_rows("$meta $rand $sampleRate $count", _generated),
        **_rows("$range", _range),
        **_rows("$toLower $toUpper $toString", _cased),
        **_rows("$trim $ltrim $rtrim", _trimmed),
        **_rows("$substr $substrCP $substrBytes", _cut),
        **_rows("$concat", _joined),
        **_rows("$split", _split),
        **_rows("$strLenCP $strLenBytes $binarySize", _length),
        **_rows("$indexOfCP $indexOfBytes", _position),
        **_rows("$regexMatch", _matched),
        **_rows("$regexFind $regexFindAll", _found),
        **_rows("$replaceOne $replaceAll", _replaced),
    }
)
"""What is not here computes, as `_computed` says."""
