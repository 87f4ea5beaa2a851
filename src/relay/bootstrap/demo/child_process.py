"""Starts a process in a group of its own and ends the whole group."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from relay.bootstrap.demo.stop_signals import hold_stop_signals

END_TIMEOUT_S = 10.0
POLL_INTERVAL_S = 0.02
LOG_TAIL_CHARACTERS = 2000


class ChildFailedError(Exception):
    """A process that the demo needs did not start, or did not stay up."""


@contextmanager
def child_process(
    command: Sequence[str | Path],
    *,
    folder: Path,
    log_file: Path,
    user: str | None = None,
    environment: Mapping[str, str] | None = None,
    end_signal: signal.Signals = signal.SIGTERM,
) -> Iterator[subprocess.Popen[bytes]]:
    """Run `command` in `folder`, its output in `log_file`, until the block is left.

    Its own session: a Ctrl-C of the terminal does not reach it, and its children end with it. `user` needs root.
    """
    with hold_stop_signals(), log_file.open("wb") as log:
        process = subprocess.Popen(  # noqa: S603 - the command is ours, no shell
            [str(part) for part in command],
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            user=user,
            extra_groups=None if user is None else (),
        )
    try:
        yield process
    finally:
        with hold_stop_signals():
            end_group(process, end_signal)


def end_group(process: subprocess.Popen[bytes], end_signal: signal.Signals = signal.SIGTERM) -> None:
    """Ask the process to end, and kill what is left of its group: all of it, had the process ended by itself."""
    if process.poll() is None:
        process.send_signal(end_signal)
        with suppress(subprocess.TimeoutExpired):
            process.wait(END_TIMEOUT_S)
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait(END_TIMEOUT_S)


def wait_until_ready(
    process: subprocess.Popen[bytes], is_ready: Callable[[], bool], *, timeout_s: float, name: str, log_file: Path
) -> None:
    """Wait until `is_ready()`. Raises ChildFailedError, with the end of the log, if it ends first or takes longer."""
    deadline_s = time.monotonic() + timeout_s
    while not is_ready():
        if process.poll() is not None:
            raise ChildFailedError(f"{name} ended with status {process.returncode}:\n{log_tail(log_file)}")
        if time.monotonic() > deadline_s:
            raise ChildFailedError(f"{name} was not ready within {timeout_s:g} s:\n{log_tail(log_file)}")
        time.sleep(POLL_INTERVAL_S)


def log_tail(log_file: Path) -> str:
    """Return the end of a log, or nothing."""
    try:
        return log_file.read_text(errors="replace")[-LOG_TAIL_CHARACTERS:].strip()
    except FileNotFoundError:
        return ""
