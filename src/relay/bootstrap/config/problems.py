"""What is wrong with a configuration, said all at once and without any value."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

KeyPath = tuple[str | int, ...]
"""Keys and list indexes from the top of the document."""

_PLAIN_KEY = re.compile(r"[A-Za-z0-9_.-]{1,64}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a setting was written: line and column (from 1) of the file, or an environment variable."""

    line: int | None = None
    column: int | None = None
    variable: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One thing to correct. `message` never holds the value that was given."""

    message: str
    path: str = ""
    line: int | None = None
    column: int | None = None
    variable: str | None = None

    def __str__(self) -> str:
        if self.variable is not None:
            return f"{self.variable} ({self.path}): {self.message}" if self.path else f"{self.variable}: {self.message}"
        return f"{self.path}: {self.message}" if self.path else self.message


class ConfigurationError(Exception):
    """Everything that is wrong with the configuration; `source` is the file's path or `environment`."""

    def __init__(self, problems: Iterable[Problem], *, source: str) -> None:
        self.problems = tuple(sorted(problems, key=_order))
        self.source = source
        super().__init__(source)

    def __str__(self) -> str:
        count = len(self.problems)
        title = f"{count} problem{'' if count == 1 else 's'} in the configuration ({self.source}):"
        return "\n".join([title, *(f"  {self._where(problem)}{problem}" for problem in self.problems)])

    def _where(self, problem: Problem) -> str:
        if problem.line is None:
            return ""
        column = "" if problem.column is None else f":{problem.column}"
        return f"{self.source}:{problem.line}{column}: "


def problem_at(place: Place, path: KeyPath, message: str) -> Problem:
    """Put a message, a key's path and its place together."""
    return Problem(
        message=message,
        path=format_path(path),
        line=place.line,
        column=place.column,
        variable=place.variable,
    )


def format_path(path: KeyPath) -> str:
    """Write a path as `resources[0].connection.port`."""
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f".{show_key(part)}" if text else show_key(part)
    return text


def show_key(key: str) -> str:
    """Write a key if it is a plain word; anything else may be a value that a slip of the pen made part of a key."""
    return key if _PLAIN_KEY.fullmatch(key) else "(not a plain word)"


def _order(problem: Problem) -> tuple[int, int, str, str]:
    return (problem.line or 0, problem.column or 0, problem.variable or "", problem.path)
