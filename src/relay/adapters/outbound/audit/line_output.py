"""Writes whole lines to a file descriptor, and finishes the line that a failure left half written."""

from __future__ import annotations

import errno
import os
import select
from collections.abc import Sequence
from dataclasses import dataclass

_POLL_MS = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far a write got, counted in lines: `begun` is `whole`, or one more."""

    whole: int
    begun: int


class LineOutput:
    """One destination of lines. Blocks while the destination is full, so it is used by the writer's thread only.

    `problem` is the name of the last failure's errno (`ENOSPC`), empty while it works.
    """

    def __init__(self, descriptor: int, *, name: str) -> None:
        self.name = name
        self.problem = ""
        self._descriptor = descriptor
        self._owed = b""
        self._given_up = False

    def give_up(self) -> None:
        """Stop waiting for a full destination; called from any thread, at shutdown."""
        self._given_up = True

    def settle(self) -> bool:
        """Write what is owed from before; return whether nothing is owed any more."""
        if self._owed:
            self._owed = self._owed[self._write_all(self._owed) :]
        return not self._owed

    def write(self, lines: Sequence[bytes]) -> Progress:
        """Write the lines. The rest of a line that was begun is owed; nothing of the ones after it is."""
        if not lines:
            return Progress(whole=0, begun=0)
        data = b"".join(lines)
        written = self._write_all(data)
        if written == len(data):
            return Progress(whole=len(lines), begun=len(lines))
        whole = 0
        while written >= len(lines[whole]):
            written -= len(lines[whole])
            whole += 1
        if written and not self._take_back(written):
            self.owe(lines[whole][written:])
            return Progress(whole=whole, begun=whole + 1)
        return Progress(whole=whole, begun=whole)

    def owe(self, data: bytes) -> None:
        """Take on bytes to be written before anything else."""
        self._owed += data

    def close(self) -> None:
        """Let go of the destination."""

    def _take_back(self, byte_count: int) -> bool:  # noqa: ARG002 - a pipe can't; a file does (AuditFile)
        return False

    def _write_all(self, data: bytes) -> int:
        """Return how many bytes got out; all of them, unless something failed."""
        view, written = memoryview(data), 0
        while written < len(data):
            try:
                written += os.write(self._descriptor, view[written:])
            except BlockingIOError:
                if self._given_up:
                    self.problem = "EAGAIN"
                    return written
                _wait_writable(self._descriptor, _POLL_MS)
            except OSError as error:
                self.problem = errno_name(error)
                return written
        self.problem = ""
        return written


def errno_name(error: OSError) -> str:
    """Return `ENOSPC` and the like: never the error's text, which may hold a path."""
    return errno.errorcode.get(error.errno or 0, "EUNKNOWN")


def _wait_writable(descriptor: int, timeout_ms: int) -> None:
    """Wait until a non-blocking descriptor takes bytes again, or the time is up."""
    poll = select.poll()
    poll.register(descriptor, select.POLLOUT)
    poll.poll(timeout_ms)
