"""The server's error codes that a caller may be told by name.

Source: `src/mongo/base/error_codes.yml` of the server, the codes that a read can meet. A code's name says what kind of
thing went wrong and carries no value; the server's text does, and never leaves.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from relay.domain.errors import Reason

CODE_NAMES: Mapping[int, str] = MappingProxyType(
    {
        1: "InternalError",
        2: "BadValue",
        4: "NoSuchKey",
        6: "HostUnreachable",
        7: "HostNotFound",
        8: "UnknownError",
        9: "FailedToParse",
        11: "UserNotFound",
        13: "Unauthorized",
        14: "TypeMismatch",
        15: "Overflow",
        16: "InvalidLength",
        17: "ProtocolError",
        18: "AuthenticationFailed",
        26: "NamespaceNotFound",
        27: "IndexNotFound",
        28: "PathNotViable",
        31: "RoleNotFound",
        40: "ConflictingUpdateOperators",
        43: "CursorNotFound",
        50: "MaxTimeMSExpired",
        51: "ManualInterventionRequired",
        52: "DollarPrefixedFieldName",
        56: "EmptyFieldName",
        57: "DottedFieldName",
        59: "CommandNotFound",
        64: "WriteConcernFailed",
        72: "InvalidOptions",
        73: "InvalidNamespace",
        79: "UnknownReplWriteConcern",
        89: "NetworkTimeout",
        91: "ShutdownInProgress",
        96: "OperationFailed",
        115: "CommandNotSupported",
        133: "FailedToSatisfyReadPreference",
        134: "ReadConcernMajorityNotAvailableYet",
        136: "CappedPositionLost",
        146: "ExceededMemoryLimit",
        148: "ReadConcernMajorityNotEnabled",
        166: "CommandNotSupportedOnView",
        167: "OptionNotSupportedOnView",
        168: "InvalidPipelineOperator",
        175: "QueryPlanKilled",
        184: "InvalidViewDefinition",
        189: "PrimarySteppedDown",
        202: "NetworkInterfaceExceededTimeLimit",
        211: "KeyNotFound",
        237: "CursorKilled",
        241: "ConversionFailure",
        246: "SnapshotUnavailable",
        262: "ExceededTimeLimit",
        263: "OperationNotSupportedInTransaction",
        279: "ClientDisconnect",
        291: "NoQueryExecutionPlans",
        292: "QueryExceededMemoryLimitNoDiskUseAllowed",
        334: "UnsupportedFormat",
        390: "TemporarilyUnavailable",
        394: "ClientMarkedKilled",
        8000: "AtlasError",
        9001: "SocketException",
        10107: "NotWritablePrimary",
        10334: "BSONObjectTooLarge",
        11600: "InterruptedAtShutdown",
        11601: "Interrupted",
        11602: "InterruptedDueToReplStateChange",
        13388: "StaleConfig",
        13435: "NotPrimaryNoSecondaryOk",
        13436: "NotPrimaryOrSecondary",
        17124: "InvalidArrayElement",
        16020: "InvalidPositionalExpression",
        16410: "InvalidFieldPath",
        40323: "InvalidPipelineStage",
        40324: "UnrecognizedPipelineStage",
    }
)

CODE_REASONS: Mapping[int, Reason] = MappingProxyType(
    {
        **dict.fromkeys((50, 262, 202), Reason.QUERY_TIMEOUT),
        **dict.fromkeys((11, 18, 8000), Reason.RESOURCE_UNAVAILABLE),
        **dict.fromkeys(
            (6, 7, 89, 91, 133, 134, 189, 390, 9001, 10107, 11600, 11602, 13388, 13435, 13436),
            Reason.RESOURCE_UNAVAILABLE,
        ),
    }
)
"""Codes that mean something else than a failed query."""
LOGIN_REFUSED = frozenset({11, 18, 8000})
"""The stored credential is not (or no longer) right: worth reading it again."""
