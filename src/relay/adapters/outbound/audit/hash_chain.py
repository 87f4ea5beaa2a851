"""The hash chain: each audit line holds the hash of the one before it, so that none can be changed unnoticed."""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from relay.adapters.outbound.audit.chain_hash import ZERO_HASH, line_hash
from relay.adapters.outbound.audit.json_line import json_line
from relay.domain.json_value import JsonValue


@dataclass(frozen=True, slots=True, kw_only=True)
class ChainState:
    """Where a trail stands: the number of its newest line, and that line's hash (empty without a chain)."""

    seq: int = 0
    head: str = ZERO_HASH


class HashChain:
    """Numbers and links records, in the order of the calls. Used by the writer's thread only, but for `head`.

    `seal` goes ahead on trial; `settle` says how far the lines really got. A line that was never begun gives its
    number and its link back, so that a failed write leaves no hole in the chain.
    """

    def __init__(
        self,
        *,
        enabled: bool = True,
        key: bytes | None = None,
        start: ChainState | None = None,
        chain_id: str | None = None,
    ) -> None:
        self._enabled = enabled
        self._key = key
        self._chain_id = chain_id if enabled else None
        self._trial = self._settled = _first_of(start, enabled=enabled)

    @property
    def head(self) -> str:
        """Hash of the newest line written; 64 zeros before the first, empty without a chain."""
        return self._settled.head if self._enabled else ""

    @property
    def next_seq(self) -> int:
        """The number of the next line to be sealed."""
        return self._trial.seq + 1

    def seal(self, record: dict[str, JsonValue]) -> tuple[bytes, ChainState]:
        """Return the record's line, chained to the one sealed before, and the state to settle once it is begun."""
        seq = self.next_seq
        if self._enabled:
            if self._chain_id is not None:
                record["chainId"] = self._chain_id
            record["prevHash"] = self._trial.head
            record["hash"] = line_hash(record, self._key)
            line, state = json_line(record), ChainState(seq=seq, head=str(record["hash"]))
        else:
            line, state = json_line(record), ChainState(seq=seq, head=self._trial.head)
        self._trial = state
        return line, state

    def mark(self) -> ChainState:
        """Return where the trial stands, for `rewind`."""
        return self._trial

    def rewind(self, mark: ChainState) -> None:
        """Forget what was sealed since the mark."""
        self._trial = mark

    def settle(self, state: ChainState | None) -> None:
        """Take `state` as where the trail stands (None: where it stood), and forget what was sealed after it."""
        if state is not None:
            self._settled = state
        self._trial = self._settled


def _first_of(start: ChainState | None, *, enabled: bool) -> ChainState:
    """A chain that has no line before it starts at seq 1, whatever unchained records stand in the file."""
    if start is None or (enabled and start.head == ZERO_HASH):
        return ChainState()
    return start


def new_chain_id() -> str:
    """Return a random name for a chain that lives as long as its process."""
    return secrets.token_hex(16)
