"""Puts the audit trail together as the configuration asks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from relay.adapters.outbound.audit.audit_file import AuditFile
from relay.adapters.outbound.audit.disabled_sink import DisabledAuditSink
from relay.adapters.outbound.audit.hash_chain import ChainState, HashChain, new_chain_id
from relay.adapters.outbound.audit.jsonl_sink import JsonLinesAuditSink
from relay.adapters.outbound.audit.line_writer import LineWriter
from relay.adapters.outbound.masking.masker import build_masker
from relay.application.ports.audit import AuditSink
from relay.application.ports.clock import Clock
from relay.bootstrap.config.audit import AuditSettings
from relay.bootstrap.config.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class LineOutputs:
    """The one writer of lines, and the file behind it, if there is one."""

    writer: LineWriter
    file: AuditFile | None = None


def open_outputs(settings: AuditSettings) -> LineOutputs:
    """Open `audit.file`; raises AUDIT_UNAVAILABLE. The writer's thread starts when the writer is entered."""
    file = AuditFile(Path(settings.file)) if settings.enabled and settings.file else None
    return LineOutputs(writer=LineWriter(file=file), file=file)


def build_sink(
    *, settings: AuditSettings, outputs: LineOutputs, clock: Clock, relay_id: str, tenant_id: str,
    scrub: Callable[[str], str],
) -> AuditSink:  # fmt: skip
    """Return the sink; with a file the chain goes on from its last whole line, else one of its own begins."""
    if not settings.enabled:
        return DisabledAuditSink()
    return JsonLinesAuditSink(
        writer=outputs.writer,
        clock=clock,
        chain=_chain(settings, outputs.file),
        relay_id=relay_id,
        tenant_id=tenant_id,
        scrub=scrub,
    )


def _chain(settings: AuditSettings, file: AuditFile | None) -> HashChain:
    key = settings.hash_chain.key
    secret = key.read().encode() if key is not None else None
    if file is None:
        return HashChain(enabled=settings.hash_chain.enabled, key=secret, chain_id=new_chain_id())
    start = file.tail.chained or ChainState(seq=file.tail.seq)
    return HashChain(enabled=settings.hash_chain.enabled, key=secret, start=start)


def record_scrubber(settings: Settings) -> Callable[[str], str]:
    """Return the detectors for audit records: those of the configuration, on even where masking of rows is off."""
    masker = build_masker(replace(settings.masking.to_domain(), enabled=True))
    return lambda text: masker.mask_text(text).text
