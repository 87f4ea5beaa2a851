from __future__ import annotations

import inspect

import asyncpg
import pytest

from relay.adapters.outbound.postgres.errors import BY_SQLSTATE, condition_name, is_known, reason_of, translate
from relay.domain.errors import Reason

DRIVER_CLASSES = sorted(
    {item for _, item in inspect.getmembers(asyncpg.exceptions, inspect.isclass) if issubclass(item, BaseException)},
    key=lambda item: item.__name__,
)


@pytest.mark.parametrize("error_class", DRIVER_CLASSES, ids=lambda item: item.__name__)
def test_every_exception_of_the_driver_is_mapped(error_class) -> None:
    if issubclass(error_class, Warning):
        return
    assert is_known(error_class), f"{error_class.__name__} is in no table"


def server_error(sqlstate: str, message: str = "secret 529.982.247-25") -> asyncpg.PostgresError:
    return asyncpg.PostgresError.new({"S": "ERROR", "C": sqlstate, "M": message, "D": "Key (email)=(a@b.com)"})


@pytest.mark.parametrize(
    ("sqlstate", "reason", "condition"),
    [
        ("57014", Reason.QUERY_TIMEOUT, "query_canceled"),
        ("55P03", Reason.QUERY_TIMEOUT, "lock_not_available"),
        ("42703", Reason.QUERY_FAILED, "undefined_column"),
        ("42P01", Reason.QUERY_FAILED, "undefined_table"),
        ("22012", Reason.QUERY_FAILED, "division_by_zero"),
        ("25006", Reason.QUERY_FAILED, "read_only_sql_transaction"),
        ("08006", Reason.RESOURCE_UNAVAILABLE, "connection_failure"),
        ("28P01", Reason.RESOURCE_UNAVAILABLE, "invalid_password"),
        ("3D000", Reason.RESOURCE_UNAVAILABLE, "invalid_catalog_name"),
        ("53300", Reason.RESOURCE_UNAVAILABLE, "too_many_connections"),
        ("57P01", Reason.RESOURCE_UNAVAILABLE, "admin_shutdown"),
        ("XX000", Reason.QUERY_FAILED, "internal_error"),
        ("XX001", Reason.RESOURCE_UNAVAILABLE, "data_corrupted"),
        ("ZZ123", Reason.QUERY_FAILED, ""),
    ],
)
def test_sqlstate_decides(sqlstate, reason, condition) -> None:
    error = server_error(sqlstate)
    translated = translate(error)
    assert translated.reason is reason
    assert condition_name(error) == condition
    assert f"SQLSTATE {sqlstate}" in translated.detail


@pytest.mark.parametrize("sqlstate", [*BY_SQLSTATE, "22P02", "23505", "42883"])
def test_no_text_of_the_server_gets_out(sqlstate) -> None:
    translated = translate(server_error((sqlstate + "000")[:5]), redacted="SELECT email FROM t WHERE x = ?")
    assert "529" not in translated.message
    assert "a@b" not in translated.message
    assert "secret" not in translated.message


@pytest.mark.parametrize(
    ("message", "redacted", "named"),
    [
        ('column "emial" does not exist', "SELECT emial FROM customers", "(emial)"),
        ("column c.emial does not exist", "SELECT c.emial FROM customers AS c", "(c.emial)"),
        ('relation "custmers" does not exist', "SELECT 1 FROM custmers", "(custmers)"),
        ('column "hidden" does not exist', "SELECT email FROM customers", ""),
        ('column "joao" does not exist', "SELECT ? FROM customers", ""),
        ('relation "joao.s@x.com" does not exist', 'SELECT 1 FROM "joao.s@x.com"', ""),
        ("column c.joao.s@x.com does not exist", 'SELECT c."joao.s@x.com" FROM c', ""),
        ("function lower(bytea) does not exist", "SELECT lower(x)", "(lower)"),
    ],
)
def test_name_given_only_when_it_stands_in_the_statement(message, redacted, named) -> None:
    detail = translate(server_error("42703", message), redacted=redacted).detail
    assert detail.endswith(named or "undefined_column")


@pytest.mark.parametrize(
    "error",
    [ConnectionRefusedError(), TimeoutError(), asyncpg.InterfaceError("closed"), asyncpg.InternalClientError("x")],
    ids=lambda error: type(error).__name__,
)
def test_unavailable_when_the_connection_is_gone(error) -> None:
    assert reason_of(error) is Reason.RESOURCE_UNAVAILABLE
