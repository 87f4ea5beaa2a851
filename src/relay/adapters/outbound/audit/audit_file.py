"""The audit file: opened safely, held by one process, reopened after rotation."""

from __future__ import annotations

import errno
import fcntl
import os
import stat
import time
from pathlib import Path

from relay.adapters.outbound.audit.file_tail import FileTail, read_tail
from relay.adapters.outbound.audit.line_output import LineOutput, errno_name
from relay.domain.errors import Reason, RelayError

ROTATION_CHECK_INTERVAL_S = 1.0
_FLAGS = os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK
_UNSUPPORTED_LOCK = frozenset({errno.ENOLCK, errno.EOPNOTSUPP, errno.ENOSYS})
"""Some network file systems have no locks; there the operator's own care must do."""
_OPEN_HINTS = {
    errno.ELOOP: "it is a symbolic link; name the file itself",
    errno.EWOULDBLOCK: "another process writes it; give each agent a file of its own",
    errno.EINVAL: "it is not a regular file",
    errno.ENOENT: "its directory does not exist",
    errno.EACCES: "let the agent's user write it",
}


class AuditFile(LineOutput):
    """Appends to `path`, which is created for its owner alone (0600). `tail` is what stood at its end when opened.

    A last line without a newline is closed by one before anything else is written. The file is locked, since two
    writers would fork the chain. Raises AUDIT_UNAVAILABLE if it can't be opened.
    """

    def __init__(self, path: Path) -> None:
        try:
            descriptor, self.tail = _open(path)
        except OSError as error:
            hint = _OPEN_HINTS.get(error.errno or 0, "look at the path, its owner and the disk")
            raise RelayError(
                Reason.AUDIT_UNAVAILABLE, f"audit.file can't be opened ({errno_name(error)});", hint=hint
            ) from None
        super().__init__(descriptor, name="file")
        self._path = path
        self._next_check_s = time.monotonic() + ROTATION_CHECK_INTERVAL_S
        self._close_torn_line(self.tail)

    def settle(self) -> bool:
        """Finish the old file, then go on in the new one if the path was renamed or removed meanwhile."""
        if not super().settle():
            return False
        if time.monotonic() >= self._next_check_s and self._was_rotated():
            return self._reopen() and super().settle()
        return True

    def close(self) -> None:
        """Close the file, which unlocks it."""
        os.close(self._descriptor)

    def _was_rotated(self) -> bool:
        self._next_check_s = time.monotonic() + ROTATION_CHECK_INTERVAL_S
        mine = os.fstat(self._descriptor)
        try:
            now = self._path.lstat()
        except OSError:
            return True
        return (now.st_dev, now.st_ino) != (mine.st_dev, mine.st_ino)

    def _reopen(self) -> bool:
        try:
            descriptor, tail = _open(self._path)
        except OSError as error:
            self.problem = errno_name(error)
            self._next_check_s = 0.0
            return False
        os.close(self._descriptor)
        self._descriptor = descriptor
        self._close_torn_line(tail)
        return True

    def _close_torn_line(self, tail: FileTail) -> None:
        if tail.needs_newline:
            self.owe(b"\n")

    def _take_back(self, byte_count: int) -> bool:
        """Cut off a half line that was just appended; nobody else writes here."""
        try:
            os.ftruncate(self._descriptor, os.fstat(self._descriptor).st_size - byte_count)
        except OSError:
            return False
        return True


def _open(path: Path) -> tuple[int, FileTail]:
    descriptor = os.open(path, _FLAGS, 0o600)
    try:
        _claim(descriptor)
        return descriptor, read_tail(descriptor)
    except BaseException:
        os.close(descriptor)
        raise


def _claim(descriptor: int) -> None:
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        raise OSError(errno.EINVAL, "not a regular file")
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        if error.errno not in _UNSUPPORTED_LOCK:
            raise
