"""What is asked, and what is a right answer to it."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from harness.checks import problem_of_names, problem_of_refusal, problem_of_rows
from harness.dataset import CUSTOMERS

RESOURCE = "main-pg"
COLUMNS = frozenset(
    {"id", "name", "email", "cpf", "phone", "credit_card", "notes", "plan", "balance", "created_at", "profile"}
)
POINT = "SELECT id, name, email, plan FROM customers WHERE id = {}"
PAGE = "SELECT * FROM customers WHERE id > {} ORDER BY id"
NOISY = "SELECT id, notes FROM customers WHERE id > {} ORDER BY id"

Check = Callable[[dict[str, Any]], str | None]
Params = dict[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """One request: the params of `execute`, the same read for the driver, and the check of the answer."""

    params: Params
    sql: str = ""
    arguments: tuple[int, ...] = ()
    check: Check


@dataclass(frozen=True, slots=True, kw_only=True)
class Workload:
    """Requests of one kind, by how many clients that each wait for their answer."""

    name: str
    concurrencies: tuple[int, ...]
    make: Callable[[random.Random], Ask]
    has_limit: bool = True
    """Whether the bare driver can do it at all."""


def _query(sql: str, limit: int) -> Params:
    return {"resourceId": RESOURCE, "operation": "query", "params": {"sql": sql, "limit": limit}}


def _tiny(_: random.Random) -> Ask:
    sql = "SELECT 1 AS one"
    check = partial(problem_of_rows, count=1, first_id=None)
    return Ask(params=_query(sql, 10), sql=f"{sql} LIMIT 10", check=check)


def _point(rng: random.Random) -> Ask:
    wanted = rng.randrange(1, CUSTOMERS)
    check = partial(problem_of_rows, count=1, first_id=wanted)
    params = _query(POINT.format(wanted), 10)
    return Ask(params=params, sql=POINT.format("$1") + " LIMIT 10", arguments=(wanted,), check=check)


def _range(rng: random.Random, *, sql: str, count: int) -> Ask:
    after = rng.randrange(1, CUSTOMERS - count)
    check = partial(problem_of_rows, count=count, first_id=after + 1)
    limited = f"{sql.format('$1')} LIMIT {count}"
    return Ask(params=_query(sql.format(after), count), sql=limited, arguments=(after,), check=check)


def _list_tables(_: random.Random) -> Ask:
    check = partial(problem_of_names, key="name", names=frozenset({"customers", "throwaway"}))
    return Ask(params={"resourceId": RESOURCE, "operation": "list_tables", "params": {}}, check=check)


def _describe_table(_: random.Random) -> Ask:
    params: Params = {"resourceId": RESOURCE, "operation": "describe_table", "params": {"tableName": "customers"}}
    return Ask(params=params, check=partial(problem_of_names, key="name", names=COLUMNS))


def _denied(_: random.Random) -> Ask:
    return Ask(params=_query("DELETE FROM customers", 10), check=partial(problem_of_refusal, reason="QUERY_BLOCKED"))


WORKLOADS = (
    Workload(name="tiny", concurrencies=(1, 16), make=_tiny),
    Workload(name="point", concurrencies=(1, 16), make=_point),
    Workload(name="page", concurrencies=(1, 8), make=partial(_range, sql=PAGE, count=100)),
    Workload(name="big", concurrencies=(1, 4), make=partial(_range, sql=PAGE, count=1_000)),
    Workload(name="noisy", concurrencies=(1, 4), make=partial(_range, sql=NOISY, count=1_000)),
    Workload(name="list_tables", concurrencies=(1, 8), make=_list_tables, has_limit=False),
    Workload(name="describe_table", concurrencies=(1, 8), make=_describe_table, has_limit=False),
    Workload(name="denied", concurrencies=(16,), make=_denied, has_limit=False),
)
