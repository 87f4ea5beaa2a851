"""Params of each method, read by pydantic and turned into domain objects at once.

What is wrong becomes one INVALID_PARAMS that names keys and what they must be, and never quotes a value.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Annotated, TypeAlias, TypeVar

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, ValidationError
from pydantic.alias_generators import to_camel

from relay.adapters.inbound.ws_jsonrpc.jsonrpc import Call
from relay.domain.errors import Reason, RelayError
from relay.domain.json_value import JsonValue
from relay.domain.replay import MAX_NONCE_LENGTH
from relay.domain.request import DEFAULT_DEADLINE_MS

"""Nonces are remembered by the hundred thousand."""

EXPECTED: Mapping[str, str] = MappingProxyType(
    {
        "resourceId": "the id of a configured resource, as a string",
        "operation": "the name of an operation, as a string",
        "params": "an object",
        "requestId": "the id of the request to cancel, a string or a number",
        "deadlineMs": "a positive number of milliseconds",
        "incidentId": "a string",
        "nonce": f"a string of 1 to {MAX_NONCE_LENGTH} characters",
        "issuedAt": "epoch milliseconds or an ISO 8601 time",
    }
)

OPERATION_KEYS = (
    "sql", "statement", "parameters", "limit", "collection", "tableName", "filter", "projection", "sort", "skip",
    "pipeline", "sampleSize",
)  # fmt: skip
"""An operation's own params, where they stand beside `resourceId` (the flat spelling)."""

CONTEXT_KEYS = ("deadlineMs", "incidentId", "nonce", "issuedAt")
"""What any request may carry: in its params, beside them, or inside the operation's params."""


def _no_booleans(value: object) -> object:
    if isinstance(value, bool):
        raise ValueError("a boolean")  # noqa: TRY004 - pydantic turns a ValueError into a finding
    return value


def _epoch_ms(value: str | int | float) -> float:
    if isinstance(value, str):
        moment = datetime.fromisoformat(value)
        # a time without an offset is taken as UTC, which is what those who leave it out mean
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp() * 1000
    return float(value)


def _finite(value: float) -> float:
    if not math.isfinite(value):
        raise ValueError("not finite")
    return value


def _overflow_is_an_error(value: object) -> object:
    if isinstance(value, int) and abs(value) > 2**63:
        raise ValueError("too large")
    return value


Text: TypeAlias = Annotated[str, StringConstraints(min_length=1)]
Number: TypeAlias = Annotated[float, BeforeValidator(_overflow_is_an_error), AfterValidator(_finite)]
RequestId: TypeAlias = Annotated[str | int | float, BeforeValidator(_no_booleans)]


class _Wire(BaseModel):
    """Both sides ignore what they don't know."""

    model_config = ConfigDict(
        extra="ignore", strict=True, frozen=True, alias_generator=to_camel, hide_input_in_errors=True
    )


class ContextParams(_Wire):
    """What a request of any method may carry."""

    deadline_ms: Annotated[Number, Field(gt=0)] | None = None
    incident_id: str | None = None
    nonce: Annotated[str, StringConstraints(min_length=1, max_length=MAX_NONCE_LENGTH)] | None = None
    issued_at: (
        Annotated[
            str | int | float,
            BeforeValidator(_no_booleans),
            BeforeValidator(_overflow_is_an_error),
            AfterValidator(_epoch_ms),
        ]
        | None
    ) = None


class ExecuteParams(_Wire):
    """Params of `execute`, without the operation's own."""

    resource_id: Text
    operation: Text
    params: dict[str, object] | None = None


class DescribeParams(_Wire):
    """Params of `describe_resource`."""

    resource_id: Text


class CancelParams(_Wire):
    """Params of `cancel`."""

    request_id: RequestId


Model = TypeVar("Model", bound=_Wire)


@dataclass(frozen=True, slots=True, kw_only=True)
class CommonParams:
    """What any request may carry, each value None where it is absent or wrong."""

    incident_id: str | None
    nonce: str | None
    issued_at_ms: float | None
    problem: RelayError | None


def read_common(call: Call) -> CommonParams:
    """Read incident, nonce and time of issue, and check the deadline."""
    values: dict[str, JsonValue] = {}
    wrong: list[str] = []
    for key in CONTEXT_KEYS:
        value, problems = _read_one(key, _present(call, key))
        values[key] = value
        wrong.extend(problems)
    incident, nonce, issued = values["incidentId"], values["nonce"], values["issuedAt"]
    return CommonParams(
        incident_id=incident if isinstance(incident, str) else None,
        nonce=nonce if isinstance(nonce, str) else None,
        issued_at_ms=issued if isinstance(issued, float) else None,
        problem=call.problem or _problem(wrong),
    )


def read_deadline_ms(call: Call) -> int:
    """Return the deadline, counted from receipt; a request can only shorten it."""
    deadline_ms, _ = _read_one("deadlineMs", _present(call, "deadlineMs"))
    if not isinstance(deadline_ms, float):
        return DEFAULT_DEADLINE_MS
    return min(DEFAULT_DEADLINE_MS, math.ceil(deadline_ms))


def read(model: type[Model], call: Call) -> Model | RelayError:
    """Return the params, or the error that answers the call."""
    try:
        return model.model_validate(dict(call.params))
    except ValidationError as error:
        keys = [str(found["loc"][0]) for found in error.errors(include_input=False, include_url=False)]
        return call.problem or _problem(keys) or _unreadable()


def text_or_empty(call: Call, key: str) -> str:
    """Return a param if it is a string, so that a record can name it although others are wrong."""
    value = call.params.get(key)
    return value if isinstance(value, str) else ""


def operation_arguments(call: Call) -> dict[str, JsonValue]:
    """Merge both spellings: keys beside `resourceId`, over them the nested `params`; null counts as absent."""
    merged = {key: call.params[key] for key in OPERATION_KEYS if call.params.get(key) is not None}
    for key, value in _nested(call).items():
        if key not in CONTEXT_KEYS and (value is not None or key not in merged):
            merged[key] = value
    return merged


def _nested(call: Call) -> Mapping[str, JsonValue]:
    nested = call.params.get("params")
    return nested if isinstance(nested, Mapping) else {}


def _present(call: Call, key: str) -> JsonValue:
    """Look for a key from the inside out: operation's params, params, envelope."""
    for place in (_nested(call), call.params, call.beside):
        if place.get(key) is not None:
            return place[key]
    return None


def _read_one(key: str, value: JsonValue) -> tuple[JsonValue, list[str]]:
    """Read each key by itself, so that a wrong one doesn't hide the others from the records."""
    if value is None:
        return None, []
    try:
        found = ContextParams.model_validate({key: value})
    except (ValidationError, OverflowError):
        return None, [key]
    return found.model_dump(by_alias=True)[key], []


def _problem(keys: list[str]) -> RelayError | None:
    names = list(dict.fromkeys(keys))
    if not names:
        return None
    return RelayError(
        Reason.INVALID_PARAMS,
        f"missing or wrong: {', '.join(names)};",
        hint="; ".join(f"{name} must be {EXPECTED[name]}" for name in names),
    )


def _unreadable() -> RelayError:
    return RelayError(Reason.INVALID_PARAMS, "the params can't be read;", hint="send params as an object, by name")
