"""docs/roles-mongodb.md says what the code does."""

from __future__ import annotations

from pathlib import Path

from relay.adapters.outbound.mongodb.mongosh import make_reader
from relay.adapters.outbound.mongodb.privileges import READ_ONLY_ROLES, SAFE_ACTIONS, Effect

PAGE = (Path(__file__).parents[3] / "docs" / "roles-mongodb.md").read_text()


def test_statements_on_the_page_are_those_of_the_log() -> None:
    blocks = [block.split("\n```")[0] for block in PAGE.split("```js\n")[1:]]
    assert blocks == [make_reader("shop", ()), make_reader("shop", ("orders", "customers"))]


def test_roles_that_pass_are_named() -> None:
    passing = PAGE.split("So `read`")[1].split("pass with warnings")[0]
    assert all(f"`{role}`" in f"`read`{passing}" for role in READ_ONLY_ROLES)


def test_actions_are_where_the_page_says() -> None:
    rows = {line.rsplit("|", 2)[1].strip().split(":")[0]: line for line in PAGE.splitlines() if line.startswith("| ")}
    assert rows.keys() >= {"refused", "warning", "nothing"}
    for action in ("inprog", "getLog", "getParameter", "queryStatsRead", "viewRole"):
        assert SAFE_ACTIONS[action] is Effect.SHOWS
        assert f"`{action}`" in PAGE
    for action in ("insert", "createIndex", "dropDatabase", "grantRole", "setParameter", "viewUser"):
        assert action not in SAFE_ACTIONS
        assert f"`{action}`" in PAGE
