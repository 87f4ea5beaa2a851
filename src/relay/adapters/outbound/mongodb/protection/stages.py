"""Follows pipelines: what documents each stage yields, and what it asks of those that it takes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from relay.adapters.outbound.mongodb.findings import below
from relay.adapters.outbound.mongodb.protection.expressions import Expressions
from relay.adapters.outbound.mongodb.protection.flows import GENERATED, Place, Value, document
from relay.adapters.outbound.mongodb.protection.projections import ID, Projections
from relay.adapters.outbound.mongodb.protection.queries import Queries
from relay.adapters.outbound.mongodb.protection.scope import Scope

Stage = Callable[["Pipelines", object, Scope, str], Value]


class UnknownStageError(Exception):
    """A stage that nobody here knows, as the definition of a view may hold."""


class Pipelines:
    """Follows the pipelines of one statement."""

    def __init__(self, expressions: Expressions) -> None:
        self.expressions = expressions
        self.documents = expressions.documents
        self.checks = expressions.checks
        self.queries = Queries(expressions)
        self.projections = Projections(expressions=expressions, queries=self.queries)

    @staticmethod
    def collection(name: str) -> Value:
        """Return the documents of a collection or view."""
        return Value(places=frozenset({Place(collection=name, path="")}))

    def follow(self, pipeline: Iterable[Mapping[str, object]], scope: Scope, at: str) -> Value:
        """Return the documents that a pipeline yields. Raises COLUMN_NOT_ALLOWED, or UnknownStageError."""
        for index, stage in enumerate(pipeline):
            self.documents.step()
            ((name, argument),) = stage.items()
            handler = STAGES.get(name)
            if handler is None:
                raise UnknownStageError
            scope = scope.of(handler(self, argument, scope, below(at, f"[{index}].{name}")))
        return scope.root

    def sort(self, keys: object, root: Value, at: str) -> None:
        """Check what documents are put in order by."""
        for path, direction in keys.items() if isinstance(keys, Mapping) else ():
            if not isinstance(direction, Mapping):
                self.checks.order([self.documents.get(root, path, at)], below(at, f".{path}"))

    def group(self, expression: object, scope: Scope, at: str) -> Value:
        """Return what documents are grouped by."""
        value = self.expressions.follow(expression, scope, at)
        self.checks.grouping(value, at)
        return value

    def accumulated(self, fields: object, scope: Scope, at: str) -> dict[str, Value]:
        """Return what each accumulator yields."""
        given = fields.items() if isinstance(fields, Mapping) else ()
        return {name: self.accumulator(item, scope, below(at, f".{name}")) for name, item in given}

    def accumulator(self, item: object, scope: Scope, at: str) -> Value:
        """Return what one accumulator, or one operator of a window, yields."""
        if not isinstance(item, Mapping):
            return self.expressions.follow(item, scope, at)
        name = next(iter(item), "")
        argument, where = item.get(name), below(at, f".{name}")
        if name in ("$top", "$bottom", "$topN", "$bottomN"):
            self.sort(argument.get("sortBy") if isinstance(argument, Mapping) else None, scope.root, where)
            self.checks.counting(self.expressions.part(argument, "n", scope, where), where)
            return self.expressions.part(argument, "output", scope, where)
        if name == "$shift":
            taken = (self.expressions.part(argument, key, scope, where) for key in ("output", "default"))
            return self.documents.any_of(taken)
        if name in ("$locf",):
            return self.expressions.follow(argument, scope, where)
        if name in ("$rank", "$denseRank", "$documentNumber", "$count"):
            return GENERATED
        return self.expressions.follow({name: argument}, scope, at)


def _part(argument: object, name: str) -> object:
    return argument.get(name) if isinstance(argument, Mapping) else None


def _match(self: Pipelines, argument: object, scope: Scope, at: str) -> Value:
    self.queries.follow(argument, scope, at)
    return scope.root


def _project(self: Pipelines, argument: object, scope: Scope, at: str) -> Value:
    return self.projections.follow(argument if isinstance(argument, Mapping) else {}, scope, at)


def _add(self: Pipelines, argument: object, scope: Scope, at: str) -> Value:
    return self.projections.add(argument if isinstance(argument, Mapping) else {}, scope, at)


def _unset(self: Pipelines, argument: object, scope: Scope, _at: str) -> Value:
    return self.projections.unset(scope.root, argument)


def _sort(self: Pipelines, argument: object, scope: Scope, at: str) -> Value:
    self.sort(argument, scope.root, at)
    return scope.root


def _same(_self: Pipelines, _argument: object, scope: Scope, _at: str) -> Value:
    return scope.root


def _count(_self: Pipelines, argument: object, _scope: Scope, _at: str) -> Value:
    return document({str(argument): GENERATED})


def _sort_by_count(self: Pipelines, argument: object, scope: Scope, at: str) -> Value:
    return document({ID: self.group(argument, scope, at), "count": GENERATED})


def _group(self: Pipelines, argument: object, scope: Scope, at: str) -> Value:
    others = {name: item for name, item in argument.items() if name != ID} if isinstance(argument, Mapping) else {}
    by = self.group(_part(argument, ID), scope, below(at, "._id"))
    return document({ID: by, **self.accumulated(others, scope, at)})


def _replace_root(self: Pipelines, argument: object, scope: Scope, at: str) -> Value:
    return _as_root(self, self.expressions.part(argument, "newRoot", scope, at), at)


def _replace_with(self: Pipelines, argument: object, scope: Scope, at: str) -> Value:
    return _as_root(self, self.expressions.follow(argument, scope, at), at)


def _as_root(self: Pipelines, value: Value, at: str) -> Value:
    """Names of fields leave: those of a document that is under a rule may not become the answer's."""
    self.checks.document(value, at)
    return value


def _redact(self: Pipelines, argument: object, scope: Scope, at: str) -> Value:
    """Follow it where a name may stand for the field of any document within."""
    anywhere = self.expressions.lost_names(scope.root, at)
    self.expressions.follow(argument, Scope(root=anywhere, variables=scope.variables), at)
    return scope.root


def _facet(self: Pipelines, argument: object, scope: Scope, at: str) -> Value:
    given = argument.items() if isinstance(argument, Mapping) else ()
    found = {name: self.follow(pipeline, scope, below(at, f".{name}")) for name, pipeline in given}
    return document({ID: GENERATED, **found})  # servers that are not MongoDB give the one document an id


def _unwind(self: Pipelines, argument: object, scope: Scope, at: str) -> Value:
    path = str(_part(argument, "path") if isinstance(argument, Mapping) else argument).removeprefix("$")
    self.checks.presence(self.documents.get(scope.root, path, at), at)
    index = _part(argument, "includeArrayIndex")
    return self.documents.put(scope.root, str(index), GENERATED) if index else scope.root


def _bucket(self: Pipelines, argument: object, scope: Scope, at: str) -> Value:
    by = self.expressions.part(argument, "groupBy", scope, at)
    bounds = self.expressions.part(argument, "boundaries", scope, at)
    self.checks.order([by, bounds], below(at, ".groupBy"))
    self.checks.grouping(by, below(at, ".groupBy"))
    output = _part(argument, "output")
    fields = self.accumulated(output, scope, below(at, ".output")) if output else {"count": GENERATED}
    lowest = by if _part(argument, "buckets") is not None else self.documents.any_of([bounds, GENERATED])
    return document({ID: lowest, **fields})


def _lookup(self: Pipelines, argument: object, scope: Scope, at: str) -> Value:
    foreign = self.collection(str(_part(argument, "from")))
    if _part(argument, "localField") is not None:
        near = self.documents.get(scope.root, str(_part(argument, "localField")), at)
        far = self.documents.get(foreign, str(_part(argument, "foreignField")), at)
        self.checks.equality([near, far], at)
    given = _part(argument, "let")
    names = list(given) if isinstance(given, Mapping) else []
    bound = {name: self.expressions.part(given, name, scope, below(at, ".let")) for name in names}
    inner = Scope(root=foreign, variables=scope.of(foreign).binding(bound).variables)
    pipeline = _part(argument, "pipeline")
    joined = self.follow(pipeline if isinstance(pipeline, list | tuple) else (), inner, below(at, ".pipeline"))
    return self.documents.put(scope.root, str(_part(argument, "as")), joined)


def _graph_lookup(self: Pipelines, argument: object, scope: Scope, at: str) -> Value:
    foreign = self.collection(str(_part(argument, "from")))
    start = self.expressions.part(argument, "startWith", scope, at)
    source, target = (
        self.documents.get(foreign, str(_part(argument, f"connect{way}Field")), at) for way in ("From", "To")
    )
    self.checks.equality([start, target], at)
    self.checks.equality([source, target], at)
    self.queries.follow(_part(argument, "restrictSearchWithMatch"), scope.of(foreign), at)
    depth = _part(argument, "depthField")
    found = self.documents.put(foreign, str(depth), GENERATED) if depth else foreign
    return self.documents.put(scope.root, str(_part(argument, "as")), found)


def _union(self: Pipelines, argument: object, scope: Scope, at: str) -> Value:
    name = argument if isinstance(argument, str) else _part(argument, "coll")
    pipeline = _part(argument, "pipeline")
    other = scope.of(self.collection(str(name)))
    found = self.follow(pipeline if isinstance(pipeline, list | tuple) else (), other, below(at, ".pipeline"))
    return self.documents.any_of([scope.root, found])


def _geo_near(self: Pipelines, argument: object, scope: Scope, at: str) -> Value:
    key = _part(argument, "key")
    if key:
        self.checks.order([self.documents.get(scope.root, str(key), at)], below(at, ".key"))
    self.queries.follow(_part(argument, "query"), scope, below(at, ".query"))
    value = scope.root
    for name, put in (("distanceField", GENERATED), ("includeLocs", self.expressions.lost_names(scope.root, at))):
        if _part(argument, name):
            value = self.documents.put(value, str(_part(argument, name)), put)
    return value


def _windows(self: Pipelines, argument: object, scope: Scope, at: str) -> Value:
    self.group(_part(argument, "partitionBy"), scope, below(at, ".partitionBy"))
    self.sort(_part(argument, "sortBy"), scope.root, below(at, ".sortBy"))
    output, value = _part(argument, "output"), scope.root
    for path, item in output.items() if isinstance(output, Mapping) else ():
        operator = {name: part for name, part in item.items() if name != "window"}
        value = self.documents.put(value, path, self.accumulator(operator, scope, below(at, f".output.{path}")))
    return value


def _partitioned(self: Pipelines, argument: object, scope: Scope, at: str) -> None:
    self.group(_part(argument, "partitionBy"), scope, below(at, ".partitionBy"))
    names = _part(argument, "partitionByFields")
    for name in names if isinstance(names, list) else [names] if names else []:
        self.checks.grouping(self.documents.get(scope.root, str(name), at), at)


def _densify(self: Pipelines, argument: object, scope: Scope, at: str) -> Value:
    path = str(_part(argument, "field"))
    here = self.documents.get(scope.root, path, at)
    self.checks.order([here], below(at, ".field"))
    _partitioned(self, argument, scope, at)
    return self.documents.put(scope.root, path, self.documents.any_of([here, GENERATED]))


def _fill(self: Pipelines, argument: object, scope: Scope, at: str) -> Value:
    _partitioned(self, argument, scope, at)
    self.sort(_part(argument, "sortBy"), scope.root, below(at, ".sortBy"))
    output, value = _part(argument, "output"), scope.root
    for path, item in output.items() if isinstance(output, Mapping) else ():
        here = self.documents.get(scope.root, path, at)
        if _part(item, "method") == "linear":
            self.checks.order([here], below(at, f".output.{path}"))
        given = self.expressions.part(item, "value", scope, below(at, f".output.{path}"))
        value = self.documents.put(value, path, self.documents.any_of([here, given]))
    return value


STAGES: Mapping[str, Stage] = {
    "$match": _match,
    "$project": _project,
    "$addFields": _add,
    "$set": _add,
    "$unset": _unset,
    "$sort": _sort,
    "$limit": _same,
    "$skip": _same,
    "$sample": _same,
    "$count": _count,
    "$sortByCount": _sort_by_count,
    "$group": _group,
    "$replaceRoot": _replace_root,
    "$replaceWith": _replace_with,
    "$redact": _redact,
    "$facet": _facet,
    "$unwind": _unwind,
    "$bucket": _bucket,
    "$bucketAuto": _bucket,
    "$lookup": _lookup,
    "$graphLookup": _graph_lookup,
    "$unionWith": _union,
    "$geoNear": _geo_near,
    "$setWindowFields": _windows,
    "$densify": _densify,
    "$fill": _fill,
}
