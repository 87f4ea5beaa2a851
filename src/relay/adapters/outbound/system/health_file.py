"""Writes the state file that `relay health` reads."""

from __future__ import annotations

import contextlib
import errno
import json
import os
import secrets
import time
from pathlib import Path

import structlog

from relay.adapters.outbound.system.health_state import boot_id, process_start, state_path

UPDATE_INTERVAL_S = 5.0
"""How often `update` is to be called while the agent lives."""
_FLAGS = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC


class HealthFile:
    """One small file, replaced whole at each update, readable by its owner alone.

    A file that can't be written is reported once and changes nothing else: the agent works on, `relay health` says no.
    """

    def __init__(self, path: str | None = None) -> None:
        self._path = Path(path or state_path())
        self._identity = {"pid": os.getpid(), "bootId": boot_id(), "processStart": process_start(os.getpid())}
        self._last_problem = ""

    def update(self, *, connected: bool) -> bool:
        """Write that the agent is alive now, and whether it is connected; return whether that worked."""
        state = {**self._identity, "monotonicS": time.monotonic(), "connected": connected}
        try:
            self._replace(json.dumps(state).encode())
        except OSError as error:
            self._report(errno.errorcode.get(error.errno or 0, "EUNKNOWN"))
            return False
        self._last_problem = ""
        return True

    def remove(self) -> None:
        """Take the file away at an orderly end; one that is not there is fine."""
        with contextlib.suppress(OSError):
            self._path.unlink()

    def _replace(self, content: bytes) -> None:
        temporary = self._path.with_name(f"{self._path.name}.{secrets.token_hex(8)}")
        descriptor = os.open(temporary, _FLAGS, 0o600)
        try:
            try:
                if os.write(descriptor, content) != len(content):
                    raise OSError(errno.ENOSPC, "not written whole")
            finally:
                os.close(descriptor)
            temporary.rename(self._path)
        except OSError:
            with contextlib.suppress(OSError):
                temporary.unlink()
            raise

    def _report(self, problem: str) -> None:
        if problem != self._last_problem:
            self._last_problem = problem
            structlog.get_logger().warning("Health file can't be written", error=problem)
