"""What stands in the place of a protected column: SQL for each action and family of types.

Types of the database's own are never named: `CASE WHEN false THEN c END` is a null of the column's type (of what it is
over, for a domain), and the server takes it for a constant before it reads anything.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from relay.adapters.outbound.postgres.guard.catalogue import ColumnType, TypeFamily
from relay.adapters.outbound.postgres.guard.spelling import string_sql
from relay.domain.protection import ColumnAction

ANY_MASK = "***"
SHOWN_CHARS = 4
"""How much of a value `partial` leaves; of shorter values than twice as much, nothing."""
INNER_KEY_SETTING = "relay.hash_inner"
OUTER_KEY_SETTING = "relay.hash_outer"
"""Settings of the transaction that hold the key's padded blocks of HMAC, in hexadecimal."""
HASH_PREFIX = "h_"
FIRST_HASHED_NUMBER = 9 * 10**18
"""Hashed numbers are this and 57 bits more: nineteen digits that are no card's, and still an int8."""
_LAST_BITS = 2**57 - 1

_NULL = "CASE WHEN false THEN {c} END"
_MASKED = "CASE WHEN false THEN {c} WHEN {c} IS NOT NULL THEN {mask} END"
_TEXT = "CAST({c} AS pg_catalog.text)"
_PARTIAL_TEXT = (
    f"CASE WHEN pg_catalog.length({_TEXT}) OPERATOR(pg_catalog.>=) {2 * SHOWN_CHARS}"
    f" THEN '****' OPERATOR(pg_catalog.||) pg_catalog.right({_TEXT}, {SHOWN_CHARS})"
    " WHEN {c} IS NOT NULL THEN '****' END"
)
_LEAST, _ABOVE = 10 ** (2 * SHOWN_CHARS - 1), 10**SHOWN_CHARS
_IS_LONG = f"{{c}} OPERATOR(pg_catalog.>=) {_LEAST} OR {{c}} OPERATOR(pg_catalog.<=) (-{_LEAST})"
_PARTIAL_NUMBER = f"CASE WHEN {_IS_LONG} THEN pg_catalog.abs({{c}} OPERATOR(pg_catalog.%) {_ABOVE}) END"
_PARTIAL_NUMERIC = (
    f"CASE WHEN {_IS_LONG} THEN pg_catalog.abs(pg_catalog.trunc({{c}}) OPERATOR(pg_catalog.%) {_ABOVE}) END"
)


def _keyed(setting: str, message: str) -> str:
    key = f"pg_catalog.decode(pg_catalog.current_setting('{setting}'), 'hex')"
    return f"pg_catalog.sha256({key} OPERATOR(pg_catalog.||) {message})"


def _hex(digits: int) -> str:
    return f"pg_catalog.substr(pg_catalog.encode({_HASH}, 'hex'), 1, {digits})"


_HASH = _keyed(OUTER_KEY_SETTING, _keyed(INNER_KEY_SETTING, "pg_catalog.convert_to({text}, 'UTF8')"))
_HASHED_TEXT = f"'{HASH_PREFIX}' OPERATOR(pg_catalog.||) {_hex(32)}"
_HASHED_UUID = f"CAST({_hex(32)} AS pg_catalog.uuid)"
_HASHED_BITS = f"CAST(CAST('x' OPERATOR(pg_catalog.||) {_hex(15)} AS pg_catalog.bit(60)) AS pg_catalog.int8)"
_HASHED_NUMBER = f"({_HASHED_BITS} OPERATOR(pg_catalog.&) {_LAST_BITS}) OPERATOR(pg_catalog.+) {FIRST_HASHED_NUMBER}"
_HASHED_BYTES = f"pg_catalog.substr({_HASH}, 1, 16)"
_OWN_CAST = frozenset(("varchar", "bpchar", "name"))
"""Text types that an expression of type text is brought back to; others than these and text are not built in."""
_IN_CLEAR: Mapping[str, str] = MappingProxyType(
    {
        "bytea": "pg_catalog.encode({c}, 'hex')",
        "citext": f"pg_catalog.lower({_TEXT})",
        "numeric": "CAST(pg_catalog.trim_scale({c}) AS pg_catalog.text)",
    }
)
"""What is hashed, where a cast to text would not do: bytes, and values that are equal with several texts."""


def protected_sql(column: str, of: ColumnType, action: ColumnAction, mask: str | None = None) -> str:
    """Return the expression for a column, given as SQL; `mask` is for texts under the action of that name.

    Not for `pass`, which leaves the column as it is.
    """
    return _ACTIONS[action](column, of, mask)


def is_hashable(of: ColumnType) -> bool:
    """Whether `hash` gives tokens for values of a type; else it gives nulls."""
    return of.family in _HASHES or of.name == "bytea"


def _null(column: str, _: ColumnType, __: str | None) -> str:
    return _NULL.format(c=column)


def _mask(column: str, of: ColumnType, mask: str | None) -> str:
    if of.family is not TypeFamily.TEXT:
        return _null(column, of, mask)
    return _MASKED.format(c=column, mask=string_sql(mask or ANY_MASK))


def _partial(column: str, of: ColumnType, mask: str | None) -> str:
    if of.family is TypeFamily.TEXT:
        return _as_it_was(_PARTIAL_TEXT.format(c=column), of)
    if of.family is TypeFamily.NUMERIC:
        return _PARTIAL_NUMERIC.format(c=column)
    if of.family is TypeFamily.INTEGER and of.name != "int2":  # five digits at most
        return _PARTIAL_NUMBER.format(c=column)
    return _null(column, of, mask)


def _hash(column: str, of: ColumnType, mask: str | None) -> str:
    template = _HASHED_BYTES if of.name == "bytea" else _HASHES.get(of.family)
    if template is None:
        return _null(column, of, mask)
    text = _IN_CLEAR.get(of.name, _TEXT).format(c=column)
    return _as_it_was(template.format(text=text), of)


def _as_it_was(expression: str, of: ColumnType) -> str:
    return f"CAST({expression} AS pg_catalog.{of.name})" if of.name in _OWN_CAST else expression


_HASHES: Mapping[TypeFamily, str] = MappingProxyType(
    {
        TypeFamily.TEXT: _HASHED_TEXT,
        TypeFamily.UUID: _HASHED_UUID,
        TypeFamily.INTEGER: _HASHED_NUMBER,
        TypeFamily.NUMERIC: f"CAST({_HASHED_NUMBER} AS pg_catalog.numeric)",
    }
)
_ACTIONS: Mapping[ColumnAction, Callable[[str, ColumnType, str | None], str]] = MappingProxyType(
    {
        ColumnAction.MASK: _mask,
        ColumnAction.PARTIAL: _partial,
        ColumnAction.HASH: _hash,
        ColumnAction.DROP: _null,
        ColumnAction.DENY: _null,
    }
)
