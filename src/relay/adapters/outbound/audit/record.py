"""Lays out one audit record: which keys, in which order, cleaned."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from types import MappingProxyType

from relay.adapters.outbound.audit.clean_value import TextLimit, ValueCleaner, bare_url, cut
from relay.domain.audit import AuditEvent, statement_sha256
from relay.domain.json_value import JsonValue

STATEMENT_LIMIT = TextLimit(keep=8192, scan=1_048_576, in_bytes=True)
"""No message from the control plane is longer than the scanned part (protocol: 1 MiB)."""
ID_LIMIT = TextLimit(keep=128, scan=4096)
TEXT_LIMIT = TextLimit(keep=2048, scan=16_384)
NESTED_LIMIT = TextLimit(keep=256, scan=4096)

LIMITS: Mapping[str, TextLimit] = MappingProxyType(
    {
        "statement": STATEMENT_LIMIT,
        "requestId": ID_LIMIT,
        "incidentId": ID_LIMIT,
        "method": ID_LIMIT,
        "resourceId": ID_LIMIT,
        "operation": ID_LIMIT,
        "patternsApplied": NESTED_LIMIT,
        "detections": NESTED_LIMIT,
    }
)
"""Limits of the fields that differ from TEXT_LIMIT (audit contract: statement, requestId, incidentId)."""

FIELD_ORDER = (
    "requestId", "method", "resourceId", "operation", "statement", "statementSha256", "type", "url", "version",
    "rowCount", "bytes", "truncated", "maskedFieldCount", "patternsApplied", "detections", "executionMs", "latencyMs",
    "reason", "detail", "error", "code", "sqlstate", "outcome",
)  # fmt: skip
"""As in the contract's examples; `incidentId` follows the relay's own ids, a field not named here comes last."""

_RANK = {name: rank for rank, name in enumerate(FIELD_ORDER)}
_SHA256_HEX = re.compile(r"[0-9a-f]{64}\Z")


class RecordLayout:
    """What every record of this process has in common.

    `scrub` replaces personal data in a text; it is called from the writer's thread.
    """

    def __init__(self, *, relay_id: str, tenant_id: str, scrub: Callable[[str], str]) -> None:
        self._relay_id = relay_id
        self._tenant_id = ValueCleaner(scrub).clean(tenant_id, ID_LIMIT)
        self._scrub = scrub

    def lay_out(self, event: AuditEvent, at: datetime, seq: int) -> dict[str, JsonValue]:
        """Return the record without its chain fields, keys in the order of the line."""
        cleaner = ValueCleaner(self._scrub)
        return {
            "time": timestamp(at),
            "level": event.level.value,
            "msg": event.message,
            "audit": True,
            "event": event.kind.value,
            "seq": seq,
            **_fields(event.fields, cleaner),
            "relayId": self._relay_id,
            "tenantId": self._tenant_id,
            **_incident(event.fields, cleaner),
        }


def timestamp(at: datetime) -> str:
    """Write an aware UTC time as `2026-01-15T10:30:01.234Z`."""
    return f"{at.isoformat(timespec='milliseconds')[:23]}Z"


def _fields(fields: Mapping[str, JsonValue], cleaner: ValueCleaner) -> dict[str, JsonValue]:
    record: dict[str, JsonValue] = {}
    for name in sorted(fields, key=lambda name: _RANK.get(name, len(_RANK))):
        value = fields[name]
        if name == "statement" and isinstance(value, str):
            record |= _statement(value, cleaner)
        elif name == "statementSha256" and isinstance(value, str) and _SHA256_HEX.match(value):
            record.setdefault(name, value)
        elif name == "url" and isinstance(value, str):
            record[name] = cleaner.clean(bare_url(value), TEXT_LIMIT)
        elif name != "incidentId":
            record[name] = cleaner.clean(value, LIMITS.get(name, TEXT_LIMIT))
    return record


def _statement(statement: str, cleaner: ValueCleaner) -> dict[str, JsonValue]:
    """Hash what the detectors left of it, whole: an identifier may hold a CPF, which its hash would let one guess."""
    scanned = cleaner.scan(statement, STATEMENT_LIMIT)
    return {"statement": cut(scanned, STATEMENT_LIMIT), "statementSha256": statement_sha256(scanned)}


def _incident(fields: Mapping[str, JsonValue], cleaner: ValueCleaner) -> dict[str, JsonValue]:
    if "incidentId" not in fields:
        return {}
    return {"incidentId": cleaner.clean(fields["incidentId"], ID_LIMIT)}
