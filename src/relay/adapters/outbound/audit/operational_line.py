"""Operational lines: the first three keys as in audit lines, then what the event brings."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

from relay.adapters.outbound.audit.json_line import json_line
from relay.adapters.outbound.audit.record import timestamp
from relay.domain.audit import Level
from relay.domain.json_value import JsonValue


def operational_line(level: Level, message: str, fields: Mapping[str, JsonValue]) -> bytes:
    """Return one line: time, level, msg, then the fields; never an audit line, whatever the fields say."""
    head = {"time": timestamp(datetime.now(UTC)), "level": level.value, "msg": message}
    rest = {name: value for name, value in fields.items() if name not in head and name != "audit"}
    return json_line({**head, **rest})
