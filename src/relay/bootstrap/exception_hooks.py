"""Last nets: exceptions that nobody caught are logged by type and place, never by text."""

from __future__ import annotations

import asyncio
import sys
import threading
from types import TracebackType
from typing import Any

from relay.adapters.outbound.audit.line_writer import THREAD_NAME
from relay.adapters.outbound.audit.operational_line import operational_line
from relay.bootstrap.exception_report import describe_exception
from relay.bootstrap.logging import KNOWN_SAFE_MESSAGES, get_logger
from relay.domain.audit import Level


def install_exception_hooks() -> None:
    """Replace the interpreter's hooks, which print texts and reprs."""
    sys.excepthook = _uncaught
    sys.unraisablehook = _unraisable
    threading.excepthook = _uncaught_in_thread


def asyncio_exception_handler(_: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """Log what asyncio reports; for `loop.set_exception_handler`."""
    text = str(context.get("message"))
    message = text if ("asyncio", text) in KNOWN_SAFE_MESSAGES else "Unhandled exception in event loop"
    get_logger().error(message, exc_info=context.get("exception"))


def _uncaught(_: type[BaseException], error: BaseException, __: TracebackType | None) -> None:
    """Write to standard error: by now the writer of standard output has been closed."""
    sys.stderr.write(operational_line(Level.ERROR, "Relay ended by an error", describe_exception(error)).decode())


def _unraisable(unraisable: sys.UnraisableHookArgs) -> None:
    get_logger().error("Exception ignored by the interpreter", exc_info=unraisable.exc_value)


def _uncaught_in_thread(arguments: threading.ExceptHookArgs) -> None:
    name = arguments.thread.name if arguments.thread is not None else ""
    error = arguments.exc_value
    if name == THREAD_NAME and error is not None:
        _uncaught(type(error), error, None)
    else:
        get_logger().error("A thread ended by an error", thread=name, exc_info=error)
