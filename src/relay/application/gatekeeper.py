"""The checks that come before a request is looked at: session, replay, rate."""

from __future__ import annotations

from relay.application.ports.clock import Clock
from relay.application.ports.session import SessionGate
from relay.domain.errors import Reason, RelayError
from relay.domain.rate import TokenBucket
from relay.domain.replay import ReplayWindow
from relay.domain.request import RequestContext
from relay.domain.resource import Resource


class Gatekeeper:
    """Refuses by session, replay and rate, in this order; holds what these must remember."""

    def __init__(self, *, gate: SessionGate, clock: Clock, replay: ReplayWindow) -> None:
        self._gate = gate
        self._clock = clock
        self._replay = replay
        self._buckets: dict[str, TokenBucket] = {}

    def admit(self, context: RequestContext) -> None:
        """Raise SESSION_DENIED or REPLAY_REFUSED."""
        if self._gate.is_stopped():
            raise RelayError(
                Reason.SESSION_DENIED, "an operator has stopped this session;", hint="ask the operator to resume it"
            )
        self._replay.check(
            nonce=context.nonce,
            issued_at_ms=context.issued_at_ms,
            now_ms=self._clock.now().timestamp() * 1000,
        )

    def take_token(self, resource: Resource) -> None:
        """Raise RATE_LIMITED when the resource's bucket is empty."""
        now_s = self._clock.monotonic_s()
        bucket = self._buckets.get(resource.resource_id)
        if bucket is None or bucket.limit != resource.limits.rate:
            bucket = TokenBucket.full(resource.limits.rate, now_s)
        self._buckets[resource.resource_id], wait_ms = bucket.take(now_s)
        if wait_ms:
            raise RelayError(
                Reason.RATE_LIMITED,
                "too many requests for this resource;",
                hint=f"try again in {wait_ms} ms",
                retry_after_ms=wait_ms,
            )
