"""Pipeline stages that only read, and what each of their arguments is: an allowlist, a row each.

Source of each row: the manual's page `reference/operator/aggregation/<name>`. Not here, on purpose: every stage that
writes ($out, $merge), that shows the server's or other people's state ($currentOp, $listSessions, $collStats,
$indexStats, $planCacheStats, …), that follows changes, and the search stages of one hosted product.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType


class Part(StrEnum):
    """What stands in one place of a stage."""

    QUERY = "a filter"
    PROJECTION = "an object of fields"
    EXPRESSION = "an expression"
    EXPRESSIONS = "an object of expressions by field"
    ACCUMULATORS = "an object of accumulators by field"
    WINDOWS = "an object of window operators by field"
    FILLS = "an object of {value} or {method} by field"
    PIPELINE = "a list of stages"
    PIPELINES = "an object of pipelines by field"
    COLLECTION = "a collection's name"
    SORT = "a sort"
    LITERAL = "a plain value"
    CONSTANTS = "a list of constants"
    NAME = "a field's name"
    NAMES = "a field's name or a list of them"
    PATH = "a field path that begins with $"
    TEXT = "a string"
    COUNT = "an integer of 0 or more"
    NUMBER = "a number"
    FLAG = "true or false"
    POINT = "a GeoJSON point or a pair of numbers"


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """One stage: `whole` when its argument is one thing, `keys` when it is an object of named parts, or either.

    `required` are the keys that must be there; `example` is a whole argument, as JSON.
    """

    page: str
    example: str
    whole: Part | None = None
    keys: Mapping[str, Part] = field(default_factory=lambda: MappingProxyType({}))
    required: frozenset[str] = frozenset()


def _keys(spec: str) -> Mapping[str, Part]:
    pairs = (item.split(":") for item in spec.split())
    return MappingProxyType({key: Part[kind.upper()] for key, kind in pairs})


def _stage(
    name: str, example: str, *, whole: Part | None = None, keys: str = "", required: str = ""
) -> tuple[str, Stage]:
    page = f"reference/operator/aggregation/{name.removeprefix('$')}"
    return name, Stage(page=page, example=example, whole=whole, keys=_keys(keys), required=frozenset(required.split()))


STAGES: Mapping[str, Stage] = MappingProxyType(
    dict(
        [
            _stage("$match", '{"a":1}', whole=Part.QUERY),
            _stage("$project", '{"a":1}', whole=Part.PROJECTION),
            _stage("$addFields", '{"b":"$a"}', whole=Part.EXPRESSIONS),
            _stage("$set", '{"b":"$a"}', whole=Part.EXPRESSIONS),
            _stage("$unset", '["a"]', whole=Part.NAMES),
            _stage("$sort", '{"a":-1}', whole=Part.SORT),
            _stage("$limit", "5", whole=Part.COUNT),
            _stage("$skip", "5", whole=Part.COUNT),
            _stage("$count", '"n"', whole=Part.NAME),
            _stage("$sortByCount", '"$a"', whole=Part.EXPRESSION),
            _stage("$group", '{"_id":"$a","n":{"$sum":1}}', whole=Part.ACCUMULATORS),
            _stage("$replaceRoot", '{"newRoot":"$a"}', keys="newRoot:expression", required="newRoot"),
            _stage("$replaceWith", '"$a"', whole=Part.EXPRESSION),
            _stage("$redact", '{"$cond":[true,"$$KEEP","$$PRUNE"]}', whole=Part.EXPRESSION),
            _stage("$sample", '{"size":3}', keys="size:count", required="size"),
            _stage("$facet", '{"x":[{"$limit":1}]}', whole=Part.PIPELINES),
            _stage(
                "$unwind",
                '"$a"',
                whole=Part.PATH,
                keys="path:path includeArrayIndex:name preserveNullAndEmptyArrays:flag",
                required="path",
            ),
            _stage(
                "$bucket",
                '{"groupBy":"$a","boundaries":[0,10],"default":"other","output":{"n":{"$sum":1}}}',
                keys="groupBy:expression boundaries:constants default:expression output:accumulators",
                required="groupBy boundaries",
            ),
            _stage(
                "$bucketAuto",
                '{"groupBy":"$a","buckets":4}',
                keys="groupBy:expression buckets:count output:accumulators granularity:text",
                required="groupBy buckets",
            ),
            _stage(
                "$lookup",
                '{"from":"other","localField":"a","foreignField":"b","as":"c"}',
                keys="from:collection localField:name foreignField:name let:expressions pipeline:pipeline as:name",
                required="from as",
            ),
            _stage(
                "$graphLookup",
                '{"from":"other","startWith":"$a","connectFromField":"a","connectToField":"b","as":"c"}',
                keys="from:collection startWith:expression connectFromField:name connectToField:name as:name"
                " maxDepth:count depthField:name restrictSearchWithMatch:query",
                required="from startWith connectFromField connectToField as",
            ),
            _stage(
                "$unionWith",
                '"other"',
                whole=Part.COLLECTION,
                keys="coll:collection pipeline:pipeline",
                required="coll",
            ),
            _stage(
                "$geoNear",
                '{"near":{"type":"Point","coordinates":[0,0]},"distanceField":"d"}',
                keys="near:point distanceField:name maxDistance:number minDistance:number query:query spherical:flag"
                " includeLocs:name distanceMultiplier:number key:name",
                required="near",
            ),
            _stage(
                "$setWindowFields",
                '{"sortBy":{"a":1},"output":{"r":{"$rank":{}}}}',
                keys="partitionBy:expression sortBy:sort output:windows",
                required="output",
            ),
            _stage(
                "$densify",
                '{"field":"a","range":{"step":1,"bounds":"full"}}',
                keys="field:name partitionByFields:names range:literal",
                required="field range",
            ),
            _stage(
                "$fill",
                '{"sortBy":{"a":1},"output":{"b":{"method":"linear"}}}',
                keys="partitionBy:expression partitionByFields:names sortBy:sort output:fills",
                required="output",
            ),
        ]
    )
)
FILL_METHODS = frozenset({"linear", "locf"})
