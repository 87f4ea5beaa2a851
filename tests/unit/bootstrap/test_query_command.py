from __future__ import annotations

import io
import json

import pytest

from relay.bootstrap.cli.main import main
from relay.bootstrap.cli.query_command import query_check

CONFIG = """
controlPlane: {url: "wss://api.example.com/v1/relay/connect", token: t, tenantId: t}
resources:
  - id: main-pg
    type: postgres
    connection: {host: nowhere.invalid, database: d, user: u}
    blockedTables: [salaries]
  - id: events
    type: mongodb
    connection: {uri: "mongodb://nowhere.invalid", database: d}
"""


@pytest.fixture
def config(tmp_path):
    path = tmp_path / "relay.yaml"
    path.write_text(CONFIG)
    return str(path)


ASKED = [
    ("main-pg", "SELECT 1", 0, None),
    ("main-pg", "SELECT * FROM customers;", 0, None),
    ("main-pg", "DELETE FROM customers", 1, "QUERY_BLOCKED"),
    ("main-pg", "SELECT 1; COMMIT", 1, "QUERY_BLOCKED"),
    ("main-pg", "SELECT * FROM salaries", 1, "TABLE_NOT_ALLOWED"),
    ("main-pg", "SELECT pg_sleep(1)", 1, "FUNCTION_NOT_ALLOWED"),
    ("main-pg", "", 1, "QUERY_BLOCKED"),
    ("events", '{"collection": "events", "filter": {"a": 1}}', 0, None),
    ("events", '{"collection": "events", "filter": {"$where": "1"}}', 1, "FUNCTION_NOT_ALLOWED"),
    ("events", '{"collection": "events", "pipeline": []}', 1, "OPERATION_NOT_ALLOWED"),
]


@pytest.mark.parametrize("row", ASKED, ids=[f"{row[0]}-{row[1][:30]}" for row in ASKED])
def test_decision_printed_and_in_the_exit_status(config, capsys, row) -> None:
    resource, statement, status, reason = row
    arguments = ["query", "check", "--config", config, "--resource", resource, "--json", statement]
    assert main(arguments) == status
    answer = json.loads(capsys.readouterr().out)
    assert answer["allowed"] is (status == 0)
    assert answer["reason"] == reason
    assert (answer["statement"] is not None) is (status == 0)


def test_decision_in_words_for_people(config, capsys) -> None:
    assert main(["query", "check", "--config", config, "--resource", "main-pg", "SELECT id FROM t"]) == 0
    assert "would run: SELECT id FROM t" in capsys.readouterr().out
    assert main(["query", "check", "--config", config, "--resource", "main-pg", "SELECT pg_sleep(1)"]) == 1
    assert "refused: FUNCTION_NOT_ALLOWED: pg_sleep" in capsys.readouterr().out


def test_lines_answered_each_with_its_id(config, capsys, monkeypatch) -> None:
    lines = [
        '{"id": 1, "sql": "SELECT 1"}',
        '{"id": "b", "sql": "DROP TABLE t"}',
        "",
        '{"id": null, "sql": "SELECT 2"}',
    ]
    monkeypatch.setattr("sys.stdin", io.StringIO("\n".join(lines) + "\n"))
    assert query_check(config, "main-pg", "-", {}) == 1
    answers = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [(answer["id"], answer["allowed"]) for answer in answers] == [(1, True), ("b", False), (None, True)]


@pytest.mark.parametrize("line", ["nonsense", "[1]", "5", '{"id": 1}', "[" * 100_000], ids=lambda line: line[:12])
def test_unreadable_line_named_and_the_rest_answered(config, capsys, monkeypatch, line) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(f'{line}\n{{"id": 2, "sql": "SELECT 1"}}\n'))
    assert query_check(config, "main-pg", "-", {}) == 2
    captured = capsys.readouterr()
    answers = [json.loads(answer) for answer in captured.out.splitlines()]
    assert "line 1" in answers[0]["error"]
    assert answers[1]["allowed"] is True
    assert "line 1" in captured.err


def test_unusable_when_the_resource_or_the_configuration_is_not_there(config, capsys, tmp_path) -> None:
    assert main(["query", "check", "--config", config, "--resource", "nope", "SELECT 1"]) == 2
    assert "main-pg, events" in capsys.readouterr().err
    assert main(["query", "check", "--config", str(tmp_path / "none"), "--resource", "x", "SELECT 1"]) == 2
    assert main(["query", "check", "--config", config, "--resource", "events", "not json"]) == 2


def test_statement_of_ten_megabytes_refused_at_once(config, capsys) -> None:
    assert query_check(config, "main-pg", "SELECT " + "1 + " * 2_500_000 + "1", {}, as_json=True) == 1
    assert json.loads(capsys.readouterr().out)["reason"] in {"QUERY_BLOCKED", "INVALID_PARAMS"}
