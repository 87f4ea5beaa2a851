"""What the operator reads of rules that protect nothing."""

from __future__ import annotations

import json

import pytest

from relay.bootstrap.logging import configure_logging
from relay.bootstrap.rule_log import LoggedRules
from relay.domain.policy import ColumnRule
from relay.domain.protection import ColumnAction

RULES = (
    ColumnRule(table="people", column="email", action=ColumnAction.HASH),
    ColumnRule(table="sales.people", column="cpf", action=ColumnAction.HASH),
)


class Lines:
    def __init__(self) -> None:
        self.lines: list[dict] = []

    def write_line(self, line: bytes) -> None:
        self.lines.append(json.loads(line))


@pytest.mark.parametrize("kind", ["missing", "unhashable"])
def test_one_line_a_rule_when_rules_protect_nothing(kind) -> None:
    written = Lines()
    configure_logging(written)
    getattr(LoggedRules(), kind)("shop", RULES)
    assert [(line["level"], line["resourceId"], line["column"], line["detail"]) for line in written.lines] == [
        ("warn", "shop", "people.email", "action hash"),
        ("warn", "shop", "sales.people.cpf", "action hash"),
    ]
    assert all(line["msg"].startswith("Column rule") and "droppedKeys" not in line for line in written.lines)
