"""Scripts of others are cut where psql would cut them."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

BENCHMARKS = Path(__file__).parents[3] / "benchmarks"

SCRIPTS = {
    "semicolons in quotes": ("select ';'; select \";\"; select $a$;$a$", ["select ';'", 'select ";"']),
    "comments": ("-- a;\nselect 1 -- b;\n, 2; /* c; /* d; */ ; */ select 3;", ["select 1 -- b;\n, 2", "select 3"]),
    "parentheses": ("create rule r as do (select 1; select 2); select 3;", None),
    "a body": ("create function f() begin atomic select 1; select case when a then 1 end; end; select 2;", None),
    "commands": ("\\set a 1\nselect 1;\n\\d t\nselect 2 \\gset\nselect 3;", ["select 1", "select 2", "select 3"]),
    "two at once": ("select 1\\; select 2;", ["select 1", "select 2"]),
    "escapes": ("select E'\\'; x'; select 'a\\'; select 2;", ["select E'\\'; x'", "select 'a\\'", "select 2"]),
    "no end": ("select 1; select 2", ["select 1"]),
}


@pytest.fixture
def psql_script(monkeypatch):
    """Give the module; the benchmarks are no package of the distribution."""
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    from suites import psql_script  # noqa: PLC0415 - only now is it on the path

    yield psql_script
    for name in [name for name in sys.modules if name.partition(".")[0] == "suites"]:
        del sys.modules[name]


@pytest.mark.parametrize(("script", "expected"), SCRIPTS.values(), ids=SCRIPTS)
def test_script_is_cut_into_statements_when_read(psql_script, script, expected):
    found = [statement.sql for statement in psql_script.statements(script)]
    assert found == expected if expected is not None else len(found) == 2


def test_statement_is_left_to_psql_when_it_has_its_variables(psql_script):
    script = "select :'a', b[1:2], c::int; select :b; select d[:2], e[x:y]; select 1 \\gset"
    assert [statement.needs_psql for statement in psql_script.statements(script)] == [True, True, False, True]


def test_data_stays_with_copy_when_it_follows_in_the_script(psql_script):
    first, second = psql_script.statements("copy t (a) from stdin;\n1;\n2\n\\.\nselect 1;")
    assert (first.sql, first.data) == ("copy t (a) from stdin", "1;\n2\n")
    assert (second.sql, second.line) == ("select 1", 5)
