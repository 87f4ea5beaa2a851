"""What an agent is told when it is refused: what, where, and what to write."""

from __future__ import annotations

import pytest

from relay.adapters.outbound.mongodb.expressions import ACCUMULATORS, EXPRESSION_OPERATORS, WINDOW_OPERATORS
from relay.adapters.outbound.mongodb.findings import INSTEAD
from relay.adapters.outbound.mongodb.operators import PROJECTION_OPERATORS, QUERY_OPERATORS
from relay.adapters.outbound.mongodb.stages import STAGES
from relay.domain.errors import RelayError
from relay.domain.request import Operation

FROM_MISSING = 'INVALID_PARAMS: from is missing at pipeline[0].$lookup; such as {"from":"other"'


@pytest.mark.parametrize(
    ("arguments", "begins", "ends"),
    [
        pytest.param(
            {"filter": {"$or": [{"a": 1}, {"$where": "1"}]}},
            "FUNCTION_NOT_ALLOWED: $where at filter.$or[1] is not an allowed operator: it runs JavaScript on the",
            'use $expr with an aggregation expression, such as {"$gt":["$a","$b"]}',
            id="instead",
        ),
        pytest.param(
            {"pipeline": [{"$match": {}}, {"$out": "x"}]},
            "FUNCTION_NOT_ALLOWED: $out at pipeline[1] is not an allowed operator: it writes;",
            "leave the stage out: the documents come back as rows",
            id="stage that writes",
        ),
        pytest.param(
            {"pipeline": [{"$groupBy": {}}]},
            "FUNCTION_NOT_ALLOWED: $groupBy at pipeline[0] is not an allowed operator; perhaps $group; stages: $match",
            "",
            id="slip of a stage",
        ),
        pytest.param(
            {"pipeline": [{"$project": {"x": {"$toStrng": "$a"}}}]},
            "FUNCTION_NOT_ALLOWED: $toStrng at pipeline[0].$project.x is not an allowed operator; perhaps $toString;",
            "",
            id="slip of an expression",
        ),
        pytest.param(
            {"filter": {"a": {"$elementMatch": {"b": 1}}}},
            "FUNCTION_NOT_ALLOWED: $elementMatch at filter.a is not an allowed operator; perhaps $elemMatch;",
            "",
            id="slip of a condition",
        ),
        pytest.param({"pipeline": [{"$lookup": {"as": "b"}}]}, FROM_MISSING, "", id="part missing"),
        pytest.param(
            {"pipeline": [{"$lookup": {"from": "a", "as": "b", "foreign": "x"}}]},
            "INVALID_PARAMS: the stage takes no such part at pipeline[0].$lookup.foreign; parts: from, localField,",
            "",
            id="part unknown",
        ),
        pytest.param(
            {"pipeline": [{"$unionWith": "system.users"}]},
            "TABLE_NOT_ALLOWED: table system.users in pipeline[0].$unionWith belongs to the server itself;",
            "list_tables shows the tables that are allowed",
            id="system collection",
        ),
        pytest.param(
            {"pipeline": [{"$out\x00\x1b[2J": "x"}]},
            r"FUNCTION_NOT_ALLOWED: $out\x00\x1b[2J at pipeline[0] is not",
            "",
            id="characters that do not show",
        ),
        pytest.param({"pipeline": [{"": "x"}]}, "FUNCTION_NOT_ALLOWED: an empty name at pipeline[0]", "", id="no name"),
    ],
)
async def test_refusal_says_what_and_where_and_what_instead(guard, arguments, begins, ends):
    with pytest.raises(RelayError) as caught:
        await guard.inspect(Operation.QUERY, {"collection": "orders", **arguments})
    assert caught.value.message.startswith(begins)
    assert caught.value.message.endswith(ends)
    assert caught.value.message.isprintable()
    assert caught.value.detail.endswith(";")


def test_nothing_is_advised_against_that_is_allowed():
    lists = (QUERY_OPERATORS, PROJECTION_OPERATORS, EXPRESSION_OPERATORS, ACCUMULATORS, WINDOW_OPERATORS, STAGES)
    assert not any(name in allowed for name in INSTEAD for allowed in lists)
