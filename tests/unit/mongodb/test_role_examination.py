"""What an account may do: answers of `connectionStatus`, as servers of 4.4 to 8.2 give them, and broken ones."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from relay.adapters.outbound.mongodb.account import Grant, Resource
from relay.adapters.outbound.mongodb.privileges import REASONS, SAFE_ACTIONS, Effect, effect_of
from relay.adapters.outbound.mongodb.role_examination import RoleExaminer

ACCOUNTS = Path(__file__).parent / "corpus" / "accounts.jsonl"
ROWS = [json.loads(line) for line in ACCOUNTS.read_text().splitlines()]
CHANGING = [
    "insert", "update", "remove", "createCollection", "dropCollection", "createIndex", "dropIndex", "collMod",
    "convertToCapped", "dropDatabase", "renameCollectionSameDB", "bypassDocumentValidation", "createUser", "dropUser",
    "updateUser", "grantRole", "revokeRole", "createRole", "dropRole", "changePassword", "changeOwnPassword",
    "changeCustomData", "viewUser", "shutdown", "setParameter", "applyOps", "fsync", "unlock", "killAnyCursor",
    "killAnySession", "killop", "enableProfiler", "compact", "reIndex", "validate", "planCacheWrite",
    "planCacheIndexFilter", "appendOplogNote", "replSetConfigure", "replSetStateChange", "addShard", "removeShard",
    "moveChunk", "splitChunk", "enableSharding", "setFeatureCompatibilityVersion", "setClusterParameter",
    "setUserWriteBlockMode", "bypassWriteBlockingMode", "logRotate", "flushRouterConfig", "invalidateUserCache",
    "impersonate", "internal", "anyAction", "querySettings", "analyze", "importCollection", "exportCollection",
    "createSearchIndexes", "setDefaultRWConcern", "rotateCertificates", "dropConnections", "Find", "FIND",
]  # fmt: skip
READER = (
    'db.getSiblingDB("admin").createUser({"user": "relay_reader", "pwd": passwordPrompt(), '
    '"roles": [{"role": "read", "db": "shop"}]})'
)


def reply(row_id: str) -> dict:
    return next(row["reply"] for row in ROWS if row["id"] == row_id)


@pytest.fixture
def examiner() -> RoleExaminer:
    return RoleExaminer(database="shop", allowed_tables=())


@pytest.mark.parametrize("row", [pytest.param(row, id=row["id"]) for row in ROWS])
def test_account_judged_by_what_it_may_do(examiner, row):
    found = examiner.judge(row["reply"])
    for kind in ("dangerous", "excessive", "shared"):
        expected, given = row.get(kind, []), getattr(found, kind)
        said = "\n".join(privilege.what for privilege in given)
        assert bool(given) is bool(expected), said
        for words in expected:
            assert words in said
    assert all(privilege.remedy for privilege in (*found.dangerous, *found.excessive, *found.shared))
    assert found.proper_role == READER


def test_remedy_takes_the_roles_that_may_be_the_source_and_no_other(examiner):
    (privilege,) = examiner.judge(reply("x509 user that writes")).dangerous
    assert privilege.remedy.startswith(
        'db.getSiblingDB("$external").revokeRolesFromUser("CN=relay,O=Acme", [{"role": "readWrite", "db": "shop"}])'
    )
    (whole,) = examiner.judge(reply("readWrite on another database")).dangerous
    assert '{"role": "readWrite", "db": "other"}' in whole.remedy
    assert '"read"' not in whole.remedy


def test_remedy_names_each_user_when_there_are_two(examiner):
    (privilege,) = examiner.judge(reply("two users")).dangerous
    assert re.findall(r'getSiblingDB\("(\w+)"\)\.revokeRolesFromUser\("(\w)"', privilege.remedy) == [
        ("admin", "b"),
        ("shop", "a"),
    ]


def test_names_are_quoted_when_they_hold_what_would_end_a_string(examiner):
    hostile = reply("readWrite") | {}
    hostile["authInfo"] = hostile["authInfo"] | {
        "authenticatedUsers": [{"user": 'a"); db.dropDatabase("', "db": "shop"}]
    }
    (first, *_) = examiner.judge(hostile).dangerous
    assert r'"a\"); db.dropDatabase(\"", [' in first.remedy


def test_role_for_single_collections_when_the_policy_names_them():
    named = RoleExaminer(database="shop", allowed_tables=("orders", "customers"))
    text = named.judge(reply("read")).proper_role
    assert text.startswith('db.getSiblingDB("admin").createRole({"role": "relay_reader"')
    assert '{"db": "shop", "collection": "customers"}, "actions": ["find", "listIndexes"]' in text
    assert '"roles": [{"role": "relay_reader", "db": "admin"}]' in text
    globbed = RoleExaminer(database="shop", allowed_tables=("orders*",))
    assert globbed.judge(reply("read")).proper_role == READER


def test_same_finding_when_the_server_tells_it_in_another_order(examiner):
    told = reply("clusterMonitor")
    turned = {
        "authInfo": {
            key: [
                {**item, "actions": item["actions"][::-1]} if "actions" in item else item
                for item in reversed(told["authInfo"][key])
            ]
            for key in told["authInfo"]
        }
    }
    assert examiner.judge(turned) == examiner.judge(told)


def test_long_list_of_actions_is_cut(examiner):
    said = [privilege.what for privilege in examiner.judge(reply("read and dbAdmin")).dangerous]
    assert any(re.search(r" and \d+ more on database shop", what) for what in said)


def test_every_safe_action_has_a_reason():
    assert REASONS.keys() == SAFE_ACTIONS.keys()
    assert all(len(reason) > 3 for reason in REASONS.values())
    assert Effect.CHANGES not in SAFE_ACTIONS.values()


@pytest.mark.parametrize("action", CHANGING)
def test_action_is_dangerous_when_it_changes_something(action):
    assert effect_of(action) is Effect.CHANGES
    grant = Grant(resource=Resource(database="shop", collection=""), actions=(action,))
    assert grant.by_effect("shop") == {Effect.CHANGES: (action,)}
