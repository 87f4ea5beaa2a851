"""Replay protection: which nonces were seen, and how old a request may be."""

from __future__ import annotations

from collections import OrderedDict

from relay.domain.errors import Reason, RelayError

MAX_SKEW_MS = 60_000
"""How far `issuedAt` may be from our clock, either way."""
MAX_NONCE_LENGTH = 256


class ReplayWindow:
    """Remembers nonces for as long as a request that carries one could still be accepted.

    A nonce without `issuedAt` is remembered until `capacity` newer ones push it out.
    """

    def __init__(self, *, capacity: int = 100_000) -> None:
        self._seen: OrderedDict[str, float] = OrderedDict()
        self._capacity = capacity

    def check(self, *, nonce: str | None, issued_at_ms: float | None, now_ms: float) -> None:
        """Accept and remember, or raise REPLAY_REFUSED."""
        # the negation also refuses NaN, which compares as nothing
        if issued_at_ms is not None and not abs(now_ms - issued_at_ms) <= MAX_SKEW_MS:
            when = "too old" if issued_at_ms < now_ms else "from the future"
            raise RelayError(
                Reason.REPLAY_REFUSED, f"the request is {when};", hint="issuedAt must be within 60 s of now"
            )
        if nonce is None:
            return
        if nonce in self._seen:
            raise RelayError(
                Reason.REPLAY_REFUSED, "this nonce was seen before;", hint="send each request with a new one"
            )
        self._seen[nonce] = now_ms
        while len(self._seen) > self._capacity:
            self._seen.popitem(last=False)
