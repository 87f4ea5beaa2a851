"""The error table covers the driver's classes, and nothing of the driver's text leaves."""

from __future__ import annotations

import inspect
import ssl

import bson.errors
import pymongo.errors
import pytest

from relay.adapters.outbound.mongodb.error_codes import CODE_NAMES, CODE_REASONS, LOGIN_REFUSED
from relay.adapters.outbound.mongodb.errors import DRIVER_ERRORS, login_refused, to_relay_error
from relay.domain.errors import Reason, RelayError


def public_classes() -> list[type[Exception]]:
    found = {
        kind
        for module in (pymongo.errors, bson.errors)
        for name, kind in inspect.getmembers(module, inspect.isclass)
        if issubclass(kind, Exception) and not name.startswith("_")
    }
    return sorted(found, key=lambda kind: kind.__name__)


@pytest.mark.parametrize("kind", public_classes(), ids=lambda kind: kind.__name__)
def test_exception_class_is_mapped(kind):
    assert kind in DRIVER_ERRORS


@pytest.mark.parametrize("kind", DRIVER_ERRORS, ids=lambda kind: kind.__name__)
def test_text_of_the_driver_does_not_leave(kind):
    error = kind.__new__(kind)
    Exception.__init__(error, "canary")
    error.args = ("canary",)
    if isinstance(error, pymongo.errors.OperationFailure):
        pymongo.errors.OperationFailure.__init__(error, "canary", None, {"errmsg": "canary"})
    assert "canary" not in to_relay_error(error).message


def test_relay_error_stays_as_it_is():
    error = RelayError(Reason.QUERY_BLOCKED, "x")
    assert to_relay_error(error) is error


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (pymongo.errors.ServerSelectionTimeoutError("canary"), Reason.RESOURCE_UNAVAILABLE),
        (pymongo.errors._OperationCancelled("canary"), Reason.RESOURCE_UNAVAILABLE),
        (pymongo.errors.NetworkTimeout("canary"), Reason.QUERY_TIMEOUT),
        (pymongo.errors.ExecutionTimeout("canary", 50, {}), Reason.QUERY_TIMEOUT),
        (pymongo.errors.OperationFailure("canary", 50), Reason.QUERY_TIMEOUT),
        (pymongo.errors.OperationFailure("canary", 18), Reason.RESOURCE_UNAVAILABLE),
        (pymongo.errors.OperationFailure("canary"), Reason.QUERY_FAILED),
        (ConnectionResetError("canary"), Reason.RESOURCE_UNAVAILABLE),
        (ssl.SSLError("canary"), Reason.RESOURCE_UNAVAILABLE),
        (RuntimeError("canary"), Reason.INTERNAL_ERROR),
        (KeyError("canary"), Reason.INTERNAL_ERROR),
    ],
    ids=repr,
)
def test_reason_fits_when_the_driver_fails(error, reason):
    made = to_relay_error(error)
    assert made.reason is reason
    assert "canary" not in made.message


@pytest.mark.parametrize("code", sorted(CODE_NAMES))
def test_code_is_named_when_it_says_more_than_the_reason(code):
    made = to_relay_error(pymongo.errors.OperationFailure("canary", code))
    if code in CODE_REASONS:
        assert made.reason is CODE_REASONS[code]
    else:
        assert made.message.endswith(f"error {code} ({CODE_NAMES[code]})")


def test_every_code_with_a_reason_has_a_name():
    assert CODE_NAMES.keys() >= CODE_REASONS.keys() | LOGIN_REFUSED


def test_login_refused_only_for_its_codes():
    assert login_refused(pymongo.errors.OperationFailure("x", 18))
    assert not login_refused(pymongo.errors.OperationFailure("x", 13))
    assert not login_refused(ValueError())
