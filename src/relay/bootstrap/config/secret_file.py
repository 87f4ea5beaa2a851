"""The files behind `${file:…}`: regular, small, UTF-8."""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass

MAX_SECRET_BYTES = 65_536


class SecretFileError(Exception):
    """A `${file:…}` that can't be used; the text says why and holds nothing of the file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FileReference:
    """A `${file:…}` inside a value."""

    path: str

    def read(self) -> str:
        """Return the file's text without its last line break; blocks briefly. Raises SecretFileError."""
        text = _decode(_read_regular_file(self.path))
        return text.removesuffix("\n").removesuffix("\r")


def _read_regular_file(path: str) -> bytes:
    try:
        # O_NONBLOCK: opening a pipe that nobody writes to must not hang the agent.
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        try:
            return _read_descriptor(descriptor)
        finally:
            os.close(descriptor)
    except OSError as error:
        cause = error.strerror
    except ValueError:
        cause = "not a path"
    raise SecretFileError(f"the file of ${{file:…}} can't be read: {cause}")


def _read_descriptor(descriptor: int) -> bytes:
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        raise SecretFileError("the file of ${file:…} must be a regular file")
    with open(descriptor, "rb", closefd=False) as file:
        content = file.read(MAX_SECRET_BYTES + 1)
    if len(content) > MAX_SECRET_BYTES:
        raise SecretFileError(f"the file of ${{file:…}} is larger than {MAX_SECRET_BYTES} bytes")
    return content


def _decode(content: bytes) -> str:
    try:
        return content.decode()
    except UnicodeDecodeError:
        pass
    raise SecretFileError("the file of ${file:…} must be UTF-8 text; write binary keys as hex or base64")
