"""`relay scan` over real servers: what it proposes can be pasted, and protects."""

from __future__ import annotations

import secrets

import anyio
import pymongo
import pytest
import yaml

from relay.bootstrap.cli.main import main
from relay.bootstrap.config.load import load_settings

CPF, EMAIL = "529.982.247-25", "ana.souza@example.com"
POSTGRES = """\
controlPlane: {{url: "wss://api.example.com/v1/relay/connect", token: t, tenantId: t}}
resources:
  - id: shop
    type: postgres
    blockedTables: [hidden]
    connection: {{host: {host}, port: {port}, database: {database}, user: {user}, password: {password}}}
"""
MONGODB = """\
controlPlane: {{url: "wss://api.example.com/v1/relay/connect", token: t, tenantId: t}}
resources:
  - id: shop
    type: mongodb
    connection: {{uri: "{uri}", database: {database}}}
"""
TABLES = f"""
CREATE TABLE people (id int, email text, "CPF: ""x"" # y" text, note text, cpf_number int8);
INSERT INTO people SELECT g, 'user' || g || '@example.com', '{CPF}', 'called {EMAIL} back', 52998224725
FROM generate_series(1, 40) g;
CREATE TABLE hidden AS SELECT * FROM people;
CREATE VIEW broken AS SELECT 1 / (id - id) AS a FROM people;
"""


@pytest.fixture
def scan(tmp_path, capsys):
    """Write the configuration and scan; give status, output and file."""

    async def run(config: str):
        file = tmp_path / "relay.yaml"
        file.write_text(config)
        status = await anyio.to_thread.run_sync(main, ["scan", "--config", str(file), "--resource", "shop"])
        out, err = capsys.readouterr()
        for value in (CPF, EMAIL, "52998224725", "ana.souza", "user1@"):
            assert value not in out + err
        return status, out, err, file

    return run


async def test_postgres_columns_found_and_proposed_when_scanned(postgres, scan) -> None:
    await postgres.execute(TABLES)
    config = POSTGRES.format(
        host=postgres.host,
        port=postgres.port,
        database=postgres.database,
        user=postgres.reader,
        password=postgres.password,
    )
    status, out, err, file = await scan(config)
    assert (status, "public.broken can't be sampled: QUERY_FAILED" in err) == (0, True)
    file.write_text(config + out)
    (resource,) = load_settings(file, {}).resources
    proposed = {(rule.table, rule.column, rule.kind) for rule in resource.column_rules}
    assert proposed == {
        ("public.people", "email", "email"),
        ("public.people", 'CPF: "x" # y', "cpf"),
        ("public.people", "cpf_number", "cpf"),
    }
    assert "# - {table: public.people, column: note, action: mask, kind: email}" in out
    assert "hidden" not in out


async def test_mongodb_paths_found_and_proposed_when_scanned(mongo_uri, scan) -> None:
    name = f"relay_{secrets.token_hex(6)}"
    people = [{"_id": n, "contact": {"email": f"user{n}@example.com"}, "note": f"called {EMAIL}"} for n in range(40)]
    with pymongo.MongoClient(mongo_uri) as client:
        client[name]["people"].insert_many(people)
        try:
            config = MONGODB.format(uri=mongo_uri, database=name) + "    allowPrivilegedRole: true\n"
            status, out, _, file = await scan(config)
        finally:
            client.drop_database(name)
    assert status == 0
    assert {"table": "people", "column": "contact.email", "action": "mask", "kind": "email"} in yaml.safe_load(out)[
        "columnRules"
    ]
    file.write_text(config + out)
    assert load_settings(file, {}).resources[0].column_rules


async def test_status_3_when_the_server_is_not_there(scan) -> None:
    config = POSTGRES.format(host="127.0.0.1", port=1, database="d", user="u", password="p")
    status, out, err, _ = await scan(config)
    assert (status, out) == (3, "")
    assert err.startswith("relay scan: ")
