"""Pages say all that there is to say: every error, event, log line and decision."""

from __future__ import annotations

import re

import pytest

from relay.adapters.inbound.ws_jsonrpc.ending import EndReason
from relay.bootstrap.error_reference import MEANINGS, reference_page
from relay.domain.audit import KINDS, AuditKind
from relay.domain.errors import Reason

LOG_CALL = re.compile(
    r"(?<!`)(?:\blog|get_logger\(\))\.(?:debug|info|warning|error)\(\s*\"([^\"]+)\""
    r"|_notice\(Level\.\w+, \"([^\"]+)\""
    r"|operational_line\(Level\.\w+, \"([^\"]+)\""
)
MAX_README_LINES = 120


def test_readme_is_short(page) -> None:
    assert len(page("README.md").text.splitlines()) < MAX_README_LINES


def test_error_page_is_current_when_the_tables_change(page) -> None:
    assert page("docs/errors.md").text == reference_page(), (
        "run: python -m relay.bootstrap.error_reference > docs/errors.md"
    )


def test_every_reason_is_explained() -> None:
    assert MEANINGS.keys() == set(Reason)


@pytest.mark.parametrize("reason", Reason)
def test_reason_has_its_row(page, reason) -> None:
    assert f"| `{reason}` |" in page("docs/errors.md").text


@pytest.mark.parametrize("kind", AuditKind)
def test_event_and_its_message_are_explained(page, kind) -> None:
    assert f"`{kind}`" in page("docs/audit.md").prose
    assert f"`{KINDS[kind].message}`" in " ".join(page("docs/operations.md").prose.split())


@pytest.mark.parametrize("reason", EndReason)
def test_reason_of_a_lost_link_is_explained(page, reason) -> None:
    assert f"`{reason}`" in page("docs/operations.md").prose


def test_every_log_line_is_explained(page, root) -> None:
    operations = page("docs/operations.md").prose
    found = {
        "".join(groups)
        for file in (root / "src/relay").rglob("*.py")
        if "demo" not in file.parts
        for groups in LOG_CALL.findall(file.read_text(encoding="utf-8"))
    }
    assert len(found) > 12
    assert sorted(message for message in found if f"`{message}`" not in operations) == []


def test_every_decision_is_listed_and_has_its_parts(page, root) -> None:
    index = page("docs/adr/README.md").text
    files = sorted((root / "docs/adr").glob("0*.md"))
    assert [file.name[:4] for file in files] == [f"{number:04d}" for number in range(1, len(files) + 1)]
    for file in files:
        text = file.read_text(encoding="utf-8")
        title = re.search(r"^# \d{4}: (.+)$", text, re.MULTILINE).group(1)
        assert f"| {file.name[:4]} | [{title}]({file.name}) |" in index
        assert re.search(r"^Status: (accepted|proposed|superseded)", text, re.MULTILINE)
        for part in ("Context", "Decision", "Consequences", "Alternatives"):
            assert f"\n## {part}\n" in text, (file.name, part)


def test_changelog_has_the_version_of_the_package(page, root) -> None:
    import relay  # noqa: PLC0415 - its version alone

    changelog = page("CHANGELOG.md").text
    assert changelog.index("## [Unreleased]") < changelog.index(f"## [{relay.__version__}]")
