from __future__ import annotations

import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from relay.bootstrap.config.interpolation import InterpolationError, interpolate
from relay.bootstrap.config.shield import shield, unshield

ENVIRON = {"A": "one", "B": "two", "EMPTY": "", "NESTED": "${A}", "FILE": "${file:/etc/passwd}", "BAD": "\udcff"}

REPLACED = {
    "nothing": ("plain $text {x} $5", "plain $text {x} $5"),
    "one": ("${A}", "one"),
    "two with text": ("x-${A}-${B}-y", "x-one-two-y"),
    "default of an unset variable": ("${NOPE:-d}", "d"),
    "default of an empty variable": ("${EMPTY:-d}", "d"),
    "empty default": ("<${NOPE:-}>", "<>"),
    "default not used": ("${A:-d}", "one"),
    "default with signs": ("${NOPE:-a:-b, #c}", "a:-b, #c"),
    "empty variable": ("<${EMPTY}>", "<>"),
    "escape": ("$${A}", "${A}"),
    "escape beside a reference": ("$${A}${A}", "${A}one"),
    "never twice": ("${NESTED}", "${A}"),
    "never a file out of a variable": ("${FILE}", "${file:/etc/passwd}"),
}


@pytest.mark.parametrize(("text", "expected"), REPLACED.values(), ids=REPLACED)
def test_references_are_replaced_when_they_can_be(text: str, expected: str) -> None:
    assert str(interpolate(text, ENVIRON)) == expected


REFUSED = {
    "unset": ("${NOPE}", "environment variable NOPE is not set"),
    "not closed": ("a ${A", "not closed"),
    "nested": ("${NOPE:-${A}}", "inside another"),
    "empty": ("${}", "neither a variable's name"),
    "bad name": ("${1A}", "neither a variable's name"),
    "shell's other forms": ("${A-d}", "neither a variable's name"),
    "spaces": ("${ A }", "neither a variable's name"),
    "relative file": ("${file:x}", "absolute path"),
    "no such file": ("${file:/nonexistent/pg}", "No such file or directory ('/nonexistent/pg')"),
    "a directory": ("${file:/}", "regular file"),
    "a device": ("${file:/dev/zero}", "regular file"),
    "a NUL": ("${file:/a\0b}", "not a path"),
    "not UTF-8": ("${BAD}", "BAD is not UTF-8"),
}


@pytest.mark.parametrize(("text", "message"), REFUSED.values(), ids=REFUSED)
def test_says_why_when_a_reference_cannot_be_replaced(text: str, message: str) -> None:
    with pytest.raises(InterpolationError) as caught:
        interpolate(text, ENVIRON)
    assert message in " ".join(caught.value.messages)


def test_every_failure_is_reported_when_one_value_has_several() -> None:
    with pytest.raises(InterpolationError) as caught:
        interpolate("${NOPE} ${A} ${NOR_THIS} ${", ENVIRON)
    assert len(caught.value.messages) == 3


def test_content_is_not_quoted_when_a_literal_password_looks_like_a_reference() -> None:
    with pytest.raises(InterpolationError) as caught:
        interpolate("${s3cret!x} ${s3cret", ENVIRON)
    assert "s3cret" not in " ".join(caught.value.messages)


FILES = {
    "plain": (b"pw", "pw"),
    "line feed": (b"pw\n", "pw"),
    "carriage return too": (b"pw\r\n", "pw"),
    "only the last one": (b"pw\n\n", "pw\n"),
    "spaces stay": (b" pw ", " pw "),
    "references stay": (b"${A}\n", "${A}"),
}


@pytest.mark.parametrize(("content", "expected"), FILES.values(), ids=FILES)
def test_file_is_read_without_its_last_line_break(tmp_path, content: bytes, expected: str) -> None:
    (tmp_path / "secret").write_bytes(content)
    assert str(interpolate(f"${{file:{tmp_path}/secret}}", {})) == expected


def test_file_is_refused_when_it_is_too_large_or_not_text(tmp_path) -> None:
    (tmp_path / "large").write_bytes(b"x" * 65_537)
    (tmp_path / "binary").write_bytes(b"s3cret\xff")
    os.mkfifo(tmp_path / "pipe")
    for name, message in {"large": "larger than 65536", "binary": "UTF-8", "pipe": "regular file"}.items():
        with pytest.raises(InterpolationError, match=message) as caught:
            interpolate(f"${{file:{tmp_path}/{name}}}", {})
        assert "s3cret" not in str(caught.value.messages)


@given(st.text(alphabet="ab${}[],:#'\" \n-", max_size=40))
def test_shielding_changes_nothing_when_it_is_taken_back(text: str) -> None:
    shielded = shield(text)
    assert len(shielded) == len(text)
    assert unshield(shielded) == text


@given(st.text(max_size=30), st.text(max_size=30))
def test_value_comes_through_untouched_when_a_variable_holds_anything(value: str, prefix: str) -> None:
    value = value.replace("\0", "")
    prefix = prefix.replace("$", "")
    assert str(interpolate(prefix + "${X}", {"X": value})) == prefix + value
