"""Reads an operation's arguments; what is wrong with them is INVALID_PARAMS, said by name and type, never by value."""

from __future__ import annotations

from collections.abc import Mapping

from relay.adapters.outbound.postgres.guard.cursor import Cursor
from relay.adapters.outbound.postgres.guard.limits import read_tokens
from relay.adapters.outbound.postgres.guard.refusal import RefusedStatement
from relay.adapters.outbound.postgres.guard.tokens import Kind
from relay.domain.errors import Reason, RelayError
from relay.domain.facts import TableName
from relay.domain.json_value import JsonValue

MAX_TABLE_NAME_CHARS = 1_000
_MAX_PARTS = 2
_TABLE_HINT = 'write table or schema.table; quote a name with capitals or blanks: "My Table"'


def statement_of(arguments: Mapping[str, JsonValue]) -> str:
    """Return `sql`, else `statement`."""
    for key in ("sql", "statement"):
        value = arguments.get(key)
        if isinstance(value, str):
            return value
        if value is not None:
            raise RelayError(Reason.INVALID_PARAMS, f"{key} must be a string;", hint="it holds one SELECT statement")
    raise RelayError(Reason.INVALID_PARAMS, "sql is missing;", hint="it holds one SELECT statement")


def parameters_of(arguments: Mapping[str, JsonValue]) -> tuple[JsonValue, ...]:
    """Return the values of `$1…`."""
    value = arguments.get("parameters")
    if value is None:
        return ()
    if not isinstance(value, list | tuple):
        raise RelayError(Reason.INVALID_PARAMS, "parameters must be an array;", hint="one value for each of $1, $2, …")
    return tuple(value)


def table_name_of(value: JsonValue) -> TableName:
    """Read `table` or `schema.table`, each part quoted or folded to lower case."""
    if not isinstance(value, str) or not value.strip() or len(value) > MAX_TABLE_NAME_CHARS:
        raise RelayError(Reason.INVALID_PARAMS, "tableName must be the name of a table;", hint=_TABLE_HINT)
    try:
        cursor = Cursor(read_tokens(value))
        parts = [cursor.label()]
        while cursor.accept_mark("."):
            parts.append(cursor.label())
        if cursor.token.kind is not Kind.END or len(parts) > _MAX_PARTS:
            raise cursor.unexpected("one name")
    except RefusedStatement:
        raise RelayError(Reason.INVALID_PARAMS, "tableName is not the name of a table;", hint=_TABLE_HINT) from None
    return TableName(name=parts[-1].name, schema=parts[0].name if len(parts) > 1 else None)
