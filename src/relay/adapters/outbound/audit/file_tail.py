"""What stands at the end of an audit file: the newest whole record, and a torn line after it."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from relay.adapters.outbound.audit.chain_hash import is_hash, parse_line
from relay.adapters.outbound.audit.hash_chain import ChainState
from relay.domain.json_value import JsonValue

WINDOWS = (65_536, 4 * 1024 * 1024)
"""How much of the end is read: what usually does, then more than the longest record there can be."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FileTail:
    """`chained`: where the newest record with a hash left the chain; `seq`: of the newest record at all."""

    chained: ChainState | None = None
    seq: int = 0
    torn_bytes: int = 0
    needs_newline: bool = False
    empty: bool = True


def read_tail(descriptor: int) -> FileTail:
    """Read the end of a file. A last line without a newline is torn, unless it is whole JSON. Raises OSError."""
    size = os.fstat(descriptor).st_size
    tail = FileTail()
    for window in WINDOWS:
        start = max(0, size - window)
        tail = _look_at(_read(descriptor, start, size), starts_inside=start > 0)
        if start == 0 or tail.chained is not None:
            break
    return tail


def _look_at(data: bytes, *, starts_inside: bool) -> FileTail:
    lines = data.split(b"\n")
    last = lines[-1]
    if starts_inside and len(lines) > 1:
        del lines[0]
    seq: int | None = None
    chained: ChainState | None = None
    for record in _records(lines):
        seq = _seq(record) if seq is None else seq
        if is_hash(record.get("hash")):
            chained = ChainState(seq=_seq(record), head=str(record["hash"]))
            break
    return FileTail(
        chained=chained,
        seq=seq or 0,
        torn_bytes=len(last) if last and not any(_records([last])) else 0,
        needs_newline=bool(last),
        empty=not data,
    )


def _records(lines: list[bytes]) -> Iterator[Mapping[str, JsonValue]]:
    """Yield the audit records, newest first; a prefix of a JSON object is not JSON, so a torn one is not among them."""
    for line in reversed(lines):
        try:
            value = parse_line(line)
        except ValueError:
            continue
        if isinstance(value, dict) and value.get("audit") is True:
            yield value


def _seq(record: Mapping[str, JsonValue]) -> int:
    seq = record.get("seq")
    return seq if isinstance(seq, int) and seq > 0 else 0


def _read(descriptor: int, start: int, end: int) -> bytes:
    pieces = []
    while start < end and (piece := os.pread(descriptor, end - start, start)):
        pieces.append(piece)
        start += len(piece)
    return b"".join(pieces)
