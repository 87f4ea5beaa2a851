from __future__ import annotations

from pathlib import Path

import pytest

from relay.bootstrap.config import load
from relay.bootstrap.config.load import load_settings, resolve_config_path
from relay.bootstrap.config.problems import ConfigurationError

BASE = {
    "CONTROL_PLANE_URL": "wss://api.example.com/v1/relay/connect",
    "RELAY_TOKEN": "tok-s3cret",
    "TENANT_ID": "acme",
}
POSTGRES = '{"host":"db","port":5433,"database":"app","user":"reader","password":"pw-s3cret ${X} ${file:/etc/passwd}"}'
FIRST = {"RESOURCE_0_ID": "pg", "RESOURCE_0_TYPE": "postgres", "RESOURCE_0_CONNECTION": POSTGRES}
SECOND = {
    "RESOURCE_1_ID": "mongo",
    "RESOURCE_1_TYPE": "mongodb",
    "RESOURCE_1_NAME": "Events",
    "RESOURCE_1_CONNECTION": '{"uri":"mongodb://u:p@h/","database":"d"}',
    "RESOURCE_1_OPERATIONS": "query, list_tables",
    "RESOURCE_1_MAX_ROWS": "50",
    "MASKING_ENABLED": "false",
    "AUDIT_ENABLED": "true",
    "PATH": "/bin",
}


def problems(environ):
    with pytest.raises(ConfigurationError) as caught:
        load_settings(None, environ)
    assert "s3cret" not in str(caught.value)
    assert caught.value.source == "environment"
    return [(problem.variable, problem.path, problem.message) for problem in caught.value.problems]


def test_settings_are_read_when_only_the_environment_is_there() -> None:
    settings = load_settings(None, BASE | FIRST | SECOND)
    postgres, mongo = settings.resources
    assert settings.control_plane.tenant_id == "acme"
    assert settings.control_plane.token.read() == "tok-s3cret"
    assert postgres.connection.port == 5433
    assert postgres.connection.password.read() == "pw-s3cret ${X} ${file:/etc/passwd}"
    assert postgres.allowed_operations == ("query", "describe_table", "list_tables", "explain")
    assert postgres.max_rows_per_query == 1000
    assert mongo.name == "Events"
    assert mongo.allowed_operations == ("query", "list_tables")
    assert mongo.max_rows_per_query == 50
    assert not settings.masking.enabled
    assert settings.audit.enabled
    assert not settings.control_plane.token.rereadable


def test_every_missing_variable_is_named_when_the_environment_is_empty() -> None:
    assert [variable for variable, _, _ in problems({})] == [
        "CONTROL_PLANE_URL",
        "RELAY_TOKEN",
        "RESOURCE_0_ID",
        "TENANT_ID",
    ]


WRONG = {
    "gap": ({"RESOURCE_2_ID": "x"}, "RESOURCE_2_ID", "no RESOURCE_1_… is"),
    "large gap": ({"RESOURCE_999999_ID": "x"}, "RESOURCE_999999_ID", "no RESOURCE_1_… is"),
    "leading zero": ({"RESOURCE_01_ID": "x"}, "RESOURCE_01_ID", "leading zeros"),
    "unknown name": ({"RESOURCE_0_MAXROWS": "3"}, "RESOURCE_0_MAXROWS", "RESOURCE_0_MAX_ROWS"),
    "rows not a number": ({"RESOURCE_0_MAX_ROWS": "s3cret"}, "RESOURCE_0_MAX_ROWS", "whole number"),
    "rows empty": ({"RESOURCE_0_MAX_ROWS": ""}, "RESOURCE_0_MAX_ROWS", "set but empty"),
    "operations empty": ({"RESOURCE_0_OPERATIONS": ""}, "RESOURCE_0_OPERATIONS", "set but empty"),
    "operations of nothing": ({"RESOURCE_0_OPERATIONS": "query,"}, "RESOURCE_0_OPERATIONS", "'query'"),
    "operation unknown": ({"RESOURCE_0_OPERATIONS": "query,drop"}, "RESOURCE_0_OPERATIONS", "'query'"),
    "type unknown": ({"RESOURCE_0_TYPE": "mysql"}, "RESOURCE_0_TYPE", "'postgres', 'mongodb'"),
    "id": ({"RESOURCE_0_ID": "A B"}, "RESOURCE_0_ID", "lowercase"),
    "switch": ({"MASKING_ENABLED": "s3cret"}, "MASKING_ENABLED", "true or false"),
    "switch empty": ({"AUDIT_ENABLED": ""}, "AUDIT_ENABLED", "set but empty"),
    "token empty": ({"RELAY_TOKEN": ""}, "RELAY_TOKEN", "set but empty"),
    "token not UTF-8": ({"RELAY_TOKEN": "\udcffs3cret"}, "RELAY_TOKEN", "UTF-8"),
    "address": ({"CONTROL_PLANE_URL": "ws://evil.com/"}, "CONTROL_PLANE_URL", "wss://"),
    "connection not JSON": ({"RESOURCE_0_CONNECTION": "{s3cret"}, "RESOURCE_0_CONNECTION", "JSON (line 1, column 2)"),
    "connection not an object": ({"RESOURCE_0_CONNECTION": '"s3cret"'}, "RESOURCE_0_CONNECTION", "a mapping"),
    "connection too deep": ({"RESOURCE_0_CONNECTION": "[" * 100_000}, "RESOURCE_0_CONNECTION", "too deeply"),
    "key twice": ({"RESOURCE_0_CONNECTION": '{"a":1,"a":2}'}, "RESOURCE_0_CONNECTION", "a key twice"),
    "NaN": ({"RESOURCE_0_CONNECTION": '{"a":NaN}'}, "RESOURCE_0_CONNECTION", "NaN"),
    "long number": ({"RESOURCE_0_CONNECTION": '{"a":' + "1" * 5000 + "}"}, "RESOURCE_0_CONNECTION", "too long"),
    "port as text": (
        {"RESOURCE_0_CONNECTION": POSTGRES.replace("5433", '"5433"')},
        "RESOURCE_0_CONNECTION",
        "whole number",
    ),
    "unknown key": (
        {"RESOURCE_0_CONNECTION": POSTGRES.replace("port", "prot")},
        "RESOURCE_0_CONNECTION",
        "the nearest known one is port",
    ),
}


@pytest.mark.parametrize(("change", "variable", "message"), WRONG.values(), ids=WRONG)
def test_variable_is_named_when_it_is_wrong(change, variable: str, message: str) -> None:
    ((named, _, said),) = problems(BASE | FIRST | change)
    assert named == variable
    assert message in said


def test_variable_of_a_missing_setting_is_named_when_a_resource_is_incomplete() -> None:
    assert [(variable, path) for variable, path, _ in problems(BASE | {"RESOURCE_0_ID": "pg"})] == [
        ("RESOURCE_0_TYPE", "resources[0].type")
    ]
    incomplete = BASE | {"RESOURCE_0_NAME": "n", "RESOURCE_0_TYPE": "postgres"}
    assert [variable for variable, _, _ in problems(incomplete)] == ["RESOURCE_0_CONNECTION", "RESOURCE_0_ID"]


def test_ids_are_unique_when_they_come_from_variables() -> None:
    ((variable, path, _),) = problems(BASE | FIRST | SECOND | {"RESOURCE_1_ID": "pg"})
    assert (variable, path) == ("RESOURCE_1_ID", "resources[1].id")


def test_path_is_the_first_that_is_given_when_it_is_resolved(tmp_path, monkeypatch) -> None:
    default = tmp_path / "relay-config.yaml"
    monkeypatch.setattr(load, "DEFAULT_CONFIG_PATH", default)
    environ = {"RELAY_CONFIG_PATH": "/from/environment"}
    assert resolve_config_path("/from/cli", environ) == Path("/from/cli")
    assert resolve_config_path(None, environ) == Path("/from/environment")
    assert resolve_config_path(None, {}) is None
    assert resolve_config_path(None, {"RELAY_CONFIG_PATH": ""}) is None
    default.symlink_to(tmp_path / "dangling")
    assert resolve_config_path(None, {}) == default


def test_default_is_not_skipped_when_it_cannot_be_looked_at(tmp_path, monkeypatch) -> None:
    default = tmp_path / ("x" * 300)
    monkeypatch.setattr(load, "DEFAULT_CONFIG_PATH", default)
    assert resolve_config_path(None, {}) == default
    with pytest.raises(ConfigurationError, match="can't be read"):
        load_settings(default, {})
