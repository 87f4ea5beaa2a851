from __future__ import annotations

import copy
import json
import pickle

import pytest

from relay.bootstrap.config.secret import SecretSource
from relay.bootstrap.config.secret_file import FileReference
from relay.domain.errors import Reason, RelayError

PRINTERS = {"repr": repr, "str": str, "format": lambda x: f"{x}", "percent": lambda x: "%s %r" % (x, x)}  # noqa: UP031 - the old way prints too


@pytest.mark.parametrize("show", PRINTERS.values(), ids=PRINTERS)
def test_secret_is_hidden_when_it_is_printed(show) -> None:
    assert "s3cret" not in show(SecretSource("s3cret"))
    assert "s3cret" not in show([SecretSource("s3cret")])


def test_secret_is_hidden_when_settings_are_printed_or_serialised(load_text, minimal) -> None:
    settings = load_text(minimal)
    printed = [repr(settings), str(settings), settings.model_dump_json(), repr(settings.model_dump()), f"{settings!r}"]
    for text in printed:
        assert "s3cret" not in text
    for text in (repr(settings), str(settings), repr(settings.resources[0].connection)):
        assert "db.internal" not in text
        assert "reader" not in text


def test_secret_cannot_leave_when_it_is_pickled_or_written_as_json() -> None:
    secret = SecretSource("s3cret")
    with pytest.raises(TypeError):
        pickle.dumps(secret)
    with pytest.raises(TypeError):
        json.dumps(secret)
    with pytest.raises(AttributeError):
        secret.__dict__  # noqa: B018 - there must be none
    assert copy.deepcopy(secret) is secret
    assert copy.copy(secret) is secret


def test_file_is_read_again_when_the_secret_is_needed_again(tmp_path, load_text, minimal) -> None:
    file = tmp_path / "token"
    file.write_text("first\n")
    settings = load_text(minimal.replace("tok-s3cret", f"${{file:{file}}}"))
    token = settings.control_plane.token
    assert token.rereadable
    assert token.read() == "first"
    file.write_text("second\n")
    assert token.read() == "second"


def test_only_the_file_part_is_read_again_when_a_secret_has_several_parts(tmp_path, load_text, minimal) -> None:
    file = tmp_path / "pw"
    file.write_text("one")
    text = minimal.replace("pw-s3cret", f"a-${{X}}-${{file:{file}}}")
    password = load_text(text, {"X": "${Y}"}).resources[0].connection.password
    assert password.read() == "a-${Y}-one"
    file.write_text("two")
    assert password.read() == "a-${Y}-two"


LATER = {
    "gone": None,
    "empty, as in the middle of a rotation": b"",
    "two lines": b"s3cret\nX-Admin: yes",
    "not text": b"s3cret\xff",
    "not for a header": "s3crét".encode(),
}


@pytest.mark.parametrize("content", LATER.values(), ids=LATER)
def test_reading_fails_without_the_value_when_the_file_is_no_longer_usable(
    tmp_path, load_text, minimal, content
) -> None:
    file = tmp_path / "token"
    file.write_text("first")
    token = load_text(minimal.replace("tok-s3cret", f"${{file:{file}}}")).control_plane.token
    file.unlink() if content is None else file.write_bytes(content)
    with pytest.raises(RelayError) as caught:
        token.read()
    assert caught.value.reason is Reason.RESOURCE_UNAVAILABLE
    assert "s3cr" not in str(caught.value)
    assert str(file) not in str(caught.value)
    assert caught.value.__context__ is None


def test_secrets_are_equal_when_they_come_from_the_same_parts() -> None:
    assert SecretSource("a") == SecretSource("a")
    assert SecretSource("a") != SecretSource("b")
    assert SecretSource(FileReference(path="/x")) == SecretSource(FileReference(path="/x"))
    assert hash(SecretSource("a")) == hash(SecretSource("a"))
    assert SecretSource("a") != "a"


REFUSED = {
    "empty": "''",
    "two lines": '"a\\nb"',
    "a NUL": '"a\\0b"',
    "not ASCII": "ação",
    "spaces": "'a b'",
    "a number": "12345",
    "a list": "[s3cret]",
    "a mapping": "{s3cret: x}",
    "null": "null",
}


@pytest.mark.parametrize("written", REFUSED.values(), ids=REFUSED)
def test_token_is_refused_without_being_quoted_when_it_is_not_one_word(problem_of, minimal, written: str) -> None:
    problem = problem_of(minimal.replace("tok-s3cret", written))
    assert problem.path == "controlPlane.token"
    assert problem.line == 3
    assert "s3cret" not in str(problem)
