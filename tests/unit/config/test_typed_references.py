"""A value that is one `${VAR}` takes the type that its key needs; every other value keeps YAML's."""

from __future__ import annotations

import pytest

TYPED = {
    "integer": ("    poolSize: ${V}\n", "7", lambda r: r.pool_size, 7),
    "integer in quotes": ('    poolSize: "${V}"\n', "7", lambda r: r.pool_size, 7),
    "integer from a default": ("    poolSize: ${NOPE:-8}\n", "", lambda r: r.pool_size, 8),
    "port": ("      port: ${V}\n", "6543", lambda r: r.connection.port, 6543),
    "true": ("    statementCache: ${V}\n", "TRUE", lambda r: r.statement_cache, True),
    "false": ("    statementCache: ${V}\n", "0", lambda r: r.statement_cache, False),
    "number": ("    maxPlanCost: ${V}\n", "1.5e3", lambda r: r.max_plan_cost, 1500.0),
    "null": ("    maxPlanCost: ${V}\n", "null", lambda r: r.max_plan_cost, None),
    "null from an empty default": ("    maxPlanCost: ${NOPE:-}\n", "", lambda r: r.max_plan_cost, None),
    "word": ("      sslmode: ${V}\n", "require", lambda r: r.connection.sslmode, "require"),
    "list of words": ("    schemas: ${V}\n", "a, b", lambda r: r.schemas, ("a", "b")),
    "list as JSON": ("    schemas: ${V}\n", '["a", "b,c"]', lambda r: r.schemas, ("a", "b,c")),
    "operations": ("    allowedOperations: ${V}\n", "query", lambda r: r.allowed_operations, ("query",)),
    "empty list": ("    allowedTables: ${NOPE:-}\n", "", lambda r: r.allowed_tables, ()),
    "item of a list": ("    schemas: [${V}, b]\n", "a", lambda r: r.schemas, ("a", "b")),
    "text stays text": ("    name: ${V}\n", "12345", lambda r: r.name, "12345"),
    "text that says true": ("    name: ${V}\n", "true", lambda r: r.name, "true"),
    "part of a text": ("    name: n-${V}\n", "5", lambda r: r.name, "n-5"),
}


@pytest.mark.parametrize("row", TYPED.values(), ids=TYPED)
def test_reference_takes_the_keys_type_when_it_is_the_whole_value(load_text, minimal, row) -> None:
    line, value, read, expected = row
    result = read(load_text(minimal + line, {"V": value}).resources[0])
    assert result == expected
    assert type(result) is type(expected)


WRONG = {
    "word for a number": ("    poolSize: ${V}\n", "s3cret", "whole number"),
    "float for an integer": ("    poolSize: ${V}\n", "1.0", "whole number"),
    "digits without end": ("    poolSize: ${V}\n", "9" * 5000, "whole number"),
    "out of range": ("    poolSize: ${V}\n", "1000", "100 or less"),
    "null for a number": ("    poolSize: ${V}\n", "null", "whole number"),
    "not a boolean": ("    statementCache: ${V}\n", "s3cret", "true or false"),
    "reference in part of a number": ("    poolSize: 1${V}\n", "2", "whole number"),
    "list of objects": ("    columnRules: ${V}\n", '[{"table": "t"}]', "must be a list"),
    "list that is not closed": ("    schemas: ${V}\n", '["s3cret"', "must be a list"),
    "section": ("    rateLimit: ${V}\n", '{"burstCapacity": 1}', "must be a mapping"),
    "deep JSON": ("    schemas: ${V}\n", "[" * 100_000, "must be a list"),
    "control character": ("    name: ${V}\n", "a\x1b[31m", "one line"),
    "empty text": ("    schemas: [${V}]\n", "", "must not be empty"),
}


@pytest.mark.parametrize("row", WRONG.values(), ids=WRONG)
def test_problem_is_reported_without_the_value_when_a_reference_does_not_fit(problem_of, minimal, row) -> None:
    line, value, message = row
    problem = problem_of(minimal + line, {"V": value})
    assert message in problem.message
    assert "s3cret" not in str(problem)


def test_sections_cannot_slip_past_the_checks_when_they_come_from_a_variable(error_of, minimal) -> None:
    text = "controlPlane: ${CP}\n" + minimal[minimal.index("resources:") :]
    error = error_of(text, {"CP": '{"url":"ws://evil.com/","token":"t","tenantId":"a"}'})
    assert [problem.path for problem in error.problems] == ["controlPlane"]


def test_resource_type_is_found_when_it_comes_from_a_variable(load_text, minimal) -> None:
    resource = load_text(minimal.replace("type: postgres", "type: ${T}"), {"T": "postgres"}).resources[0]
    assert resource.type == "postgres"
    assert type(resource.type) is str


def test_type_has_one_problem_when_its_variable_is_unset(problem_of, minimal) -> None:
    assert "T is not set" in problem_of(minimal.replace("type: postgres", "type: ${T}")).message


def test_checks_across_keys_see_through_references_when_values_come_from_variables(problems_of, minimal) -> None:
    second = minimal[minimal.index("  - id:") :].replace("main-pg", "${ID}")
    text = minimal.replace("wss://api.example.com/v1/relay/connect", "${URL}") + second
    paths = [problem.path for problem in problems_of(text, {"URL": "ws://evil.com/", "ID": "main-pg"})]
    assert paths == ["controlPlane.url", "resources[1].id"]


def test_detector_is_switched_when_it_comes_from_a_variable(load_text, minimal) -> None:
    settings = load_text(minimal + "masking: {detectors: {us_ssn: ${ON}, ipv4: false}}\n", {"ON": "true"})
    assert dict(settings.masking.to_domain().detectors) == {"us_ssn": True, "ipv4": False}


def test_password_is_none_when_its_reference_is_empty(load_text, minimal) -> None:
    for value in ("${PW:-}", "${EMPTY}"):
        settings = load_text(minimal.replace("pw-s3cret", value), {"EMPTY": ""})
        assert settings.resources[0].connection.password is None
    kept = load_text(minimal.replace("pw-s3cret", "${PW}"), {"PW": "null"}).resources[0].connection.password
    assert kept.read() == "null"


def test_hash_rule_is_accepted_when_the_key_is_there(load_text, problem_of, minimal) -> None:
    text = minimal + "    columnRules: [{table: t, column: c, action: hash}]\nmasking: {hashKey: ${KEY:-}}\n"
    assert load_text(text, {"KEY": "k" * 16}).masking.hash_key.read() == "k" * 16
    assert "masking.hashKey" in problem_of(text).message
