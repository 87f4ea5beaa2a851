"""XPath is accepted where it walks a document once, and refused where it may walk it for every element."""

from __future__ import annotations

import pytest

from relay.adapters.outbound.postgres.guard.xpath_rules import MAX_CHARS, walks_once
from relay.domain.errors import Reason, RelayError

ONCE = [
    "/a/text()",
    "//b",
    ".//b",
    "./b",
    "@id",
    "/a:r",
    "//@id",
    "/a/*[name()='x']",
    "//a[@id='1']/b/text()",
    '//item[@type="x, y"]',
    "//a[b/c = 'x']",
    "a[b='x' and c>3]",
    "//a[position() < 3]",
    "/a[1]/b[last()]",
    "//a[contains(., 'x')]",
    "//a[normalize-space(text()) = '[//']",
    "count(//a)",
    "sum(//a/@v) * 2",
    "local-name(/*)",
    "/r/a[not(b)]/@c",
]
OFTEN = [
    "//a[count(//a[count(//a)>0])>0]",
    "//a[//a]",
    "//a[ //a]",
    "//a[(//b)]",
    "//a[-//b]",
    "//a[.//b]",
    "//a[not(/r/a)]",
    "//a[. = //b]",
    "//a[@x = concat('a', //a)]",
    "//a[a[b]]",
    "//a[b=c]",
    "//a[b|c]",
    "//a[count(../a)>1]",
    "//a[preceding-sibling::a]",
    "//a[contains(b,c)]",
    "//a//a",
    "/r/a//b",
    "a/.//b",
    "(//a)//b",
    "//a/..",
    "//a/following::a",
    "//a | //b",
    "count(//a) = count(//b)",
    "translate(.,.,'')",
    "id('a')",
    "document('x')",
    "//a['",
    "/" + "a" * MAX_CHARS,
]


@pytest.mark.parametrize("path", ONCE)
def test_path_is_accepted_when_it_walks_once(path):
    assert walks_once(path)


@pytest.mark.parametrize("path", OFTEN)
def test_path_is_refused_when_it_may_walk_often(path):
    assert not walks_once(path)


@pytest.mark.parametrize("path", ["//b", "count(//a)"])
async def test_parameter_is_accepted_when_it_walks_once(inspect, path):
    assert (await inspect("select xpath($1, '<a/>')", path)).plan.parameters == (path,)


@pytest.mark.parametrize("path", ["//a[//b]", 1, None, ["//a"]])
async def test_parameter_is_refused_when_it_is_no_such_path(inspect, path):
    with pytest.raises(RelayError) as refused:
        await inspect("select xpath($1, '<a/>')", path)
    assert refused.value.reason == Reason.QUERY_BLOCKED


async def test_column_s_name_is_no_path_when_it_has_one(inspect):
    sql = """select * from xmltable('/a' passing '<a/>' columns "Total (%)" int path '@t', b text)"""
    assert (await inspect(sql)).text
