"""What description, plans and server choice make of what they are given; no server here."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from types import SimpleNamespace

import pytest

from relay.adapters.outbound.mongodb.clients import ClientSource
from relay.adapters.outbound.mongodb.describe import MAX_PATH_DEPTH, MAX_PATHS, Sample, shown_key
from relay.adapters.outbound.mongodb.explain import _summary, kept
from relay.adapters.outbound.mongodb.server_pin import ServerPin, pinned_to, select_server


@pytest.mark.parametrize(
    "key", ["name", "address_line_2", "sha256", "iso8601", "Straße", "first name", "a-b", "2024", "_id"]
)
def test_key_is_shown_when_it_is_a_name(key):
    assert shown_key(key) == key


@pytest.mark.parametrize(
    "key",
    [
        "12345678900",
        "123.456.789-00",
        "maria@example.com",
        "2024-01-15",
        "65a4f0c2d1e8b7a9c3f01234",
        "abcdefabcdefabcdef",
        "+55 11 98765",
        "x" * 65,
        "a\nb",
        "",
    ],
)
def test_key_is_a_star_when_it_looks_like_a_value(key):
    assert shown_key(key) == ("*" if key else "")


def test_paths_share_a_row_when_keys_are_values():
    sample = Sample()
    sample.add({"by": {"12345678900": {"n": 1}, "98765432100": {"n": "x"}}})
    rows = {row["path"]: row for row in sample.rows()}
    assert list(rows) == ["by", "by.*", "by.*.n"]
    assert rows["by.*"]["presence"] == 1.0
    assert sorted(rows["by.*.n"]["types"]) == ["int", "string"]


def test_sample_is_bounded_when_documents_are_hostile():
    sample = Sample()
    deep: object = 1
    for _ in range(100):
        deep = {"a": deep}
    sample.add({"deep": deep} | {f"k{'x' * (n % 50)}{chr(97 + n % 26)}{n}": 1 for n in range(3000)})
    rows = sample.rows()
    assert len(rows) <= MAX_PATHS
    assert max(row["path"].count(".") for row in rows) <= MAX_PATH_DEPTH
    assert sample.left_out


def test_presence_counts_documents_not_elements():
    sample = Sample()
    sample.add({"items": [{"sku": "a"}, {"sku": "b"}]})
    sample.add({})
    assert {row["path"]: row["presence"] for row in sample.rows()} == {"items": 0.5, "items.sku": 0.5}


PLAN = {
    "stage": "FETCH",
    "filter": {"cpf": {"$eq": "canary"}},
    "inputStage": {
        "stage": "IXSCAN",
        "keyPattern": {"cpf": 1, "loc": "2dsphere"},
        "indexName": "cpf_1",
        "indexBounds": {"cpf": ['["canary", "canary"]']},
        "isUnique": True,
        "multiKeyPaths": {"canary": []},
    },
    "transformBy": {"x": {"$literal": "canary"}},
}
KEPT = {
    "stage": "FETCH",
    "inputStage": {
        "stage": "IXSCAN",
        "keyPattern": {"cpf": 1, "loc": "2dsphere"},
        "indexName": "cpf_1",
        "isUnique": True,
    },
}


def test_plan_keeps_stages_and_indexes_and_no_value():
    assert kept(PLAN) == KEPT


@pytest.mark.parametrize(
    ("reply", "summary"),
    [
        pytest.param(
            {"queryPlanner": {"winningPlan": PLAN, "parsedQuery": "canary"}}, {"winningPlan": KEPT}, id="find"
        ),
        pytest.param(
            {"queryPlanner": {"winningPlan": {"queryPlan": PLAN, "slotBasedPlan": {"stages": "canary"}}}},
            {"winningPlan": {"queryPlan": KEPT}},
            id="slot based",
        ),
        pytest.param(
            {"stages": [{"$cursor": {"queryPlanner": {"winningPlan": PLAN}}}, {"$group": {"_id": "canary"}}]},
            {"winningPlan": KEPT, "stages": ["$cursor", "$group"]},
            id="pipeline",
        ),
        pytest.param(
            {"shards": {"canary-host": {"queryPlanner": {"winningPlan": PLAN}, "host": "canary"}}},
            {"winningPlan": {"shards": [{"winningPlan": KEPT}]}},
            id="sharded pipeline",
        ),
        pytest.param({"ok": 1}, {"winningPlan": {}}, id="nothing"),
    ],
)
def test_explained_plan_holds_no_value(reply, summary):
    assert _summary(reply) == summary
    assert "canary" not in json.dumps(_summary(reply))


def server(port: int, round_trip_time: float | None):
    return SimpleNamespace(address=("host", port), round_trip_time=round_trip_time)


def test_request_stays_on_the_server_it_began_on():
    pin = ServerPin()
    servers = [server(1, 0.5), server(2, 0.001), server(3, 0.9)]
    with pinned_to(pin):
        assert [chosen.address for chosen in select_server(servers)] == [("host", 2)]
        assert [chosen.address for chosen in select_server([server(1, 0.0), server(2, 0.9)])] == [("host", 2)]
        assert select_server([server(1, 0.0)]) == []
    assert select_server(servers) == servers


def test_no_server_is_chosen_when_there_is_none():
    with pinned_to(ServerPin()):
        assert select_server([]) == []


@pytest.mark.parametrize(
    ("uri", "ours"),
    [
        ("mongodb://a", {"readPreference": "primaryPreferred", "readConcernLevel": "local"}),
        ("mongodb://a/?readPreference=secondary", {"readConcernLevel": "local"}),
        ("mongodb://a/x?READPREFERENCE=nearest&readConcernLevel=majority", {}),
        ("mongodb://readPreference=:x@a", {"readPreference": "primaryPreferred", "readConcernLevel": "local"}),
    ],
)
def test_connection_string_decides_over_our_defaults(uri, ours):
    options = ClientSource(read_uri=lambda: uri, pool_size=5)._options(uri)
    assert {name: options[name] for name in ("readPreference", "readConcernLevel") if name in options} == ours
    assert options["serverSelectionTimeoutMS"] == 5_000
    assert options["maxPoolSize"] == 7
    assert options["retryReads"] is False


def test_driver_has_threads_for_all_resources_when_imported():
    code = (
        "from relay.adapters.outbound.mongodb.connection import MongoConnection;"
        "import motor.frameworks.asyncio as m; print(m.max_workers)"
    )
    environment = {name: value for name, value in os.environ.items() if name != "MOTOR_MAX_WORKERS"}
    out = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "256"
