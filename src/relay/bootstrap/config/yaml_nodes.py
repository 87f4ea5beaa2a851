"""YAML text to PyYAML's node tree: safe, bounded, and with errors that quote nothing of the text."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import yaml

from relay.bootstrap.config.problems import Problem
from relay.bootstrap.config.shield import find_private, shield

MAX_DEPTH = 24
MAX_NODES = 20_000

_QUOTE_IT = "put the value in quotes"
SYNTAX_MESSAGES: Mapping[str, str] = MappingProxyType(
    {
        "found undefined alias": f"an unquoted value begins with *; {_QUOTE_IT}",
        "found duplicate anchor": f"an unquoted value begins with &; {_QUOTE_IT}",
        "anchor of nothing": f"an unquoted value begins with &; {_QUOTE_IT}",
        "expected alphabetic or numeric character": f"an unquoted value begins with & or *; {_QUOTE_IT}",
        "found character": f"a character can't stand here; indent with spaces, and {_QUOTE_IT}",
        "mapping values are not allowed": f"a second `: ` in one line; {_QUOTE_IT}, or check the indentation",
        "could not find expected": f"a line without `key: value`; check the indentation, or {_QUOTE_IT}",
        "expected <block end>": "the indentation does not fit what is above",
        "expected ',' or": "a { or [ is not closed, or a comma is missing",
        "while scanning a quoted scalar": "a quote is not closed",
        "found unexpected end of stream": "a quote is not closed",
        "found unknown escape": "an unknown \\ escape in double quotes; use single quotes",
        "while scanning a tag": f"an unquoted value begins with !; {_QUOTE_IT}",
        "found undefined tag handle": f"an unquoted value begins with !; {_QUOTE_IT}",
        "but found another document": "more than one YAML document; keep the first",
        "too much": f"more than {MAX_NODES} keys and values, or nested more than {MAX_DEPTH} deep",
    }
)
"""Beginnings of PyYAML's own sentences, which quote the text, and what we say instead."""


class _BoundedLoader(yaml.SafeLoader):
    _depth = 0
    _nodes = 0

    def compose_node(self, parent: yaml.Node | None, index: object) -> yaml.Node | None:
        self._depth += 1
        self._nodes += 1
        event = self.peek_event()  # type: ignore[no-untyped-call]
        mark = event.start_mark
        if self._depth > MAX_DEPTH or self._nodes > MAX_NODES:
            raise yaml.composer.ComposerError(problem="too much", problem_mark=mark)
        if isinstance(event, yaml.ScalarEvent) and event.anchor and not event.value and not event.style:
            # `password: &word` would silently be no password at all.
            raise yaml.composer.ComposerError(problem="anchor of nothing", problem_mark=mark)
        node = super().compose_node(parent, index)  # type: ignore[arg-type]
        self._depth -= 1
        return node


def compose(text: str) -> yaml.Node | Problem | None:
    """Return the root node, None for an empty document, or the one problem that stopped the parser."""
    offset = find_private(text)
    if offset is not None:
        return Problem(message="a private-use character can't stand in this file", line=_line_at(text, offset))
    loader: _BoundedLoader | None = None
    try:
        loader = _BoundedLoader(shield(text))
        return loader.get_single_node()
    except yaml.reader.ReaderError as error:
        return Problem(message="a control character can't stand in this file", line=_line_at(text, error.position))
    except yaml.MarkedYAMLError as error:
        return _syntax_problem(error)
    except (yaml.YAMLError, ValueError, OverflowError):
        # PyYAML lets the last two out for escapes beyond Unicode, as in "\UFFFFFFFF".
        return Problem(message="not valid YAML")
    finally:
        if loader is not None:
            loader.dispose()


def _syntax_problem(error: yaml.MarkedYAMLError) -> Problem:
    sentences = (error.problem or "", error.context or "")
    known = (
        message
        for sentence in sentences
        for beginning, message in SYNTAX_MESSAGES.items()
        if sentence.startswith(beginning)
    )
    mark = error.problem_mark or error.context_mark
    return Problem(
        message=f"not valid YAML: {next(known, 'the syntax is broken here')}",
        line=None if mark is None else mark.line + 1,
        column=None if mark is None else mark.column + 1,
    )


def _line_at(text: str, offset: int) -> int:
    return text.count("\n", 0, offset) + 1
