"""Size limits of a statement, measured without recursion before anything walks it."""

from __future__ import annotations

from relay.domain.errors import Reason, RelayError

MAX_DEPTH = 64
"""Levels of nesting; MongoDB itself stops at 100 (manual: reference/limits)."""
MAX_NODES = 20_000
"""Values in one statement: an `$in` of 9,000 ObjectIds fits, and a walk stays under 100 ms."""


def problem_of_size(value: object) -> str:
    """Return what is too large about a JSON value, or nothing."""
    count = 0
    level: list[object] = [value]
    for _ in range(MAX_DEPTH):
        following: list[object] = []
        for item in level:
            if isinstance(item, dict):
                following.extend(item.values())
            elif isinstance(item, list | tuple):
                following.extend(item)
        count += len(level)
        if count > MAX_NODES:
            return f"more than {MAX_NODES} values"
        if not following:
            return ""
        level = following
    return f"nesting deeper than {MAX_DEPTH} levels"


def check_size(value: object, at: str) -> None:
    """Raise QUERY_BLOCKED for a value that is nested too deeply or holds too many values."""
    problem = problem_of_size(value)
    if problem:
        raise RelayError(
            Reason.QUERY_BLOCKED,
            f"{at} has {problem};",
            hint=f"at most {MAX_DEPTH} levels and {MAX_NODES} values",
        )
