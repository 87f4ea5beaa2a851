"""`relay scan` over a database of lists: findings and rules, and never a value."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from types import SimpleNamespace

import pytest
import yaml

from relay.adapters.outbound.memory import MemoryConnection, MemoryDatabase
from relay.adapters.outbound.memory.database import FakeColumnSampler
from relay.application.use_cases.scan_resource import TableFinding
from relay.bootstrap.cli import scan_command
from relay.bootstrap.cli.main import main
from relay.bootstrap.cli.scan_command import Progress
from relay.bootstrap.config.load import load_settings
from relay.domain.errors import Reason, RelayError
from relay.domain.facts import TableName
from relay.domain.role import Privilege, RoleExamination

CONFIG = """\
controlPlane: {url: "wss://api.example.com/v1/relay/connect", token: t, tenantId: t}
masking:
  patterns: [{name: badge, regex: 'EMP-[0-9]{3}', replacement: 'EMP-***'}]
resources:
  - id: main-pg
    type: postgres
    connection: {host: nowhere.invalid, database: d, user: u}
"""
WITH_A_RULE = (
    CONFIG.replace("masking:", "masking:\n  hashKey: 0123456789abcdef")
    + """\
    columnRules:
      - {table: people, column: email, action: hash}
"""
)
CPF = "529.982.247-25"
PERSON = {
    "email": "ana@example.com",
    "note": f"spoke to {CPF}",
    "badge": "EMP-123",
    "n": 1,
    "yes": "ana@example.com",
    "${HOME}: #": CPF,
    "line\nbreak": "ana@example.com",
}
VALUES = ("ana", "529", "982", "EMP-1")


@pytest.fixture
def database(monkeypatch) -> MemoryDatabase:
    made = MemoryDatabase(tables={"people": [PERSON] * 10, "empty": [], "orders": [{"id": 1}]})
    kind = SimpleNamespace(connect=lambda *_: MemoryConnection(made))
    monkeypatch.setattr(scan_command, "kind_of", lambda _: kind)
    return made


@pytest.fixture
def scan(tmp_path, capsys, database):
    """Run the command; give its status and what it printed."""

    def run(*arguments: str, config: str = CONFIG):
        file = tmp_path / "relay.yaml"
        file.write_text(config)
        status = main(["scan", "--config", str(file), "--resource", "main-pg", *arguments])
        out, err = capsys.readouterr()
        assert not any(value in out + err for value in VALUES)
        return SimpleNamespace(status=status, out=out, err=err)

    return run


def rules_of(text: str) -> list[dict]:
    return yaml.safe_load(text)["columnRules"]


def test_rules_are_proposed_for_identifiers_when_a_resource_is_scanned(scan) -> None:
    answer = scan()
    assert answer.status == 0
    assert rules_of(answer.out) == [
        {"table": "people", "column": "email", "action": "mask", "kind": "email"},
        {"table": "people", "column": "badge", "action": "mask", "kind": "badge"},
        {"table": "people", "column": "yes", "action": "mask", "kind": "email"},
        {"table": "people", "column": "$${HOME}: #", "action": "mask", "kind": "cpf"},
    ]
    assert "#   email: identifier; email in 100 % (at least 72 %) of 10 values\n" in answer.out
    assert "#   note: free text; cpf in 100 % (at least 72 %) of 10 values\n" in answer.out
    assert "  # - {table: people, column: note, action: mask, kind: cpf}\n" in answer.out
    assert '#   "line\\nbreak": identifier' in answer.out


def test_configuration_is_valid_when_the_answer_is_pasted(scan, tmp_path) -> None:
    file = tmp_path / "pasted.yaml"
    file.write_text(CONFIG + scan().out)
    (resource,) = load_settings(file, {}).resources
    assert [rule.column for rule in resource.column_rules] == ["email", "badge", "yes", "${HOME}: #"]


def test_rules_that_are_there_stay_when_a_resource_is_scanned(scan) -> None:
    answer = scan(config=WITH_A_RULE)
    assert rules_of(answer.out)[0] == {"table": "people", "column": "email", "action": "hash"}
    assert [rule["column"] for rule in rules_of(answer.out)].count("email") == 1
    assert "under a rule already: hash" in answer.out


def test_json_says_the_same_when_asked(scan) -> None:
    answer = json.loads(scan("--json").out)
    assert [table["table"] for table in answer["tables"]] == ["empty", "orders", "people"]
    email = answer["tables"][2]["columns"][0]
    assert email == {
        "column": "email",
        "type": "text",
        "kind": "identifier",
        "values": 10,
        "detectors": [{"detector": "email", "values": 10, "wholeValues": 10, "share": 1.0, "atLeast": 0.7225}],
        "rule": None,
    }
    assert len(answer["proposed"]) == 4


def test_one_table_is_scanned_when_asked(scan, database) -> None:
    answer = scan("--table", "orders")
    assert (answer.status, rules_of(answer.out), database.samples_taken) == (0, [], 1)


def test_nothing_is_proposed_when_there_are_no_tables(scan, database) -> None:
    database.tables.clear()
    assert rules_of(scan().out) == []


DANGEROUS = RoleExamination(dangerous=(Privilege(what="CREATEDB", remedy="ALTER ROLE r NOCREATEDB"),))


@pytest.mark.parametrize(
    "case",
    [
        (("--table", "salaries"), {}, 2, "no such table"),
        (("--resource", "other"), {}, 2, "configured resources: main-pg"),
        (("--config", "missing.yaml"), {}, 2, "can't be read"),
        ((), {"role": DANGEROUS}, 2, "could do more than read"),
        ((), {"reachable": False}, 3, "can't be used at the moment"),
        ((), {"failure": RelayError(Reason.RESOURCE_UNAVAILABLE, "the database went away;")}, 3, "went away"),
    ],
    ids=["table", "resource", "configuration", "role", "database is down", "database goes"],
)
def test_status_says_why_when_there_is_no_answer(scan, database, case) -> None:
    arguments, changes, status, said = case
    for name, value in changes.items():
        setattr(database, name, value)
    answer = scan(*arguments)
    assert (answer.status, answer.out) == (status, "")
    assert said in answer.err


def test_others_are_scanned_when_a_table_can_not_be(scan, database, monkeypatch) -> None:
    sample = FakeColumnSampler.sample

    async def failing(self: FakeColumnSampler, table: TableName, **bounds: float):
        if table.name == "orders":
            raise RelayError(Reason.QUERY_TIMEOUT, "the database ended the statement at its time limit;")
        return await sample(self, table, **bounds)

    monkeypatch.setattr(FakeColumnSampler, "sample", failing)
    answer = scan()
    assert answer.status == 0
    assert "# orders: not sampled, QUERY_TIMEOUT" in answer.out
    assert "orders can't be sampled: QUERY_TIMEOUT" in answer.err
    assert len(rules_of(answer.out)) == 4


def test_refused_when_this_kind_of_database_can_not_be_sampled(scan, monkeypatch) -> None:
    with_sampler = MemoryDatabase.ports
    monkeypatch.setattr(MemoryDatabase, "ports", lambda self: replace(with_sampler(self), sampler=None))
    answer = scan()
    assert (answer.status, "can't be sampled" in answer.err) == (2, True)


def test_progress_is_said_now_and_then_when_a_scan_is_long() -> None:
    output, now = io.StringIO(), [0.0]
    progress = Progress(total=10, output=output, clock=lambda: now[0])
    for _ in range(10):
        progress.done(TableFinding(table=TableName(name="t")))
        now[0] += 1.0
    assert output.getvalue().splitlines() == [f"relay scan: {count} of 10 tables" for count in (3, 5, 7, 9)]
