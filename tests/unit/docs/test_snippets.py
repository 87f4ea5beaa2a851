"""What a page shows can be used as it stands."""

from __future__ import annotations

import re
import shlex
import tomllib
from datetime import UTC, datetime

import pytest

from relay.adapters.outbound.audit.hash_chain import HashChain
from relay.adapters.outbound.audit.record import RecordLayout
from relay.bootstrap.config.load import load_settings
from relay.bootstrap.databases.kind import ENTRY_POINT_GROUP, DatabaseKind
from relay.domain.audit import AuditEvent, AuditKind
from relay.domain.protection import Protection
from relay.domain.request import Operation

KNOWN = {"MONGO_URI": "mongodb://db.internal/", "CP_URL": "ws://127.0.0.1:1/v1/relay/connect"}
VARIABLE = re.compile(r"\$\{([A-Z_]+)")


def run(source: str) -> dict:
    names: dict = {"__name__": "snippet"}
    exec(compile(source, "snippet", "exec", dont_inherit=True), names)
    return names


def test_configuration_loads_when_a_page_shows_it(pages, tmp_path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("s3cret")
    shown = [(page.name, block) for page in pages for block in page.blocks("yaml")]
    assert {"README.md", "benchmarks/README.md"} <= {name for name, _ in shown}
    for name, block in shown:
        file = tmp_path / "relay-config.yaml"
        file.write_text(re.sub(r"\$\{file:[^}]+\}", f"${{file:{secret}}}", block))
        environ = {variable: KNOWN.get(variable, "text") for variable in VARIABLE.findall(block)}
        assert load_settings(file, environ).resources, name


def test_environment_alone_is_a_configuration_when_operations_shows_it(page) -> None:
    (block,) = [block for block in page("docs/operations.md").blocks("sh") if "RESOURCE_0_ID" in block]
    words = [word for line in block.splitlines() for word in shlex.split(line) if "=" in word]
    environ = dict(word.split("=", 1) for word in words)
    environ["RELAY_TOKEN"] = "token"
    (resource,) = load_settings(None, environ).resources
    assert (resource.id, resource.type, resource.connection.host) == ("main-pg", "postgres", "db.internal")


@pytest.mark.parametrize("name", ["docs/adding-a-database.md", "docs/audit.md", "docs/testing.md"])
def test_python_runs_when_a_page_shows_it(page, name) -> None:
    blocks = page(name).blocks("python")
    assert blocks
    for block in blocks:
        run(block)


def test_other_python_is_never_shown_unrun(pages) -> None:
    assert {page.name for page in pages if page.blocks("python")} == {
        "docs/adding-a-database.md",
        "docs/audit.md",
        "docs/testing.md",
    }


async def test_example_kind_serves_a_query_when_it_is_configured(page, tmp_path) -> None:
    kind = run(page("docs/adding-a-database.md").blocks("python")[0])["KIND"]
    assert isinstance(kind, DatabaseKind)
    file = tmp_path / "relay-config.yaml"
    file.write_text(
        "controlPlane: {url: 'ws://127.0.0.1:1/', token: t, tenantId: t}\n"
        "resources: [{id: one, type: example, connection: {database: d, greeting: hello}}]\n"
    )
    (settings,) = load_settings(file, {}, extra_resource_types={"example": kind.settings_model}).resources
    statement = await kind.guard(settings, Protection()).inspect(Operation.QUERY, {"table": "greetings"})
    async with kind.connect(settings, Protection()).open() as database:
        assert (await database.inspector.probe()).healthy
    assert [str(use.table) for use in statement.facts.tables] == ["greetings"]


def test_entry_point_group_is_the_one_that_is_looked_up(page) -> None:
    (block,) = page("docs/adding-a-database.md").blocks("toml")
    assert list(tomllib.loads(block)["project"]["entry-points"]) == [ENTRY_POINT_GROUP]


def test_container_of_the_testing_page_has_its_clock_swapped(page) -> None:
    names = run(page("docs/testing.md").blocks("python")[0])
    assert type(names["container"].clock()).__name__ == "FakeClock"


def test_verification_of_the_audit_page_tells_a_changed_line(page, tmp_path, capsys) -> None:
    verify = run(page("docs/audit.md").blocks("python")[0])["verify"]
    file = tmp_path / "audit.jsonl"
    file.write_bytes(chain(b"k" * 32))
    assert verify([file], b"k" * 32)
    assert not verify([file], b"x" * 32)
    file.write_bytes(file.read_bytes().replace(b"one", b"two"))
    assert not verify([file], b"k" * 32)
    assert "line 1: changed" in capsys.readouterr().out


def chain(key: bytes) -> bytes:
    """Two chained records, as the sink lays them out."""
    layout, hashes = RecordLayout(relay_id="r", tenant_id="t", scrub=str), HashChain(key=key)
    lines = []
    for request_id in ("one", "other"):
        event = AuditEvent(kind=AuditKind.REQUEST_RECEIVED, fields={"requestId": request_id})
        line, state = hashes.seal(layout.lay_out(event, datetime(2026, 1, 1, tzinfo=UTC), hashes.next_seq))
        hashes.settle(state)
        lines.append(line)
    return b"".join(lines)
