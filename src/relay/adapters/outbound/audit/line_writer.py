"""The one writer of all lines: a thread that writes whatever has queued up in one go."""

from __future__ import annotations

import asyncio
import contextlib
import queue
import threading
import time
from collections import defaultdict
from types import TracebackType
from typing import Self

from relay.adapters.outbound.audit.audit_file import AuditFile
from relay.adapters.outbound.audit.group_commit import AuditEntry, Entry, GroupCommit
from relay.adapters.outbound.audit.line_output import LineOutput
from relay.adapters.outbound.audit.operational_line import operational_line
from relay.domain.audit import Level
from relay.domain.json_value import JsonValue

STDOUT = 1
STALLED_AFTER_S = 2.0
MAX_GROUP = 512
THREAD_NAME = "relay-line-writer"


class LineWriter:
    """Writes audit and operational lines to standard output, audit lines to the file too, in the order of the calls.

    Use it as a context manager around the event loop: leaving writes what is queued, within 2 s, and closes the file.
    Standard output may block, or be non-blocking; either way only this thread waits for it.
    """

    def __init__(self, *, descriptor: int = STDOUT, file: AuditFile | None = None, capacity: int = 16_384) -> None:
        self._file = file
        self._commit = GroupCommit(stdout=LineOutput(descriptor, name="stdout"), file=file)
        self._queue: queue.SimpleQueue[Entry | None] = queue.SimpleQueue()
        self._capacity = capacity
        self._busy_since_s: float | None = None
        self._closed = False
        self._problems: dict[str, str] = {}
        self._thread = threading.Thread(target=self._run, name=THREAD_NAME, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def stalled(self) -> bool:
        """Whether the group being written has taken longer than 2 s: nobody reads standard output."""
        since_s = self._busy_since_s
        return since_s is not None and time.monotonic() - since_s > STALLED_AFTER_S

    def submit(self, entry: AuditEntry) -> bool:
        """Queue audit records; False if the queue is full, the writer stalled or closed."""
        if self._closed or self._queue.qsize() >= self._capacity or self.stalled:
            return False
        self._queue.put(entry)
        return True

    def write_line(self, line: bytes) -> None:
        """Queue one operational line, newline included; dropped, and counted, when half the queue is taken."""
        if self._closed:
            return
        if self._queue.qsize() >= self._capacity // 2:
            self._commit.dropped_lines += 1
            return
        self._queue.put(line)

    def close(self, timeout_s: float = STALLED_AFTER_S) -> bool:
        """Write what is queued, stop, close the file; False if that took too long and lines were left behind."""
        self._closed = True
        self._queue.put(None)
        self._thread.join(timeout_s)
        if self._thread.is_alive():
            for output in self._commit.outputs:
                output.give_up()
            self._thread.join(0.5)
        if self._thread.is_alive():
            return False
        if self._file is not None:
            self._file.close()
            self._file = None
        return True

    def _run(self) -> None:
        closing = False
        while not closing:
            group, closing = self._take_group()
            self._busy_since_s = time.monotonic()
            self._commit.commit(group)
            took_s = time.monotonic() - self._busy_since_s
            self._busy_since_s = None
            _wake(group)
            self._say_what_changed(took_s)

    def _take_group(self) -> tuple[list[Entry], bool]:
        group: list[Entry] = []
        entry = self._queue.get()
        with contextlib.suppress(queue.Empty):
            while entry is not None:
                group.append(entry)
                if len(group) >= MAX_GROUP:
                    break
                entry = self._queue.get_nowait()
        return group, entry is None

    def _say_what_changed(self, took_s: float) -> None:
        """Report an output that began to fail, works again, or held everything up, and lines that were dropped."""
        for output in self._commit.outputs:
            before, now = self._problems.get(output.name, ""), output.problem
            self._problems[output.name] = now
            if now and not before:
                self._notice(Level.ERROR, "Audit output failed", {"output": output.name, "error": now})
            elif before and not now:
                self._notice(Level.WARN, "Audit output works again", {"output": output.name})
        if took_s > STALLED_AFTER_S:
            self._notice(Level.WARN, "Audit output stalled", {"seconds": round(took_s)})
        dropped = self._commit.dropped_lines
        if dropped and not any(self._problems.values()):
            self._commit.dropped_lines = 0
            self._notice(Level.WARN, "Log lines dropped", {"count": dropped})

    def _notice(self, level: Level, message: str, fields: dict[str, JsonValue]) -> None:
        if not self._problems.get("stdout"):
            self._commit.commit([operational_line(level, message, fields)])


def _wake(group: list[Entry]) -> None:
    """Tell all who wait with one call for each event loop, not one for each entry."""
    waiting: defaultdict[asyncio.AbstractEventLoop, list[AuditEntry]] = defaultdict(list)
    for entry in group:
        if not isinstance(entry, bytes) and entry.loop is not None:
            waiting[entry.loop].append(entry)
    for loop, entries in waiting.items():
        with contextlib.suppress(RuntimeError):  # the loop is closed: nobody waits any more
            loop.call_soon_threadsafe(_wake_all, entries)


def _wake_all(entries: list[AuditEntry]) -> None:
    for entry in entries:
        entry.wake()
