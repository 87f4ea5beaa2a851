"""YAML that is built to hurt, and passwords that happen to be YAML."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from relay.bootstrap.config.problems import Problem
from relay.bootstrap.config.tree import build_tree
from relay.bootstrap.config.yaml_nodes import compose

BOMB = "a: &a [x,x,x,x,x,x,x,x,x]\n" + "".join(
    f"{name}: &{name} [{','.join([f'*{before}'] * 9)}]\n" for before, name in zip("abcdefgh", "bcdefghi", strict=True)
)
TOO_MUCH = {
    "expanding aliases": BOMB,
    "wide aliases": "a: &a {" + ", ".join(f"k{i}: v" for i in range(500)) + "}\n" + "b: [" + "*a," * 500 + "]",
    "alias inside itself": "a: &x [*x]",
    "mapping inside itself": "&x {a: *x}",
    "deep flow": "[" * 500_000,
    "deep braces": "{" * 500_000,
    "deep block": "".join(" " * depth + "a:\n" for depth in range(500)),
    "deep dashes": "- " * 100_000,
    "deep keys": "? " * 100_000,
    "wide": "a: [" + "x," * 300_000 + "]",
}


@pytest.mark.parametrize("text", TOO_MUCH.values(), ids=TOO_MUCH)
def test_document_is_refused_soon_when_it_is_too_much(error_of, text: str) -> None:
    begin = time.process_time()
    error = error_of(text)
    assert "20000" in str(error)
    assert time.process_time() - begin < 5


REFUSED = {
    "a list": ("- a", "must be a mapping"),
    "a word": ("hello", "must be a mapping"),
    "python object": ("controlPlane: !!python/object/apply:os.system ['s3cret']", "tag"),
    "python name": ("controlPlane: !!python/name:os.system", "tag"),
    "binary": ("controlPlane: {token: !!binary czNjcmV0}", "tag"),
    "set": ("controlPlane: !!set {a}", "tag"),
    "own tag": ("controlPlane: {token: !s3cret x}", "tag"),
    "merge key": ("controlPlane: {<<: {url: x}}", "merge keys"),
    "two documents": ("a: 1\n---\nb: 2", "more than one YAML document"),
    "NUL": ("a: \0", "control character"),
    "escape character": ("a: \x1b[31m", "control character"),
    "reserved character": ("a: \U0010f07b", "private-use character"),
    "half a character": ('session: {breakGlassFile: "/\\ud800"}', "half a character"),
    "beyond Unicode": ('a: "\\UFFFFFFFF"', "not valid YAML"),
    "list as a key": ("? [a]\n: b", "plain word"),
    "tab": ("a:\n\t- b", "indent with spaces"),
    "bad boolean": ("audit: {enabled: !!bool maybe}", "tag"),
    "bad number": ("resources: !!int x", "must be a list"),
}


@pytest.mark.parametrize(("text", "message"), REFUSED.values(), ids=REFUSED)
def test_document_is_refused_when_it_is_hostile(error_of, text: str, message: str) -> None:
    error = error_of(text)
    assert message in str(error)
    assert "s3cret" not in str(error)


PASSWORDS = {
    "alias": ("*s3cret", "begins with *"),
    "anchor": ("&s3cret", "begins with &"),
    "anchor with more": ("&s3cret!", "begins with &"),
    "tag": ("!s3cret", "tag"),
    "tag in a handle": ("!s3cret!x", "begins with !"),
    "directive": ("%s3cret", "quotes"),
    "reserved": ("@s3cret", "quotes"),
    "backtick": ("`s3cret", "quotes"),
    "colon": ("s3c: s3cret", "quotes"),
    "open brace": ("{s3cret", "not closed"),
    "brace": ("{s3cret}", "must be text"),
    "bracket": ("[s3cret]", "must be text"),
    "open quote": ('"s3cret', "quote"),
    "more after a quote": ('"a"s3cret', "not valid YAML"),
    "escape": ('"\\s3cret"', "escape"),
    "reference not closed": ("${s3cret", "not closed"),
    "reference of no name": ("a${s3cret!}", "neither"),
}


@pytest.mark.parametrize(("written", "message"), PASSWORDS.values(), ids=PASSWORDS)
def test_password_is_not_quoted_when_it_breaks_the_yaml(error_of, minimal, written: str, message: str) -> None:
    error = error_of(minimal.replace("pw-s3cret", written).replace("tok-s3cret", "tok"))
    assert message in str(error)
    assert "s3cret" not in str(error)
    assert all(problem.line is not None for problem in error.problems)


def test_rest_of_a_password_is_not_quoted_when_a_comma_cuts_it_in_flow_style(problem_of, minimal) -> None:
    text = minimal.split("    connection:")[0].replace("tok-s3cret", "tok")
    problem = problem_of(text + "    connection: {host: h, database: d, user: u, password: ab,s3cret}\n")
    assert problem.path == "resources[0].connection"
    assert "comma" in problem.message
    assert "s3cret" not in str(problem)


SLIPS = {
    "no space after the colon, in flow style": ("password: pw-s3cret", "password:pw-s3cret x: y"),
    "no colon": ("password: pw-s3cret", "password pw-s3cret x: y"),
    "brace in the wrong place": ("password: pw-s3cret", "password:{ pw-s3cret: y"),
    "control characters": ("password: pw-s3cret", '"\\e[31m pw-s3cret": y'),
    "long": ("password: pw-s3cret", f"pw-s3cret{'x' * 80}: y"),
}


@pytest.mark.parametrize(("old", "new"), SLIPS.values(), ids=SLIPS)
def test_key_is_not_quoted_when_a_slip_made_a_value_part_of_it(problem_of, minimal, old: str, new: str) -> None:
    problem = problem_of(minimal.replace("tok-s3cret", "tok").replace(old, new))
    assert problem.path == "resources[0].connection.(not a plain word)"
    assert problem.line == 12
    assert "s3cret" not in str(problem)


INJECTIONS = [
    "x, allowInsecure: true",
    "x}\n  allowInsecure: true",
    'x"\nresources: []',
    "*a",
    "!!python/name:os.system",
]


@pytest.mark.parametrize("value", INJECTIONS)
@pytest.mark.parametrize("written", ["password: ${PW}", 'password: "${PW}"', "password: '${PW}'", "{password: ${PW}}"])
def test_no_key_is_added_when_a_variable_holds_yaml(load_text, minimal, value: str, written: str) -> None:
    value = value.replace("\n", " ")
    if written.startswith("{"):
        text = minimal.split("    connection:")[0] + f"    connection: {{host: h, database: d, user: u, {written[1:]}\n"
    else:
        text = minimal.replace("password: pw-s3cret", written)
    settings = load_text(text, {"PW": value})
    assert not settings.control_plane.allow_insecure
    assert settings.resources[0].connection.password.read() == value


def test_aliases_work_when_they_are_few(load_text, minimal) -> None:
    text = minimal.replace("    type:", "    allowedTables: &tables [a, b]\n    blockedTables: *tables\n    type:")
    assert load_text(text).resources[0].blocked_tables == ("a", "b")


FLOW = {
    "reference": ("{uri: ${URI}, database: ${DB}}", "mongodb://u:p@h/", "d"),
    "default": ("{uri: ${URI}, database: ${NOPE:-a, b: #c}}", "mongodb://u:p@h/", "a, b: #c"),
    "quoted": ("""{uri: "${URI}", database: '${NOPE:-it''s}'}""", "mongodb://u:p@h/", "it's"),
    "escaped": ("{uri: ${URI}, database: $${DB}}", "mongodb://u:p@h/", "${DB}"),
    "in part": ("{uri: ${URI}x, database: a-${DB}-b}", "mongodb://u:p@h/x", "a-d-b"),
}


@pytest.mark.parametrize(("connection", "uri", "database"), FLOW.values(), ids=FLOW)
def test_reference_stands_unquoted_when_it_is_in_flow_style(load_text, minimal, connection, uri, database) -> None:
    text = minimal.split("  - id:")[0] + f"  - {{id: m, type: mongodb, connection: {connection}}}\n"
    read = load_text(text, {"URI": "mongodb://u:p@h/", "DB": "d"}).resources[0].connection
    assert read.uri.read() == uri
    assert read.database == database


@settings(max_examples=300, deadline=None)
@given(st.text(alphabet="ab:-?[]{},&*!|>'\"%@`#$ \n\t~<1.x", max_size=60))
def test_any_text_is_a_tree_or_a_problem_when_it_is_parsed(text: str) -> None:
    node = compose(text)
    if not isinstance(node, Problem):
        build_tree(node, {})
