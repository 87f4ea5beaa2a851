"""Puts the audit trail together as the configuration asks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from relay.adapters.outbound.audit.disabled_sink import DisabledAuditSink
from relay.adapters.outbound.audit.jsonl_sink import JsonLinesAuditSink
from relay.adapters.outbound.audit.open_trail import AuditTrail, open_audit_trail
from relay.adapters.outbound.masking.masker import build_masker
from relay.application.ports.audit import AuditSink
from relay.application.ports.clock import Clock
from relay.bootstrap.config.audit import AuditSettings
from relay.bootstrap.config.settings import Settings


def open_outputs(settings: AuditSettings) -> AuditTrail:
    """Open `audit.file`; raises AUDIT_UNAVAILABLE. The writer's thread starts when the writer is entered."""
    key = settings.hash_chain.key
    return open_audit_trail(
        file=Path(settings.file) if settings.enabled and settings.file else None,
        key=key.read().encode() if key is not None else None,
        chain_enabled=settings.hash_chain.enabled,
    )


def build_sink(
    *,
    settings: AuditSettings,
    outputs: AuditTrail,
    clock: Clock,
    relay_id: str,
    tenant_id: str,
    scrub: Callable[[str], str],
) -> AuditSink:
    """Return the sink; with a file the chain goes on from its last whole line, else one of its own begins."""
    if not settings.enabled:
        return DisabledAuditSink()
    return JsonLinesAuditSink(
        writer=outputs.writer,
        clock=clock,
        chain=outputs.chain,
        relay_id=relay_id,
        tenant_id=tenant_id,
        scrub=scrub,
    )


def record_scrubber(settings: Settings) -> Callable[[str], str]:
    """Return the detectors for audit records: those of the configuration, on even where masking of rows is off."""
    masker = build_masker(replace(settings.masking.to_domain(), enabled=True))
    return lambda text: masker.mask_text(text).text
