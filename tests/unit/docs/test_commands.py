"""Commands that a page names exist, and take what the page gives them."""

from __future__ import annotations

import argparse
import re
import shlex
from collections.abc import Iterator

import pytest

from relay.bootstrap.cli.commands import parser
from relay.bootstrap.config.load import PATH_VARIABLE

NOT_THERE_YET = "## Not in force in 0.1.0"
TARGET = re.compile(r"^([a-z-]+):.*##", re.MULTILINE)
PLACEHOLDER = re.compile(r"^[A-Z]$|…")


def subcommands(of: argparse.ArgumentParser) -> dict[str, argparse.ArgumentParser]:
    found = [action.choices for action in of._actions if isinstance(action, argparse._SubParsersAction)]
    return dict(found[0]) if found else {}


def command_names(of: argparse.ArgumentParser, prefix: str = "") -> Iterator[str]:
    below = subcommands(of)
    if not below and prefix:
        yield prefix.strip()
    for name, each in below.items():
        yield from command_names(each, f"{prefix}{name} ")


def said_commands(text: str) -> Iterator[list[str]]:
    """Yield what stands behind `relay` in code spans."""
    for span in re.findall(r"`relay ([^`]+)`", text.replace("\n", " ")):
        yield [word for word in shlex.split(span) if not PLACEHOLDER.search(word)]


def shell_lines(pages) -> Iterator[tuple[str, list[str]]]:
    for page in pages:
        for block in page.blocks("sh"):
            for line in block.replace("\\\n", " ").splitlines():
                yield page.name, shlex.split(line, comments=True)


def test_command_exists_when_a_page_names_it(pages) -> None:
    top, missing, seen = parser(), [], 0
    for page in pages:
        text = page.prose.partition(NOT_THERE_YET)[0] if page.name == "README.md" else page.prose
        for words in said_commands(text):
            seen += 1
            known, at = True, top
            while (below := subcommands(at)) and words:
                word = words.pop(0)
                known = word in below
                if not known:
                    missing.append((page.name, word))
                    break
                at = below[word]
    assert missing == []
    assert seen > 15


def test_commands_of_the_readme_are_those_of_the_command_line(page) -> None:
    table = re.findall(r"^\| `relay ([a-z ]+)` \|", page("README.md").text, re.MULTILINE)
    assert sorted(table) == sorted(command_names(parser()))


def test_commands_that_are_not_there_yet_are_not_there(page) -> None:
    section = page("README.md").text.partition(NOT_THERE_YET)[2]
    assert "`relay doctor`, `audit verify`, `stop` and `resume` do not exist yet" in " ".join(section.split())
    assert not {"doctor", "audit", "stop", "resume"} & subcommands(parser()).keys()


def test_shell_line_parses_when_it_calls_relay(pages) -> None:
    lines = [(name, words) for name, words in shell_lines(pages) if words[:1] == ["relay"]]
    assert len(lines) >= 5
    for name, words in lines:
        try:
            parser().parse_args(words[1:])
        except SystemExit:
            pytest.fail(f"{name}: {shlex.join(words)}")


def test_make_target_exists_when_a_page_names_it(pages, root) -> None:
    targets = set(TARGET.findall((root / "Makefile").read_text(encoding="utf-8")))
    said = {(page.name, target) for page in pages for target in re.findall(r"`make ([a-z-]+)", page.prose)}
    said |= {(name, words[words.index("make") + 1]) for name, words in shell_lines(pages) if "make" in words[:-1]}
    assert {target for _, target in said} >= {"demo", "test", "check", "bench", "help"}
    assert [each for each in sorted(said) if each[1] not in targets] == []


def test_variable_of_the_path_is_named_when_operations_explains_it(page) -> None:
    assert f"${PATH_VARIABLE}" in page("docs/operations.md").text
