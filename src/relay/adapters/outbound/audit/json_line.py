"""One JSON object as one line, whatever its strings hold."""

from __future__ import annotations

import re
from collections.abc import Mapping

import orjson

from relay.domain.json_value import JsonValue

_MISCHIEF = re.compile("[\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb]")
"""Characters that some readers take for a line's end, that terminals obey, or that change how a text looks."""


def json_line(record: Mapping[str, JsonValue]) -> bytes:
    """Encode with the keys as they stand, then a newline; control and invisible characters as escapes.

    Raises TypeError for what is not JSON, a lone surrogate among it.
    """
    line = orjson.dumps(record)
    if not line.isascii() or b"\x7f" in line:
        line = _MISCHIEF.sub(_escape, line.decode()).encode()
    return line + b"\n"


def _escape(match: re.Match[str]) -> str:
    return f"\\u{ord(match[0]):04x}"
