"""`relay query check`: the policy's decision for a statement, offline."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

import anyio

from relay.application.use_cases.check_statement import CheckStatement, StatementDecision
from relay.bootstrap.cli.commands import OK, REFUSED, UNUSABLE
from relay.bootstrap.config.load import load_settings, resolve_config_path
from relay.bootstrap.config.problems import ConfigurationError
from relay.bootstrap.config.resource import ResourceSettings
from relay.bootstrap.databases.kind import kind_of, third_party_resource_types
from relay.domain.json_value import JsonValue
from relay.domain.protection import Protection

if TYPE_CHECKING:
    _Subparsers = argparse._SubParsersAction[argparse.ArgumentParser]  # noqa: SLF001 - argparse has no public name

STANDARD_INPUT = "-"
MAX_LINE_CHARACTERS = 2_000_000


def add_parser(subparsers: _Subparsers) -> None:
    """Add `query check`."""
    query = subparsers.add_parser("query", help="ask the policy about a statement")
    commands = query.add_subparsers(dest="query_command", required=True, metavar="COMMAND")
    check = commands.add_parser("check", help="decide on a statement offline; exit 0 allowed, 1 refused")
    check.add_argument("--resource", required=True, metavar="ID", help="resource whose policy decides")
    check.add_argument("--config", metavar="F", help="configuration file")
    check.add_argument("--json", action="store_true", help="print one JSON object")
    check.add_argument(
        "statement",
        help="the statement; for MongoDB the params as JSON; - reads JSON lines {id, sql} from standard input",
    )
    check.set_defaults(
        func=lambda args: query_check(args.config, args.resource, args.statement, os.environ, as_json=args.json)
    )


def query_check(
    config: str | None, resource_id: str, statement: str, environ: Mapping[str, str], *, as_json: bool = False
) -> int:
    """Decide; 0 allowed (all of them, for a stream), 1 refused, 2 unusable configuration or input."""
    try:
        settings = load_settings(
            resolve_config_path(config, environ), environ, extra_resource_types=third_party_resource_types()
        )
    except ConfigurationError as error:
        return _unusable(str(error))
    resource = next((each for each in settings.resources if each.id == resource_id), None)
    if resource is None:
        known = ", ".join(each.id for each in settings.resources)
        return _unusable(f"relay query check: no such resource; configured resources: {known}")
    protection = settings.protection_of(resource.id)
    if statement == STANDARD_INPUT:
        return anyio.run(_check_lines, resource, protection, sys.stdin)
    return anyio.run(_check_one, resource, protection, statement, as_json)


def _unusable(message: str) -> int:
    sys.stderr.write(f"{message}\n")
    return UNUSABLE


def _checker(resource: ResourceSettings, protection: Protection) -> CheckStatement:
    return CheckStatement(resource=resource.to_resource(), guard=kind_of(resource.type).guard(resource, protection))


def _arguments(resource: ResourceSettings, statement: JsonValue) -> Mapping[str, JsonValue]:
    """Return the arguments of one query. SQL stands for itself; a document database takes its params as JSON."""
    argument = kind_of(resource.type).statement_argument
    if argument is not None:
        return {argument: statement}
    if isinstance(statement, str):
        statement = json.loads(statement)
    if not isinstance(statement, Mapping):
        raise TypeError
    return statement


async def _check_one(resource: ResourceSettings, protection: Protection, statement: str, as_json: bool) -> int:
    try:
        arguments = _arguments(resource, statement)
    except (ValueError, TypeError, RecursionError):
        return _unusable('relay query check: the params must be a JSON object such as {"collection": "events"}')
    decision = await _checker(resource, protection).execute(arguments)
    sys.stdout.write((json.dumps(_answer(decision), ensure_ascii=False) if as_json else _words(decision)) + "\n")
    return OK if decision.allowed else REFUSED


async def _check_lines(resource: ResourceSettings, protection: Protection, lines: Iterable[str]) -> int:
    checker, worst = _checker(resource, protection), OK
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        answer, status = await _check_line(resource, checker, line, number)
        worst = max(worst, status)
        sys.stdout.write(json.dumps(answer, ensure_ascii=False) + "\n")
        sys.stdout.flush()
    return worst


async def _check_line(
    resource: ResourceSettings, checker: CheckStatement, line: str, number: int
) -> tuple[dict[str, JsonValue], int]:
    try:
        asked = json.loads(line if len(line) <= MAX_LINE_CHARACTERS else "")
        given = asked["sql"] if "sql" in asked else asked["params"]
        arguments = _arguments(resource, given)
    except (ValueError, TypeError, KeyError, RecursionError):
        sys.stderr.write(
            f'relay query check: line {number} is not a JSON object such as {{"id": 1, "sql": "SELECT 1"}}\n'
        )
        return {"id": None, "error": f"line {number} can't be read"}, UNUSABLE
    decision = await checker.execute(arguments)
    return {"id": asked.get("id"), **_answer(decision)}, OK if decision.allowed else REFUSED


def _answer(decision: StatementDecision) -> dict[str, JsonValue]:
    refusal = decision.refusal
    answer: dict[str, JsonValue] = {
        "allowed": decision.allowed,
        "reason": refusal.reason.value if refusal else None,
        "detail": f"{refusal.detail} {refusal.hint}".strip() if refusal else None,
        "statement": decision.statement,
        "assumes": list(decision.assumes),
    }
    if refusal is not None and refusal.position is not None:
        answer["position"] = {"line": refusal.position.line, "column": refusal.position.column}
    return answer


def _words(decision: StatementDecision) -> str:
    if decision.refusal is not None:
        return f"refused: {decision.refusal.message}"
    assumptions = "".join(f"\nassumes: {assumed}" for assumed in decision.assumes)
    return f"allowed\nwould run: {decision.statement}{assumptions}"
