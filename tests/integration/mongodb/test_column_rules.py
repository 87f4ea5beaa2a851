"""Column rules, samples and computed values through a whole agent, on an embedded server.

That server computes few expressions, so most of them are tested in tests/unit/mongodb, by what is decided of them.
"""

from __future__ import annotations

import json

import pytest

from relay.domain.errors import Reason, RelayError
from relay.domain.facts import TableName

PEOPLE = [
    {
        "_id": number,
        "email": f"person{number}@shop.example",
        "backup": f"other{number}@shop.example",
        "cpf": "529.982.247-25",
        "phone": f"1198765432{number}",
        "member": f"m{number % 2}",
        "secret": "canary-7f3a",
        "contact": {"email": f"home{number}@shop.example", "city": "Recife"},
        "items": [{"owner": f"owner{number}", "n": 1}],
        "note": f"timeout for person{number}@shop.example" if number % 2 else "timeout",
        "desk": "desk@shop.example",
        "total": number,
    }
    for number in range(6)
]
RULES = {
    "email": "mask",
    "phone": "partial",
    "member": "hash",
    "secret": "deny",
    "contact.email": "mask",
    "items.owner": "drop",
    "desk": "pass",
    "nothing.here": "mask",
}
KEY = "a key of thirty-two bytes, at least"


@pytest.fixture
async def agent(mongo_uri, database_name, seed, agent_on):
    seed.people.insert_many(PEOPLE)
    seed.orders.insert_many([{"_id": number, "by": number} for number in range(3)])
    rules = [{"table": "people", "column": path, "action": action} for path, action in RULES.items()]
    return await agent_on(mongo_uri, database_name, columnRules=rules, masking={"hashKey": KEY})


def rows_of(answer) -> list[dict]:
    assert not isinstance(answer, RelayError), answer.message
    return [json.loads(row) for row in answer.rows]


async def test_documents_leave_with_their_rules_applied(agent):
    rows = rows_of(await agent.ask(collection="people", sort={"_id": 1}))
    first = rows[0]
    assert first["email"] == "***@***.***"
    assert first["contact"] == {"email": "***@***.***", "city": "Recife"}
    assert first["phone"] == "****4320"
    assert first["items"] == [{"owner": None, "n": 1}]
    assert first["desk"] == "desk@shop.example"
    assert "secret" not in first
    assert first["member"].startswith("h_")
    assert [row["member"] for row in rows] == [rows[0]["member"], rows[1]["member"]] * 3


async def test_grouped_by_tokens_when_a_field_is_hashed(agent):
    answer = await agent.ask(collection="people", pipeline=[{"$group": {"_id": "$member", "n": {"$sum": 1}}}])
    rows = rows_of(answer)
    assert sorted(row["n"] for row in rows) == [3, 3]
    assert all(row["_id"].startswith("h_") for row in rows)
    assert rows_of(await agent.ask(collection="people", filter={"member": "m1"}, projection=["_id"]))


async def test_joined_documents_leave_with_the_rules_of_their_own_collection(agent):
    lookup = {"from": "people", "localField": "by", "foreignField": "_id", "as": "p"}
    rows = rows_of(await agent.ask(collection="orders", pipeline=[{"$lookup": lookup}, {"$unwind": "$p"}]))
    assert [row["p"]["email"] for row in rows] == ["***@***.***"] * 3
    assert "canary" not in json.dumps(rows)


@pytest.mark.parametrize(
    "arguments",
    [
        pytest.param({"filter": {"email": "person1@shop.example"}}, id="equality under mask"),
        pytest.param({"filter": {"secret": {"$exists": True}}}, id="denied field"),
        pytest.param({"projection": ["secret"]}, id="denied field in a projection"),
        pytest.param({"sort": {"member": 1}}, id="sort under hash"),
        pytest.param({"filter": {"backup": {"$regex": "^p"}}}, id="regex on an identifier"),
        pytest.param({"sort": {"backup": 1}}, id="sort by an identifier"),
        pytest.param({"filter": {"cpf": {"$gt": "5"}}}, id="range of an identifier"),
    ],
)
async def test_refused_with_a_way_to_ask_when_it_would_tell_values(agent, arguments):
    answer = await agent.ask(collection="people", **arguments)
    assert isinstance(answer, RelayError)
    assert answer.reason is Reason.COLUMN_NOT_ALLOWED
    assert answer.hint


@pytest.mark.parametrize(
    ("arguments", "count"),
    [
        pytest.param({"filter": {"backup": "other1@shop.example"}}, 1, id="equality of an identifier"),
        pytest.param({"filter": {"backup": {"$in": ["other1@shop.example", "other2@shop.example"]}}}, 2, id="in"),
        pytest.param({"filter": {"note": {"$regex": "timeout"}}}, 6, id="regex on text"),
        pytest.param({"filter": {"total": {"$gte": 3}}}, 3, id="range of a number"),
        pytest.param({"sort": {"total": -1}}, 6, id="sort by a number"),
        pytest.param({"pipeline": [{"$group": {"_id": "$backup", "n": {"$sum": 1}}}]}, 6, id="group by an identifier"),
        pytest.param({"pipeline": [{"$group": {"_id": None, "t": {"$sum": "$total"}}}]}, 1, id="sum"),
    ],
)
async def test_answered_without_any_value_when_it_tells_none(agent, arguments, count):
    answer = await agent.ask(collection="people", **arguments)
    rows = rows_of(answer)
    assert len(rows) == count
    text = b"".join(answer.rows).decode().replace("desk@shop.example", "")
    assert "@shop.example" not in text


async def test_missing_paths_told_when_no_document_has_them(agent):
    missing = await agent.entry.database.sampler.missing_columns()
    assert [(rule.table, rule.column) for rule in missing] == [("people", "nothing.here")]


async def test_collections_listed_for_a_scan_as_the_policy_shows_them(agent):
    assert await agent.entry.database.sampler.tables() == (TableName(name="orders"), TableName(name="people"))


async def test_sample_holds_the_values_of_each_path(agent):
    sampler = agent.entry.database.sampler
    samples = await sampler.sample(TableName(name="people"), max_rows=3, timeout_s=5)
    by_name = {sample.name: sample for sample in samples}
    assert len(by_name["contact.email"].values) == 3
    assert by_name["contact.email"].is_text
    assert "home" not in repr(samples)
    assert await sampler.sample(TableName(name="nobody"), max_rows=3, timeout_s=5) == ()


async def test_rules_follow_a_view_when_the_server_lists_one(scripted, agent_on):
    definition = {"viewOn": "people", "pipeline": [{"$project": {"mail": "$email"}}]}
    names = [{"name": "people", "type": "collection"}, {"name": "mails", "type": "view"}]

    def listed(entries: list[dict]) -> dict:
        return {"ok": 1, "cursor": {"id": 0, "ns": "shop.$cmd.listCollections", "firstBatch": entries}}

    async def listing(command: dict) -> dict:
        return listed(names if command.get("nameOnly") else [{**names[1], "options": definition}])

    found = {"ok": 1, "cursor": {"id": 0, "ns": "shop.mails", "firstBatch": [{"_id": 1, "mail": "canary-7f3a"}]}}
    scripted.answers.update(listCollections=listing, listIndexes=listed([]), find=found, aggregate=found)
    rules = [{"table": "people", "column": "email", "action": "mask"}]
    agent = await agent_on(scripted.uri, columnRules=rules)
    assert rows_of(await agent.ask(collection="mails")) == [{"_id": 1, "mail": "***"}]
    refused = await agent.ask(collection="mails", filter={"mail": "canary-7f3a"})
    assert refused.reason is Reason.COLUMN_NOT_ALLOWED
    assert "mails.mail" in refused.message
