"""What is printed about the settings: reference page, JSON Schema, `config check`, and what is switched off."""

from __future__ import annotations

import argparse
import json
import re
from pathlib import Path
from typing import Literal

import pytest
from pydantic import Field

from relay.bootstrap.cli.config_commands import add_parser, config_check
from relay.bootstrap.config.key_paths import known_paths, walk
from relay.bootstrap.config.load import load_settings
from relay.bootstrap.config.masking import DetectorSettings
from relay.bootstrap.config.reference import reference_page
from relay.bootstrap.config.resource import ConnectionSettings, ResourceSettings
from relay.bootstrap.config.schema import configuration_schema
from relay.bootstrap.config.settings import settings_model
from relay.bootstrap.config.warnings import settings_warnings

DOCS = Path(__file__).parents[3] / "docs"
EXAMPLE_ENVIRON = {
    "RELAY_TOKEN": "tok-s3cret",
    "TENANT_ID": "acme",
    "PG_HOST": "host-s3cret",
    "PG_DATABASE": "db-s3cret",
    "PG_USER": "user-s3cret",
    "PG_PASSWORD": "pw-s3cret",
    "MONGO_URI": "mongodb://u:s3cret@h/",
    "MONGO_DATABASE": "mongo-s3cret",
    "AUDIT_KEY": "audit-s3cret",
}


def run(*arguments: str) -> int:
    parser = argparse.ArgumentParser()
    add_parser(parser.add_subparsers())
    args = parser.parse_args(["config", *arguments])
    return args.func(args)


def test_reference_page_is_current_when_the_settings_change() -> None:
    assert (DOCS / "configuration.md").read_text(encoding="utf-8") == reference_page(), (
        "run: python -m relay.bootstrap.config.reference > docs/configuration.md"
    )


def test_example_file_is_valid_when_its_variables_are_set() -> None:
    settings = load_settings(DOCS / "relay-config.example.yaml", EXAMPLE_ENVIRON)
    assert [resource.id for resource in settings.resources] == ["main-pg", "analytics-mongo"]
    assert settings.audit.file is None
    assert settings.audit.hash_chain.key.read() == "audit-s3cret"


def test_every_key_has_a_description_when_it_is_known() -> None:
    assert [known.path for known in walk(settings_model()) if not known.field.description] == []


def test_every_key_stands_in_the_reference_when_it_is_known() -> None:
    page = reference_page()
    for path in known_paths(settings_model()):
        section, _, key = path.removeprefix("resources[].").rpartition(".") if "[]" in path else path.partition(".")
        assert f"| `{key or section}" in page or f".{key}`" in page or f"## `{path}`" in page


def test_detectors_and_masks_are_the_contracts_when_listed() -> None:
    on = {name for name, field in DetectorSettings.model_fields.items() if field.default}
    off = set(DetectorSettings.model_fields) - on
    assert on == {
        "cpf",
        "cnpj",
        "email",
        "credit_card",
        "phone",
        "bearer_token",
        "jwt",
        "aws_access_key",
        "gcp_api_key",
        "github_token",
        "slack_token",
        "private_key",
        "iban",
    }
    assert off == {"rg", "pis", "pix_random_key", "ipv4", "ipv6", "us_ssn"}


SWITCHED_OFF = {
    "audit": ("audit: {enabled: false}\n", "audit.enabled"),
    "masking": ("masking: {enabled: false}\n", "masking.enabled"),
    "masking, and what it would do": ("masking: {enabled: false, derived: allow}\n", "masking.enabled"),
    "derived values": ("masking: {derived: allow}\n", "masking.derived"),
}


@pytest.mark.parametrize(("line", "key"), SWITCHED_OFF.values(), ids=SWITCHED_OFF)
def test_operator_is_warned_when_a_protection_is_switched_off(load_text, minimal, line: str, key: str) -> None:
    (warning,) = settings_warnings(load_text(minimal + line))
    assert warning.startswith(f"{key} is ")


def test_operator_is_not_warned_when_nothing_is_switched_off(load_text, minimal) -> None:
    assert settings_warnings(load_text(minimal + "masking: {derived: deny}\n")) == ()


def test_check_prints_what_was_understood_when_the_file_is_valid(capsys, monkeypatch) -> None:
    for name, value in EXAMPLE_ENVIRON.items():
        monkeypatch.setenv(name, value)
    assert run("check", "--config", str(DOCS / "relay-config.example.yaml")) == 0
    out, err = capsys.readouterr()
    assert err == ""
    assert "s3cret" not in out
    assert "maxRowsPerQuery: 500" in out
    assert "password: (hidden)" in out
    assert "tenantId: acme" in out


def test_check_prints_json_when_asked(capsys, tmp_path, minimal) -> None:
    token = tmp_path / "token"
    token.write_text("tok-s3cret")
    file = tmp_path / "c.yaml"
    file.write_text(minimal.replace("tok-s3cret", f"${{file:{token}}}") + "masking: {derived: allow}\n")
    assert config_check(str(file), {}, as_json=True) == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer["ok"] is True
    assert answer["settings"]["controlPlane"]["token"] == "(hidden, read again from its file)"
    assert answer["settings"]["resources"][0]["connection"] == {
        "database": "(hidden)",
        "host": "(hidden)",
        "port": "(hidden)",
        "user": "(hidden)",
        "password": "(hidden)",
        "sslmode": "(hidden)",
        "sslRootCert": None,
        "sslCert": None,
        "sslKey": None,
    }
    assert answer["settings"]["masking"]["detectors"]["ipv4"] is False
    assert "masking.derived" in answer["warnings"][0]


def test_check_prints_every_problem_and_returns_2_when_the_file_is_wrong(capsys, tmp_path, minimal) -> None:
    file = tmp_path / "c.yaml"
    file.write_text(minimal.replace("main-pg", "BAD s3cret") + "    poolSiz: 1\n")
    assert config_check(str(file), {}) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert f"{file}:6:5: resources[0].id" in err
    assert f"{file}:13:5: resources[0].poolSiz" in err
    assert config_check(str(file), {}, as_json=True) == 2
    out, err = capsys.readouterr()
    assert err == ""
    assert [(problem["line"], problem["path"]) for problem in json.loads(out)["problems"]] == [
        (6, "resources[0].id"),
        (13, "resources[0].poolSiz"),
    ]
    assert "s3cret" not in out


def test_schema_is_printed_when_asked(capsys) -> None:
    assert run("schema") == 0
    assert json.loads(capsys.readouterr().out) == configuration_schema()


def test_schema_takes_references_when_a_value_is_not_text() -> None:
    definitions = configuration_schema()["$defs"]
    port = definitions["PostgresConnectionSettings"]["properties"]["port"]
    pattern = port["anyOf"][-1]["pattern"]
    assert port["anyOf"][0] == {"maximum": 65535, "minimum": 1, "type": "integer"}
    assert re.match(pattern, "${PG_PORT:-5432}")
    assert not re.match(pattern, "5432")
    assert definitions["PostgresSettings"]["additionalProperties"] is False
    assert "rateLimit" in definitions["PostgresSettings"]["properties"]
    assert "anyOf" not in definitions["PostgresSettings"]["properties"]["rateLimit"]
    assert "maxRowsPerQuery" in definitions["MongoSettings"]["properties"]


class ExampleConnection(ConnectionSettings):
    """A third party's connection."""

    file: str = Field(description="Where it is.")


class ExampleSettings(ResourceSettings):
    """A third party's resource."""

    type: Literal["example"] = Field(description="Kind of database.")
    connection: ExampleConnection = Field(description="How to reach it.")


def test_resource_is_read_when_a_third_party_brings_its_kind(tmp_path, minimal) -> None:
    file = tmp_path / "c.yaml"
    text = minimal + "  - {id: x, type: example, connection: {database: d, file: f}}\n"
    file.write_text(text)
    settings = load_settings(file, {}, extra_resource_types={"example": ExampleSettings})
    assert isinstance(settings.resources[1], ExampleSettings)
    assert settings.resources[1].to_resource().type == "example"
    file.write_text(text.replace("file: f", "fil: f"))
    with pytest.raises(Exception, match="the nearest known one is file"):
        load_settings(file, {}, extra_resource_types={"example": ExampleSettings})
    with pytest.raises(Exception, match=r"resources\[1\].type: must be one of"):
        load_settings(file, {})
