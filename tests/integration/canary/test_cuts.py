"""Free text cut at every place: wherever a cut falls inside of a personal value, no piece of it is left."""

from __future__ import annotations

import os

import pytest

STEP = int(os.environ.get("RELAY_TEST_CUT_STEP", "19"))
"""1 tries every place."""
LONGEST = 84
COLUMNS = {"logs": "message", "tickets": "body"}
CUTS = {
    "left": "left({c}, {n})",
    "right": "right({c}, {n})",
    "without the end": "left({c}, -{n})",
    "without the beginning": "right({c}, -{n})",
    "middle": "substr({c}, {n}, 11)",
    "rest": "substr({c}, {n})",
    "standard form": "substring({c} from {n} for 16)",
    "type": "{c}::varchar({n})",
}
FORMS = {
    "plain": "SELECT {x} FROM {t}",
    "with more": "SELECT status || ': ' || {x} FROM {t}",
    "upper case": "SELECT upper({x}) FROM {t}",
    "distinct": "SELECT DISTINCT {x} FROM {t}",
    "grouped": "SELECT {x}, count(*) FROM {t} GROUP BY 1",
    "largest": "SELECT max({x}) FROM {t} GROUP BY id",
    "collected": "SELECT array_agg({x}) FROM {t}",
    "united": "SELECT {x} FROM {t} UNION ALL SELECT 'x'",
    "before": "SELECT lag({x}) OVER (ORDER BY id) FROM {t}",
    "CTE": "WITH s AS (SELECT {x} AS x FROM {t}) SELECT x FROM s",
    "sub-query": "SELECT x FROM (SELECT {x} AS x FROM {t} OFFSET 0) s",
    "in JSON": "SELECT json_build_object('x', {x}) FROM {t}",
}


@pytest.mark.parametrize("table", COLUMNS)
@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS.keys())
async def test_no_piece_is_left_when_cut_anywhere(agent, world, form, table):
    found = []
    for cut in CUTS.values():
        for length in range(8, LONGEST, STEP):
            expression = cut.format(c=COLUMNS[table], n=length)
            sql = form.replace("{x}", expression).replace("{t}", table)
            reply = await agent.ask("first", sql=sql)
            leaks = world.oracle.leaks({"the answer": reply.parts["the answer"]}, reply.rows)
            found += [f"{sql}: {leak}" for leak in leaks]
    assert not found, "\n".join(found[:40])
