"""What may be said of an exception: its type and Relay's own frames, never its text or a local variable."""

from __future__ import annotations

import traceback
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import relay
from relay.domain.errors import RelayError
from relay.domain.json_value import JsonValue

MAX_FRAMES = 12
MAX_ERRORS = 8
_PACKAGE = Path(relay.__file__).parent


def describe_exception(error: BaseException) -> dict[str, JsonValue]:
    """Return `error` (the type), `frames` (`relay/…py:line`, innermost last) and, where there are any, `errors`.

    `errors` holds the types of a group's members and of causes, each with its innermost frame of Relay's.
    """
    report: dict[str, JsonValue] = {"error": type_name(error), "frames": _frames(error)[-MAX_FRAMES:]}
    related: list[JsonValue] = list(islice(map(_brief, _related(error)), MAX_ERRORS))
    if related:
        report["errors"] = related
    if isinstance(error, RelayError):
        report["reason"] = error.reason.value
    return report


def type_name(error: BaseException) -> str:
    """Return the exception's type, with its module unless it is a built-in one."""
    kind = type(error)
    return kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"


def _brief(error: BaseException) -> str:
    frames = _frames(error)
    return f"{type_name(error)} at {frames[-1]}" if frames else type_name(error)


def _frames(error: BaseException) -> list[str]:
    return [
        f"relay/{Path(frame.f_code.co_filename).relative_to(_PACKAGE).as_posix()}:{line}"
        for frame, line in traceback.walk_tb(error.__traceback__)
        if Path(frame.f_code.co_filename).is_relative_to(_PACKAGE)
    ]


def _related(error: BaseException) -> Iterator[BaseException]:
    """Walk causes and members, each once: the chain of an exception may lead back to itself."""
    seen, waiting = {id(error)}, [error]
    while waiting:
        current = waiting.pop(0)
        members = current.exceptions if isinstance(current, BaseExceptionGroup) else ()
        context = None if current.__suppress_context__ else current.__context__
        for follower in (*members, current.__cause__, context):
            if follower is not None and id(follower) not in seen:
                seen.add(id(follower))
                waiting.append(follower)
                yield follower
