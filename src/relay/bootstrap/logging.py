"""Operational logging: JSON lines through the audit trail's writer, with nothing in them that could be a value."""

from __future__ import annotations

import contextlib
import logging
import sys
from collections.abc import Callable, Mapping, MutableMapping
from typing import Any, NoReturn, Protocol, cast

import structlog

from relay.adapters.outbound.audit.clean_value import ValueCleaner, bare_url
from relay.adapters.outbound.audit.operational_line import operational_line
from relay.adapters.outbound.audit.record import TEXT_LIMIT
from relay.bootstrap.exception_report import describe_exception
from relay.domain.audit import Level
from relay.domain.json_value import JsonValue

ALLOWED_KEYS = frozenset(
    {
        "attempt", "bytes", "code", "column", "connected", "count", "delayMs", "delayS", "detail", "detector",
        "error", "errors", "executionMs", "expiresInS", "frames", "key", "latencyMs", "logger", "looked",
        "method", "operation", "output", "pid", "reason", "remedy", "requestId", "resourceId", "rowCount", "seconds",
        "signal", "sqlstate", "status", "task", "thread", "type", "uptimeS", "url", "version",
    }
)  # fmt: skip
"""The only keys of an operational line beside time, level and msg; another one is dropped, and named."""

LEVELS: Mapping[Level, int] = {
    Level.DEBUG: logging.DEBUG,
    Level.INFO: logging.INFO,
    Level.WARN: logging.WARNING,
    Level.ERROR: logging.ERROR,
}
_METHOD_LEVELS = {"debug": Level.DEBUG, "info": Level.INFO, "warn": Level.WARN, "warning": Level.WARN}

KNOWN_SAFE_MESSAGES = frozenset(
    {
        ("asyncio", "Task was destroyed but it is pending!"),
        ("asyncio", "Task exception was never retrieved"),
        ("asyncio", "Future exception was never retrieved"),
        ("asyncio", "socket.send() raised exception."),
        ("asyncio", "Executing %s took %.3f seconds"),
        ("asyncio", "Unhandled exception in event loop"),
        ("concurrent.futures", "Exception in worker"),
    }
)
"""Logger and message, before its arguments, as CPython's source has them: constants, shown without the arguments."""


class LineTarget(Protocol):
    """Where lines go: a LineWriter, or StandardErrorLines."""

    def write_line(self, line: bytes) -> None:
        """Take one line, newline included; never raises."""
        ...


class StandardErrorLines:
    """LineTarget of the commands that print results on standard output: all but `relay run`."""

    def write_line(self, line: bytes) -> None:
        """Write one line to standard error; one that can't be written is lost."""
        with contextlib.suppress(OSError, ValueError):
            sys.stderr.write(line.decode())


class OperationalLog:
    """Turns log calls into operational lines."""

    def __init__(self, *, writer: LineTarget, scrub: Callable[[str], str]) -> None:
        self._writer = writer
        self._scrub = scrub

    def write(self, level: Level, message: str, fields: Mapping[str, object]) -> None:
        """Write one line; values are cleaned, cut and scanned as those of the audit trail are."""
        cleaner = ValueCleaner(self._scrub)
        allowed = {key: value for key, value in fields.items() if key in ALLOWED_KEYS}
        if isinstance(allowed.get("url"), str):
            allowed["url"] = bare_url(str(allowed["url"]))
        line: dict[str, JsonValue] = {key: cleaner.clean(value, TEXT_LIMIT) for key, value in allowed.items()}
        dropped = sorted(fields.keys() - ALLOWED_KEYS)
        if dropped:
            line["droppedKeys"] = cleaner.clean(dropped, TEXT_LIMIT)
        self._writer.write_line(operational_line(level, str(cleaner.clean(message, TEXT_LIMIT)), line))


class LibraryHandler(logging.Handler):
    """Takes what libraries log, and says only which of them did, how severe it was, and the exception's type.

    Their texts may hold statements, values and addresses.
    """

    def __init__(self, log: OperationalLog) -> None:
        super().__init__()
        self._log = log

    def emit(self, record: logging.LogRecord) -> None:
        """Write one line for the record."""
        level = Level.ERROR if record.levelno >= logging.ERROR else Level.WARN
        known = isinstance(record.msg, str) and (record.name, record.msg) in KNOWN_SAFE_MESSAGES
        fields: dict[str, JsonValue] = {"logger": record.name}
        if record.exc_info and record.exc_info[1] is not None:
            fields |= describe_exception(record.exc_info[1])
        self._log.write(level, str(record.msg) if known else "A library's message was withheld", fields)

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - the name is the base class's
        """Say nothing: the standard library would print the record's arguments."""


def configure_logging(
    writer: LineTarget, level: Level | str = Level.INFO, *, scrub: Callable[[str], str] = str
) -> None:
    """Send every log call of this process, Relay's and its libraries', through the writer. May be called again.

    `level` filters operational lines. `scrub` replaces personal data in a text. Libraries are heard from warning on.
    """
    log = OperationalLog(writer=writer, scrub=scrub)
    minimum = LEVELS[Level(level)]
    structlog.configure(
        processors=[_prepare(log)],
        wrapper_class=structlog.make_filtering_bound_logger(minimum),
        logger_factory=_nowhere,
        cache_logger_on_first_use=False,
    )
    handler = LibraryHandler(log)
    handler.setLevel(max(minimum, logging.WARNING))
    logging.raiseExceptions = False
    logging.captureWarnings(capture=True)
    root = logging.getLogger()
    for old in root.handlers[:]:
        root.removeHandler(old)
    root.addHandler(handler)
    root.setLevel(logging.WARNING)


def get_logger() -> structlog.typing.FilteringBoundLogger:
    """Return a logger: `get_logger().info("Constant sentence", resourceId=…)`."""
    return cast("structlog.typing.FilteringBoundLogger", structlog.get_logger())


def _prepare(log: OperationalLog) -> structlog.typing.Processor:
    def process(_: object, method: str, event: MutableMapping[str, Any]) -> NoReturn:
        message = str(event.pop("event", ""))
        error = event.pop("exc_info", None)
        fields = {**event, **_described(error)}
        log.write(_METHOD_LEVELS.get(method, Level.ERROR), message, fields)
        raise structlog.DropEvent

    return process


def _described(error: object) -> Mapping[str, JsonValue]:
    if isinstance(error, tuple):
        error = error[1]
    elif error is True:
        error = sys.exc_info()[1]
    return describe_exception(error) if isinstance(error, BaseException) else {}


def _nowhere(*_: object) -> None:
    return None
