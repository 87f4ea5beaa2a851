"""The hash of one audit line, and the reading of lines that carry one."""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from collections.abc import Mapping

from relay.adapters.outbound.audit.canonical_json import canonical_json
from relay.domain.json_value import JsonValue

ZERO_HASH = "0" * 64
"""What stands before the first line of a chain."""
_HEX_HASH = re.compile(r"[0-9a-f]{64}\Z")


def line_hash(record: Mapping[str, JsonValue], key: bytes | None) -> str:
    """Return the hex SHA-256, or HMAC-SHA-256 with a key, of the record without `hash`, in canonical JSON.

    Raises ValueError if the record has no canonical form.
    """
    content = canonical_json({name: value for name, value in record.items() if name != "hash"})
    if key:
        return hmac.digest(key, content, "sha256").hex()
    return hashlib.sha256(content).hexdigest()


def parse_line(line: bytes) -> JsonValue:
    """Read one line of JSON strictly: no key twice, no NaN. Raises ValueError."""
    try:
        value: JsonValue = json.loads(line, object_pairs_hook=_unique, parse_constant=_refuse_constant)
    except RecursionError:
        raise ValueError("nested too deeply") from None
    return value


def is_hash(value: JsonValue) -> bool:
    """Whether the value is 64 lower-case hex digits."""
    return isinstance(value, str) and _HEX_HASH.match(value) is not None


def _unique(pairs: list[tuple[str, JsonValue]]) -> dict[str, JsonValue]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key stands twice")
    return found


def _refuse_constant(name: str) -> JsonValue:
    raise ValueError(f"{name} is not JSON")
