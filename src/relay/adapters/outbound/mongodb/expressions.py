"""Aggregation expressions, accumulators and window operators that only compute: an allowlist by the manual's groups.

Source of each row: the manual's page `reference/operator/aggregation/<name>`. Not here, on purpose: `$function` and
`$accumulator` (JavaScript), `$toHashedIndexKey` (internal), and the variables that show who is logged in.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

_GROUPS: Mapping[str, str] = MappingProxyType(
    {
        "arithmetic": "$abs $add $ceil $divide $exp $floor $ln $log $log10 $mod $multiply $pow $round $sqrt"
        " $subtract $trunc",
        "bitwise": "$bitAnd $bitNot $bitOr $bitXor",
        "trigonometry": "$sin $cos $tan $asin $acos $atan $atan2 $asinh $acosh $atanh $sinh $cosh $tanh"
        " $degreesToRadians $radiansToDegrees",
        "array": "$arrayElemAt $arrayToObject $concatArrays $filter $first $firstN $in $indexOfArray $isArray $last"
        " $lastN $map $maxN $minN $objectToArray $range $reduce $reverseArray $size $slice $sortArray $zip",
        "boolean": "$and $not $or",
        "comparison": "$cmp $eq $gt $gte $lt $lte $ne",
        "conditional": "$cond $ifNull $switch",
        "data size": "$binarySize $bsonSize",
        "date": "$dateAdd $dateDiff $dateFromParts $dateFromString $dateSubtract $dateToParts $dateToString"
        " $dateTrunc $dayOfMonth $dayOfWeek $dayOfYear $hour $isoDayOfWeek $isoWeek $isoWeekYear $millisecond"
        " $minute $month $second $week $year $tsIncrement $tsSecond",
        "literal and object": "$literal $getField $setField $unsetField $mergeObjects",
        "set": "$allElementsTrue $anyElementTrue $setDifference $setEquals $setIntersection $setIsSubset $setUnion",
        "string": "$concat $indexOfBytes $indexOfCP $ltrim $regexFind $regexFindAll $regexMatch $replaceOne"
        " $replaceAll $rtrim $split $strLenBytes $strLenCP $strcasecmp $substr $substrBytes $substrCP $toLower"
        " $toUpper $trim",
        "text and random": "$meta $rand $sampleRate",
        "type": "$convert $isNumber $toBool $toDate $toDecimal $toDouble $toInt $toLong $toObjectId $toString $type"
        " $toUUID",
        "variable": "$let",
        "statistics outside $group": "$avg $max $min $stdDevPop $stdDevSamp $sum $median $percentile",
    }
)
_ACCUMULATORS = (
    "$addToSet $avg $bottom $bottomN $count $first $firstN $last $lastN $max $maxN $median $mergeObjects $min $minN"
    " $percentile $push $stdDevPop $stdDevSamp $sum $top $topN"
)
_WINDOW_ONLY = (
    "$covariancePop $covarianceSamp $denseRank $derivative $documentNumber $expMovingAvg $integral $linearFill $locf"
    " $minMaxScaler $rank $shift"
)


def _pages(names: str) -> dict[str, str]:
    return {name: f"reference/operator/aggregation/{name.removeprefix('$')}" for name in names.split()}


EXPRESSION_OPERATORS: Mapping[str, str] = MappingProxyType(_pages(" ".join(_GROUPS.values())))
"""Name to the manual's page."""
ACCUMULATORS: Mapping[str, str] = MappingProxyType(_pages(_ACCUMULATORS))
"""What a group's field may be computed with."""
WINDOW_OPERATORS: Mapping[str, str] = MappingProxyType(_pages(f"{_ACCUMULATORS} {_WINDOW_ONLY}"))
"""What an output field of $setWindowFields may be computed with."""

SYSTEM_VARIABLES = frozenset({"ROOT", "CURRENT", "REMOVE", "DESCEND", "PRUNE", "KEEP", "NOW", "CLUSTER_TIME"})
"""Manual: reference/aggregation-variables, without USER_ROLES (who is logged in) and SEARCH_META."""
REGEX_EXPRESSIONS = frozenset({"$regexMatch", "$regexFind", "$regexFindAll"})
