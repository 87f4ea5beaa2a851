"""The state file between the agent and `relay health`: where it is, what proves it, how it is read.

Imports next to nothing: `relay health` must answer in under 0.2 s of processor time. pathlib, dataclasses and
tempfile alone would cost more than the whole check.
"""

from __future__ import annotations

import json
import os
import stat
import time

MAX_AGE_S = 20.0
"""Four missed updates of one every 5 s."""
MAX_BYTES = 4096

_PROC_STAT_STATE = 0
_PROC_STAT_START_TIME = 19
"""Fields of /proc/PID/stat, counted after the command's name (proc_pid_stat(5): 3 and 22)."""


def state_path() -> str:
    """Return the state file's path: in `$RUNTIME_DIRECTORY` (the first, as systemd may give several), else `/tmp`."""
    directory = os.environ.get("RUNTIME_DIRECTORY", "").split(":")[0] or "/tmp"  # noqa: S108 - the contract's place
    return f"{directory}/relay-health-{os.geteuid()}.json"


def boot_id() -> str:
    """Return what changes with every boot; empty where the system doesn't say."""
    return _read_small("/proc/sys/kernel/random/boot_id").strip()


def process_start(pid: int) -> str:
    """Return when a process started, in clock ticks since boot; empty if it is gone, dead but unreaped, or unknown."""
    fields = _read_small(f"/proc/{pid}/stat").rpartition(")")[2].split()
    if len(fields) <= _PROC_STAT_START_TIME or fields[_PROC_STAT_STATE] in {"Z", "X"}:
        return ""
    return fields[_PROC_STAT_START_TIME]


def failed_check(path: str) -> str:
    """Return which check fails, as one sentence; empty if the agent is alive and connected."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except FileNotFoundError:
        return f"no state file at {path}: no agent runs here as this user"
    except OSError as error:
        return f"the state file {path} can't be opened: {os.strerror(error.errno or 0)}"
    try:
        problem = _not_ours(os.fstat(descriptor))
        text = b"" if problem else os.read(descriptor, MAX_BYTES + 1)
    except OSError as error:
        problem = os.strerror(error.errno or 0)
    finally:
        os.close(descriptor)
    return f"the state file {path} is not to be trusted: {problem}" if problem else _failed_state(text)


def _not_ours(status: os.stat_result) -> str:
    if not stat.S_ISREG(status.st_mode):
        return "it is not a regular file"
    if status.st_uid != os.geteuid():
        return "another user owns it"
    if status.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
        return "others may write it"
    return ""


def _failed_state(text: bytes) -> str:
    try:
        state = json.loads(text)
        age_s = time.monotonic() - float(state["monotonicS"])
        pid = int(state["pid"])
        same_boot = state["bootId"] == boot_id()
        started = state["processStart"]
        connected = state["connected"]
    except (ValueError, TypeError, KeyError, RecursionError, OverflowError):
        return "the state file can't be read: it is not what an agent writes"
    if not same_boot:
        return "the state file is from before the last boot"
    if not 0 <= age_s <= MAX_AGE_S:
        return f"the state file is stale: the agent last wrote it {age_s:.0f} s ago"
    if not _is_alive(pid, started):
        return f"the agent is not running: process {pid} is gone"
    return "" if connected is True else "the agent is not connected to its control plane"


def _is_alive(pid: int, started: object) -> bool:
    if started:
        return process_start(pid) == started
    try:
        os.kill(pid, 0)
    except (OSError, OverflowError):
        return False
    return pid > 0


def _read_small(path: str) -> str:
    try:
        with open(path, encoding="ascii", errors="replace") as file:  # noqa: PTH123 - pathlib costs too much here
            return file.read(MAX_BYTES)
    except OSError:
        return ""
