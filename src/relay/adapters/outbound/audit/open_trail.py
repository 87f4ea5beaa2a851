"""Opens what an audit trail is written with: the writer, and the chain from where it was left."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from relay.adapters.outbound.audit.audit_file import AuditFile
from relay.adapters.outbound.audit.file_tail import FileTail
from relay.adapters.outbound.audit.hash_chain import ChainState, HashChain, new_chain_id
from relay.adapters.outbound.audit.line_writer import STDOUT, LineWriter


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditTrail:
    """`start_detail` says where the chain starts, for relay.started's `detail`; `torn`: a torn line was closed."""

    writer: LineWriter
    chain: HashChain
    start_detail: str
    torn: bool = False


def open_audit_trail(
    *, file: Path | None = None, key: bytes | None = None, chain_enabled: bool = True, descriptor: int = STDOUT
) -> AuditTrail:
    """Open the file, if any, and make writer and chain; enter the writer to start it.

    With a file the chain goes on from its last whole line; without one it is this process's own, under a random
    `chainId`. Raises AUDIT_UNAVAILABLE if the file can't be opened.
    """
    if file is None:
        chain = HashChain(enabled=chain_enabled, key=key, chain_id=new_chain_id())
        detail = "a hash chain of this process alone: no audit file is set" if chain_enabled else "no hash chain"
        return AuditTrail(writer=LineWriter(descriptor=descriptor), chain=chain, start_detail=detail)
    audit_file = AuditFile(file)
    tail = audit_file.tail
    start = tail.chained if chain_enabled else ChainState(seq=tail.seq)
    return AuditTrail(
        writer=LineWriter(descriptor=descriptor, file=audit_file),
        chain=HashChain(enabled=chain_enabled, key=key, start=start),
        start_detail=_start_detail(tail, chain_enabled=chain_enabled),
        torn=tail.torn_bytes > 0,
    )


def _start_detail(tail: FileTail, *, chain_enabled: bool) -> str:
    if not chain_enabled:
        start = "no hash chain"
    elif tail.chained is not None:
        start = f"the hash chain goes on after seq {tail.chained.seq}"
    elif tail.empty:
        start = "a new hash chain"
    else:
        start = "a new hash chain: the audit file ends without a chained record"
    return f"{start}; a torn last line of {tail.torn_bytes} bytes was closed" if tail.torn_bytes else start
