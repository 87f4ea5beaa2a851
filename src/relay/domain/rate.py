"""Token bucket, as a value: no clock of its own."""

from __future__ import annotations

from dataclasses import dataclass

from relay.domain.resource import RateLimit


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenBucket:
    """`tokens` as they were at `at_s` (monotonic seconds)."""

    limit: RateLimit
    tokens: float
    at_s: float

    @classmethod
    def full(cls, limit: RateLimit, now_s: float) -> TokenBucket:
        """Return a bucket that holds its burst capacity."""
        return cls(limit=limit, tokens=float(limit.burst_capacity), at_s=now_s)

    def take(self, now_s: float) -> tuple[TokenBucket, int]:
        """Take one token: the new bucket, and 0, or the milliseconds until one is there."""
        per_second = self.limit.requests_per_minute / 60
        tokens = min(float(self.limit.burst_capacity), self.tokens + max(0.0, now_s - self.at_s) * per_second)
        if tokens >= 1:
            return TokenBucket(limit=self.limit, tokens=tokens - 1, at_s=now_s), 0
        wait_ms = max(1, round((1 - tokens) / per_second * 1000))
        return TokenBucket(limit=self.limit, tokens=tokens, at_s=now_s), wait_ms
