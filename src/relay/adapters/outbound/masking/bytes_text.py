"""Text inside binary values, which travel as `\\x…` hexadecimal or, from MongoDB, as extended JSON's base64."""

from __future__ import annotations

import binascii
import re
from collections.abc import Iterator, Mapping

BINARY_KEY = "$binary"
"""Extended JSON: `{"$binary": {"base64": "…", "subType": "00"}}`."""
_SHORTEST = 2 + 2 * 6
"""No detector matches fewer than six bytes."""


BYTES_MARK = "\\x"
_BYTES = re.compile(r"\\x((?:[0-9A-Fa-f]{2}){6,})")


def bytes_within(text: str) -> Iterator[tuple[int, int, str]]:
    """Yield where bytes are written in a text, and what they say."""
    for run in _BYTES.finditer(text):
        for inner in text_in_hexadecimal(run.group()):
            yield run.start(), run.end(), inner


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


def binary_as_hexadecimal(value: object) -> str | None:
    """Return extended JSON's binary value as `\\x…`, so that one search serves both forms; None for anything else."""
    inner = value.get(BINARY_KEY) if isinstance(value, Mapping) else None
    written = inner.get("base64") if isinstance(inner, Mapping) else None
    if not isinstance(written, str):
        return None
    try:
        return "\\x" + binascii.a2b_base64(written).hex()
    except ValueError:
        return None
