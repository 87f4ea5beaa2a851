"""From a frame to the letter that answers it. No socket is known here."""

from __future__ import annotations

import secrets
from dataclasses import dataclass

import anyio

from relay.adapters.inbound.ws_jsonrpc import replies
from relay.adapters.inbound.ws_jsonrpc.jsonrpc import Call, Frame, Malformed
from relay.adapters.inbound.ws_jsonrpc.methods import Methods
from relay.adapters.inbound.ws_jsonrpc.outbox import Letter
from relay.adapters.inbound.ws_jsonrpc.params import read_common
from relay.application.ports.clock import Clock
from relay.application.ports.failures import FailureLog
from relay.application.use_cases.record_dropped_reply import RecordDroppedReply
from relay.application.use_cases.refuse_request import RefuseRequest
from relay.domain.errors import Reason, RelayError
from relay.domain.request import RequestContext

MAX_METHOD_CHARACTERS = 128
MAX_BATCH_REPLY_BYTES = 33_554_432
NO_METHOD = "invalid"
"""In records, for what has no method."""
ACTS_AS_NOTIFICATION = frozenset({"cancel"})
"""The rest only make sense with an answer, so a notification of them is refused, on record."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Answer:
    request_id: str
    id_json: bytes
    payload: bytes


class Dispatcher:
    """Serves frames; raises nothing but cancellation."""

    def __init__(
        self,
        *,
        methods: Methods,
        refuse_request: RefuseRequest,
        record_dropped_reply: RecordDroppedReply,
        clock: Clock,
        failures: FailureLog,
    ) -> None:
        self._refuse_request = refuse_request
        self._record_dropped_reply = record_dropped_reply
        self._clock = clock
        self._failures = failures
        self._methods = methods.by_name

    async def serve(self, frame: Frame, *, refusal: RelayError | None = None) -> Letter | None:
        """Answer a frame, or refuse everything in it with `refusal`. None: nothing is to be sent."""
        received_at_s = self._clock.monotonic_s()
        if frame.is_batch:
            return await self._serve_batch(frame, received_at_s, refusal)
        for item in frame.items:
            answer = await self._serve_item(item, received_at_s, refusal)
            if answer is not None:
                return Letter(payload=answer.payload, request_ids=(answer.request_id,))
        return None

    def dropped(self, letter: Letter, detail: str) -> None:
        """Put on record that a letter did not reach the control plane."""
        for request_id in letter.request_ids:
            self._record_dropped_reply.execute(request_id, detail)

    async def _serve_batch(self, frame: Frame, received_at_s: float, refusal: RelayError | None) -> Letter | None:
        answers: dict[int, _Answer] = {}

        async def serve_into(place: int, item: Call | Malformed) -> None:
            answer = await self._serve_item(item, received_at_s, refusal)
            if answer is not None:
                taken_bytes = sum(len(other.payload) for other in answers.values())
                answers[place] = self._within_budget(answer, taken_bytes)

        try:
            async with anyio.create_task_group() as group:
                for place, item in enumerate(frame.items):
                    group.start_soon(serve_into, place, item)
        except anyio.get_cancelled_exc_class():
            for answer in answers.values():
                self._record_dropped_reply.execute(answer.request_id, "the rest of its batch was cancelled")
            raise
        return _batch_letter([answers[place] for place in sorted(answers)])

    def _within_budget(self, answer: _Answer, taken_bytes: int) -> _Answer:
        if taken_bytes + len(answer.payload) <= MAX_BATCH_REPLY_BYTES:
            return answer
        self._record_dropped_reply.execute(answer.request_id, "its batch is too large to send")
        error = RelayError(
            Reason.OVERLOADED, "the answers of this batch are too large together;", hint="send this request by itself"
        )
        payload = replies.failure(answer.id_json, error, request_id=answer.request_id)
        return _Answer(request_id=answer.request_id, id_json=answer.id_json, payload=payload)

    async def _serve_item(
        self, item: Call | Malformed, received_at_s: float, refusal: RelayError | None
    ) -> _Answer | None:
        request_id = item.id_text or f"relay-{secrets.token_hex(8)}"
        payload = await self._payload(item, _context(item, request_id, received_at_s), refusal)
        if isinstance(item, Call) and item.is_notification:
            return None
        return _Answer(request_id=request_id, id_json=item.id_json, payload=payload)

    async def _payload(self, item: Call | Malformed, context: RequestContext, refusal: RelayError | None) -> bytes:
        try:
            return replies.success(item.id_json, await self._result(item, context, refusal))
        except RelayError as refused:
            error = refused
        except Exception as unexpected:  # noqa: BLE001 - the last net: a defect here must not end the connection
            self._failures.unexpected(unexpected, request_id=context.request_id)
            error = RelayError(Reason.INTERNAL_ERROR, "an unexpected error in the agent; its operator's log names it")
        return replies.failure(item.id_json, error, request_id=context.request_id)

    async def _result(self, item: Call | Malformed, context: RequestContext, refusal: RelayError | None) -> object:
        if isinstance(item, Malformed):
            raise await self._refuse_request.execute(context, refusal or item.error)
        objection = refusal or self._objection(item)
        if objection is not None:
            raise await self._refuse_request.execute(context, objection)
        return await self._methods[item.method](item, context)

    def _objection(self, item: Call) -> RelayError | None:
        if item.method not in self._methods:
            hint = f"methods: {', '.join(self._methods)}"
            return RelayError(Reason.METHOD_NOT_FOUND, "there is no such method;", hint=hint)
        if item.is_notification and item.method not in ACTS_AS_NOTIFICATION:
            return RelayError(
                Reason.INVALID_REQUEST, "a request without an id gets no answer and is not run;", hint="send an id"
            )
        return None


def _context(item: Call | Malformed, request_id: str, received_at_s: float) -> RequestContext:
    if isinstance(item, Malformed):
        return RequestContext(request_id=request_id, method=NO_METHOD, received_at_s=received_at_s)
    common = read_common(item)
    return RequestContext(
        request_id=request_id,
        method=item.method[:MAX_METHOD_CHARACTERS],
        received_at_s=received_at_s,
        key=item.id,
        incident_id=common.incident_id,
        nonce=common.nonce,
        issued_at_ms=common.issued_at_ms,
        problem=common.problem,
    )


def _batch_letter(answers: list[_Answer]) -> Letter | None:
    if not answers:
        return None
    return Letter(
        payload=replies.batch([answer.payload for answer in answers]),
        request_ids=tuple(answer.request_id for answer in answers),
    )
