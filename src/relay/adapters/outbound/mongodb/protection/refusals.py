"""What is said of a field that may not be used in some way."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NoReturn

from relay.adapters.outbound.mongodb.findings import MAX_NAME_SHOWN, place, shown
from relay.adapters.outbound.mongodb.protection.flows import Column
from relay.domain.errors import Reason, RelayError
from relay.domain.protection import ColumnAction

WHOLE_VALUE = 'compare the whole value: {"field":"…"} or {"field":{"$in":[…]}}, or group by it'
_AFTER_FETCH: Mapping[ColumnAction, str] = {
    ColumnAction.MASK: "it can be output, and asked for with $exists; find documents by other fields",
    ColumnAction.PARTIAL: "it can be output, and asked for with $exists; find documents by other fields",
    ColumnAction.HASH: "it can be output, grouped by, and compared as a whole by $eq, $ne, $in or $nin",
    ColumnAction.DROP: "leave it out; find documents by other fields",
    ColumnAction.DENY: "leave it out; find documents by other fields",
}


def refuse(column: Column, what: str, at: str, hint: str = "") -> NoReturn:
    """Raise COLUMN_NOT_ALLOWED; `what` says what the statement does with the field."""
    name = shown(column.name if len(column.name) <= MAX_NAME_SHOWN else column.name[:MAX_NAME_SHOWN] + "…")
    if column.action is ColumnAction.DENY:
        raise RelayError(
            Reason.COLUMN_NOT_ALLOWED,
            f"{name} at {place(at)} is not allowed on this resource;",
            hint=hint or "leave it out",
        )
    if column.action is not None:
        detail = f"{name} is protected by a rule and is {what} at {place(at)};"
        raise RelayError(Reason.COLUMN_NOT_ALLOWED, detail, hint=hint or _AFTER_FETCH.get(column.action, ""))
    detail = f"{name} holds personal data and is {what} at {place(at)};"
    raise RelayError(Reason.COLUMN_NOT_ALLOWED, detail, hint=hint or WHOLE_VALUE)
