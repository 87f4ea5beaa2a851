"""From the driver's exceptions to RelayError: one table by class, the server's codes beside it.

Nothing of the driver's or the server's text is used: it carries host names, statements and values.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import bson.errors
import pymongo.errors
from pymongo.errors import OperationFailure

from relay.adapters.outbound.mongodb.error_codes import CODE_NAMES, CODE_REASONS, LOGIN_REFUSED
from relay.domain.errors import Reason, RelayError


@dataclass(frozen=True, slots=True, kw_only=True)
class Sentence:
    """What a caller is told about one class of exception."""

    reason: Reason
    detail: str
    hint: str = ""


_UNREACHABLE = Sentence(
    reason=Reason.RESOURCE_UNAVAILABLE, detail="the database can't be reached;", hint="try again later"
)
_BUSY = Sentence(
    reason=Reason.RESOURCE_UNAVAILABLE, detail="every connection to the database is in use;", hint="try again later"
)
_SETTINGS = Sentence(
    reason=Reason.RESOURCE_UNAVAILABLE,
    detail="the connection settings of this resource are not usable;",
    hint="its operator must look at them",
)
_LOGIN = Sentence(
    reason=Reason.RESOURCE_UNAVAILABLE,
    detail="the database refused the login of this resource;",
    hint="its operator must look at the credentials",
)
TIMED_OUT = Sentence(
    reason=Reason.QUERY_TIMEOUT,
    detail="the statement took longer than it may;",
    hint="narrow the filter to indexed fields, or ask for less",
)
_FAILED = Sentence(reason=Reason.QUERY_FAILED, detail="the database could not run the statement")
_UNREADABLE = Sentence(reason=Reason.QUERY_FAILED, detail="the database's answer could not be read;")
_TOO_LARGE = Sentence(reason=Reason.QUERY_FAILED, detail="the statement is too large for the database;")
_INTERNAL = Sentence(reason=Reason.INTERNAL_ERROR, detail="the MongoDB adapter failed;", hint="see the agent's log")

DRIVER_ERRORS: Mapping[type[Exception], Sentence] = MappingProxyType(
    {
        pymongo.errors.PyMongoError: _FAILED,
        pymongo.errors.ProtocolError: _UNREADABLE,
        pymongo.errors.ConnectionFailure: _UNREACHABLE,
        pymongo.errors.WaitQueueTimeoutError: _BUSY,
        pymongo.errors.AutoReconnect: _UNREACHABLE,
        pymongo.errors.NetworkTimeout: TIMED_OUT,
        pymongo.errors.NotPrimaryError: _UNREACHABLE,
        pymongo.errors.ServerSelectionTimeoutError: _UNREACHABLE,
        pymongo.errors.ConfigurationError: _SETTINGS,
        pymongo.errors.InvalidURI: _SETTINGS,
        pymongo.errors.OperationFailure: _FAILED,
        pymongo.errors.CursorNotFound: _FAILED,
        pymongo.errors.ExecutionTimeout: TIMED_OUT,
        pymongo.errors.WriteConcernError: _FAILED,
        pymongo.errors.WriteError: _FAILED,
        pymongo.errors.WTimeoutError: _FAILED,
        pymongo.errors.DuplicateKeyError: _FAILED,
        pymongo.errors.BulkWriteError: _FAILED,
        pymongo.errors.ClientBulkWriteException: _FAILED,
        pymongo.errors.InvalidOperation: _INTERNAL,
        pymongo.errors.InvalidName: _INTERNAL,
        pymongo.errors.CollectionInvalid: _INTERNAL,
        pymongo.errors.DocumentTooLarge: _TOO_LARGE,
        pymongo.errors.EncryptionError: _FAILED,
        pymongo.errors.EncryptedCollectionError: _FAILED,
        bson.errors.BSONError: _UNREADABLE,
        bson.errors.InvalidBSON: _UNREADABLE,
        bson.errors.InvalidDocument: _INTERNAL,
        bson.errors.InvalidStringData: _INTERNAL,
        bson.errors.InvalidId: _INTERNAL,
    }
)
_BY_REASON: Mapping[Reason, Sentence] = MappingProxyType(
    {Reason.QUERY_TIMEOUT: TIMED_OUT, Reason.RESOURCE_UNAVAILABLE: _UNREACHABLE}
)


class ServerRefusedError(RelayError):
    """The server answered a command with an error of its own; `server_code` is for this adapter alone."""

    def __init__(self, detail: str, *, server_code: int) -> None:
        super().__init__(Reason.QUERY_FAILED, detail)
        self.server_code = server_code


def to_relay_error(error: Exception) -> RelayError:
    """Return what may be said of an exception; a RelayError stays as it is."""
    if isinstance(error, RelayError):
        return error
    if isinstance(error, OperationFailure) and error.code is not None:
        return _from_code(error.code)
    for kind in type(error).__mro__:
        sentence = DRIVER_ERRORS.get(kind)
        if sentence is not None:
            return say(sentence)
    return say(_UNREACHABLE if isinstance(error, OSError) else _INTERNAL)


def say(sentence: Sentence) -> RelayError:
    """Build the error of a sentence."""
    detail = sentence.detail if sentence.detail.endswith(";") else f"{sentence.detail};"
    return RelayError(sentence.reason, detail if sentence.hint else detail.rstrip(";"), hint=sentence.hint)


def login_refused(error: Exception) -> bool:
    """Whether the stored credential should be read again."""
    return isinstance(error, OperationFailure) and error.code in LOGIN_REFUSED


def settings_unusable() -> RelayError:
    """Build the error for settings that can't be read at all."""
    return say(_SETTINGS)


def all_connections_busy() -> RelayError:
    """Build the error for a request that waited its whole time for a connection."""
    return say(_BUSY)


def timed_out() -> RelayError:
    """Build the error for a deadline that passed on our side."""
    return say(TIMED_OUT)


def _from_code(code: int) -> RelayError:
    if code in LOGIN_REFUSED:
        return say(_LOGIN)
    reason = CODE_REASONS.get(code)
    if reason is not None:
        return say(_BY_REASON[reason])
    name = CODE_NAMES.get(code)
    shown = f"error {code} ({name})" if name else f"error {code}"
    return ServerRefusedError(f"{_FAILED.detail}: {shown}", server_code=code)
