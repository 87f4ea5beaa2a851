"""What the operator reads of a role: each line whole, at the level that fits."""

from __future__ import annotations

import pytest

from relay.adapters.outbound.audit.record import TEXT_LIMIT
from relay.bootstrap import role_log
from relay.bootstrap.role_log import LoggedRoles, whole_lines
from relay.domain.role import Privilege, RoleExamination


class Lines:
    def __init__(self) -> None:
        self.written: list[tuple[str, str, dict]] = []

    def error(self, message: str, **fields: object) -> None:
        self.written.append(("error", message, fields))

    def warning(self, message: str, **fields: object) -> None:
        self.written.append(("warning", message, fields))


@pytest.fixture
def lines(monkeypatch) -> Lines:
    monkeypatch.setattr(role_log, "log", Lines())
    return role_log.log


SCRIPT = "\n".join(f"GRANT SELECT ON table_{number} TO relay_reader;" for number in range(200))
EXAMINATION = RoleExamination(
    dangerous=(Privilege(what="CREATEDB", remedy="ALTER ROLE r NOCREATEDB;"),),
    excessive=(Privilege(what="member of pg_monitor", remedy="REVOKE pg_monitor FROM r;"),),
    shared=(Privilege(what="TEMPORARY on database d, granted to PUBLIC", remedy="REVOKE …;"),),
    proper_role=SCRIPT,
)


@pytest.mark.parametrize(("accepted", "level"), [(False, "error"), (True, "warning")], ids=["refused", "allowed"])
def test_level_says_whether_it_is_used_when_a_role_could_write(lines, accepted, level) -> None:
    LoggedRoles().examined("shop", EXAMINATION, accepted=accepted)
    by_message = {message: (written, fields) for written, message, fields in lines.written}
    assert by_message["Database role could write"][0] == level
    assert by_message["Database role reads more than it needs"][0] == "warning"
    assert by_message["Every database role has this privilege"][0] == "warning"
    assert ("Database role refused" in by_message) is not accepted
    assert {fields["resourceId"] for _, fields in by_message.values()} == {"shop"}


def test_script_comes_whole_in_several_lines_when_it_is_long(lines) -> None:
    LoggedRoles().examined("shop", EXAMINATION, accepted=False)
    parts = [fields for _, message, fields in lines.written if message == "Database role refused"]
    assert len(parts) > 1
    assert "\n".join(part["remedy"] for part in parts) == SCRIPT
    assert all(len(part["remedy"]) <= TEXT_LIMIT.keep for part in parts)
    assert [part["detail"] for part in parts] == [f"part {n} of {len(parts)}" for n in range(1, len(parts) + 1)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", [""]),
        ("a", ["a"]),
        ("a\nb", ["a\nb"]),
        ("aaa\nbbb\nc", ["aaa", "bbb\nc"]),
        ("aaaaaaaa\nb", ["aaaaaaaa", "b"]),
    ],
    ids=["empty", "one", "fits", "cut", "long-line"],
)
def test_script_cut_between_its_lines_only(text, expected) -> None:
    assert list(whole_lines(text, 5)) == expected
