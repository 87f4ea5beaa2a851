"""`relay scan`: which columns of a resource hold personal data, and rules for them."""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TextIO

import anyio

from relay.adapters.outbound.masking.examiner import build_examiner
from relay.application.ports.database import Database
from relay.application.use_cases.scan_resource import ScanResource, TableFinding
from relay.bootstrap.cli.commands import OK, UNREACHABLE, UNUSABLE
from relay.bootstrap.cli.scan_report import ScanReport, shown
from relay.bootstrap.config.load import load_settings, resolve_config_path
from relay.bootstrap.config.problems import ConfigurationError
from relay.bootstrap.config.resource import ResourceSettings
from relay.bootstrap.config.settings import Settings
from relay.bootstrap.databases.kind import kind_of, third_party_resource_types
from relay.domain.errors import RelayError
from relay.domain.facts import TableName

if TYPE_CHECKING:
    _Subparsers = argparse._SubParsersAction[argparse.ArgumentParser]  # noqa: SLF001 - argparse has no public name

PROBE_TIMEOUT_S = 15.0
SAY_EVERY_S = 2.0


def add_parser(subparsers: _Subparsers) -> None:
    """Add `scan`."""
    scan = subparsers.add_parser(
        "scan", help="sample each column of a resource, say which detectors fire, and propose columnRules as YAML"
    )
    scan.add_argument("--resource", required=True, metavar="ID", help="resource to look at")
    scan.add_argument("--config", metavar="F", help="configuration file")
    scan.add_argument("--table", metavar="T", help="this table alone, as `table` or `schema.table`")
    scan.add_argument("--json", action="store_true", help="print one JSON object")
    scan.set_defaults(
        func=lambda args: scan_command(args.config, args.resource, args.table, os.environ, as_json=args.json)
    )


def scan_command(
    config: str | None, resource_id: str, table: str | None, environ: Mapping[str, str], *, as_json: bool = False
) -> int:
    """Scan and print; 0, 2 for an unusable configuration or argument, 3 if the database can't be reached."""
    try:
        settings = load_settings(
            resolve_config_path(config, environ), environ, extra_resource_types=third_party_resource_types()
        )
        resource = _resource(settings, resource_id)
        return anyio.run(_scan, settings, resource, table, as_json)
    except (ConfigurationError, _UnusableError) as error:
        sys.stderr.write(f"{error}\n")
        return UNUSABLE
    except _UnreachableError as error:
        sys.stderr.write(f"relay scan: {error}\n")
        return UNREACHABLE
    except RelayError as error:
        sys.stderr.write(f"relay scan: {error.message}\n")
        return UNREACHABLE


class _UnusableError(Exception):
    """Says what can't be done, in words for the operator."""


class _UnreachableError(Exception):
    """Says why the database can't be looked at."""


def _resource(settings: Settings, resource_id: str) -> ResourceSettings:
    for resource in settings.resources:
        if resource.id == resource_id:
            return resource
    known = ", ".join(each.id for each in settings.resources)
    raise _UnusableError(f"relay scan: no such resource; configured resources: {known}")


async def _scan(settings: Settings, resource: ResourceSettings, table: str | None, as_json: bool) -> int:
    connection = kind_of(resource.type).connect(resource, settings.protection_of(resource.id))
    async with connection.open() as database:
        await _admit(database, resource)
        if database.sampler is None:
            raise _UnusableError(f"relay scan: databases of the type {resource.type} can't be sampled")
        tables = _chosen(await database.sampler.tables(), table)
        scan = ScanResource(sampler=database.sampler, examiner=build_examiner(settings.masking.to_domain()))
        progress = Progress(total=len(tables), output=sys.stderr)
        findings: list[TableFinding] = []
        async for found in scan.execute(tables):
            findings.append(found)
            progress.done(found)
    report = ScanReport(resource.id, findings, resource.to_policy().column_rules, settings.masking.masks())
    sys.stdout.write(report.as_json() if as_json else report.as_yaml())
    return OK


async def _admit(database: Database, resource: ResourceSettings) -> None:
    """Probe, as the agent does before anything runs; a role that the agent would not use is not used here either."""
    with anyio.move_on_after(PROBE_TIMEOUT_S):
        probe = await database.inspector.probe()
        if not probe.healthy:
            raise _UnreachableError(probe.error or "the database can't be used at the moment")
        if probe.role is not None and probe.role.dangerous and not resource.allow_privileged_role:
            raise _UnusableError(
                "relay scan: the database role could do more than read, and Relay will not use it; "
                "relay run logs why, and how to make a proper one"
            )
        return
    raise _UnreachableError("the database did not answer in time")


def _chosen(tables: Sequence[TableName], wanted: str | None) -> tuple[TableName, ...]:
    chosen = tuple(table for table in tables if wanted is None or wanted in (table.name, str(table)))
    if not chosen and wanted is not None:
        raise _UnusableError("relay scan: no such table among those that the policy shows; list_tables shows them")
    return chosen


@dataclass(slots=True, kw_only=True)
class Progress:
    """Says how far a scan is, every few seconds, and at once which tables could not be sampled."""

    total: int
    output: TextIO
    clock: Callable[[], float] = time.monotonic
    count: int = 0
    next_at_s: float | None = None

    def done(self, found: TableFinding) -> None:
        """Take note of one more table."""
        self.count += 1
        now_s = self.clock()
        if self.next_at_s is None:
            self.next_at_s = now_s + SAY_EVERY_S
        if found.error is not None:
            self.output.write(f"relay scan: {shown(str(found.table))} can't be sampled: {found.error.message}\n")
        if now_s >= self.next_at_s and self.count < self.total:
            self.next_at_s = now_s + SAY_EVERY_S
            self.output.write(f"relay scan: {self.count} of {self.total} tables\n")
            self.output.flush()
