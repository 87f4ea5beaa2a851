"""Break-glass: a file whose existence stops the session."""

from __future__ import annotations

import errno
import os

import structlog


class BreakGlassFile:
    """SessionGate over a path. Looks at every call, with one system call and no cache.

    Anything there counts, a dangling symbolic link too. What can't be looked at counts as stopped: a directory that
    may not be read, or a broken volume, must not open the session again.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self._path = os.fspath(path)
        self._last_problem = ""

    def is_stopped(self) -> bool:
        """Return True while the file exists, or can't be looked for; the log says why, once for each cause."""
        try:
            os.lstat(self._path)
        except FileNotFoundError:
            self._last_problem = ""
            return False
        except (OSError, ValueError) as error:
            self._explain(error)
            return True
        self._last_problem = ""
        return True

    def _explain(self, error: OSError | ValueError) -> None:
        code = error.errno if isinstance(error, OSError) else errno.EINVAL
        problem = errno.errorcode.get(code or 0, "EUNKNOWN")
        if problem != self._last_problem:
            self._last_problem = problem
            structlog.get_logger().error(
                "Break-glass file can't be looked for: every request is refused",
                key="session.breakGlassFile",
                error=problem,
            )
