"""JSON-RPC 2.0 without I/O: one frame in, its calls and what is wrong with the others out."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import TypeAlias

from relay.adapters.inbound.ws_jsonrpc import json_text
from relay.domain.errors import Reason, RelayError
from relay.domain.json_value import JsonValue

MAX_MESSAGE_BYTES = 1_048_576
MAX_BATCH = 100

Id: TypeAlias = str | int | float | None
NULL = b"null"
EMPTY: Mapping[str, JsonValue] = MappingProxyType({})


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One request or notification.

    `id_json` is the id as it goes back; `beside` holds the envelope's other members, which some callers use.
    `problem`: the envelope is in order, but the params are positional.
    """

    method: str
    params: Mapping[str, JsonValue] = field(default_factory=lambda: EMPTY, repr=False)
    beside: Mapping[str, JsonValue] = field(default_factory=lambda: EMPTY, repr=False)
    id: Id = None
    id_json: bytes = NULL
    is_notification: bool = False
    problem: RelayError | None = None

    @property
    def id_text(self) -> str:
        """The id for records; empty for a null id."""
        return _id_text(self.id, self.id_json)


@dataclass(frozen=True, slots=True, kw_only=True)
class Malformed:
    """Something that is answered with an error and never run."""

    error: RelayError
    id: Id = None
    id_json: bytes = NULL

    @property
    def id_text(self) -> str:
        """The id for records; empty for a null id."""
        return _id_text(self.id, self.id_json)


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """What one message held, in its order; without items there is nothing to answer."""

    items: tuple[Call | Malformed, ...] = ()
    is_batch: bool = False


def parse_frame(data: str | bytes) -> Frame:
    """Read one message. Never raises: what can't be read is a Malformed item."""
    try:
        text = _text(data)
        document = json_text.parse(text)
    except json_text.NotJsonError as error:
        return _single(_not_json(error))
    if not isinstance(document, list):
        return _frame(text, [document], is_batch=False)
    if not document:
        return _single(_not_a_request("the batch is empty;", hint="send at least one request in it"))
    if len(document) > MAX_BATCH:
        return _single(_not_a_request("the batch is too long;", hint=f"at most {MAX_BATCH} requests in one batch"))
    return _frame(text, document, is_batch=True)


def _text(data: str | bytes) -> str:
    try:
        encoded = data.encode("utf-8") if isinstance(data, str) else data
        if len(encoded) > MAX_MESSAGE_BYTES:
            raise json_text.NotJsonError(f"longer than {MAX_MESSAGE_BYTES} bytes")
        return data if isinstance(data, str) else str(data, "utf-8")
    except UnicodeError:
        raise json_text.NotJsonError("not UTF-8") from None


def _frame(text: str, documents: list[JsonValue], *, is_batch: bool) -> Frame:
    read = [_item(document) for document in documents]
    if any(item is not None and isinstance(item.id, float) for item in read):
        read = _with_ids_as_written(text, read, is_batch=is_batch)
    return Frame(items=tuple(item for item in read if item is not None), is_batch=is_batch)


def _with_ids_as_written(
    text: str, read: list[Call | Malformed | None], *, is_batch: bool
) -> list[Call | Malformed | None]:
    written = json_text.parse_with_number_texts(text)
    documents = written if is_batch and isinstance(written, list) else [written]
    return [_with_id_as_written(item, document) for item, document in zip(read, documents, strict=True)]


def _with_id_as_written(item: Call | Malformed | None, document: JsonValue) -> Call | Malformed | None:
    if item is None or not isinstance(item.id, float) or not isinstance(document, Mapping):
        return item
    id_json = str(document["id"]).encode("ascii")
    return replace(item, id_json=id_json)


def _item(document: JsonValue) -> Call | Malformed | None:
    """Return None for what asks for nothing: an answer to a question that was never put, or a typed notice."""
    if not isinstance(document, Mapping):
        return _not_a_request("this is no object;", hint="a request is an object with jsonrpc, id, method and params")
    if _asks_nothing(document):
        return None
    if not _is_id(document.get("id")):
        return _not_a_request("the id is of a wrong type;", hint="an id is a string, a number or null")
    wrong = _envelope_problem(document)
    id_ = _id(document)
    if wrong is not None:
        return Malformed(error=wrong, id=id_, id_json=_id_json(id_))
    return _call(document, id_)


def _call(document: Mapping[str, JsonValue], id_: Id) -> Call:
    params = document.get("params", EMPTY)
    problem = None
    if not isinstance(params, Mapping):
        problem = _positional() if params else None
        params = EMPTY
    return Call(
        method=str(document["method"]),
        params=params,
        beside={key: value for key, value in document.items() if key not in {"jsonrpc", "id", "method", "params"}},
        id=id_,
        id_json=_id_json(id_),
        is_notification="id" not in document,
        problem=problem,
    )


def _asks_nothing(document: Mapping[str, JsonValue]) -> bool:
    if "method" in document:
        return False
    if "result" in document or "error" in document:
        # answering an answer could go on for ever
        return True
    return isinstance(document.get("type"), str) and "id" not in document and "jsonrpc" not in document


def _envelope_problem(document: Mapping[str, JsonValue]) -> RelayError | None:
    if document.get("jsonrpc") != "2.0":
        return _invalid("jsonrpc is missing or another version;", hint='jsonrpc must be "2.0"')
    if not isinstance(document.get("method"), str):
        return _invalid("method is missing or not a string;", hint="method is the name of a method, as a string")
    if not isinstance(document.get("params", EMPTY), (Mapping, list)):
        return _invalid("params is neither an object nor an array;", hint="params is an object, or left out")
    return None


def _is_id(value: JsonValue) -> bool:
    return value is None or (isinstance(value, (str, int, float)) and not isinstance(value, bool))


def _id(document: Mapping[str, JsonValue]) -> Id:
    value = document.get("id")
    return value if isinstance(value, (str, int, float)) else None


def _id_text(id_: Id, id_json: bytes) -> str:
    if id_ is None:
        return ""
    return id_ if isinstance(id_, str) else id_json.decode("ascii")


def _id_json(id_: Id) -> bytes:
    return json.dumps(id_, ensure_ascii=False).encode("utf-8")


def _single(item: Malformed) -> Frame:
    return Frame(items=(item,))


def _not_json(error: json_text.NotJsonError) -> Malformed:
    return Malformed(
        error=RelayError(
            Reason.PARSE_ERROR,
            f"the message can't be read as JSON ({error});",
            hint="send one JSON-RPC 2.0 request object, or an array of them, as UTF-8 text",
        )
    )


def _not_a_request(detail: str, *, hint: str) -> Malformed:
    return Malformed(error=_invalid(detail, hint=hint))


def _invalid(detail: str, *, hint: str) -> RelayError:
    return RelayError(Reason.INVALID_REQUEST, detail, hint=hint)


def _positional() -> RelayError:
    return RelayError(Reason.INVALID_PARAMS, "params came by position;", hint="send params as an object, by name")
