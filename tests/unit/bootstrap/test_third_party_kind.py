"""A kind of database that another package brings through the entry point."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Literal

import pytest
from pydantic import Field

from relay.adapters.outbound.memory import MemoryConnection, MemoryDatabase
from relay.bootstrap.cli.main import main
from relay.bootstrap.config.resource import ConnectionSettings, ResourceSettings
from relay.bootstrap.databases import kind as kinds
from relay.bootstrap.databases.kind import DatabaseKind

CONFIG = """
controlPlane: {url: "wss://api.example.com/", token: t, tenantId: t}
resources: [{id: main, type: ledger, shelf: 3, connection: {database: d}}]
"""


class LedgerSettings(ResourceSettings):
    """A database of lists."""

    type: Literal["ledger"] = Field(description="Kind of database: `ledger`.")
    connection: ConnectionSettings = Field(description="Where.")
    shelf: int = Field(description="Which shelf.")


KIND = DatabaseKind(
    settings_model=LedgerSettings,
    connect=lambda _settings, _protection: MemoryConnection(MemoryDatabase()),
    guard=lambda _settings, _protection: MemoryDatabase().ports().guard,
    statement_argument=None,
)


@pytest.fixture
def config(tmp_path, monkeypatch):
    point = SimpleNamespace(name="ledger", load=lambda: KIND)
    monkeypatch.setattr(kinds, "entry_points", lambda group: [point] if group == "relay.databases" else [])
    kinds.kind_of.cache_clear()
    path = tmp_path / "relay.yaml"
    path.write_text(CONFIG)
    yield str(path)
    kinds.kind_of.cache_clear()


def test_configuration_accepted_and_described(config, capsys) -> None:
    assert main(["config", "check", "--config", config, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["settings"]["resources"][0]["shelf"] == 3
    assert main(["config", "schema"]) == 0
    assert "LedgerSettings" in capsys.readouterr().out


def test_statement_decided_by_its_own_guard(config, capsys) -> None:
    assert main(["query", "check", "--config", config, "--resource", "main", '{"table": "t"}']) == 0
    assert main(["query", "check", "--config", config, "--resource", "main", '{"table": "a b"}']) == 1
    assert "QUERY_BLOCKED" in capsys.readouterr().out


def test_error_names_what_is_wrong_when_the_entry_point_is_no_kind(config, monkeypatch) -> None:
    point = SimpleNamespace(name="broken", load=object)
    monkeypatch.setattr(kinds, "entry_points", lambda group: [point] if group else [])
    with pytest.raises(TypeError, match="entry point broken"):
        kinds.kind_of("broken")
