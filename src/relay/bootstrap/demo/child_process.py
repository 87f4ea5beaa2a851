"""Starts a process in a group of its own and ends the whole group."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from relay.bootstrap.demo.stop_signals import raise_if_stopped

END_TIMEOUT_S = 10.0
GROUP_TIMEOUT_S = 1.0
POLL_INTERVAL_S = 0.02
SIGNAL_INTERVAL_S = 0.1
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
    with log_file.open("wb") as log:
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
        end_group(process, end_signal)


def run_to_end(
    command: Sequence[str | Path],
    *,
    folder: Path,
    environment: Mapping[str, str],
    given: str = "",
    user: str | None = None,
    timeout_s: float = 60.0,
) -> str:
    """Run `command` with `given` as its input and return its output. Raises ChildFailedError if it fails or is slow."""
    process = subprocess.Popen(  # noqa: S603 - the command is ours, no shell
        [str(part) for part in command],
        cwd=folder,
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
        user=user,
        extra_groups=None if user is None else (),
    )
    name = Path(command[0]).name
    with process:
        try:
            output, errors = _communicate(process, given.encode(), timeout_s)
        except subprocess.TimeoutExpired:
            raise ChildFailedError(f"{name} took more than {timeout_s:g} s") from None
        finally:
            end_group(process)
    if process.returncode:
        problem = errors.decode(errors="replace").strip()
        raise ChildFailedError(f"{name} ended with status {process.returncode}:\n{problem}")
    return output.decode(errors="replace")


def _communicate(process: subprocess.Popen[bytes], given: bytes | None, timeout_s: float) -> tuple[bytes, bytes]:
    deadline_s = time.monotonic() + timeout_s
    while True:
        raise_if_stopped()
        try:
            return process.communicate(given, SIGNAL_INTERVAL_S)
        except subprocess.TimeoutExpired:
            if time.monotonic() > deadline_s:
                raise
        given = None  # it is on its way: only the first call may bring it


def end_group(process: subprocess.Popen[bytes], end_signal: signal.Signals = signal.SIGTERM) -> None:
    """Ask the process to end, then kill what is left of its group and wait until that is gone."""
    if process.poll() is None:
        process.send_signal(end_signal)
        with suppress(subprocess.TimeoutExpired):
            process.wait(END_TIMEOUT_S)
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
        process.wait(END_TIMEOUT_S)
        _wait_for_group(process.pid)


def _wait_for_group(group: int) -> None:
    """Wait until no process of the group is left; raises ProcessLookupError then. One that nobody reaps stays."""
    deadline_s = time.monotonic() + GROUP_TIMEOUT_S
    while time.monotonic() < deadline_s:
        os.killpg(group, 0)
        time.sleep(POLL_INTERVAL_S)


def wait_until_ready(
    process: subprocess.Popen[bytes], is_ready: Callable[[], bool], *, timeout_s: float, name: str, log_file: Path
) -> None:
    """Wait until `is_ready()`. Raises ChildFailedError, with the end of the log, if it ends first or takes longer."""
    deadline_s = time.monotonic() + timeout_s
    while not is_ready():
        raise_if_stopped()
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
