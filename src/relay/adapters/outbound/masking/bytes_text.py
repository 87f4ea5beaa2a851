"""Text inside binary values, which travel as `\\x…` hexadecimal."""

from __future__ import annotations

import binascii
from collections.abc import Iterator

_SHORTEST = 2 + 2 * 6
"""No detector matches fewer than six bytes."""


def text_in_hexadecimal(value: str) -> Iterator[str]:
    """Yield what the bytes say: as UTF-8, else byte by byte; UTF-16's zero bytes are left out."""
    if len(value) < _SHORTEST:
        return
    try:
        data = binascii.unhexlify(value[2:].encode("ascii"))
    except (ValueError, UnicodeEncodeError):
        return
    data = data.replace(b"\x00", b"")
    try:
        yield data.decode("utf-8")
    except UnicodeDecodeError:
        yield data.decode("latin-1")
