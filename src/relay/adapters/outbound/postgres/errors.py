"""What a failure of the driver or the server means; nothing of its text is kept."""

from __future__ import annotations

import re

import asyncpg

from relay.domain.errors import Reason, RelayError

_IDENTIFIER = re.compile(r"[^\W\d][\w$]*")
# The whole name or none: the beginning of `"joao@example.com"` would slip past the detectors.
_NAMED_IN_MESSAGE = re.compile(
    r'^(?:column|relation|function|operator|type|schema|aggregate) (?:"([\w.$]+)"|([\w.$]+)(?![^\s(]))'
)
_SNAKE = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")

# PostgreSQL manual, appendix A. The longest prefix of the SQLSTATE decides; everything else is QUERY_FAILED.
BY_SQLSTATE: dict[str, Reason] = {
    "57014": Reason.QUERY_TIMEOUT,  # query_canceled: by statement_timeout, or by us
    "55P03": Reason.QUERY_TIMEOUT,  # lock_not_available: by lock_timeout
    "57P05": Reason.QUERY_TIMEOUT,  # idle_session_timeout
    "25P03": Reason.QUERY_TIMEOUT,  # idle_in_transaction_session_timeout
    "25P04": Reason.QUERY_TIMEOUT,  # transaction_timeout
    "08": Reason.RESOURCE_UNAVAILABLE,  # connection exceptions
    "28": Reason.RESOURCE_UNAVAILABLE,  # the role may not log in
    "3D": Reason.RESOURCE_UNAVAILABLE,  # the database does not exist
    "53300": Reason.RESOURCE_UNAVAILABLE,  # too_many_connections
    "57P01": Reason.RESOURCE_UNAVAILABLE,  # admin_shutdown
    "57P02": Reason.RESOURCE_UNAVAILABLE,  # crash_shutdown
    "57P03": Reason.RESOURCE_UNAVAILABLE,  # cannot_connect_now
    "57P04": Reason.RESOURCE_UNAVAILABLE,  # database_dropped
    "58": Reason.RESOURCE_UNAVAILABLE,  # the server's own system errors
    "XX001": Reason.RESOURCE_UNAVAILABLE,  # data_corrupted
    "XX002": Reason.RESOURCE_UNAVAILABLE,  # index_corrupted; XX000 is what one statement met, `polygon(100000000, …)`
}

# Conditions whose name ends in _error, which can't be told from the driver's class names.
NAMED_ERROR: dict[str | None, str] = {
    "42601": "syntax_error",
    "42803": "grouping_error",
    "42P20": "windowing_error",
    "58000": "system_error",
    "58030": "io_error",
    "F0000": "config_file_error",
    "HV000": "fdw_error",
    "P0000": "plpgsql_error",
    "XX000": "internal_error",
}

# The driver's own exceptions that carry no SQLSTATE of the server's.
BY_CLASS: tuple[tuple[type[BaseException], Reason], ...] = (
    (asyncpg.UnsupportedClientFeatureError, Reason.QUERY_FAILED),
    (asyncpg.InternalClientError, Reason.RESOURCE_UNAVAILABLE),  # protocol out of step: the connection is lost
    (asyncpg.InterfaceError, Reason.RESOURCE_UNAVAILABLE),  # the connection was closed under us
    (TimeoutError, Reason.RESOURCE_UNAVAILABLE),
    (OSError, Reason.RESOURCE_UNAVAILABLE),
)

DRIVER_ERRORS: tuple[type[BaseException], ...] = (asyncpg.PostgresError, *(known for known, _ in BY_CLASS))
"""Everything that the driver raises; what is not among these is a fault of ours and is reported as one."""

SENTENCES: dict[Reason, tuple[str, str]] = {
    Reason.QUERY_TIMEOUT: ("the database ended the statement at its time limit", "narrow it, or ask for less"),
    Reason.RESOURCE_UNAVAILABLE: ("the database can't be used at the moment", "try again later"),
    Reason.QUERY_FAILED: ("the database could not run the statement", ""),
}


def translate(error: BaseException, *, redacted: str = "") -> RelayError:
    """Return what may be said of a driver's exception.

    That is its reason, the SQLSTATE with its condition name, and a name from the statement itself: one that stands
    in `redacted`, the statement without its literals.
    """
    if isinstance(error, RelayError):
        return error
    reason = reason_of(error)
    sentence, hint = SENTENCES[reason]
    sqlstate = getattr(error, "sqlstate", None)
    if not isinstance(error, asyncpg.PostgresError) or not sqlstate:
        return RelayError(reason, f"{sentence};" if hint else sentence, hint=hint)
    named = _own_name(error, redacted)
    condition = f"SQLSTATE {sqlstate} {condition_name(error)}".rstrip()
    return RelayError(reason, f"{sentence}: {condition}{named}{';' if hint else ''}", hint=hint)


def reason_of(error: BaseException) -> Reason:
    """Return the reason of a driver's exception; what no table knows failed as a query, and says no more."""
    sqlstate = getattr(error, "sqlstate", None)
    if isinstance(error, asyncpg.PostgresError) and isinstance(sqlstate, str):
        for length in (5, 2):
            if sqlstate[:length] in BY_SQLSTATE:
                return BY_SQLSTATE[sqlstate[:length]]
        return Reason.QUERY_FAILED
    for known, reason in BY_CLASS:
        if isinstance(error, known):
            return reason
    return Reason.QUERY_FAILED


def is_known(error_class: type[BaseException]) -> bool:
    """Whether a class of the driver's is mapped on purpose."""
    return issubclass(error_class, DRIVER_ERRORS)


def condition_name(error: asyncpg.PostgresError) -> str:
    """Return the condition name (`undefined_table`): the driver's classes are named after them."""
    if error.sqlstate in NAMED_ERROR:
        return NAMED_ERROR[error.sqlstate]
    name = type(error).__name__
    if name in {"PostgresError", "UnknownPostgresError"}:
        return ""
    return _SNAKE.sub("_", name.removesuffix("Error")).lower()


def _own_name(error: asyncpg.PostgresError, redacted: str) -> str:
    found = _NAMED_IN_MESSAGE.match(str(getattr(error, "message", "") or ""))
    if found is None:
        return ""
    own = set(_IDENTIFIER.findall(redacted)) | {word.lower() for word in _IDENTIFIER.findall(redacted)}
    name = found.group(1) or found.group(2)
    parts = name.split(".")
    return f" ({name})" if parts and all(part in own for part in parts) else ""
