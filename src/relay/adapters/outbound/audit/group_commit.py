"""Brings one group of lines to all outputs, and keeps their audit lines the same whatever fails.

The rules, for the case that an output fails half-way:

- An audit line that any output has begun is committed: the chain goes on from it, and every output owes it.
- What an output owes is written before anything else, so no line stays torn, is missing or comes twice.
- While an output owes, audit entries are refused unwritten, so a debt is never more than one group.
- The file comes first: what it does not take never reaches standard output.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, TypeAlias

from relay.adapters.outbound.audit.line_output import LineOutput


class AuditEntry(Protocol):
    """Records that are queued together. `loop` is where someone waits for them, or None."""

    @property
    def loop(self) -> asyncio.AbstractEventLoop | None:
        """The event loop on which `wake` is to be called."""
        ...

    def render(self) -> Sequence[bytes]:
        """Make the lines; called in write order, in the writer's thread; never raises."""
        ...

    def settle(self, *, begun: int, written: bool) -> None:
        """Learn how many lines were begun, and whether all, and all before them in this group, are written."""
        ...

    def wake(self) -> None:
        """Tell whoever waits; called on `loop`."""
        ...


Entry: TypeAlias = bytes | AuditEntry
"""An operational line, or audit records."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Line:
    data: bytes
    is_audit: bool


class GroupCommit:
    """Writes groups to standard output and, if there is one, to the audit file."""

    def __init__(self, *, stdout: LineOutput, file: LineOutput | None) -> None:
        self._stdout = stdout
        self._file = file
        self.dropped_lines = 0

    @property
    def outputs(self) -> tuple[LineOutput, ...]:
        """All destinations, in the order in which they are written."""
        return (self._stdout,) if self._file is None else (self._file, self._stdout)

    def commit(self, entries: Sequence[Entry]) -> None:
        """Write the entries in order, and settle each audit entry."""
        settled = [output.settle() for output in self.outputs]
        lines: list[_Line] = []
        line_counts: list[tuple[AuditEntry, int]] = []
        for entry in entries:
            if isinstance(entry, bytes):
                lines.append(_Line(data=entry, is_audit=False))
                continue
            rendered = entry.render() if all(settled) else ()
            lines += [_Line(data=data, is_audit=True) for data in rendered]
            line_counts.append((entry, len(rendered)))
        begun, whole = self._write(lines, stdout_is_settled=settled[-1])
        _settle(line_counts, begun=begun, whole=whole if all(settled) else -1)

    def _write(self, lines: Sequence[_Line], *, stdout_is_settled: bool) -> tuple[int, int]:
        """Return how many audit lines were begun anywhere, and how many are whole everywhere."""
        if self._file is None:
            return self._write_stdout(lines, is_settled=stdout_is_settled)
        data = [line.data for line in lines if line.is_audit]
        in_file = self._file.write(data)
        taken = _without_audit_lines_after(lines, in_file.begun)
        _, on_stdout = self._write_stdout(taken, is_settled=stdout_is_settled, owe_rest=True)
        return in_file.begun, min(in_file.whole, on_stdout)

    def _write_stdout(self, lines: Sequence[_Line], *, is_settled: bool, owe_rest: bool = False) -> tuple[int, int]:
        if not is_settled:
            self.dropped_lines += len(lines)
            return 0, 0
        progress = self._stdout.write([line.data for line in lines])
        rest = lines[progress.begun :]
        self.dropped_lines += sum(not line.is_audit for line in rest)
        if owe_rest:
            self._stdout.owe(b"".join(line.data for line in rest if line.is_audit))
        begun = sum(line.is_audit for line in lines[: progress.begun])
        return begun, sum(line.is_audit for line in lines[: progress.whole])


def _without_audit_lines_after(lines: Sequence[_Line], count: int) -> list[_Line]:
    taken = []
    for line in lines:
        if line.is_audit:
            count -= 1
        if not line.is_audit or count >= 0:
            taken.append(line)
    return taken


def _settle(line_counts: Sequence[tuple[AuditEntry, int]], *, begun: int, whole: int) -> None:
    end = 0
    for entry, count in line_counts:
        entry.settle(begun=max(0, min(count, begun - end)), written=end + count <= whole)
        end += count
